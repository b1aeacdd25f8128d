//! A certificate that is trusted for itself.

use std::{array, fmt, str::FromStr};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::value::{InvalidValue, invalid};

/// The SHA-256 of a certificate: `--pin`. Colons, hyphens, blanks and case do not matter, so that it can be copied from
/// wherever it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pin([u8; 32]);

impl Pin {
    /// The pin of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl FromStr for Pin {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let parse = || {
            let digits = text.chars().filter(|c| !matches!(c, ':' | '-' | ' '));
            let digits = digits.map(|c| u8::try_from(c.to_digit(16)?).ok());
            let digits: [u8; 64] = digits.collect::<Option<Vec<_>>>()?.try_into().ok()?;
            Some(array::from_fn(|at| {
                digits[2 * at] << 4 | digits[2 * at + 1]
            }))
        };
        parse().map(Self).ok_or_else(|| {
            invalid(
                text,
                "the SHA-256 of a certificate, 64 hexadecimal digits (the thumbprint that Windows shows has 40)",
            )
        })
    }
}

impl TryFrom<String> for Pin {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pin({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_pin_is_read_as_openssl_powershell_and_people_write_it() {
        let pairs: Vec<&str> = (0..32).map(|at| &ABC[2 * at..2 * at + 2]).collect();
        for text in [
            ABC.to_owned(),
            ABC.to_uppercase(),
            pairs.join(":").to_uppercase(),
            pairs.join("-"),
            format!(" {} ", pairs.join(" ")),
        ] {
            assert_eq!(text.parse(), Ok(Pin::of(b"abc")), "{text}");
        }
        assert_eq!(Pin::of(b"abc").to_string(), ABC);
    }

    #[test]
    fn what_is_no_sha_256_is_refused() {
        for text in [
            "",
            "abc",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            &ABC[1..],
            &ABC[2..],
            &format!("{ABC}00"),
            &ABC.replace('b', "g"),
            &ABC.replace('b', "é"),
        ] {
            assert!(text.parse::<Pin>().is_err(), "{text}");
        }
    }
}
