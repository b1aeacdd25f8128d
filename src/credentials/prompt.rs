//! Asking on the terminal.

use std::io::{self, IsTerminal};

use mapisweep_core::text::visible;
use secrecy::{ExposeSecret, SecretString};

use super::Error;

/// Whether there is a person to ask: both standard input and standard error are a terminal.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a password on standard error; what is typed is not shown. An empty line and the end of input (Ctrl-D) are
/// nothing typed.
pub fn password(user: &str) -> Result<SecretString, Error> {
    let typed = dialoguer::Password::new()
        .with_prompt(format!("Password for {}", visible(user)))
        .report(false)
        // it would ask again for ever where there is nothing to read
        .allow_empty_password(true)
        .interact()
        .map(SecretString::from)
        .map_err(|error| Error::Prompt(error.into()))?;
    match typed.expose_secret().is_empty() {
        true => Err(Error::NothingTyped),
        false => Ok(typed),
    }
}
