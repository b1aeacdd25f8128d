//! What DNS says of the names of clients.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// What DNS told of the names of clients, and of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientNames {
    asked: BTreeMap<String, Asked>,
    /// What an address is called; `None` where it has no name.
    called: BTreeMap<IpAddr, Option<String>>,
}

/// What came of asking for a client's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    /// What DNS was asked for: the name in each of the domains that it may be in.
    names: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
    /// One of those was not answered.
    is_partial: bool,
}

/// What DNS says of one client's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByDns {
    /// It has this address, or one of each family, and each has this name: the only answer that may be gone by.
    Is(Vec<IpAddr>),
    /// It has several addresses of a family, or others have it.
    Several(Vec<IpAddr>),
    /// It has an address which has another name: one of the two records is stale.
    CalledOtherwise {
        /// The address.
        address: IpAddr,
        /// The other name.
        name: String,
    },
    /// It has an address which has no name to confirm that.
    NotCalled(IpAddr),
    /// It has no address, but these have it.
    OnlyCalled(Vec<IpAddr>),
    /// It has no address.
    Unknown,
    /// DNS was not asked, or did not answer.
    NotTold,
}

impl ClientNames {
    /// DNS was asked for a client's name in one domain, or as it stands; `None` where it did not answer.
    pub fn learn(&mut self, client: &str, asked: &str, addresses: Option<Vec<IpAddr>>) {
        let Some(key) = host_name(client) else {
            return;
        };
        let known = self.asked.entry(key).or_default();
        known.names.insert(bare(asked));
        match addresses {
            None => known.is_partial = true,
            Some(found) => {
                let found = found.iter().map(IpAddr::to_canonical);
                known.addresses.extend(found);
            }
        }
    }

    /// DNS says that this is the name of an address, or that it has none.
    pub fn learn_name(&mut self, address: IpAddr, name: Option<&str>) {
        self.called.insert(address.to_canonical(), name.map(bare));
    }

    /// Whether it was asked for anything.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// The addresses that the names have.
    pub fn addresses(&self) -> BTreeSet<IpAddr> {
        let asked = self.asked.values();
        asked.flat_map(|asked| asked.addresses.clone()).collect()
    }

    /// What DNS says of a client's name.
    pub fn says(&self, client: &str) -> ByDns {
        let asked = host_name(client).and_then(|key| self.asked.get(&key));
        let Some(asked) = asked.filter(|asked| !asked.is_partial) else {
            return ByDns::NotTold;
        };
        let called = self.called.iter().filter(|(_, name)| {
            let name = name.as_deref();
            name.is_some_and(|name| asked.is_called(name))
        });
        let called: BTreeSet<IpAddr> = called.map(|(address, _)| *address).collect();
        let all: Vec<_> = asked.addresses.union(&called).copied().collect();
        let is_more = all.len() > asked.addresses.len();
        match asked.addresses.is_empty() {
            true if all.is_empty() => ByDns::Unknown,
            true => ByDns::OnlyCalled(all),
            false if is_more || !is_one_a_family(&all) => ByDns::Several(all),
            false => all
                .iter()
                .find_map(|address| self.contradicts(asked, *address))
                .unwrap_or(ByDns::Is(all)),
        }
    }

    /// What is said instead where one of a client's addresses does not lead back to its name.
    fn contradicts(&self, asked: &Asked, address: IpAddr) -> Option<ByDns> {
        match self.called.get(&address) {
            None => Some(ByDns::NotTold),
            Some(None) => Some(ByDns::NotCalled(address)),
            Some(Some(name)) if asked.is_called(name) => None,
            Some(Some(name)) => Some(ByDns::CalledOtherwise {
                address,
                name: name.clone(),
            }),
        }
    }

    /// The addresses of the clients that are at this one, besides it.
    pub(super) fn twins(&self, address: IpAddr) -> BTreeSet<IpAddr> {
        let leading = self.asked.iter();
        let leading = leading.filter(|(_, asked)| asked.addresses.contains(&address));
        let addresses = leading.filter_map(|(client, _)| match self.says(client) {
            ByDns::Is(addresses) => Some(addresses),
            _ => None,
        });
        addresses.flatten().filter(|one| *one != address).collect()
    }

    /// Whether DNS says one thing only of a name, so that it matters who else may be there.
    pub fn is_of_one(&self, client: &str) -> bool {
        matches!(self.says(client), ByDns::Is(_))
    }

    /// Whether DNS told all the addresses of a name.
    pub(super) fn is_told(&self, client: &str) -> bool {
        let asked = host_name(client).and_then(|key| self.asked.get(&key));
        asked.is_some_and(|asked| !asked.is_partial)
    }

    /// Whether a client of this name might be at an address, by anything that DNS says.
    pub(super) fn leads_to(&self, client: &str, address: IpAddr) -> bool {
        let asked = host_name(client).and_then(|key| self.asked.get(&key));
        asked.is_some_and(|asked| {
            let called = self.called.get(&address).and_then(Option::as_deref);
            asked.addresses.contains(&address) || called.is_some_and(|name| asked.is_called(name))
        })
    }
}

impl Asked {
    /// Whether a name is one of those asked for; a short one has no domain that could be another.
    fn is_called(&self, name: &str) -> bool {
        let is_short = |name: &str| !name.contains('.');
        let label = |name: &str| name.split('.').next().unwrap_or(name).to_owned();
        let mut names = self.names.iter();
        names.any(|asked| {
            *asked == name || ((is_short(asked) || is_short(name)) && label(asked) == label(name))
        })
    }
}

fn is_one_a_family(addresses: &[IpAddr]) -> bool {
    let of_4 = addresses.iter().filter(|address| address.is_ipv4()).count();
    of_4 <= 1 && addresses.len() - of_4 <= 1
}

fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The name to ask DNS for, of what a client calls itself; nothing where that is no host's name, could be read as an address,
/// or would lead to this computer.
pub fn host_name(client: &str) -> Option<String> {
    let name = bare(client.trim());
    let is_label = |label: &str| {
        let mut bytes = label.bytes();
        (1..=63).contains(&label.len())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && label != "localhost"
            && label != "localdomain"
    };
    let first = name.split('.').next()?;
    let is_number =
        name.starts_with("0x") || !first.contains(|one: char| one.is_ascii_alphabetic());
    (name.len() <= 253 && !is_number && name.split('.').all(is_label)).then_some(name)
}

impl ByDns {
    /// The address that may be gone by, where connections come from these: the only one from which some do.
    pub(super) fn seen_among(&self, clients: &BTreeSet<IpAddr>) -> Option<IpAddr> {
        let Self::Is(addresses) = self else {
            return None;
        };
        let mut seen = addresses.iter().filter(|one| clients.contains(one));
        match (seen.next(), seen.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    }

    /// The only one that it has.
    pub(super) fn only(&self) -> Option<IpAddr> {
        match self {
            Self::Is(addresses) => match addresses[..] {
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }
}
