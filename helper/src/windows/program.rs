//! Where the system enters, and where it gets its exit code.

use alloc::vec::Vec;
use core::panic::PanicInfo;

use mapisweep_helper::arguments;

use crate::calls::{ExitProcess, GetCommandLineW};
use crate::machine::Machine;
use crate::pipes::{StandardInput, StandardOutput};

/// The exit code of a program that met what its author held impossible. Its report has no last line then, and the
/// client concludes nothing from it.
const DIED: u32 = 101;

/// What the loader calls.
#[no_mangle]
extern "system" fn start() -> ! {
    let line = own_arguments();
    let own_name = line.iter().take_while(|byte| **byte != 0).count() + 1;
    let exit = mapisweep_helper::run(
        line.get(own_name..).unwrap_or_default(),
        &mut StandardInput,
        &mut Machine::default(),
        &mut StandardOutput,
    );
    end(exit.code())
}

fn own_arguments() -> Vec<u8> {
    // SAFETY: the system keeps the line, which ends in a zero, for as long as the process lives.
    let line = unsafe {
        let line = GetCommandLineW();
        let mut length = 0;
        while line.add(length).read() != 0 {
            length += 1;
        }
        core::slice::from_raw_parts(line, length)
    };
    arguments::split(line)
}

fn end(code: u32) -> ! {
    // SAFETY: there is nothing that would have to be put away first.
    unsafe { ExitProcess(code) }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    end(DIED)
}

/// The libraries of the older compiler name these. With panics that end the process nothing calls them.
#[cfg(feature = "rustc-1-63")]
mod unwinding {
    #[no_mangle]
    extern "C" fn rust_eh_personality() {}

    #[no_mangle]
    extern "C" fn _Unwind_Resume() {}
}
