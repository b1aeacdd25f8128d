//! Every mistake in a configuration file, where reading it for use stops at the first.

use mapisweep_core::config::{Config, Profile, Protect};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

mod words;

pub use words::{in_words, is_at_backslash};

/// Something in the file that is not as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// In which table.
    pub table: Table,
    /// What.
    pub kind: Kind,
}

/// A table of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Table {
    /// The file itself, above all others.
    File,
    /// A profile.
    Profile(String),
    /// One of the networks that are never closed.
    Protect,
    /// Where connections really go.
    ConnectTo,
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
    let mut file: toml::Table = toml::from_str(text).ok()?;
    for mistake in mistakes {
        let key = mistake.key()?;
        let table = match &mistake.table {
            Table::File => Some(&mut file),
            Table::Profile(profile) => file
                .get_mut("profile")
                .and_then(|profiles| profiles.get_mut(profile)?.as_table_mut()),
            Table::ConnectTo => file.get_mut("connect-to").and_then(|it| it.as_table_mut()),
            // what is not protected then is nothing that a check asks about
            Table::Protect => {
                file.remove("protect");
                None
            }
        };
        table.and_then(|table| table.remove(key));
    }
    file.try_into().ok()
}

/// All mistakes, from the top.
pub fn mistakes(text: &str) -> Vec<Mistake> {
    let parsed = (DeTable::parse(text), toml::from_str::<toml::Table>(text));
    let (spans, table) = match parsed {
        (Ok(spans), Ok(table)) => (spans, table),
        (Err(error), _) | (_, Err(error)) => return vec![not_toml(text, &error)],
    };
    let parts = parts(spans.get_ref(), &table);
    let mut found: Vec<_> = parts.iter().flat_map(|part| part.mistakes(text)).collect();
    found.sort_by_key(|mistake| mistake.line);
    found
}

/// A table with keys of its own.
struct Part<'a> {
    table: Table,
    spans: &'a DeTable<'a>,
    values: &'a toml::Table,
    /// Where it begins.
    start: usize,
}

/// The file's own keys, and whatever in it is a table by itself.
fn parts<'a>(spans: &'a DeTable<'a>, values: &'a toml::Table) -> Vec<Part<'a>> {
    let mut parts = vec![Part {
        table: Table::File,
        spans,
        values,
        start: 0,
    }];
    for (key, value) in values {
        let Some(spans) = spans.get(key.as_str()) else {
            continue;
        };
        let below = match (key.as_str(), value) {
            ("profile", toml::Value::Table(_)) => within(spans, value)
                .map(|(name, spans, value)| Part::new(Table::Profile(name), spans, value))
                .collect(),
            ("protect", toml::Value::Array(_)) => within(spans, value)
                .map(|(_, spans, value)| Part::new(Table::Protect, spans, value))
                .collect(),
            ("connect-to", _) => vec![Part::new(Table::ConnectTo, spans, value)],
            _ => Vec::new(),
        };
        parts.extend(below.into_iter().flatten());
    }
    parts
}

/// What a table or a list holds; what is in a list has no name.
fn within<'a>(
    spans: &'a Spanned<DeValue<'a>>,
    value: &'a toml::Value,
) -> impl Iterator<Item = (String, &'a Spanned<DeValue<'a>>, &'a toml::Value)> {
    let named = value.as_table().into_iter().flatten();
    let named = named.filter_map(|(name, value)| {
        let spans = spans.get_ref().as_table()?.get(name.as_str())?;
        Some((name.clone(), spans, value))
    });
    let items = value.as_array().into_iter().flatten();
    let spans = spans
        .get_ref()
        .as_array()
        .into_iter()
        .flat_map(|spans| spans.iter());
    let items = items.zip(spans);
    named.chain(items.map(|(value, spans)| (String::new(), spans, value)))
}

impl Table {
    /// The keys that it may have; nothing where any will do.
    fn known(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::File => Some(&Config::KEYS),
            Self::Profile(_) => Some(&Profile::KEYS),
            Self::Protect => Some(&Protect::KEYS),
            Self::ConnectTo => None,
        }
    }

    /// What is wrong with some of what is in it.
    fn error_in(&self, mut some: toml::Table) -> Option<toml::de::Error> {
        match self {
            Self::File => some.try_into::<Config>().err(),
            Self::Profile(_) => some.try_into::<Profile>().err(),
            Self::Protect => {
                // without one there is nothing to read
                let any = || toml::Value::from("10.0.0.0/8");
                some.entry("network").or_insert_with(any);
                some.try_into::<Protect>().err()
            }
            Self::ConnectTo => {
                let file = toml::Table::from_iter([("connect-to".to_owned(), some.into())]);
                file.try_into::<Config>().err()
            }
        }
    }
}

impl<'a> Part<'a> {
    /// Nothing where it is no table.
    fn new(table: Table, spans: &'a Spanned<DeValue<'a>>, value: &'a toml::Value) -> Option<Self> {
        Some(Self {
            table,
            spans: spans.get_ref().as_table()?,
            values: value.as_table()?,
            start: spans.span().start,
        })
    }

    /// Each key by itself, so that one mistake does not hide the next.
    fn mistakes(&self, text: &str) -> Vec<Mistake> {
        let mistake = |(byte, kind)| Mistake {
            line: line(text, byte),
            table: self.table.clone(),
            kind,
        };
        let mut found: Vec<_> = self.of_all().into_iter().map(mistake).collect();
        for (key, value) in self.values {
            let spans = self.spans.get_key_value(key.as_str());
            let at = spans.map_or(self.start, |(key, _)| key.span().start);
            let spans = spans.map(|(_, value)| value);
            found.extend(self.in_key(key, value, at, spans).into_iter().map(mistake));
        }
        found
    }

    /// What is wrong with it, and with none of its keys.
    fn of_all(&self) -> Option<(usize, Kind)> {
        let value = |key: &str, why: String| {
            let key = key.to_owned();
            Some((self.start, Kind::Value { key, why }))
        };
        let means_network = |key: &String| nearest(key, &Protect::KEYS) == Some("network");
        match &self.table {
            Table::Profile(name) if name.trim().is_empty() => {
                let why = "a name that is empty is none, and no run can ask for it";
                value("profile", why.to_owned())
            }
            Table::Protect if !self.values.keys().any(means_network) => {
                let error = toml::Table::new().try_into::<Protect>().err()?;
                value("protect", in_words(&error))
            }
            _ => None,
        }
    }

    fn in_key(
        &self,
        key: &str,
        value: &toml::Value,
        at: usize,
        spans: Option<&Spanned<DeValue<'_>>>,
    ) -> Vec<(usize, Kind)> {
        if let Some(known) = self.table.known().filter(|known| !known.contains(&key)) {
            let (key, nearest) = (key.to_owned(), nearest(key, known));
            return vec![(at, Kind::UnknownKey { key, nearest })];
        }
        if self.table == Table::File && is_told_by_parts(key, value) {
            return Vec::new();
        }
        let wrong = |why| {
            let key = key.to_owned();
            Kind::Value { key, why }
        };
        let error_in = |value: &toml::Value| {
            let alone = toml::Table::from_iter([(key.to_owned(), value.clone())]);
            self.table
                .error_in(alone)
                .map(|error| wrong(in_words(&error)))
        };
        match value {
            toml::Value::Array(items) if items.is_empty() && key == "servers" => {
                let why = "a list that is empty names no server: leave it out";
                vec![(at, wrong(why.to_owned()))]
            }
            toml::Value::Array(_) if error_in(&toml::Value::Array(Vec::new())).is_none() => {
                let item = |(_, spans, item): (_, &Spanned<DeValue<'_>>, &toml::Value)| {
                    let error = error_in(&toml::Value::Array(vec![item.clone()]))?;
                    Some((spans.span().start, error))
                };
                let items = spans.into_iter().flat_map(|spans| within(spans, value));
                items.filter_map(item).collect()
            }
            value => error_in(value)
                .map(|error| (at, error))
                .into_iter()
                .collect(),
        }
    }
}

/// Whether what is wrong within is told by lines of its own.
fn is_told_by_parts(key: &str, value: &toml::Value) -> bool {
    match (key, value) {
        ("profile", toml::Value::Table(profiles)) => profiles.values().all(toml::Value::is_table),
        ("protect", toml::Value::Array(rules)) => rules.iter().all(toml::Value::is_table),
        ("connect-to", value) => value.is_table(),
        _ => false,
    }
}

fn not_toml(text: &str, error: &toml::de::Error) -> Mistake {
    Mistake {
        line: error.span().map_or(1, |span| line(text, span.start)),
        table: Table::File,
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
mod tests;
