//! Asking on the terminal.

use std::io::{self, IsTerminal, Write};

use mapisweep_core::text::visible;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};

use super::Error;
use crate::signals::Signals;

/// Whether there is a person to ask: both standard input and standard error are a terminal.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a password on standard error; what is typed is not shown. An empty line and the end of input (Ctrl-D) are
/// nothing typed.
pub fn password(user: &str) -> Result<SecretString, Error> {
    let prompt = format!("Password for {}", visible(user));
    let ask = || {
        dialoguer::Password::new()
            .with_prompt(prompt)
            .report(false)
            // it would ask again for ever where there is nothing to read
            .allow_empty_password(true)
            .interact()
            .map(SecretString::from)
            .map_err(|error| Error::Prompt(error.into()))
    };
    let typed = unless_ended(ask)?;
    match typed.expose_secret().is_empty() {
        true => Err(Error::NothingTyped),
        false => Ok(typed),
    }
}

/// Asks on a thread of its own: where a signal ends that, the terminal is as it was before, for who asks switches its echo
/// off.
fn unless_ended(
    ask: impl FnOnce() -> Result<SecretString, Error> + Send + 'static,
) -> Result<SecretString, Error> {
    let terminal = io::stderr();
    let before = tcgetattr(&terminal).map_err(|error| Error::Prompt(error.into()))?;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().map_err(Error::Prompt)?;
    let answer = runtime.block_on(async {
        // where they cannot be waited for they end the program as ever
        let mut signals = Signals::new().ok();
        tokio::select! {
            answer = tokio::task::spawn_blocking(ask) => answer.map_err(|error| Error::Prompt(error.into()))?,
            () = heard(signals.as_mut()) => Err(Error::Interrupted),
        }
    });
    // its thread waits for an answer until the program ends
    runtime.shutdown_background();
    if let Err(Error::Interrupted) = answer {
        // a terminal that is gone takes neither
        _ = tcsetattr(&terminal, OptionalActions::Now, &before);
        _ = (&terminal).write_all(b"\n");
    }
    answer
}

async fn heard(signals: Option<&mut Signals>) {
    match signals {
        Some(signals) => signals.next().await,
        None => std::future::pending().await,
    }
}
