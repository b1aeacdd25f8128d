//! How Windows lays out connection tables and orders, as words and bytes.
//!
//! Everything here is safe code over plain integers, so that it is tested natively; the exe only passes the words
//! on. Like Windows on x64, it takes words to be little-endian. An independent witness of the same layouts is the C code
//! in `tests/wine`, which uses the structures of mingw-w64's headers.

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

/// Reads a table of this family into `buffer`. `call` is given the buffer and its size in bytes, and returns an error
/// code. While the buffer is too small, as an empty one is, or the table changes too fast, it is called again with one
/// twice as large. A buffer that is used again is large enough at once.
pub fn read_table(
    family: Family,
    buffer: &mut Vec<u32>,
    call: &mut dyn FnMut(&mut [u32]) -> u32,
) -> Result<(), Code> {
    loop {
        match call(buffer) {
            0 if rows_of(family, buffer).is_none() => return Err(Code(ERROR_INVALID_DATA)),
            0 => return Ok(()),
            ERROR_INSUFFICIENT_BUFFER | STATUS_UNSUCCESSFUL if buffer.len() < MOST_WORDS => {
                *buffer = vec![0; FIRST_WORDS.max(buffer.len() * 2)];
            }
            code => return Err(Code(code)),
        }
    }
}

/// The rows of a table, which begins with their number; `None` when it is shorter than it says.
fn rows_of(family: Family, table: &[u32]) -> Option<core::slice::ChunksExact<'_, u32>> {
    let width = match family {
        Family::Tcp4 => 6,
        Family::Tcp6 => 14,
    };
    let (count, rows) = table.split_first()?;
    Some(rows.get(..*count as usize * width)?.chunks_exact(width))
}

/// Shows each row of a table.
pub fn show_rows(family: Family, table: &[u32], show: &mut dyn FnMut(&Row)) {
    for row in rows_of(family, table).into_iter().flatten() {
        let (local, remote, state, pid) = match *row {
            // MIB_TCPROW_OWNER_PID
            [state, local, local_port, remote, remote_port, pid] => (
                [0, 0, MAPPED, local, 0, local_port],
                [0, 0, MAPPED, remote, 0, remote_port],
                state,
                pid,
            ),
            // MIB_TCP6ROW_OWNER_PID
            [a, b, c, d, scope, port, e, f, g, h, remote_scope, remote_port, state, pid] => (
                [a, b, c, d, scope, port],
                [e, f, g, h, remote_scope, remote_port],
                state,
                pid,
            ),
            _ => return,
        };
        let end = |[a, b, c, d, scope, port]: [u32; 6]| Endpoint([a, b, c, d, scope, port & PORT]);
        show(&Row {
            connection: FourTuple {
                family,
                local: end(local),
                remote: end(remote),
            },
            state: State(state),
            pid,
        });
    }
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
