//! Whether a file is a program with nothing but an Authenticode signature added.
//!
//! Signing changes three things of a file ([PE format], "Attribute Certificate Table"): the checksum in the optional
//! header, the entry of the data directory that says where the certificates are, and the certificates, which come after
//! everything else.
//!
//! [PE format]: https://learn.microsoft.com/windows/win32/debug/pe-format

use std::ops::Range;

/// Where the DOS header says at which byte the PE header begins.
const PE_HEADER: usize = 0x3c;
/// The optional header comes after the PE signature and the COFF header.
const OPTIONAL_HEADER: usize = 4 + 20;
/// In the optional header.
const CHECKSUM: Range<usize> = 64..68;
/// In the optional header of a 64-bit program: the fifth entry of the data directory, an offset and a size.
const CERTIFICATES: Range<usize> = 144..152;
/// Certificates begin at a multiple of this.
const ALIGNED_TO: usize = 8;

/// Whether `file` is `program`, a 64-bit one, with no more than a signature and the checksum to go with it.
pub(super) fn is_signed_copy(file: &[u8], program: &[u8]) -> bool {
    let copied = Copied::of(file, program);
    copied.is_some_and(|copied| copied.differs_by_signing_only() && copied.ends_with_certificates())
}

/// A file that is long enough to begin with the program.
struct Copied<'a> {
    program: &'a [u8],
    begins: &'a [u8],
    ends: &'a [u8],
    optional_header: usize,
}

impl<'a> Copied<'a> {
    fn of(file: &'a [u8], program: &'a [u8]) -> Option<Self> {
        let (begins, ends) = file.split_at_checked(program.len())?;
        let optional_header = number(program, PE_HEADER)?.checked_add(OPTIONAL_HEADER)?;
        Some(Self {
            program,
            begins,
            ends,
            optional_header,
        })
    }

    fn differs_by_signing_only(&self) -> bool {
        let signing_writes = [CHECKSUM, CERTIFICATES]
            .map(|range| range.start + self.optional_header..range.end + self.optional_header);
        let both = self.begins.iter().zip(self.program).enumerate();
        both.filter(|(_, (copied, original))| copied != original)
            .all(|(place, _)| signing_writes.iter().any(|range| range.contains(&place)))
    }

    /// What comes after the program is what the entry says there is, after zeros to the next multiple.
    fn ends_with_certificates(&self) -> bool {
        let entry = self.optional_header + CERTIFICATES.start;
        let (Some(offset), Some(size)) =
            (number(self.begins, entry), number(self.begins, entry + 4))
        else {
            return false;
        };
        if (offset, size) == (0, 0) {
            return self.ends.is_empty();
        }
        let gap = self.program.len().next_multiple_of(ALIGNED_TO) - self.program.len();
        let filled = self.ends.get(..gap);
        offset == self.program.len() + gap
            && size == self.ends.len() - gap.min(self.ends.len())
            && filled.is_some_and(|filled| filled.iter().all(|byte| *byte == 0))
    }
}

/// 32 bits, little-endian.
fn number(bytes: &[u8], place: usize) -> Option<usize> {
    let bytes = bytes.get(place..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &[u8] = include_bytes!("../../../../helper/dist/mapisweep-helper.exe");

    /// As a signing tool leaves it.
    fn signed(certificates: &[u8]) -> Vec<u8> {
        let mut file = PROGRAM.to_vec();
        let at = number(PROGRAM, PE_HEADER).unwrap() + OPTIONAL_HEADER;
        file[at + CHECKSUM.start] ^= 0xff;
        let size = certificates.len() as u32;
        file[at + CERTIFICATES.start..][..4].copy_from_slice(&(PROGRAM.len() as u32).to_le_bytes());
        file[at + CERTIFICATES.start + 4..][..4].copy_from_slice(&size.to_le_bytes());
        file.extend(certificates);
        file
    }

    fn changed(mut file: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        change(&mut file);
        file
    }

    #[test]
    fn only_a_signature_may_be_added() {
        let at = number(PROGRAM, PE_HEADER).unwrap() + OPTIONAL_HEADER;
        for (what, file, is_copy) in [
            ("itself", PROGRAM.to_vec(), true),
            ("signed", signed(&[7; 16]), true),
            (
                "another checksum alone",
                changed(PROGRAM.to_vec(), |file| file[at + CHECKSUM.start] ^= 1),
                true,
            ),
            ("nothing", Vec::new(), false),
            ("cut short", PROGRAM[..PROGRAM.len() - 1].to_vec(), false),
            (
                "something added that no entry names",
                changed(PROGRAM.to_vec(), |file| file.push(0)),
                false,
            ),
            (
                "more than the certificates added",
                changed(signed(&[7; 16]), |file| file.push(0)),
                false,
            ),
            (
                "an entry that names nothing",
                signed(&[7; 16])[..PROGRAM.len()].to_vec(),
                false,
            ),
            (
                "certificates inside the program",
                changed(signed(&[7; 16]), |file| {
                    file[at + CERTIFICATES.start + 1] = 0
                }),
                false,
            ),
        ] {
            assert_eq!(is_signed_copy(&file, PROGRAM), is_copy, "{what}");
        }
    }

    #[test]
    fn any_other_byte_that_differs_makes_it_another_program() {
        let at = number(PROGRAM, PE_HEADER).unwrap() + OPTIONAL_HEADER;
        let may_differ = |place| (at + CHECKSUM.start..at + CHECKSUM.end).contains(&place);
        let is_entry = |place| (at + CERTIFICATES.start..at + CERTIFICATES.end).contains(&place);
        for place in 0..PROGRAM.len() {
            let mut file = PROGRAM.to_vec();
            file[place] ^= 1;
            // an entry without certificates is none, too
            let is_copy = may_differ(place) && !is_entry(place);
            assert_eq!(is_signed_copy(&file, PROGRAM), is_copy, "byte {place}");
        }
    }
}
