//! Which principals a person may be: the account in each realm that somebody named, in the order of how surely.
//!
//! `CORP\ann` names no realm, for `CORP` is a short name of Windows' own. The suffix of `ann@corp.example` need not be
//! one either: where it is not, the whole name is asked for as an enterprise name (RFC 6806 section 5), which the domain
//! looks up. An account without a domain is the server's own, unless a realm was given.
//!
//! A person is the same one at all servers of a run: who signed in to each as somebody of the server's own domain would
//! be several people, and show a password to several KDCs.

use std::{fmt, net::IpAddr};

use mapisweep_core::config::Realm;
use mapisweep_gssapi::Principal;
use mapisweep_winrm::auth::UserName;

/// Where the name of a realm came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RealmFrom {
    /// `--realm`.
    Flag,
    /// The profile.
    Profile,
    /// The user's name.
    UserName,
    /// The system's configuration of Kerberos.
    System,
    /// The server's name.
    Server,
}

impl fmt::Display for RealmFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "--realm",
            Self::Profile => "the profile",
            Self::UserName => "the user's name",
            Self::System => "the system's Kerberos configuration",
            Self::Server => "the server's name",
        })
    }
}

/// The realms that are known before a server is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Realms {
    /// The one that was asked for, and how.
    pub given: Option<(Realm, RealmFrom)>,
    /// The system's default.
    pub system: Option<Realm>,
}

/// Who a person may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where the person is to be looked up, and as whom.
    pub principal: Principal,
    /// The account's name and the realm, as a ticket says them.
    pub is_called: (String, Realm),
    /// Where the realm came from.
    pub from: RealmFrom,
}

impl Realms {
    /// Who `user` may be at these servers, the likeliest first.
    pub fn candidates(&self, user: &UserName, hosts: &[&str]) -> Vec<Candidate> {
        if is_local(user, hosts) {
            return Vec::new();
        }
        let (account, named) = account(user);
        if let Some((realm, from)) = &self.given {
            let other = named.filter(|(_, named)| named != realm);
            return match other {
                Some((upn, _)) => vec![enterprise(upn, realm, *from)],
                None => vec![plain(account, realm, *from)],
            };
        }
        let mut candidates = Vec::new();
        if let Some((_, realm)) = &named {
            candidates.push(plain(account, realm, RealmFrom::UserName));
        }
        // whose account it is, nobody has said
        if user.domain.is_none() && named.is_none() {
            return candidates;
        }
        let system = self.system.clone().map(|realm| (realm, RealmFrom::System));
        let servers = hosts.iter().filter_map(|host| domain_of(host));
        let servers = servers.map(|realm| (realm, RealmFrom::Server));
        for (realm, from) in system.into_iter().chain(servers) {
            if candidates.iter().any(|known| known.is_called.1 == realm) {
                continue;
            }
            candidates.push(match &named {
                Some((upn, _)) => enterprise(upn.clone(), &realm, from),
                None => plain(account, &realm, from),
            });
        }
        // where one is called so, another one's account of that name is somebody else's
        let is_meant = |one: &Candidate| is_short_for(user, one.is_called.1.as_str());
        if candidates.iter().any(is_meant) {
            candidates.retain(is_meant);
        }
        candidates
    }
}

impl Candidate {
    /// Whether a ticket of this name is this person's. Windows does not mind the case.
    pub fn is(&self, ticket: &str) -> bool {
        let (account, realm) = &self.is_called;
        ticket.rsplit_once('@').is_some_and(|(name, of)| {
            name.replace("\\@", "@").to_lowercase() == account.to_lowercase()
                && of.eq_ignore_ascii_case(realm.as_str())
        })
    }
}

/// The realm that a user's name names.
pub fn realm_named_by(user: &UserName) -> Option<Realm> {
    account(user).1.map(|(_, realm)| realm)
}

/// The account's name; and where the user's name names a realm, the whole name and the realm.
pub(super) fn account(user: &UserName) -> (&str, Option<(String, Realm)>) {
    let whole = |name: &str, realm: &str| Some((format!("{name}@{realm}"), realm.parse().ok()?));
    match &user.domain {
        Some(domain) if domain.contains('.') => (&user.name, whole(&user.name, domain)),
        Some(_) => (&user.name, None),
        None => match user.name.rsplit_once('@') {
            Some((name, suffix)) => (name, whole(name, suffix)),
            None => (&user.name, None),
        },
    }
}

/// Whether an account is one of these servers' own.
pub(super) fn is_local(user: &UserName, hosts: &[&str]) -> bool {
    let is_computer = |host: &&str| is_short_for(user, host);
    user.domain.as_deref() == Some(".") || hosts.iter().any(is_computer)
}

/// Whether the domain of `CORP\ann` is this one: Windows calls a domain, and a computer, by the first part of its name,
/// unless told otherwise.
pub(super) fn is_short_for(user: &UserName, name: &str) -> bool {
    let short = name.split('.').next().unwrap_or(name);
    user.domain
        .as_deref()
        .is_some_and(|domain| domain.eq_ignore_ascii_case(short))
}

/// Whether a ticket's name evidently is that of `CORP\ann`: a domain need not be called as its realm is.
pub fn is_evident(user: &UserName, ticket: &str) -> bool {
    let realm = ticket.rsplit_once('@').map_or("", |(_, realm)| realm);
    let is_realm = |domain: &str| domain.eq_ignore_ascii_case(realm);
    is_short_for(user, realm) || user.domain.as_deref().is_none_or(is_realm)
}

fn plain(account: &str, realm: &Realm, from: RealmFrom) -> Candidate {
    Candidate {
        principal: Principal {
            name: format!("{}@{realm}", account.replace('@', "\\@")),
            is_enterprise: false,
        },
        is_called: (account.to_owned(), realm.clone()),
        from,
    }
}

fn enterprise(upn: String, realm: &Realm, from: RealmFrom) -> Candidate {
    Candidate {
        principal: Principal {
            name: format!("{upn}@{realm}"),
            is_enterprise: true,
        },
        is_called: (upn, realm.clone()),
        from,
    }
}

/// What a Windows domain is called where the server is named in full.
fn domain_of(host: &str) -> Option<Realm> {
    if host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let (_, domain) = host.trim_end_matches('.').split_once('.')?;
    domain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(candidates: &[Candidate]) -> Vec<(String, bool, RealmFrom)> {
        let name = |one: &Candidate| {
            let Principal {
                name,
                is_enterprise,
            } = one.principal.clone();
            (name, is_enterprise, one.from)
        };
        candidates.iter().map(name).collect()
    }

    #[test]
    fn the_realm_comes_from_whoever_named_it_most_surely() {
        use RealmFrom::*;
        type Expected = &'static [(&'static str, bool, RealmFrom)];
        /// User, realm given, system's realm, servers.
        type Row = (
            &'static str,
            Option<&'static str>,
            Option<&'static str>,
            &'static str,
            Expected,
        );
        let table: &[Row] = &[
            (
                r"CORP\ann",
                Some("corp.example"),
                Some("OTHER"),
                "ex01.x.example",
                &[("ann@CORP.EXAMPLE", false, Flag)],
            ),
            (
                r"CORP\ann",
                None,
                Some("sys.example"),
                "ex01",
                &[("ann@SYS.EXAMPLE", false, System)],
            ),
            (
                r"CORP\ann",
                None,
                Some("SYS.EXAMPLE"),
                "ex01.Ad.Example ex02 ex03.ad.example",
                &[
                    ("ann@SYS.EXAMPLE", false, System),
                    ("ann@AD.EXAMPLE", false, Server),
                ],
            ),
            // the one that is called so
            (
                r"CORP\ann",
                None,
                Some("SYS.EXAMPLE"),
                "ex09.partner.example ex01.Corp.Example",
                &[("ann@CORP.EXAMPLE", false, Server)],
            ),
            (r"CORP\ann", None, None, "ex01", &[]),
            (r"CORP\ann", None, None, "10.1.4.2", &[]),
            (
                r"corp.example\ann",
                None,
                None,
                "ex01",
                &[("ann@CORP.EXAMPLE", false, UserName)],
            ),
            (
                "Ann@corp.example",
                None,
                Some("AD.EXAMPLE"),
                "ex01.ad.example",
                &[
                    ("Ann@CORP.EXAMPLE", false, UserName),
                    ("Ann@corp.example@AD.EXAMPLE", true, System),
                ],
            ),
            (
                "ann@corp.example",
                Some("CORP.EXAMPLE"),
                None,
                "ex01",
                &[("ann@CORP.EXAMPLE", false, Flag)],
            ),
            (
                "ann@corp.example",
                Some("AD.EXAMPLE"),
                None,
                "ex01",
                &[("ann@corp.example@AD.EXAMPLE", true, Flag)],
            ),
            // an account of the server's own
            ("ann", None, Some("CORP.EXAMPLE"), "ex01.corp.example", &[]),
            (r".\ann", Some("CORP.EXAMPLE"), None, "ex01", &[]),
            (
                r"EX01\ann",
                None,
                Some("CORP.EXAMPLE"),
                "ex01.corp.example",
                &[],
            ),
            (
                r"EX02\ann",
                None,
                Some("CORP.EXAMPLE"),
                "ex01.corp.example ex02.corp.example",
                &[],
            ),
            // unless somebody says otherwise
            (
                "ann",
                Some("CORP.EXAMPLE"),
                None,
                "ex01",
                &[("ann@CORP.EXAMPLE", false, Flag)],
            ),
        ];
        for (user, given, system, hosts, expected) in table {
            let realms = Realms {
                given: given.map(|realm| (realm.parse().unwrap(), Flag)),
                system: system.map(|realm| realm.parse().unwrap()),
            };
            let hosts: Vec<_> = hosts.split(' ').collect();
            let found = realms.candidates(&user.parse().unwrap(), &hosts);
            let found = names(&found);
            let found: Vec<_> = found
                .iter()
                .map(|(name, is_enterprise, from)| (name.as_str(), *is_enterprise, *from))
                .collect();
            assert_eq!(found, *expected, "{user} at {hosts:?}");
        }
    }

    #[test]
    fn a_ticket_is_a_persons_whatever_its_case_and_nobody_elses() {
        let realms = Realms {
            given: None,
            system: Some("CORP.EXAMPLE".parse().unwrap()),
        };
        let candidates = realms.candidates(&r"CORP\Ann".parse().unwrap(), &["ex01"]);
        for (ticket, is) in [
            ("ann@CORP.EXAMPLE", true),
            ("ANN@corp.example", true),
            ("bob@CORP.EXAMPLE", false),
            ("ann@OTHER.EXAMPLE", false),
            ("ann/admin@CORP.EXAMPLE", false),
            ("annx@CORP.EXAMPLE", false),
            ("ann", false),
            ("", false),
        ] {
            assert_eq!(candidates[0].is(ticket), is, "{ticket}");
        }
    }
}
