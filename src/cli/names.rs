//! How the servers of one run are called for people: by one form of their names, though some were given short and others in
//! full, as the members of a DAG are. Programs and the audit log have the names that were given.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::text::plain;
use crate::servers::may_be_same_server;

/// What servers are called, by the names that the admin gave, where that is another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// As they were given.
    #[cfg(test)]
    pub const AS_GIVEN: Self = Self(BTreeMap::new());

    /// Of these servers, as they were given and, where that is known, as they call themselves: the short ones where all are of
    /// one domain and told apart by them, else the full ones. Where all were given in one form, that is it.
    pub fn of<'a>(servers: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let servers = servers.into_iter().filter(|(given, _)| is_name(given));
        let servers: Vec<_> = servers
            .map(|(given, own)| (given, in_full(given, own)))
            .collect();
        let given: BTreeSet<_> = servers.iter().map(|(given, _)| is_short(given)).collect();
        if given.len() < 2 {
            return Self::default();
        }
        let lower = |text: &str| text.to_ascii_lowercase();
        let domains = servers.iter().filter_map(|(_, full)| full.split_once('.'));
        let domains: BTreeSet<_> = domains.map(|(_, domain)| lower(domain)).collect();
        let all: BTreeSet<_> = servers.iter().map(|(_, full)| lower(full)).collect();
        let labels: BTreeSet<_> = all.iter().map(|full| label(full)).collect();
        let is_short_enough = domains.len() == 1 && labels.len() == all.len();
        let called = servers.into_iter().map(|(given, full)| {
            let called = match is_short_enough {
                true => label(full),
                false => full,
            };
            (given, called)
        });
        let others = called.filter(|(given, called)| given != called);
        Self(
            others
                .map(|(given, called)| (given.to_owned(), called.to_owned()))
                .collect(),
        )
    }

    /// What this one is called, safe to show.
    pub fn shown(&self, given: &str) -> String {
        plain(self.0.get(given).map_or(given, String::as_str))
    }
}

/// An address, or a name with a port, is left as it was given.
fn is_name(given: &str) -> bool {
    given.parse::<IpAddr>().is_err() && !given.contains(':')
}

fn is_short(name: &str) -> bool {
    !name.contains('.')
}

fn label(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// An alias stays one.
fn in_full<'a>(given: &'a str, own: Option<&'a str>) -> &'a str {
    let own = own.filter(|own| is_short(given) && !is_short(own));
    own.filter(|own| may_be_same_server(given, own))
        .unwrap_or(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_called_by_one_form_of_their_names() {
        const OWN: Option<&str> = Some("ex01.corp.example");
        for (servers, called) in [
            // as they were given
            (vec![("ex01", OWN)], vec!["ex01"]),
            (vec![("ex01", OWN), ("ex02", None)], vec!["ex01", "ex02"]),
            (
                vec![("ex01.corp.example", OWN), ("ex02.b.example", None)],
                vec!["ex01.corp.example", "ex02.b.example"],
            ),
            // short where that is enough
            (
                vec![("ex01", OWN), ("EX02.CORP.example", None), ("ex03", None)],
                vec!["ex01", "EX02", "ex03"],
            ),
            (
                vec![("ex01", None), ("ex02.corp.example", None)],
                vec!["ex01", "ex02"],
            ),
            // one by two names
            (
                vec![("ex01", OWN), ("EX01.corp.example", OWN)],
                vec!["ex01", "EX01"],
            ),
            // of two domains
            (
                vec![("ex01", OWN), ("ex02.b.example", None)],
                vec!["ex01.corp.example", "ex02.b.example"],
            ),
            // two of one short name
            (
                vec![("ex01", OWN), ("ex01.b.example", None)],
                vec!["ex01.corp.example", "ex01.b.example"],
            ),
            (
                vec![("ex01", None), ("EX01.corp.example", None)],
                vec!["ex01", "EX01.corp.example"],
            ),
            // neither an address nor a port nor an alias is touched
            (
                vec![
                    ("10.1.0.1", OWN),
                    ("ex01:81", OWN),
                    ("mail", OWN),
                    ("ex02.corp.example", None),
                ],
                vec!["10.1.0.1", "ex01:81", "mail", "ex02"],
            ),
        ] {
            let names = Names::of(servers.iter().copied());
            let shown = servers.iter().map(|(given, _)| names.shown(given));
            assert_eq!(shown.collect::<Vec<_>>(), called, "{servers:?}");
        }
    }
}
