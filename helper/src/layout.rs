//! How Windows lays out connection tables and orders, as words and bytes.
//!
//! Everything here is safe code over plain integers, so that it is tested natively; the exe only passes the words
//! on. Like Windows on x64, it takes words to be little-endian. An independent witness of the same layouts is the C code in `tests/wine`, which uses the structures of
//! mingw-w64's headers.

use alloc::vec;
use alloc::vec::Vec;

use crate::address::MAPPED;
use crate::{Code, Endpoint, Family, FourTuple, Row, State};

const ERROR_INVALID_DATA: u32 = 13;
const ERROR_INSUFFICIENT_BUFFER: u32 = 122;
/// Server 2003 and others return this status in place of an error code when the table grew while it was copied.
const STATUS_UNSUCCESSFUL: u32 = 0xC000_0001;

const MIB_TCP_STATE_DELETE_TCB: u32 = 12;
const AF_INET6: u32 = 23;

/// A port is in the lower half of its word; the upper half may hold anything.
const PORT: u32 = 0xffff;

/// 64 KB: 2,700 IPv4 connections.
const FIRST_WORDS: usize = 16 * 1024;
/// 256 MB: ten million connections.
const MOST_WORDS: usize = 64 * 1024 * 1024;
const TRIES: usize = 12;

/// Reads a table with `call`, which is given a buffer and its size in bytes, and returns an error code, having
/// changed the size to what it needs. While the buffer is too small, or the table changes too fast, it is called
/// again with a larger one.
pub fn read_table(mut call: impl FnMut(&mut [u32], &mut u32) -> u32) -> Result<Vec<u32>, Code> {
    let mut words = FIRST_WORDS;
    let mut code = ERROR_INSUFFICIENT_BUFFER;
    for _ in 0..TRIES {
        if words > MOST_WORDS {
            break;
        }
        let mut buffer = vec![0; words];
        let mut size = words as u32 * 4;
        code = call(&mut buffer, &mut size);
        match code {
            0 => return Ok(buffer),
            // with room for those that come meanwhile
            ERROR_INSUFFICIENT_BUFFER => words = (words * 2).max(size as usize / 4 * 5 / 4),
            STATUS_UNSUCCESSFUL => words *= 2,
            _ => break,
        }
    }
    Err(Code(code))
}

/// Adds the rows of a `MIB_TCPTABLE_OWNER_PID`: a count, then rows of state, local address and port, remote address
/// and port, owner.
pub fn rows4(table: &[u32], rows: &mut Vec<Row>) -> Result<(), Code> {
    for row in chunks(table, 6)? {
        if let [state, local, local_port, remote, remote_port, pid] = *row {
            let end = |address, port| Endpoint([0, 0, MAPPED, address, 0, port & PORT]);
            rows.push(Row {
                connection: FourTuple {
                    family: Family::Tcp4,
                    local: end(local, local_port),
                    remote: end(remote, remote_port),
                },
                state: State(state),
                pid,
            });
        }
    }
    Ok(())
}

/// Adds the rows of a `MIB_TCP6TABLE_OWNER_PID`: a count, then rows of local address, scope and port, remote address,
/// scope and port, state, owner.
pub fn rows6(table: &[u32], rows: &mut Vec<Row>) -> Result<(), Code> {
    for row in chunks(table, 14)? {
        if let [a, b, c, d, scope, port, e, f, g, h, remote_scope, remote_port, state, pid] = *row {
            rows.push(Row {
                connection: FourTuple {
                    family: Family::Tcp6,
                    local: Endpoint([a, b, c, d, scope, port & PORT]),
                    remote: Endpoint([e, f, g, h, remote_scope, remote_port & PORT]),
                },
                state: State(state),
                pid,
            });
        }
    }
    Ok(())
}

fn chunks(table: &[u32], width: usize) -> Result<core::slice::ChunksExact<'_, u32>, Code> {
    let invalid = Code(ERROR_INVALID_DATA);
    let (count, rest) = table.split_first().ok_or(invalid)?;
    let length = (*count as usize).checked_mul(width).ok_or(invalid)?;
    Ok(rest.get(..length).ok_or(invalid)?.chunks_exact(width))
}

/// The `MIB_TCPROW` that orders `SetTcpEntry` to end a connection.
pub fn order4(connection: &FourTuple) -> [u32; 5] {
    let [_, _, _, local, _, local_port] = connection.local.0;
    let [_, _, _, remote, _, remote_port] = connection.remote.0;
    [
        MIB_TCP_STATE_DELETE_TCB,
        local,
        local_port,
        remote,
        remote_port,
    ]
}

/// The key by which the network store knows an IPv6 connection: two `SOCKADDR_IN6`, local and remote. The first word
/// of each is the family and the port, the second the flow information.
pub fn key6(connection: &FourTuple) -> [u32; 14] {
    let [a, b, c, d, scope, port] = connection.local.0;
    let [e, f, g, h, remote_scope, remote_port] = connection.remote.0;
    let (local, remote) = (AF_INET6 | port << 16, AF_INET6 | remote_port << 16);
    [
        local,
        0,
        a,
        b,
        c,
        d,
        scope,
        remote,
        0,
        e,
        f,
        g,
        h,
        remote_scope,
    ]
}

#[cfg(test)]
mod tests;
