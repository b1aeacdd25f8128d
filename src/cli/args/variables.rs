//! What came from the environment, though it looks as if it stood on the command line.

use std::path::Path;

use clap::{
    ArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

use super::Global;

/// Which of these did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByVariable {
    /// `MAPISWEEP_PROFILE`
    pub profile: bool,
    /// `MAPISWEEP_CONFIG`
    pub config: bool,
    /// `MAPISWEEP_USER`
    pub user: bool,
}

impl ByVariable {
    /// Of this command line.
    pub fn of(matches: &ArgMatches) -> Self {
        let is = |name| is_by_variable(matches, name);
        Self {
            profile: is("profile"),
            config: is("config"),
            user: is("user"),
        }
    }

    /// The profile asked for. A variable that is empty asks for none.
    pub fn profile_name(self, global: &Global) -> Option<&str> {
        let name = global.profile.as_deref();
        name.filter(|name| !(self.profile && name.is_empty()))
    }

    /// The configuration file asked for; the same.
    pub fn config_file(self, global: &Global) -> Option<&Path> {
        let file = global.config.as_deref();
        file.filter(|file| !(self.config && file.as_os_str().is_empty()))
    }
}

/// Each verb has its own arguments, below those of all.
fn is_by_variable(matches: &ArgMatches, name: &str) -> bool {
    let is_one_of_ours = matches.ids().any(|id| id.as_str() == name);
    let source = is_one_of_ours.then(|| matches.value_source(name)).flatten();
    let below = matches.subcommand();
    source == Some(ValueSource::EnvVariable)
        || below.is_some_and(|(_, matches)| is_by_variable(matches, name))
}

/// What was typed is no UTF-8, as far as can be told: a variable of ours may be what is meant, and is named.
pub fn with_tip(mut error: clap::Error) -> clap::Error {
    let is_ours = |name: &str| name.starts_with("MAPISWEEP_");
    let broken = std::env::vars_os().filter(|(_, value)| value.to_str().is_none());
    let broken = broken.filter_map(|(name, _)| name.into_string().ok());
    let broken = broken.filter(|name| is_ours(name) && error.kind() == ErrorKind::InvalidUtf8);
    let tips: Vec<_> = broken
        .map(|name| format!("{name} is no UTF-8").into())
        .collect();
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}
