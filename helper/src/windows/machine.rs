//! What the library needs of the machine, by the calls of Windows.

use alloc::vec::Vec;
use core::mem::size_of;

use mapisweep_helper::{layout, Code, Family, FourTuple, Host, Process, Row};

use crate::calls::{
    CheckTokenMembership, CloseHandle, CreateToolhelp32Snapshot, GetExtendedTcpTable, GetLastError,
    Process32FirstW, Process32NextW, ProcessEntry, SetTcpEntry, Sleep, INVALID_HANDLE,
};
use crate::nsi::Nsi;

const AF_INET: u32 = 2;
const AF_INET6: u32 = 23;
const TCP_TABLE_OWNER_PID_ALL: u32 = 5;
const TH32CS_SNAPPROCESS: u32 = 2;

const ERROR_NO_MORE_FILES: Code = Code(18);

/// `S-1-5-32-544`, BUILTIN\Administrators: revision 1, two parts, authority 5, then the parts.
const ADMINISTRATORS: [u32; 4] = [0x0000_0201, 0x0500_0000, 32, 544];

/// This machine.
#[derive(Default)]
pub struct Machine {
    /// Loaded when the first IPv6 connection is to be closed.
    nsi: Option<Result<Nsi, Code>>,
}

impl Host for Machine {
    /// A membership that User Account Control has filtered out, which counts for refusals only, is none here.
    fn elevated(&mut self) -> bool {
        let mut member = 0;
        // SAFETY: both point to what the call expects; no token means that of this process.
        let asked =
            unsafe { CheckTokenMembership(core::ptr::null_mut(), &ADMINISTRATORS, &mut member) };
        asked != 0 && member != 0
    }

    fn connections(&mut self) -> Result<Vec<Row>, Code> {
        let mut rows = Vec::new();
        layout::rows4(&table(AF_INET)?, &mut rows)?;
        match table(AF_INET6) {
            Ok(table) => layout::rows6(&table, &mut rows)?,
            // a Server 2003 on which IPv6 is not installed
            Err(Code::NOT_SUPPORTED) => {}
            Err(code) => return Err(code),
        }
        Ok(rows)
    }

    fn processes(&mut self) -> Result<Vec<Process>, Code> {
        // SAFETY: asks for a copy of the process list, which is closed below.
        let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
        if snapshot == INVALID_HANDLE {
            return Err(last_error());
        }
        let mut processes = Vec::new();
        let mut entry = ProcessEntry {
            size: size_of::<ProcessEntry>() as u32,
            usage: 0,
            pid: 0,
            heap: 0,
            module: 0,
            threads: 0,
            parent: 0,
            priority: 0,
            flags: 0,
            image: [0; 260],
        };
        // SAFETY: the snapshot is open, and the entry says its size.
        let mut more = unsafe { Process32FirstW(snapshot, &mut entry) };
        while more != 0 {
            let image = entry.image.iter().copied().take_while(|unit| *unit != 0);
            processes.push(Process::new(entry.pid, image));
            // SAFETY: as above.
            more = unsafe { Process32NextW(snapshot, &mut entry) };
        }
        let end = last_error();
        // SAFETY: it is open, and not used any more.
        unsafe { CloseHandle(snapshot) };
        match end {
            ERROR_NO_MORE_FILES => Ok(processes),
            code => Err(code),
        }
    }

    fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
        let code = match connection.family {
            Family::Tcp4 => {
                let order = layout::order4(connection);
                // SAFETY: points to a whole row, which is only read.
                unsafe { SetTcpEntry(&order) }
            }
            Family::Tcp6 => {
                let nsi = *self.nsi.get_or_insert_with(Nsi::load);
                nsi?.delete_tcp(&layout::key6(connection))
            }
        };
        match code {
            0 => Ok(()),
            code => Err(Code(code)),
        }
    }

    fn pause(&mut self, milliseconds: u32) {
        // SAFETY: only waits.
        unsafe { Sleep(milliseconds) }
    }
}

fn table(family: u32) -> Result<Vec<u32>, Code> {
    layout::read_table(|buffer, size| {
        // SAFETY: the buffer is as long as `size` says, and aligned as the rows are.
        unsafe {
            GetExtendedTcpTable(
                buffer.as_mut_ptr(),
                size,
                0,
                family,
                TCP_TABLE_OWNER_PID_ALL,
                0,
            )
        }
    })
}

pub fn last_error() -> Code {
    // SAFETY: only asks.
    Code(unsafe { GetLastError() })
}
