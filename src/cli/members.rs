//! Which servers a DAG may name. They are shown a ticket or what proves a password, and it is not the admin who names
//! them but a server: one that is not what it seems must not send that anywhere.

use std::{collections::BTreeSet, fs, net::IpAddr};

use crate::servers::Outsider;

use super::settings::Selection;

/// The system's resolver says here how it completes short names.
const RESOLVER: &str = "/etc/resolv.conf";

/// Which servers a DAG may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The domains that the admin has named, or the resolver for him.
    domains: Vec<String>,
}

impl Members {
    /// Those within the domains of the names typed; for short names within those that the resolver tries; and within
    /// the domains that are allowed besides.
    pub fn of(selection: &Selection) -> Self {
        let search = || fs::read(RESOLVER).map_or_else(|_| Vec::new(), |file| search_list(&file));
        Self::named_by(&selection.hosts(), &selection.member_domains, search)
    }

    fn named_by(hosts: &[&str], allowed: &[String], search: impl FnOnce() -> Vec<String>) -> Self {
        let names = || hosts.iter().filter(|host| host.parse::<IpAddr>().is_err());
        let of_names = names().filter_map(|name| Some(name.split_once('.')?.1.to_owned()));
        let mut domains: Vec<_> = of_names.chain(allowed.iter().cloned()).collect();
        if names().any(|name| !name.contains('.')) {
            domains.extend(search());
        }
        for domain in &mut domains {
            *domain = domain.trim_matches('.').to_ascii_lowercase();
        }
        domains.retain(|domain| !domain.is_empty());
        domains.sort_unstable();
        domains.dedup();
        Self { domains }
    }

    /// The domains that the short names of this organisation's computers may be in: also where a server's full name was typed.
    pub fn domains_of(selection: &Selection) -> BTreeSet<String> {
        let found = fs::read(RESOLVER).map_or_else(|_| Vec::new(), |file| search_list(&file));
        let named = Self::named_by(&selection.hosts(), &selection.member_domains, Vec::new);
        let found = Self::named_by(&[], &found, Vec::new);
        named.domains.into_iter().chain(found.domains).collect()
    }

    /// Whether this one is meant.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, member: &str) -> Result<(), Outsider> {
        let name = member.trim_end_matches('.').to_ascii_lowercase();
        if name.parse::<IpAddr>().is_ok() {
            return Err(Outsider::Address);
        }
        let label = |label: &str| label == "localhost" || label == "localdomain";
        if name.split('.').any(label) {
            return Err(Outsider::ThisComputer);
        }
        // the resolver completes a short one as if it had been typed
        let is_within = |domain: &String| {
            let above = name.strip_suffix(domain.as_str());
            above.is_some_and(|above| above.ends_with('.'))
        };
        match !name.contains('.') || self.domains.iter().any(is_within) {
            true => Ok(()),
            false => Err(Outsider::OtherDomain {
                meant: self.domains.clone(),
            }),
        }
    }
}

fn search_list(file: &[u8]) -> Vec<String> {
    let parsed = resolv_conf::Config::parse(file);
    let list = |config: resolv_conf::Config| -> Vec<String> {
        let searched = config.get_last_search_or_domain();
        searched.cloned().collect()
    };
    parsed.map_or_else(|_| Vec::new(), list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_within_a_domain_that_was_named() {
        let search = || search_list(b"nameserver 10.0.0.1\nsearch Corp.Example a.example\n");
        let domain = |meant: &[&str]| Outsider::OtherDomain {
            meant: meant.iter().map(|&name| name.to_owned()).collect(),
        };
        let corp = &["corp.example"][..];
        for (typed, allowed, member, outcome) in [
            (
                &["ex01.corp.example"][..],
                &[][..],
                "ex02.corp.example",
                Ok(()),
            ),
            (&["ex01.corp.example"], &[], "EX02.Corp.Example.", Ok(())),
            (&["ex01.corp.example"], &[], "ex02.sub.corp.example", Ok(())),
            (&["ex01.corp.example"], &[], "ex02", Ok(())),
            (
                &["ex01.corp.example"],
                &[],
                "ex02.other.example",
                Err(domain(corp)),
            ),
            (
                &["ex01.corp.example"],
                &[],
                "evilcorp.example",
                Err(domain(corp)),
            ),
            (
                &["ex01.corp.example"],
                &[],
                "corp.example",
                Err(domain(corp)),
            ),
            (
                &["ex01.corp.example"],
                &["other.example"],
                "ex02.other.example",
                Ok(()),
            ),
            (&["ex01"], &[], "ex02.corp.example", Ok(())),
            (&["ex01"], &[], "ex02.a.example", Ok(())),
            (
                &["ex01"],
                &[],
                "ex02.b.example",
                Err(domain(&["a.example", "corp.example"])),
            ),
            (&["10.1.2.3"], &[], "ex02.corp.example", Err(domain(&[]))),
            (&["10.1.2.3"], &[], "ex02", Ok(())),
            (
                &["ex01.corp.example"],
                &[],
                "10.1.2.4",
                Err(Outsider::Address),
            ),
            (&["ex01.corp.example"], &[], "::1", Err(Outsider::Address)),
            (&["ex01"], &[], "localhost", Err(Outsider::ThisComputer)),
            (
                &["ex01"],
                &[],
                "LocalHost.corp.example",
                Err(Outsider::ThisComputer),
            ),
        ] {
            let allowed: Vec<_> = allowed.iter().copied().map(str::to_owned).collect();
            let members = Members::named_by(typed, &allowed, search);
            assert_eq!(members.check(member), outcome, "{typed:?}: {member}");
        }
    }

    #[test]
    fn a_resolver_without_a_search_list_names_nothing() {
        for file in [&b"nameserver 10.0.0.1\n"[..], b"", b"\xff\xfe"] {
            assert!(search_list(file).is_empty());
        }
    }
}
