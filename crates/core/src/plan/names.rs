//! Names of people and clients, each once.

use std::collections::BTreeMap;

use crate::exchange::Logon;

/// What the clients call themselves and in which mode, in one short text: `JSMITH-LT cached +2`.
pub fn describe_client(logons: &[&Logon]) -> String {
    let describe = |logon: &&Logon| {
        let name = logon.client_name.as_deref().unwrap_or_default();
        format!("{name} {}", logon.client_mode.word())
            .trim()
            .to_owned()
    };
    let names: Vec<_> = logons
        .iter()
        .map(describe)
        .filter(|name| !name.is_empty())
        .collect();
    let names = distinct(names.iter().map(String::as_str));
    match names.split_first() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((first, more)) => format!("{first} +{}", more.len()),
    }
}

/// Each name once, whatever its case, in order.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let by_key: BTreeMap<String, &str> = names.map(|name| (name.to_lowercase(), name)).collect();
    by_key.into_values().map(str::to_owned).collect()
}
