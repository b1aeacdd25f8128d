//! What ends a command: an exit code and what the admin reads.

use mapisweep_core::config::NoSuchProfile;

use super::{advice::Advice, exit::Exit};
use crate::{config, credentials};
use mapisweep_winrm::auth::credential::UserNameError;

/// Why a command ends before its work is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandError {
    /// The exit code.
    pub exit: Exit,
    /// What happened and what to do.
    pub advice: Advice,
}

impl CommandError {
    /// The command line, the configuration or the surroundings do not allow a start.
    pub fn usage(what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            advice: Advice::new(what, to_do),
        }
    }

    /// Something on this computer failed.
    pub fn failed(what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            advice: Advice::new(what, to_do),
        }
    }

    /// What was given as a user's name is none.
    pub fn bad_user(text: &str, error: UserNameError) -> Self {
        Self::usage(
            format!("{:?} is not a user name: {error}", super::text::plain(text)),
            r"Write CORP\ann, ann@corp.example, or ann for a local account.",
        )
    }
}

impl From<config::Error> for CommandError {
    fn from(error: config::Error) -> Self {
        let exit = Exit::Usage;
        let advice = Advice::from(&error);
        Self { exit, advice }
    }
}

impl From<NoSuchProfile> for CommandError {
    fn from(error: NoSuchProfile) -> Self {
        let exit = Exit::Usage;
        let advice = Advice::from(&error);
        Self { exit, advice }
    }
}

impl From<credentials::Error> for CommandError {
    fn from(error: credentials::Error) -> Self {
        let exit = Exit::Usage;
        let advice = Advice::from(&error);
        Self { exit, advice }
    }
}
