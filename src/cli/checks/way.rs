//! The way to a server: each part of it up to where it ends.

use std::net::IpAddr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Check, Finding, State, place};
use crate::{
    cli::{advice::Advice, text::list},
    connection::{CertificateFacts, Probe, Way},
    servers::ServerError,
};

/// What was seen of the way to one server.
pub struct Seen<'a> {
    /// Its name.
    pub server: &'a str,
    /// Who signs in.
    pub user: &'a str,
    /// What it showed to whoever has not signed in.
    pub probe: Option<&'a Probe>,
    /// How it was signed in to.
    pub way: Option<&'a Way>,
    /// Where the way ended, and what to do about it; nothing where it led to an open shell.
    pub end: Option<(&'a ServerError, Advice)>,
    /// Now, for what certificates say.
    pub now: Timestamp,
}

/// Each check of the way.
pub fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let end = seen.end.as_ref();
    let ends_at = end.map(|(error, _)| place::of(error, seen.probe));
    let mut findings = Vec::new();
    let mut is_past = false;
    for check in Check::OF_THE_WAY {
        findings.push(match end {
            Some((error, advice)) if ends_at == Some(check) => {
                is_past = true;
                match error {
                    ServerError::NotTried { .. } => Finding {
                        state: State::NotTried,
                        ..Finding::failed(check, advice.clone())
                    },
                    _ => Finding::failed(check, advice.clone()),
                }
            }
            _ if is_past => Finding::for_want_of(check, ends_at.unwrap_or(check)),
            _ => stands(check, seen),
        });
    }
    findings
}

/// The check at which the way ends.
pub fn end(findings: &[Finding]) -> Option<Check> {
    let is_in_the_way = |finding: &&Finding| {
        let is_not_tried = finding.state == State::NotTried && finding.check == Check::SignIn;
        finding.state == State::Failed || is_not_tried
    };
    let ends = findings.iter().find(is_in_the_way);
    ends.map(|finding| finding.check)
}

/// A part of the way that led on.
fn stands(check: Check, seen: &Seen<'_>) -> Finding {
    let Some(probe) = seen.probe else {
        return Finding::not_tried(check, "it did not come to that");
    };
    match check {
        Check::Resolution => resolution(probe),
        Check::Port => Finding::ok(check, format!("{} is open", probe.dialled)),
        Check::Tls => tls(probe, seen),
        Check::Schemes => schemes(probe),
        Check::SignIn => sign_in(seen),
        Check::Administrator => Finding::ok(
            check,
            format!(
                "{} is let in, which by default takes an administrator",
                seen.user
            ),
        ),
        _ => Finding::ok(check, "opened"),
    }
}

fn resolution(probe: &Probe) -> Finding {
    let check = Check::Resolution;
    match (&probe.proxy, &probe.addresses[..]) {
        (Some(proxy), _) => {
            Finding::not_tried(check, format!("the proxy {proxy} looks the name up"))
        }
        (None, addresses) => Finding::ok(check, found(addresses, probe.given.as_deref())),
    }
}

/// What a name leads to that was not looked up is no answer of DNS.
fn found(addresses: &[IpAddr], given: Option<&str>) -> String {
    let found = list(addresses);
    match given {
        None => found,
        Some(host) if addresses.iter().any(|it| it.to_string() == host) => {
            format!("{found}, given by --connect-to")
        }
        Some(host) => format!("{found} for {host}, given by --connect-to"),
    }
}

fn tls(probe: &Probe, seen: &Seen<'_>) -> Finding {
    let check = Check::Tls;
    let Some((version, certificate)) = &probe.tls else {
        return Finding::not_tried(check, "plain HTTP, where each message is sealed instead");
    };
    let found = format!("{version}, {}", described(certificate));
    let today = TimeZone::UTC.to_datetime(seen.now).date();
    let left = certificate.expires.and_then(|end| days(today, end));
    match left {
        Some(days) if days <= SOON => {
            Finding::warning(check, Advice::ends_soon(found, seen.server, days))
        }
        _ => Finding::ok(check, found),
    }
}

/// So many days before its end a certificate is told of.
const SOON: i32 = 30;

fn days(from: Date, to: Date) -> Option<i32> {
    let span = from.until(to).ok()?;
    Some(span.get_days())
}

/// Whose it is, for which names, until when, and who signed it.
fn described(certificate: &CertificateFacts) -> String {
    let names = match &certificate.names[..] {
        [] => String::new(),
        names => format!(" for {}", list(names)),
    };
    let until = certificate.expires;
    let until = until.map_or_else(String::new, |day| format!(", valid until {day}"));
    let signed = match certificate.is_self_signed() {
        true => ", self-signed".to_owned(),
        false => format!(", issued by {}", certificate.issuer),
    };
    format!("{}{names}{until}{signed}", certificate.subject)
}

const NEGOTIATE: &str = "Negotiate";

fn schemes(probe: &Probe) -> Finding {
    let check = Check::Schemes;
    match &probe.offered[..] {
        [] => Finding::not_tried(check, "it was not told"),
        offered
            if offered
                .iter()
                .any(|one| one.eq_ignore_ascii_case(NEGOTIATE)) =>
        {
            Finding::ok(check, list(offered))
        }
        offered => Finding::warning(check, Advice::no_negotiate(&list(offered))),
    }
}

fn sign_in(seen: &Seen<'_>) -> Finding {
    let check = Check::SignIn;
    let found = match seen.way {
        Some(Way::Kerberos {
            principal, service, ..
        }) => format!("{principal} by Kerberos, with a ticket for {service}"),
        Some(Way::Ntlm { instead: None }) => format!("{} by NTLM", seen.user),
        Some(Way::Ntlm {
            instead: Some(error),
        }) => format!(
            "{} by NTLM, for Kerberos leads nowhere: {}",
            seen.user,
            Advice::on_kerberos(error, seen.server).what
        ),
        Some(Way::Basic) => format!("{} by Basic, inside TLS", seen.user),
        None => seen.user.to_owned(),
    };
    Finding::ok(check, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_up_is_not_told_as_the_resolvers_answer() {
        let addresses = [[10, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
        for (given, told) in [
            (None, "10.0.0.1 and 10.0.0.2"),
            (
                Some("gw"),
                "10.0.0.1 and 10.0.0.2 for gw, given by --connect-to",
            ),
        ] {
            assert_eq!(found(&addresses, given), told);
        }
        let one = found(&addresses[..1], Some("10.0.0.1"));
        assert_eq!(one, "10.0.0.1, given by --connect-to");
    }
}
