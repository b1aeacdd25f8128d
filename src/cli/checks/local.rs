//! This computer: ticket, keyring, clock, proxy.

use jiff::SignedDuration;

use super::{Check, Finding};
use crate::{
    cli::{
        advice::{Advice, NOT_PASSED_ON},
        sign_in::TicketSought,
        text::{age, list, plain},
    },
    connection::{Probe, Way},
    credentials::{KeyringError, Source},
    kerberos::Delegation,
};

/// What was seen on this computer, and of it at the servers.
pub struct Local<'a> {
    /// What the search for a ticket came to.
    pub ticket: &'a TicketSought,
    /// What came of asking the keyring.
    pub keyring: Result<(), KeyringError>,
    /// Where the password came from, if there is one.
    pub password_from: Option<&'a Source>,
    /// Nobody can sign in.
    pub is_lacking: bool,
    /// The proxy that servers are reached through.
    pub proxy: Option<String>,
    /// Variables that name proxies, and are not read.
    pub ignored_proxies: Vec<String>,
    /// The servers, with what each has shown and how it was signed in to.
    pub servers: Vec<(&'a str, Option<&'a Probe>, Option<Way>)>,
}

impl Local<'_> {
    /// Each check.
    pub fn findings(&self) -> Vec<Finding> {
        vec![self.ticket(), self.keyring(), self.clock(), self.proxy()]
    }

    fn ticket(&self) -> Finding {
        let check = Check::Ticket;
        match self.ticket {
            TicketSought::Found { principal, left } => {
                let left =
                    left.map_or_else(String::new, |left| format!(", good for {}", age(left)));
                let found = format!("{principal}{left}");
                match self.is_withheld() {
                    true => Finding::warning(
                        check,
                        Advice::new(format!("{found}; it did not go along"), NOT_PASSED_ON),
                    ),
                    false => Finding::ok(check, found),
                }
            }
            TicketSought::Missed(why) => Finding::warning(check, Advice::no_ticket(why)),
            TicketSought::PasswordGiven => {
                Finding::not_tried(check, "a password was given expressly, and goes before one")
            }
            TicketSought::Unusable(why) => Finding::failed(check, why.clone()),
            TicketSought::NotWanted => Finding::not_tried(
                check,
                "Kerberos is not wanted: --auth, or the profile, says ntlm or basic",
            ),
            TicketSought::NotToBeHad(why) => {
                Finding::not_tried(check, format!("Kerberos is not to be had: {why}"))
            }
        }
    }

    /// Whether a ticket was to go along to a server, and did not.
    fn is_withheld(&self) -> bool {
        self.servers.iter().any(|(_, _, way)| {
            matches!(
                way,
                Some(Way::Kerberos {
                    delegation: Delegation::Withheld,
                    ..
                })
            )
        })
    }

    fn keyring(&self) -> Finding {
        match &self.keyring {
            Ok(()) => Finding::ok(Check::Keyring, "it can be asked"),
            Err(_) if matches!(self.ticket, TicketSought::Unusable(_)) => {
                Finding::for_want_of(Check::Keyring, Check::Ticket)
            }
            Err(error) if self.is_lacking => Finding::warning(Check::Keyring, Advice::from(error)),
            Err(error) => {
                let instead = self.password_from.map_or_else(
                    || "there is a ticket".to_owned(),
                    |source| format!("the password came from {source}"),
                );
                let what = Advice::from(error).what;
                let what = what.trim_end_matches('.');
                Finding::not_tried(Check::Keyring, format!("not needed, for {instead}; {what}"))
            }
        }
    }

    fn clock(&self) -> Finding {
        let check = Check::Clock;
        let told = self.servers.iter().filter_map(|(server, probe, _)| {
            let ahead = probe.as_ref()?.ahead?;
            Some((*server, ahead))
        });
        let told: Vec<_> = told.collect();
        let is_off = |(_, ahead): &&(&str, SignedDuration)| ahead.abs() > TOLERATED;
        let off: Vec<_> = told.iter().filter(is_off).collect();
        let most = told.iter().map(|(_, ahead)| ahead.abs()).max();
        match (most, &off[..]) {
            (None, _) => Finding::not_tried(check, "no server has told its time"),
            (Some(most), []) => Finding::ok(
                check,
                match most.as_secs() {
                    0..=2 => "as the servers'".to_owned(),
                    _ => format!("within {} of the servers'", age(most.unsigned_abs())),
                },
            ),
            (Some(_), off) => {
                let one = |(server, ahead): &&(&str, SignedDuration)| {
                    let where_to = match ahead.is_negative() {
                        true => "behind",
                        false => "ahead",
                    };
                    format!("{server}'s is {} {where_to}", age(ahead.unsigned_abs()))
                };
                let servers = off.iter().map(|(server, _)| plain(server));
                Finding::warning(
                    check,
                    Advice::clocks_differ(&list(off.iter().map(one)), &list(servers)),
                )
            }
        }
    }

    fn proxy(&self) -> Finding {
        let check = Check::Proxy;
        let is_reached = self
            .servers
            .iter()
            .any(|(_, probe, _)| probe.is_some_and(|probe| probe.is_answered));
        match (&self.proxy, &self.ignored_proxies[..]) {
            (Some(proxy), _) if is_reached => {
                Finding::ok(check, format!("{proxy} makes connections"))
            }
            (Some(proxy), _) => {
                Finding::not_tried(check, format!("no server was reached through {proxy}"))
            }
            (None, []) => Finding::ok(check, "none"),
            (None, ignored) => Finding::ok(check, format!("none; {} is not read", list(ignored))),
        }
    }
}

/// Kerberos takes no more.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);
