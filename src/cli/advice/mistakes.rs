//! Advice for what stands in the configuration file and is not as it has to be: the same words wherever that is met.

use mapisweep_core::config::{Config, Profile};

use super::{Advice, SINGLE_QUOTES};
use crate::{
    cli::text::{plain, quoted},
    config::check::{Kind, Mistake, Table},
};

impl From<&Mistake> for Advice {
    fn from(mistake: &Mistake) -> Self {
        match &mistake.kind {
            Kind::NotToml { why, at_backslash } => Self::new(
                why,
                match at_backslash {
                    true => SINGLE_QUOTES,
                    false => "What follows was not looked at.",
                },
            ),
            Kind::UnknownKey { key, nearest } => Self::new(
                format!("{} is unknown", quoted(key)),
                instead_of(key, *nearest, &mistake.table),
            ),
            Kind::Value { key, why } => Self::new(format!("{}: {why}", plain(key)), ""),
        }
    }
}

/// What to do about a key that is unknown where it stands.
fn instead_of(key: &str, nearest: Option<&str>, table: &Table) -> String {
    if key.eq_ignore_ascii_case("password") {
        return "No password is kept in this file: `mapisweep login` puts it into the keyring."
            .to_owned();
    }
    match table {
        Table::File | Table::Protect if Profile::KEYS.contains(&key) => {
            "It belongs to a profile: write it below a line [profile.NAME].".to_owned()
        }
        Table::Profile(_) if Config::KEYS.contains(&key) => {
            "It belongs to all profiles: write it above the first of them.".to_owned()
        }
        Table::Protect if Config::KEYS.contains(&key) => {
            "It belongs to the whole file: write it above the first line in square brackets."
                .to_owned()
        }
        _ => nearest.map_or_else(String::new, |nearest| format!("Is {nearest} meant?")),
    }
}
