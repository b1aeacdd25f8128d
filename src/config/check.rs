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
    /// The keys that it may have; nothing where any will do.
    known: Option<&'static [&'static str]>,
    /// What is wrong with some of them.
    error_in: fn(toml::Table) -> Option<toml::de::Error>,
}

/// The file's own keys, and whatever in it is a table by itself.
fn parts<'a>(spans: &'a DeTable<'a>, values: &'a toml::Table) -> Vec<Part<'a>> {
    let mut parts = vec![Part {
        table: Table::File,
        spans,
        values,
        start: 0,
        known: Some(&Config::KEYS),
        error_in: |table| table.try_into::<Config>().err(),
    }];
    let mut part = |table, spans: &'a Spanned<DeValue<'a>>, values: &'a toml::Value| {
        let (known, error_in): (_, fn(_) -> _) = match table {
            Table::File => return,
            Table::Profile(_) => (Some(&Profile::KEYS[..]), |table| {
                toml::Table::try_into::<Profile>(table).err()
            }),
            Table::Protect => (Some(&Protect::KEYS[..]), error_in_protect),
            Table::ConnectTo => (None, |table| {
                let file = toml::Table::from_iter([("connect-to".to_owned(), table.into())]);
                file.try_into::<Config>().err()
            }),
        };
        if let (Some(keys), Some(values)) = (spans.get_ref().as_table(), values.as_table()) {
            parts.push(Part {
                table,
                spans: keys,
                values,
                start: spans.span().start,
                known,
                error_in,
            });
        }
    };
    let of = |key: &str| Some((spans.get(key)?, values.get(key)?));
    if let Some((spans, values)) = of("profile")
        && let (Some(spans), Some(values)) = (spans.get_ref().as_table(), values.as_table())
    {
        for (name, values) in values {
            if let Some(spans) = spans.get(name.as_str()) {
                part(Table::Profile(name.clone()), spans, values);
            }
        }
    }
    if let Some((spans, values)) = of("protect")
        && let (Some(spans), Some(values)) = (spans.get_ref().as_array(), values.as_array())
    {
        for (spans, values) in spans.iter().zip(values) {
            part(Table::Protect, spans, values);
        }
    }
    if let Some((spans, values)) = of("connect-to") {
        part(Table::ConnectTo, spans, values);
    }
    parts
}

/// As if the network, without which there is nothing to read, were right.
fn error_in_protect(mut table: toml::Table) -> Option<toml::de::Error> {
    let any = || toml::Value::from("10.0.0.0/8");
    table.entry("network").or_insert_with(any);
    table.try_into::<Protect>().err()
}

impl Part<'_> {
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
        if let Some(known) = self.known.filter(|known| !known.contains(&key)) {
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
            (self.error_in)(alone).map(|error| wrong(in_words(&error)))
        };
        match value {
            toml::Value::Array(items) if items.is_empty() && key == "servers" => {
                let why = "a list that is empty names no server: leave it out";
                vec![(at, wrong(why.to_owned()))]
            }
            toml::Value::Array(items) if error_in(&toml::Value::Array(Vec::new())).is_none() => {
                let spans = spans.and_then(|spans| spans.get_ref().as_array());
                let spans = spans.into_iter().flat_map(|spans| spans.iter());
                let item = |(item, spans): (&toml::Value, &Spanned<DeValue<'_>>)| {
                    let error = error_in(&toml::Value::Array(vec![item.clone()]))?;
                    Some((spans.span().start, error))
                };
                items.iter().zip(spans).filter_map(item).collect()
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
