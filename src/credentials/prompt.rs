//! Asking on the terminal.

use std::io::{self, IsTerminal};

use mapisweep_core::text::visible;
use secrecy::SecretString;

/// Whether there is a person to ask: both standard input and standard error are a terminal.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a password on standard error; what is typed is not shown.
pub fn password(user: &str) -> io::Result<SecretString> {
    dialoguer::Password::new()
        .with_prompt(format!("Password for {}", visible(user)))
        .report(false)
        .interact()
        .map(SecretString::from)
        .map_err(io::Error::from)
}
