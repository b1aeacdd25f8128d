//! What the library needs of the machine, by the calls of Windows.

use alloc::vec::Vec;
use core::mem::size_of_val;
use core::ptr::null_mut;

use mapisweep_helper::{layout, Code, Family, FourTuple, Host, Processes, Row};

use crate::calls::{
    CheckTokenMembership, CloseHandle, CreateToolhelp32Snapshot, GetExtendedTcpTable, GetLastError,
    Process32FirstW, Process32NextW, ProcessEntry, SetTcpEntry, Sleep, INVALID_HANDLE,
};
use crate::nsi;

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
    /// Used again for each table.
    table: Vec<u32>,
}

impl Host for Machine {
    /// A membership that User Account Control has filtered out, which counts for refusals only, is none here.
    fn elevated(&mut self) -> bool {
        let mut member = 0;
        // SAFETY: both point to what the call expects; no token means that of this process.
        let asked = unsafe { CheckTokenMembership(null_mut(), &ADMINISTRATORS, &mut member) };
        asked != 0 && member != 0
    }

    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
        self.show(Family::Tcp4, AF_INET, show)?;
        match self.show(Family::Tcp6, AF_INET6, show) {
            // a Server 2003 on which IPv6 is not installed
            Err(Code::NOT_SUPPORTED) => Ok(()),
            result => result,
        }
    }

    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
        // SAFETY: asks for a copy of the process list, which is closed below.
        let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
        if snapshot == INVALID_HANDLE {
            return Err(last_error());
        }
        let mut entry = ProcessEntry::new();
        // SAFETY: the snapshot is open, and the entry says its size.
        let mut more = unsafe { Process32FirstW(snapshot, &mut entry) };
        while more != 0 {
            let image = entry.image.iter().copied().take_while(|unit| *unit != 0);
            processes.add(entry.pid, image);
            // SAFETY: as above.
            more = unsafe { Process32NextW(snapshot, &mut entry) };
        }
        let end = last_error();
        // SAFETY: it is open, and not used any more.
        unsafe { CloseHandle(snapshot) };
        match end {
            ERROR_NO_MORE_FILES => Ok(()),
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
            Family::Tcp6 => nsi::delete_tcp(&layout::key6(connection)),
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

impl Machine {
    fn show(
        &mut self,
        family: Family,
        number: u32,
        show: &mut dyn FnMut(&Row),
    ) -> Result<(), Code> {
        layout::read_table(family, &mut self.table, &mut |buffer| {
            let mut size = size_of_val(buffer) as u32;
            let table = match size {
                // how the size is asked for
                0 => null_mut(),
                _ => buffer.as_mut_ptr(),
            };
            // SAFETY: the table is as long as `size` says, and aligned as the rows are.
            unsafe { GetExtendedTcpTable(table, &mut size, 0, number, TCP_TABLE_OWNER_PID_ALL, 0) }
        })?;
        layout::show_rows(family, &self.table, show);
        Ok(())
    }
}

pub fn last_error() -> Code {
    // SAFETY: only asks.
    Code(unsafe { GetLastError() })
}
