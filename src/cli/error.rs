//! What ends a command: an exit code and what the admin reads.

use std::{error::Error, fmt};

use mapisweep_core::config::{BadProxy, NoSuchProfile};
use mapisweep_winrm::auth::{UserName, credential::UserNameError};

use super::{
    advice::{Advice, SINGLE_QUOTES, shell_word},
    args::USER_VARIABLE,
    exit::Exit,
    text::{plain, quoted},
};
use crate::{
    config,
    credentials::{self, KeyringError, PASSWORD_VARIABLE},
    kerberos::{NoTicket, StartError},
};

/// Why a command ends before its work is done.
#[derive(Debug)]
pub struct CommandError {
    /// The exit code.
    pub exit: Exit,
    /// What happened and what to do.
    pub advice: Advice,
    /// What it comes from, for `-vv`; the advice tells a person as much of it as is of use.
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl CommandError {
    /// The command line, the configuration or the surroundings do not allow a start.
    pub fn usage(what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self::new(Exit::Usage, Advice::new(what, to_do))
    }

    /// There is nothing to do anything about.
    pub fn nothing_matched(what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self::new(Exit::NothingMatched, Advice::new(what, to_do))
    }

    /// It was not done, for safety.
    pub fn refused(what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self::new(Exit::Refused, Advice::new(what, to_do))
    }

    /// Something on this computer failed.
    pub fn failed(what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self::new(Exit::Failed, Advice::new(what, to_do))
    }

    /// What was given as a user's name is none.
    pub fn bad_user(text: &str, error: UserNameError) -> Self {
        let what = format!("{} is not a user name: {error}", quoted(text));
        let to_do = match error {
            // "CORP\bob" in a TOML file has one, and so has "CORP\tina"
            UserNameError::ControlCharacter => {
                format!("In the configuration file: {SINGLE_QUOTES}")
            }
            _ => r"Write 'CORP\ann' (in quotes, for a shell takes a bare backslash away), ann@corp.example, or ann for a local account."
                .to_owned(),
        };
        Self::usage(what, to_do).because(error)
    }

    /// The password in the environment stands beside another name there.
    pub fn password_of_another(named: &UserName, owner: &UserName) -> Self {
        let (named, owner) = (plain(&named.to_string()), plain(&owner.to_string()));
        Self::usage(
            format!(
                "{PASSWORD_VARIABLE} is {owner}'s, whom {USER_VARIABLE} names, and --user says that {named} signs in"
            ),
            format!(
                "Somebody else's password would count against the account's lock-out. Whose sessions are meant is told without \
                 --user, as in `mapisweep logons {}`. If {named} is to sign in, give the password with --password-stdin, or leave \
                 {USER_VARIABLE} away.",
                shell_word(&named)
            ),
        )
    }

    /// Nobody is named, and no ticket says who somebody is.
    pub fn nobody_signs_in(no_ticket: &NoTicket, keyring: &Result<(), KeyringError>) -> Self {
        let advice = Advice::nobody_signs_in(no_ticket, keyring);
        Self::new(Exit::Usage, advice).because(no_ticket.clone())
    }

    /// There is no ticket, and this is why there is no password either.
    pub fn neither(no_ticket: &NoTicket, kinit: &str, error: credentials::Error) -> Self {
        match error {
            credentials::Error::Nowhere { .. } => {
                let advice = Advice::neither(no_ticket, kinit, &error);
                Self::new(Exit::Usage, advice).because(error)
            }
            error => Self::from(error),
        }
    }

    /// With the error that it comes from.
    pub fn because(self, source: impl Error + Send + Sync + 'static) -> Self {
        let source = Some(Box::new(source) as Box<_>);
        Self { source, ..self }
    }

    /// Together with how the rest of the work ended.
    pub fn and(self, exit: Exit) -> Self {
        let exit = self.exit.and(exit);
        Self { exit, ..self }
    }

    fn new(exit: Exit, advice: Advice) -> Self {
        let source = None;
        Self {
            exit,
            advice,
            source,
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.advice.fmt(f)
    }
}

impl Error for CommandError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&**self.source.as_ref()?)
    }
}

impl From<config::Error> for CommandError {
    fn from(error: config::Error) -> Self {
        Self::new(Exit::Usage, Advice::from(&error)).because(error)
    }
}

impl From<NoSuchProfile> for CommandError {
    fn from(error: NoSuchProfile) -> Self {
        Self::new(Exit::Usage, Advice::from(&error)).because(error)
    }
}

impl From<BadProxy> for CommandError {
    fn from(error: BadProxy) -> Self {
        Self::new(Exit::Usage, Advice::from(&error)).because(error)
    }
}

impl From<credentials::Error> for CommandError {
    fn from(error: credentials::Error) -> Self {
        let exit = match error {
            credentials::Error::Interrupted => Exit::Interrupted,
            _ => Exit::Usage,
        };
        Self::new(exit, Advice::from(&error)).because(error)
    }
}

impl From<StartError> for CommandError {
    fn from(error: StartError) -> Self {
        Self::new(Exit::Usage, Advice::from(&error)).because(error)
    }
}

impl From<KeyringError> for CommandError {
    fn from(error: KeyringError) -> Self {
        Self::new(Exit::Failed, Advice::from(&error)).because(error)
    }
}
