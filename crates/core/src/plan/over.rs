//! Who holds too many sessions, read from the logons alone.
//!
//! People are made of rows and not asked for by `Get-Mailbox`: a row carries the very DN by which sessions are ascribed to
//! a person, while a question by account may find somebody else of the same name, needs Active Directory, and costs one
//! question a person. What a row does not tell for certain is told, and nothing is done for it.

use std::collections::{BTreeMap, BTreeSet};

use super::{ServerSnapshot, address::acts_for_a_server};
use crate::exchange::{Limits, Logon, Mailbox, logon::SessionCount};

/// How many sessions are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// As many as the server lets a user have.
    Limit,
    /// So many, whatever the server's limit is.
    AtLeast(usize),
}

/// Those who hold too many sessions on one of the servers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Over {
    /// People, each once, by account.
    pub people: Vec<Mailbox>,
    /// Others, for whom nothing is done.
    pub left_out: Vec<LeftOut>,
}

/// One that holds too many sessions, and is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The account as the server writes it.
    pub account: String,
    /// The server with most of the sessions.
    pub server: String,
    /// How many there.
    pub held: SessionCount,
    /// Why.
    pub why: WhyLeftOut,
}

/// Why nothing is done for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyLeftOut {
    /// No person, but Windows or Exchange itself.
    System,
    /// Some rows name an account only, which is another person's, too.
    NotToldApart,
}

impl Threshold {
    /// Whether so many are too many.
    pub fn is_reached_by(self, sessions: usize, limits: Limits) -> bool {
        match self {
            Self::Limit => limits.mapi.is_reached_by(sessions),
            Self::AtLeast(least) => sessions >= least,
        }
    }
}

/// Who holds too many MAPI sessions on any of the servers. Sessions that Exchange's services opened do not count, nor
/// do those by which Exchange servers act for their users.
pub fn over(snapshots: &[ServerSnapshot], threshold: Threshold) -> Over {
    let everybody = everybody(snapshots);
    let by_name = by_name(&everybody);
    let mut found = Over::default();
    for one in everybody.values() {
        let held = snapshots
            .iter()
            .zip(&one.on)
            .map(|(snapshot, logons)| (snapshot, SessionCount::of(logons.iter().copied())));
        let too_many = held.filter(|(snapshot, held)| {
            held.count > 0 && threshold.is_reached_by(held.count, snapshot.limits)
        });
        let Some((snapshot, held)) = too_many.max_by_key(|(_, held)| held.count) else {
            continue;
        };
        let why = if one.is_a_systems {
            Some(WhyLeftOut::System)
        } else if one.is_mistakable(&by_name) {
            Some(WhyLeftOut::NotToldApart)
        } else {
            None
        };
        match why {
            None => found.people.push(one.mailbox()),
            Some(why) => found.left_out.push(LeftOut {
                account: one.shown(),
                server: snapshot.server.clone(),
                held,
                why,
            }),
        }
    }
    found
        .people
        .sort_by_cached_key(|person| person.account_name.to_lowercase());
    found
}

/// One that logged on, and the logons that count.
pub(super) struct One<'s> {
    /// As the first row has it.
    dn: Option<&'s str>,
    /// `DOMAIN\user`, as each row has it, in lower case.
    accounts: BTreeSet<String>,
    account: Option<&'s str>,
    /// Some rows have no DN.
    has_rows_without_dn: bool,
    pub(super) is_a_systems: bool,
    /// By snapshot.
    on: Vec<Vec<&'s Logon>>,
}

/// Who somebody is: by DN, or else by account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Dn(String),
    Account(String),
}

impl Key {
    /// The DN or the account, in lower case.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Dn(text) | Self::Account(text) => text,
        }
    }

    fn of(logon: &Logon) -> Option<Self> {
        let by_account = || logon.account.as_deref().map(str::to_lowercase);
        match &logon.user_dn {
            Some(dn) => Some(Self::Dn(dn.to_lowercase())),
            None => by_account().map(Self::Account),
        }
    }
}

/// Rows without a DN belong to whoever logged on with the same account and has one.
pub(super) fn everybody(snapshots: &[ServerSnapshot]) -> BTreeMap<Key, One<'_>> {
    let mut everybody: BTreeMap<Key, One> = BTreeMap::new();
    for (place, snapshot) in snapshots.iter().enumerate() {
        for logon in &snapshot.logons {
            let Some(key) = Key::of(logon) else {
                continue;
            };
            let one = everybody
                .entry(key)
                .or_insert_with(|| One::new(logon, snapshots.len()));
            one.add(logon, place);
        }
    }
    let of_account: BTreeMap<String, Vec<Key>> = {
        let mut of_account: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        let by_dn = everybody.iter().filter(|(_, one)| one.dn.is_some());
        for (key, account) in
            by_dn.flat_map(|(key, one)| one.accounts.iter().map(move |a| (key, a)))
        {
            let keys = of_account.entry(account.clone()).or_default();
            keys.push(key.clone());
        }
        of_account
    };
    for (account, keys) in of_account {
        // of several nobody is chosen
        if let [owner] = &keys[..]
            && let Some(without_dn) = everybody.remove(&Key::Account(account))
            && let Some(owner) = everybody.get_mut(owner)
        {
            owner.join(without_dn);
        }
    }
    everybody
}

/// Who goes by an account's name, its domain left aside, as [`Mailbox::made`] compares it.
fn by_name<'e>(everybody: &'e BTreeMap<Key, One<'_>>) -> BTreeMap<&'e str, Vec<&'e One<'e>>> {
    let mut by_name: BTreeMap<&str, Vec<&One>> = BTreeMap::new();
    for one in everybody.values() {
        let names: BTreeSet<&str> = one.names().collect();
        for name in names {
            by_name.entry(name).or_default().push(one);
        }
    }
    by_name
}

impl<'s> One<'s> {
    fn new(logon: &'s Logon, servers: usize) -> Self {
        Self {
            dn: logon.user_dn.as_deref(),
            accounts: BTreeSet::new(),
            account: None,
            has_rows_without_dn: false,
            is_a_systems: false,
            on: vec![Vec::new(); servers],
        }
    }

    fn add(&mut self, logon: &'s Logon, place: usize) {
        if let Some(account) = logon.account.as_deref() {
            self.accounts.insert(account.to_lowercase());
            self.account.get_or_insert(account);
        }
        self.has_rows_without_dn |= logon.user_dn.is_none();
        self.is_a_systems |= is_a_systems(logon);
        let counts = !logon.is_of_a_service() && !acts_for_a_server(logon);
        if let Some(on) = self.on.get_mut(place).filter(|_| counts) {
            on.push(logon);
        }
    }

    fn join(&mut self, other: Self) {
        self.has_rows_without_dn = true;
        self.is_a_systems |= other.is_a_systems;
        for (mine, theirs) in self.on.iter_mut().zip(other.on) {
            mine.extend(theirs);
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let accounts = self.accounts.iter();
        accounts.map(|account| account.rsplit('\\').next().unwrap_or(account))
    }

    /// Whether a row of somebody else's would be ascribed to this one: where one of the two has no DN, account names
    /// decide, and the same one may be in two domains.
    fn is_mistakable(&self, by_name: &BTreeMap<&str, Vec<&One<'_>>>) -> bool {
        let of_name = |name| by_name.get(name).into_iter().flatten();
        let mut others = self
            .names()
            .flat_map(of_name)
            .filter(|other| !std::ptr::eq(**other, self));
        others.any(|other| self.dn.is_none() || other.has_rows_without_dn)
    }

    /// A name that is no account's stands where there is none: it is only ever compared with accounts.
    fn mailbox(&self) -> Mailbox {
        let account = self.account.or(self.dn).unwrap_or_default();
        Mailbox {
            account_name: account.rsplit('\\').next().unwrap_or(account).to_owned(),
            legacy_exchange_dn: self.dn.map(str::to_owned),
            database: None,
        }
    }

    /// What counts, on all servers that were read.
    pub(super) fn held(&self) -> SessionCount {
        SessionCount::of(self.on.iter().flatten().copied())
    }

    pub(super) fn shown(&self) -> String {
        let name = self.account.or(self.dn);
        name.unwrap_or("?").to_owned()
    }
}

/// Whether Windows or Exchange itself logged on: a service's account, which has a blank or is called so in German where a
/// domain's name stands; what Exchange has in its configuration, which is no recipient; and its own mailboxes.
fn is_a_systems(logon: &Logon) -> bool {
    let dn = logon.user_dn.as_deref().unwrap_or_default();
    let account = logon.account.as_deref().unwrap_or_default();
    let account = account.to_lowercase();
    let (domain, name) = account.split_once('\\').unwrap_or(("", &account));
    let is_configured = dn.to_ascii_lowercase().contains("/cn=configuration/");
    let is_windows = domain.contains(' ') || domain == "nt-autorität";
    let is_exchanges = ["systemmailbox{", "healthmailbox", "discoverysearchmailbox{"];
    is_configured || is_windows || is_exchanges.iter().any(|own| name.starts_with(own))
}

#[cfg(test)]
mod tests;
