//! The command line: `list [--image NAME]... [--all]` and `close --max N [--image NAME]...`.

use alloc::vec::Vec;

use crate::images::{is_image_name, Images, NAMES_LIMIT};
use crate::text::Reader;
use crate::{Error, TARGETS_LIMIT};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// For closing, the most targets that may be given; none is closed when there are more. `None` is listing.
    pub max: Option<u32>,
    /// Of which programs. For closing never [`Images::All`].
    pub images: Images<'a>,
}

impl<'a> Command<'a> {
    /// Reads the arguments, without the program's own name.
    pub fn parse<S: AsRef<[u8]>>(arguments: &'a [S]) -> Result<Self, Error> {
        read(&mut arguments.iter().map(AsRef::as_ref))
    }

    /// Its first word.
    pub fn name(&self) -> &'static str {
        match self.max {
            None => "list",
            Some(_) => "close",
        }
    }
}

fn read<'a>(arguments: &mut dyn Iterator<Item = &'a [u8]>) -> Result<Command<'a>, Error> {
    let command = arguments.next().unwrap_or_default();
    let mut all = false;
    let mut max = None;
    let mut names = [&b""[..]; NAMES_LIMIT];
    let mut names_count = 0;
    while let Some(option) = arguments.next() {
        match option {
            b"--all" => all = true,
            b"--max" => {
                let mut value = Reader(arguments.next().unwrap_or_default());
                let number = value.number(TARGETS_LIMIT);
                if max.is_some() || matches!(number, None | Some(0)) || !value.0.is_empty() {
                    return Err(Error::BadMax);
                }
                max = number;
            }
            b"--image" => {
                let name = arguments.next().unwrap_or_default();
                match names.get_mut(names_count) {
                    Some(place) if is_image_name(name) => *place = name,
                    _ => return Err(Error::BadImage),
                }
                names_count += 1;
            }
            _ => return Err(Error::UnknownArgument),
        }
    }
    match command {
        b"list" if max.is_some() => return Err(Error::MisplacedMax),
        b"list" if all && names_count > 0 => return Err(Error::AllOfSome),
        b"list" => {}
        b"close" if all => return Err(Error::MisplacedAll),
        b"close" if max.is_none() => return Err(Error::MissingMax),
        b"close" => {}
        _ => return Err(Error::NoCommand),
    }
    let images = match names_count {
        _ if all => Images::All,
        0 => Images::exchange(),
        _ => Images::Named(names),
    };
    Ok(Command { max, images })
}

/// Splits a Windows command line into its arguments, the first of which is the program. The rules are those of
/// Microsoft's C run-time library: blanks separate, quotes hold together, and backslashes are themselves unless a
/// quote follows them. Only ASCII has a meaning to this program; any other character becomes `?`, which is no part
/// of any argument.
pub fn split(line: &[u16]) -> Vec<Vec<u8>> {
    let mut arguments = Vec::new();
    let mut argument: Option<Vec<u8>> = None;
    let mut quoted = false;
    let mut backslashes = 0;
    for unit in line {
        let byte = if *unit < 0x80 { *unit as u8 } else { b'?' };
        if matches!(byte, b' ' | b'\t') && !quoted {
            if let Some(argument) = argument.take() {
                arguments.push(argument);
            }
        } else {
            let text = argument.get_or_insert_with(Vec::new);
            if byte == b'"' {
                // two backslashes before a quote are one, a third one makes the quote a letter
                text.truncate(text.len() - (backslashes + 1) / 2);
            }
            if byte == b'"' && backslashes % 2 == 0 {
                quoted = !quoted;
            } else {
                text.push(byte);
            }
        }
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
    }
    if let Some(argument) = argument {
        arguments.push(argument);
    }
    arguments
}

#[cfg(test)]
mod tests;
