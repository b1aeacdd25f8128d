//! Where a password comes from: standard input, environment, OS keyring, prompt, in that order.
//!
//! A password is a [`SecretString`] from the moment it is read; no error and no notice of this room holds one.

pub mod keyring;
pub mod memory;
pub mod prompt;
pub mod proxy;
pub mod remembered;

use std::{
    ffi::OsString,
    fmt,
    io::{self, BufRead, IsTerminal, Read},
};

use secrecy::{SecretString, zeroize::Zeroizing};

pub use keyring::{Account, KeyringError};

/// The environment variable that may hold the password.
pub const PASSWORD_VARIABLE: &str = "MAPISWEEP_PASSWORD";

/// Longer than any password Windows takes (127 characters), so that a mistaken redirection is not read for ever.
const LONGEST_LINE: u64 = 4096;

/// A place where a password may be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The first line of standard input (`--password-stdin`).
    StandardInput,
    /// `MAPISWEEP_PASSWORD`.
    Environment,
    /// The OS keyring, service `mapisweep`.
    Keyring {
        /// The profile that the entry is for, if for one only.
        profile: Option<String>,
    },
    /// The terminal.
    Prompt,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StandardInput => "standard input",
            Self::Environment => PASSWORD_VARIABLE,
            Self::Keyring { profile: None } => "the keyring",
            Self::Keyring {
                profile: Some(profile),
            } => return write!(f, "the keyring's entry for the profile {profile}"),
            Self::Prompt => "the prompt",
        })
    }
}

/// What was found in one place; told as it happens.
#[derive(Debug, Clone, Copy)]
pub enum Notice<'a> {
    /// The password came from here.
    FoundIn(&'a Source),
    /// It is not here.
    NotIn(&'a Source),
    /// The keyring could not be asked.
    KeyringFailed(&'a KeyringError),
    /// The person is about to be asked.
    Asking,
}

/// Where to look besides the environment and the keyring.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Read the first line of standard input, and look nowhere else.
    pub standard_input: bool,
    /// There is a terminal to ask on.
    pub prompt: bool,
}

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Standard input was to hold it but could not be read.
    #[error("cannot read the password from standard input")]
    StandardInput(#[source] io::Error),
    /// Standard input was to hold it but ended, or its first line is empty.
    #[error("standard input holds no password")]
    StandardInputEmpty,
    /// What standard input holds is no text that anybody types.
    #[error("what standard input holds is no password: there is a NUL in it")]
    StandardInputNul,
    /// Standard input is a terminal, where the password would be seen while it is typed.
    #[error("standard input is a terminal, where the password would be seen")]
    StandardInputIsTerminal,
    /// The environment variable is not text.
    #[error("{PASSWORD_VARIABLE} is not valid UTF-8")]
    NotUtf8,
    /// The person did not answer.
    #[error("cannot ask for the password")]
    Prompt(#[source] io::Error),
    /// The person gave none.
    #[error("no password was typed")]
    NothingTyped,
    /// A signal came while the person was asked.
    #[error("interrupted")]
    Interrupted,
    /// There is no terminal to ask on.
    #[error("there is no terminal to ask for the password on")]
    NobodyToAsk,
    /// It is nowhere, and there is no terminal to ask on.
    #[error("no password for {user}")]
    Nowhere {
        /// Whose password was looked for.
        user: String,
        /// The environment variable is there, and holds nothing.
        is_variable_empty: bool,
        /// Whether the keyring could be asked.
        keyring: Option<KeyringError>,
    },
}

/// Looks for the password of an account, tells what it finds where, and says where it came from.
pub fn find(
    account: &Account,
    look: Look,
    mut tell: impl FnMut(Notice),
) -> Result<(SecretString, Source), Error> {
    if look.standard_input {
        let password = from_standard_input()?;
        tell(Notice::FoundIn(&Source::StandardInput));
        return Ok((password, Source::StandardInput));
    }
    if let Some(password) = from_environment()? {
        tell(Notice::FoundIn(&Source::Environment));
        return Ok((password, Source::Environment));
    }
    tell(Notice::NotIn(&Source::Environment));
    let keyring = match keyring::load(account) {
        Ok(Some((Account { profile, .. }, password))) => {
            let source = Source::Keyring { profile };
            tell(Notice::FoundIn(&source));
            return Ok((password, source));
        }
        Ok(None) => {
            tell(Notice::NotIn(&Source::Keyring { profile: None }));
            None
        }
        Err(error) => {
            tell(Notice::KeyringFailed(&error));
            Some(error)
        }
    };
    if !look.prompt {
        let user = account.user.clone();
        return Err(Error::Nowhere {
            user,
            is_variable_empty: std::env::var_os(PASSWORD_VARIABLE).is_some(),
            keyring,
        });
    }
    tell(Notice::Asking);
    let password = prompt::password(&account.user)?;
    tell(Notice::FoundIn(&Source::Prompt));
    Ok((password, Source::Prompt))
}

/// Asks for the password of `user`, on standard input or on the terminal, to store it.
pub fn ask(user: &str, look: Look) -> Result<SecretString, Error> {
    match look {
        Look {
            standard_input: true,
            ..
        } => from_standard_input(),
        Look { prompt: true, .. } => prompt::password(user),
        Look { .. } => Err(Error::NobodyToAsk),
    }
}

fn from_standard_input() -> Result<SecretString, Error> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Error::StandardInputIsTerminal);
    }
    first_line(&mut stdin.lock())
}

/// The first line without its end; further lines are left alone.
fn first_line(input: &mut impl BufRead) -> Result<SecretString, Error> {
    let mut line = Zeroizing::new(String::with_capacity(LONGEST_LINE as usize));
    let read = input.take(LONGEST_LINE).read_line(&mut line);
    read.map_err(Error::StandardInput)?;
    let password = without_mark(line.trim_end_matches(['\r', '\n']));
    if password.is_empty() {
        return Err(Error::StandardInputEmpty);
    }
    // a device or a binary file, which would cost an attempt
    if password.contains('\0') {
        return Err(Error::StandardInputNul);
    }
    Ok(SecretString::from(password))
}

/// Whether the environment holds a password; it is not looked at.
pub fn is_in_environment() -> bool {
    in_environment().is_some()
}

fn in_environment() -> Option<OsString> {
    std::env::var_os(PASSWORD_VARIABLE).filter(|value| !value.is_empty())
}

fn from_environment() -> Result<Option<SecretString>, Error> {
    match in_environment() {
        None => Ok(None),
        Some(value) => {
            let password = Zeroizing::new(value.into_string().map_err(|_| Error::NotUtf8)?);
            Ok(Some(SecretString::from(without_mark(&password))))
        }
    }
}

/// Without the byte order mark that some programs of Windows put before a text.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_password_is_the_first_line_without_its_end() {
        for (input, password) in [
            ("secret\n", Some("secret")),
            ("secret\r\nmore\n", Some("secret")),
            ("secret", Some("secret")),
            (" with spaces \n", Some(" with spaces ")),
            ("", None),
            ("\nsecret\n", None),
            ("\u{feff}secret\r\n", Some("secret")),
            ("\u{feff}\u{feff}secret", Some("\u{feff}secret")),
            ("\u{feff}\n", None),
            ("\0\0\0\0", None),
            ("sec\0ret\n", None),
        ] {
            let line = first_line(&mut input.as_bytes()).ok();
            assert_eq!(
                line.as_ref().map(|line| line.expose_secret()),
                password,
                "{input:?}"
            );
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_password() {
        assert_eq!(without_mark("\u{feff}secret"), "secret");
        assert_eq!(without_mark("sec\u{feff}ret"), "sec\u{feff}ret");
    }

    #[test]
    fn an_endless_line_is_not_read_for_ever() {
        let mut endless = io::BufReader::new(io::repeat(b'x'));
        let line = first_line(&mut endless).unwrap();
        assert_eq!(line.expose_secret().len() as u64, LONGEST_LINE);
    }
}
