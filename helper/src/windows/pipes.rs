//! Standard input and output.

use core::ptr::null_mut;

use mapisweep_helper::{Code, Input, Output};

use crate::calls::{GetStdHandle, Handle, ReadFile, WriteFile, INVALID_HANDLE};
use crate::machine::last_error;

const STD_INPUT: u32 = -10i32 as u32;
const STD_OUTPUT: u32 = -11i32 as u32;

const ERROR_INVALID_HANDLE: Code = Code(6);
const ERROR_HANDLE_EOF: Code = Code(38);
const ERROR_BROKEN_PIPE: Code = Code(109);

pub struct StandardInput;
pub struct StandardOutput;

impl Input for StandardInput {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Code> {
        let file = standard(STD_INPUT)?;
        let length = buffer.len() as u32;
        let mut count = 0;
        // SAFETY: the buffer is at least `length` long and ours alone for the time of the call.
        let read = unsafe { ReadFile(file, buffer.as_mut_ptr(), length, &mut count, null_mut()) };
        if read != 0 {
            return Ok(count as usize);
        }
        match last_error() {
            // how a pipe ends
            ERROR_BROKEN_PIPE | ERROR_HANDLE_EOF => Ok(0),
            code => Err(code),
        }
    }
}

impl Output for StandardOutput {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), Code> {
        let file = standard(STD_OUTPUT)?;
        while !bytes.is_empty() {
            let length = bytes.len() as u32;
            let mut count = 0;
            // SAFETY: `bytes` is at least `length` long and stays for the time of the call.
            let written =
                unsafe { WriteFile(file, bytes.as_ptr(), length, &mut count, null_mut()) };
            if written == 0 || count == 0 {
                return Err(last_error());
            }
            bytes = bytes.get(count as usize..).unwrap_or_default();
        }
        Ok(())
    }
}

fn standard(which: u32) -> Result<Handle, Code> {
    // SAFETY: only asks.
    let file = unsafe { GetStdHandle(which) };
    if file.is_null() || file == INVALID_HANDLE {
        return Err(ERROR_INVALID_HANDLE);
    }
    Ok(file)
}
