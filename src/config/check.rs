//! Every mistake in a configuration file, where reading it for use stops at the first.

use std::ops::Range;

use mapisweep_core::config::{Config, Profile};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Something in the file that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// In which profile.
    pub profile: Option<String>,
    /// What.
    pub kind: Kind,
}

/// What is wrong in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It is no TOML; what follows it was not looked at.
    NotToml {
        /// Why, in the parser's words.
        why: String,
        /// There is a backslash in it.
        at_backslash: bool,
    },
    /// Nothing is called so.
    UnknownKey {
        /// The key.
        key: String,
        /// The one that may be meant.
        nearest: Option<&'static str>,
    },
    /// The value does not do.
    Value {
        /// The key.
        key: String,
        /// Why not.
        why: String,
    },
}

impl Mistake {
    /// The key that is wrong.
    fn key(&self) -> Option<&str> {
        match &self.kind {
            Kind::NotToml { .. } => None,
            Kind::UnknownKey { key, .. } | Kind::Value { key, .. } => Some(key),
        }
    }
}

/// What is left of the file without these mistakes; nothing where it cannot be read.
pub fn without(text: &str, mistakes: &[Mistake]) -> Option<Config> {
    let mut table: toml::Table = toml::from_str(text).ok()?;
    for mistake in mistakes {
        let key = mistake.key()?;
        match &mistake.profile {
            None => table.remove(key),
            Some(profile) => table
                .get_mut("profile")
                .and_then(|profiles| profiles.get_mut(profile)?.as_table_mut())
                .and_then(|profile| profile.remove(key)),
        };
    }
    table.try_into().ok()
}

/// What the reader of TOML has to say, in words for people who know neither it nor Rust.
pub fn in_words(error: &toml::de::Error) -> String {
    const WORDS: [(&str, &str); 9] = [
        ("a nonzero usize", "a whole number of 1 or more"),
        ("usize", "a whole number of 0 or more"),
        ("a sequence", "a list in square brackets"),
        ("invalid type: sequence", "invalid type: list"),
        ("a map", "a table"),
        ("invalid type: map", "invalid type: table"),
        ("a boolean", "true or false"),
        ("expected a string", "expected text in quotes"),
        ("invalid type: string", "invalid type: text"),
    ];
    let said = error.message();
    if let Some((number, _)) = said.split_once(" as i128").or(said.split_once(" as u128")) {
        let number = number.trim_start_matches("invalid type: integer ");
        return format!("{number} is too large a number");
    }
    let reword = |said: String, (theirs, ours): (&str, &str)| said.replace(theirs, ours);
    match said.starts_with("invalid ") {
        true => WORDS.into_iter().fold(said.to_owned(), reword),
        false => said.replace("unknown variant", "unknown value"),
    }
}

/// Whether the line in which an error is has a backslash in it, which may be the reason.
pub fn is_at_backslash(text: &str, error: &toml::de::Error) -> bool {
    if error.message().starts_with("unknown field") {
        return false;
    }
    let line = error.span().map(|Range { start, .. }| line(text, start));
    let line = line.and_then(|line| text.lines().nth(line - 1));
    line.is_some_and(|line| line.contains('\\'))
}

/// All mistakes, from the top.
pub fn mistakes(text: &str) -> Vec<Mistake> {
    let parsed = (DeTable::parse(text), toml::from_str::<toml::Table>(text));
    let (spans, table) = match parsed {
        (Ok(spans), Ok(table)) => (spans, table),
        (Err(error), _) | (_, Err(error)) => return vec![not_toml(text, &error)],
    };
    let spans = spans.into_inner();
    let mut found = in_table(text, &spans, &table, &Config::KEYS, |table| {
        table.try_into::<Config>().err()
    });
    let profiles = spans.get("profile").and_then(|value| table_of(value));
    let values = table.get("profile").and_then(toml::Value::as_table);
    for (name, spans) in profiles.into_iter().flatten() {
        let name = name.get_ref().as_ref();
        let value = values.and_then(|values| values.get(name)?.as_table());
        if let (Some(spans), Some(value)) = (table_of(spans), value) {
            let of_profile = |table: toml::Table| table.try_into::<Profile>().err();
            let in_profile = in_table(text, spans, value, &Profile::KEYS, of_profile);
            found.extend(in_profile.into_iter().map(|mistake| Mistake {
                profile: Some(name.to_owned()),
                ..mistake
            }));
        }
    }
    found.sort_by_key(|mistake| mistake.line);
    found
}

/// Each key by itself, so that one mistake does not hide the next.
fn in_table(
    text: &str,
    spans: &DeTable<'_>,
    values: &toml::Table,
    known: &[&'static str],
    error_in: impl Fn(toml::Table) -> Option<toml::de::Error>,
) -> Vec<Mistake> {
    let mistake = |(key, value): (&String, &toml::Value)| {
        let span = spans.get_key_value(key.as_str());
        let start = span.map_or(0, |(key, _)| key.span().start);
        let kind = match known.contains(&key.as_str()) {
            false => Kind::UnknownKey {
                key: key.clone(),
                nearest: nearest(key, known),
            },
            // what is wrong within a profile is told by its own line
            true if key == "profile" && value.is_table() && all_tables(value) => return None,
            true => {
                let alone = toml::Table::from_iter([(key.clone(), value.clone())]);
                let why = in_words(&error_in(alone)?);
                let key = key.clone();
                Kind::Value { key, why }
            }
        };
        let line = line(text, start);
        Some(Mistake {
            line,
            profile: None,
            kind,
        })
    };
    values.iter().filter_map(mistake).collect()
}

fn all_tables(profiles: &toml::Value) -> bool {
    let mut profiles = profiles
        .as_table()
        .into_iter()
        .flat_map(toml::Table::values);
    profiles.all(toml::Value::is_table)
}

fn table_of<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Option<&'a DeTable<'i>> {
    value.get_ref().as_table()
}

fn not_toml(text: &str, error: &toml::de::Error) -> Mistake {
    Mistake {
        line: error.span().map_or(1, |span| line(text, span.start)),
        profile: None,
        kind: Kind::NotToml {
            why: in_words(error),
            at_backslash: is_at_backslash(text, error),
        },
    }
}

/// The known key that may be meant.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    /// Of what clap takes for a slip of the finger, too.
    const ALIKE: f64 = 0.7;
    let key = key.replace('_', "-").to_lowercase();
    let alike = known
        .iter()
        .map(|&known| (strsim::jaro(&key, known), known))
        .filter(|(alike, _)| *alike > ALIKE);
    let nearest = alike.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.map(|(_, known)| known)
}

/// In which line this byte is, counted from 1.
fn line(text: &str, byte: usize) -> usize {
    let before = text.as_bytes().iter().take(byte);
    1 + before.filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let told = |Mistake { line, kind, .. }: Mistake| match kind {
            Kind::NotToml { why, at_backslash } => format!("{line} {why} {at_backslash}"),
            Kind::UnknownKey { key, nearest } => format!("{line} {key}? {nearest:?}"),
            Kind::Value { key, why } => format!("{line} {key}: {why}"),
        };
        mistakes(text).into_iter().map(told).collect()
    }

    #[test]
    fn every_mistake_is_named_with_its_line_and_the_key_that_may_be_meant() {
        for (text, expected) in [
            ("", &[][..]),
            ("jobs = 3\n[profile.a]\nuser = 'CORP\\ann'", &[]),
            ("idel = '15m'", &["1 idel? Some(\"idle\")"]),
            (
                "step_timeout = '15m'",
                &["1 step_timeout? Some(\"step-timeout\")"],
            ),
            ("weather = 'fine'", &["1 weather? None"]),
            (
                "idle = 'soon'\njobs = 0\n\n[profile.a]\nservres = []\n[profile.b]\ntransport = 'ftp'\nusr = ''",
                &[
                    "1 idle: \"soon\" is not a length of time such as 30s, 15m or 2h",
                    "2 jobs: invalid value: integer `0`, expected a whole number of 1 or more",
                    "5 servres? Some(\"servers\")",
                    "7 transport: unknown value `ftp`, expected `http` or `https`",
                    "8 usr? Some(\"user\")",
                ],
            ),
            (
                "profile = 3",
                &["1 profile: invalid type: integer `3`, expected a table"],
            ),
            (
                "[[protect]]\nnetwrk = '10.1.8.0/24'",
                &["1 protect: unknown field `netwrk`, expected `network` or `reason`"],
            ),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_right_is_kept() {
        let text =
            "jobs = 0\nmax = 3\n[profile.a]\nusr = 'x'\nuser = 'ann'\n[[protect]]\nnetwork = 'x'";
        let config = without(text, &mistakes(text)).unwrap();
        assert_eq!((config.jobs, config.max), (None, Some(3)));
        assert_eq!(config.profiles["a"].user.as_deref(), Some("ann"));
        assert_eq!(without("jobs =", &mistakes("jobs =")), None);
    }

    #[test]
    fn a_backslash_is_noticed() {
        for (text, is_at_backslash) in [
            ("user = \"CORP\\ann\"", true),
            ("user = CORP\\ann", true),
            ("jobs = 1\n[profile.a]\nuser = \"CORP\\ann\"\n", true),
            ("# \\\nuser = ann", false),
        ] {
            let found = mistakes(text);
            let is = matches!(&found[..], [Mistake { kind: Kind::NotToml { at_backslash, .. }, .. }] if *at_backslash);
            assert_eq!(is, is_at_backslash, "{text} {found:?}");
        }
    }
}
