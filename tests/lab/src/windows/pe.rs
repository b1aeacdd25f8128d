//! Whether Windows would start a file as a program.

/// Why Windows will not start a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAProgram {
    /// No PE header: ERROR_BAD_EXE_FORMAT.
    NoHeader,
    /// Built for another processor: ERROR_EXE_MACHINE_TYPE_MISMATCH.
    OtherMachine,
    /// Wants a newer Windows than this: ERROR_OLD_WIN_VERSION.
    NewerWindows,
}

impl NotAProgram {
    pub fn win32_code(self) -> i32 {
        match self {
            Self::NoHeader => 193,
            Self::OtherMachine => 216,
            Self::NewerWindows => 1150,
        }
    }
}

/// Checks the headers of a program for a 64-bit Windows of the given version (major, minor).
pub(crate) fn check(bytes: &[u8], windows: (u16, u16)) -> Result<(), NotAProgram> {
    const AMD64: u16 = 0x8664;
    const PE32_PLUS: u16 = 0x20b;
    let header = header(bytes).ok_or(NotAProgram::NoHeader)?;
    if header.machine != AMD64 {
        return Err(NotAProgram::OtherMachine);
    }
    if header.magic != PE32_PLUS {
        return Err(NotAProgram::NoHeader);
    }
    if header.subsystem_version > windows {
        return Err(NotAProgram::NewerWindows);
    }
    Ok(())
}

struct Header {
    machine: u16,
    magic: u16,
    subsystem_version: (u16, u16),
}

fn header(bytes: &[u8]) -> Option<Header> {
    if !bytes.starts_with(b"MZ") {
        return None;
    }
    let offset = u32::from_le_bytes(bytes.get(0x3c..0x40)?.try_into().ok()?);
    let pe = bytes.get(usize::try_from(offset).ok()?..)?;
    if !pe.starts_with(b"PE\0\0") {
        return None;
    }
    let word = |position: usize| {
        Some(u16::from_le_bytes(
            pe.get(position..position + 2)?.try_into().ok()?,
        ))
    };
    const OPTIONAL: usize = 24;
    Some(Header {
        machine: word(4)?,
        magic: word(OPTIONAL)?,
        subsystem_version: (word(OPTIONAL + 48)?, word(OPTIONAL + 50)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(machine: u16, subsystem: (u16, u16)) -> Vec<u8> {
        let mut bytes = vec![0; 0x40];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x40;
        let mut pe = vec![0; 100];
        pe[..4].copy_from_slice(b"PE\0\0");
        pe[4..6].copy_from_slice(&machine.to_le_bytes());
        pe[24..26].copy_from_slice(&0x20bu16.to_le_bytes());
        pe[72..74].copy_from_slice(&subsystem.0.to_le_bytes());
        pe[74..76].copy_from_slice(&subsystem.1.to_le_bytes());
        bytes.extend(pe);
        bytes
    }

    #[test]
    fn only_a_64_bit_program_for_a_windows_this_old_starts() {
        let server_2008 = (6, 0);
        for (bytes, verdict) in [
            (program(0x8664, (5, 2)), Ok(())),
            (program(0x8664, (6, 0)), Ok(())),
            (program(0x8664, (10, 0)), Err(NotAProgram::NewerWindows)),
            (program(0xaa64, (5, 2)), Err(NotAProgram::OtherMachine)),
            (b"#!/bin/sh".to_vec(), Err(NotAProgram::NoHeader)),
            (
                program(0x8664, (5, 2))[..70].to_vec(),
                Err(NotAProgram::NoHeader),
            ),
        ] {
            assert_eq!(check(&bytes, server_2008), verdict);
        }
    }
}
