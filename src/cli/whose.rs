//! `--user` says who signs in, USER whose sessions it is about. Who takes the one for the other is asked for the password
//! of somebody else, gives an own one, and counts against that account's lock-out.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use mapisweep_winrm::auth::UserName;

use super::{advice::shell_word, args::Command, text::plain};

/// Whose sessions a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Nobody's, or it says so in a way that nobody mistakes.
    Clear,
    /// Everybody's.
    All,
    /// Theirs.
    Of(Vec<String>),
}

impl Whose {
    /// Of this command.
    pub fn of(command: &Command) -> Self {
        let of = |users: &[String]| match users {
            [] => Self::All,
            users => Self::Of(users.to_vec()),
        };
        match command {
            Command::Logons(args) => of(&args.users),
            Command::Close(args) => of(&args.users),
            Command::Sweep(_) | Command::Victims(_) | Command::Connections(_) => Self::All,
            _ => Self::Clear,
        }
    }

    /// What to say before the password of this user is asked for, where somebody else may be meant.
    pub fn mistakable(&self, user: &UserName) -> Option<String> {
        let name = user.to_string();
        let meant = |other: &String| account(other) == account(&name);
        match self {
            Self::All => Some(explained(&name, "see", "logons")),
            Self::Of(users) if users.iter().any(meant) => Some(signing_in(&name)),
            Self::Of(_) | Self::Clear => None,
        }
    }
}

/// Whether two names may be one person's: that of the account is the same, however its domain is written.
pub fn may_be_same(one: &UserName, other: &UserName) -> bool {
    account(&one.to_string()) == account(&other.to_string())
}

fn account(name: &str) -> String {
    let name = name.rsplit('\\').next().unwrap_or_default();
    name.split('@').next().unwrap_or_default().to_lowercase()
}

/// A command line without USER, but with `--user`: what that means.
pub fn with_tip(mut error: clap::Error, line: &[OsString]) -> clap::Error {
    let lacks_user = matches!(
        error.get(ContextKind::InvalidArg),
        Some(ContextValue::Strings(lacking)) if lacking.iter().any(|name| name.contains("<USER>"))
    );
    if error.kind() == ErrorKind::MissingRequiredArgument
        && lacks_user
        && let Some(name) = signs_in(line)
    {
        let tip = explained(&name, "close", "close");
        let tips = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}

/// `--user NAME`, `--user=NAME`, `-u NAME`, `-uNAME`
fn signs_in(line: &[OsString]) -> Option<String> {
    let words: Vec<_> = line.iter().map(|word| word.to_string_lossy()).collect();
    let at = |(place, word): (usize, &std::borrow::Cow<'_, str>)| {
        let attached = word.strip_prefix("--user=").or_else(|| {
            let short = word.strip_prefix("-u")?;
            (!short.is_empty()).then_some(short)
        });
        let is_flag = matches!(&**word, "--user" | "-u");
        let next = words.get(place + 1).filter(|_| is_flag);
        attached.or(next.map(|next| &**next)).map(str::to_owned)
    };
    words.iter().enumerate().find_map(at)
}

fn signing_in(name: &str) -> String {
    format!("--user says who signs in, here {}.", plain(name))
}

fn explained(name: &str, what: &str, verb: &str) -> String {
    let (said, shown, word) = (signing_in(name), plain(name), shell_word(name));
    format!("{said} To {what} the sessions of {shown}: mapisweep {verb} {word}")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn who_may_be_meant_otherwise_is_told() {
        for (line, user, said) in [
            ("logons", "jsmith", true),
            ("logons mjones", "jsmith", false),
            ("logons jsmith", "jsmith", true),
            ("logons jsmith", r"CORP\JSmith", true),
            ("close jsmith", "jsmith@corp.example", true),
            ("close jsmith", "ann", false),
            ("sweep", "jsmith", true),
            ("victims", "jsmith", true),
            ("connections", "jsmith", true),
            ("dag", "jsmith", false),
        ] {
            let words = std::iter::once("mapisweep").chain(line.split(' '));
            let whose = Whose::of(&Cli::try_parse_from(words).unwrap().command);
            let told = whose.mistakable(&UserName::parse(user).unwrap());
            assert_eq!(told.is_some(), said, "{line} {user}");
        }
        let told = Whose::All.mistakable(&UserName::parse(r"CORP\jsmith").unwrap());
        let expected = r"--user says who signs in, here CORP\jsmith. To see the sessions of CORP\jsmith: mapisweep logons 'CORP\jsmith'";
        assert_eq!(told.as_deref(), Some(expected));
    }

    #[test]
    fn the_name_is_found_however_it_is_written() {
        for (line, name) in [
            ("close --user jsmith", Some("jsmith")),
            ("close --user=jsmith", Some("jsmith")),
            ("close -u jsmith", Some("jsmith")),
            ("close -ujsmith", Some("jsmith")),
            ("close --user", None),
            ("close", None),
        ] {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            assert_eq!(signs_in(&words).as_deref(), name, "{line}");
        }
    }
}
