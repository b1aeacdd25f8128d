//! Advice for what goes wrong on the admin's own computer.

use std::io::ErrorKind;

use super::{Advice, with_causes};
use mapisweep_core::config::NoSuchProfile;

use crate::{
    cli::text::{list, plain},
    config::{self, check::Table},
    credentials::{self, Account, KeyringError, Source},
};

impl From<&config::Error> for Advice {
    fn from(error: &config::Error) -> Self {
        let what = match error {
            config::Error::Parse {
                first: Some(first), ..
            } => {
                let in_profile = match &first.table {
                    Table::Profile(name) => format!(", profile {}", plain(name)),
                    _ => String::new(),
                };
                let mistake = Self::from(&**first).what;
                format!("{error}: line {}{in_profile}: {mistake}", first.line)
            }
            config::Error::Parse { source, .. } => {
                // its own text is a drawing of several lines; the place is in the first
                let drawing = source.to_string();
                let place = drawing.lines().next().unwrap_or_default();
                let place = place.trim_start_matches("TOML parse error ");
                format!("{error}: {place}: {}", config::check::in_words(source))
            }
            _ => with_causes(error),
        };
        let to_do = match error {
            config::Error::Read { source, .. } if source.kind() == ErrorKind::InvalidData => {
                "Save it as UTF-8.".to_owned()
            }
            config::Error::Read { source, .. } if source.kind() == ErrorKind::NotFound => {
                "Check --config, or MAPISWEEP_CONFIG.".to_owned()
            }
            config::Error::Read { .. } | config::Error::TooLarge { .. } => {
                "It has to be a file that you may read; --config or MAPISWEEP_CONFIG name another."
                    .to_owned()
            }
            config::Error::RelativeHome { .. } => {
                "Nothing was done. Set HOME, or XDG_CONFIG_HOME and XDG_STATE_HOME, to full paths."
                    .to_owned()
            }
            config::Error::Parse {
                at_backslash: true, ..
            } => format!("{SINGLE_QUOTES} Nothing was done."),
            config::Error::Parse { first, path, .. } => {
                let to_do = first.as_deref().map(|first| Self::from(first).to_do);
                let to_do = to_do.filter(|to_do| !to_do.is_empty());
                let to_do = to_do.map_or_else(String::new, |to_do| format!("{to_do} "));
                let path = shell_word(&path.to_string_lossy());
                format!(
                    "{to_do}Nothing was done. `mapisweep config check --config {path}` names all mistakes."
                )
            }
        };
        Self::new(what, to_do)
    }
}

/// What keeps a backslash a backslash in TOML.
pub const SINGLE_QUOTES: &str =
    r"Text with a backslash stands in single quotes, where it means itself: user = 'CORP\ann'.";

impl From<&NoSuchProfile> for Advice {
    fn from(error: &NoSuchProfile) -> Self {
        let to_do = match error.known.is_empty() {
            true => "The configuration file has no profiles.".to_owned(),
            false => format!("There is {}.", list(&error.known)),
        };
        Self::new(with_causes(error), to_do)
    }
}

impl From<&credentials::Error> for Advice {
    fn from(error: &credentials::Error) -> Self {
        use credentials::Error;
        match error {
            Error::Nowhere {
                user,
                is_variable_empty,
                keyring,
            } => Self::new(
                format!(
                    "{error}: MAPISWEEP_PASSWORD is {}, {}, and there is no terminal to ask on",
                    if *is_variable_empty {
                        "empty"
                    } else {
                        "not set"
                    },
                    keyring_said(keyring.as_ref())
                ),
                match keyring {
                    Some(KeyringError::Locked) => {
                        format!(
                            "{UNLOCK} Or pipe it in with --password-stdin, or set MAPISWEEP_PASSWORD."
                        )
                    }
                    // nothing can be kept there
                    Some(KeyringError::NoService { .. }) => {
                        "Pipe it in with --password-stdin, or set MAPISWEEP_PASSWORD.".to_owned()
                    }
                    _ => format!(
                        "Pipe it in with --password-stdin, set MAPISWEEP_PASSWORD, or run `mapisweep login --user {}` once.",
                        shell_word(user)
                    ),
                },
            ),
            Error::NobodyToAsk => Self::new(error.to_string(), "Pipe it in with --password-stdin."),
            Error::StandardInputIsTerminal => Self::new(
                error.to_string(),
                "Leave --password-stdin away to be asked for it, or pipe it in.",
            ),
            Error::StandardInput(_) | Error::StandardInputEmpty | Error::StandardInputNul => {
                Self::new(
                    with_causes(error),
                    "With --password-stdin its first line must be the password.",
                )
            }
            Error::NothingTyped => Self::new(
                error.to_string(),
                "Nothing was done. It may come by --password-stdin or MAPISWEEP_PASSWORD, too.",
            ),
            Error::Interrupted => Self::new(error.to_string(), "Nothing was done."),
            Error::NotUtf8 | Error::Prompt(_) => Self::new(with_causes(error), ""),
        }
    }
}

/// How to unlock a keyring.
const UNLOCK: &str = "Unlock it in its own program; over SSH a Mac's with `security unlock-keychain`, gnome-keyring with \
                      `gnome-keyring-daemon --replace --unlock`, which reads the password from standard input.";

impl Advice {
    /// With where the password came from that was refused, and how to replace it there.
    pub fn on_password_from(self, source: &Source, account: &Account) -> Self {
        let replace = match source {
            // whoever typed it knows
            Source::Prompt => return self,
            Source::StandardInput => format!("The password came from {source}."),
            Source::Environment => {
                format!("The password came from {source}: set that anew, or unset it to be asked.")
            }
            Source::Keyring { profile } => {
                let user = shell_word(&account.user);
                let profile = profile.as_deref();
                let profile = profile.map_or_else(String::new, |profile| {
                    format!(" --profile {}", shell_word(profile))
                });
                format!(
                    "The password came from {source}: `mapisweep login --user {user}{profile}` replaces it there."
                )
            }
        };
        let to_do = match self.to_do.is_empty() {
            true => replace,
            false => format!("{} {replace}", self.to_do),
        };
        Self { to_do, ..self }
    }
}

/// As one word of a shell, and safe to show.
pub fn shell_word(word: &str) -> String {
    let word = plain(word);
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    match word.chars().all(is_plain) {
        true => word,
        false if word.contains('\'') => format!("\"{word}\""),
        false => format!("'{word}'"),
    }
}

fn keyring_said(error: Option<&KeyringError>) -> String {
    match error {
        None => "the keyring holds none".to_owned(),
        Some(error) => error.to_string(),
    }
}

impl From<&KeyringError> for Advice {
    fn from(error: &KeyringError) -> Self {
        let to_do = match error {
            KeyringError::NoService { .. } => {
                "Only such a service keeps a password: on a desktop, log on to it first (gnome-keyring, KWallet or KeePassXC \
                 provide it). Without one, each verb that signs in takes --password-stdin or MAPISWEEP_PASSWORD, and nothing is \
                 kept."
            }
            KeyringError::Locked => UNLOCK,
            KeyringError::NoAccess { .. } => {
                "Look into it with its own program: whether there is a keyring to store in, and mapisweep may."
            }
            KeyringError::Silent { .. } => {
                "It counts as absent. It may wait for an answer in a window of its own: look for one, unlock it there, \
                 and run this again."
            }
            KeyringError::Ambiguous { .. } => {
                "They differ in case, or in what mapisweep does not look at: `mapisweep login` makes one of them."
            }
            KeyringError::NotText => "Run `mapisweep logout`, then `mapisweep login`.",
            KeyringError::NotKept => {
                "Look into it with its own program: it may be read-only, or another program may have written there, too."
            }
            KeyringError::Other { .. } => "",
        };
        Self::new(error.to_string(), to_do)
    }
}
