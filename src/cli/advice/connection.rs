//! Advice for what goes wrong on the way to a server.

use std::io::ErrorKind;

use mapisweep_winrm::auth;

use super::{Advice, Place, kerberos, proxy, refusal, tls, with_causes};
use crate::{cli::text::plain, connection::Error};

pub(super) const NOT_THROUGH: &str = "A proxy, load balancer or virus scanner may stand in between: a sign-in needs one connection \
     from end to end. Give the server's own name.";
/// Where it is alone, for what closes wraps what it meets: it may have closed something, or it has not begun.
const NOTHING_CHANGED: &str = "Nothing was changed there: try again.";

pub(super) fn advice(error: &Error, place: Place<'_>) -> Advice {
    let Place { server, port, .. } = place;
    let what = with_causes(error);
    match error {
        Error::Endpoint(_) => Advice::new(what, "Check --server and --connect-to."),
        Error::Trust(_) => Advice::new(
            what,
            "Give the issuer's certificate with --ca-file, or install the system's (package ca-certificates).",
        ),
        Error::BasicOverHttp => Advice::new(
            what,
            "Add --transport https, or leave --auth basic away: NTLM seals every message.",
        ),
        Error::Client(_) | Error::Header(_) => Advice::new(what, ""),
        Error::Unresolved { host, .. } => Advice::new(what, check_name(host)),
        Error::LeadsHere { host } => Advice::new(
            what,
            format!(
                "Nothing was sent there, because a DAG named it and not you. See what {host} is in DNS and in \
                 /etc/hosts; if it is meant, give its name with --server."
            ),
        ),
        Error::Unreachable { address, kind, .. } => unreachable(address, *kind, place),
        Error::ConnectTimeout { over_tls, .. } => {
            let or_silence = match over_tls {
                true => ", or what listens there does not speak TLS",
                false => "",
            };
            Advice::new(
                what,
                format!(
                    "Something drops the packets{or_silence}: check that {server} is up, and the firewalls in between."
                ),
            )
        }
        Error::Proxy(error) => proxy::advice(error),
        Error::Tunnel(_) => Advice::new(what, "Set TMPDIR to a folder that can be written to."),
        Error::Untrusted {
            host,
            certificate,
            source,
        } => tls::untrusted(host, certificate.as_deref(), source, port),
        Error::WrongPin {
            host,
            expected,
            found,
        } => tls::wrong_pin(host, expected, found),
        Error::Tls { host, source } => tls::failed(host, source, port),
        Error::TlsBrokenOff => Advice::new(what, tls::broken_off(port)),
        Error::Refused(refusal) => refusal::advice(refusal, place),
        Error::RefusedElsewhere => Advice::new(
            what,
            "Each time counts against the account. Look whether it was changed.",
        ),
        Error::Kerberos(error) => kerberos::advice(error, server),
        Error::TicketTooLarge {
            bytes, delegates, ..
        } => ticket_too_large(what, *bytes, *delegates, server),
        Error::Sealing(_) => Advice::new(what, "Nothing was sent. Try again."),
        Error::SignIn(auth::Error::NeedsPassword(_)) => Advice::new(
            what,
            "Give a password: --password-stdin, MAPISWEEP_PASSWORD, or `mapisweep login` once.",
        ),
        Error::NotHttp { .. } => Advice::new(what, speaks_tls(port)),
        Error::ClosedDuringSignIn { heard: false, .. } => Advice::new(
            what,
            match port {
                Some(443 | 5986) => speaks_tls(port),
                _ => format!("{} {NOT_THROUGH}", speaks_tls(port)),
            },
        ),
        Error::ClosedDuringSignIn { .. } | Error::SignIn(_) => Advice::new(what, NOT_THROUGH),
        Error::Unsealed { .. } | Error::Seal(_) => {
            Advice::new(what, format!("{NOT_THROUGH} {NOTHING_CHANGED}"))
        }
        Error::Lost {
            maybe_delivered: false,
            ..
        } => Advice::new(what, "Try again."),
        Error::NoLonger(error) => no_longer(error),
        Error::Mute { .. } => Advice::new(
            what,
            format!(
                "Something takes connections there, and no WinRM answers: check the port, and WinRM's service on {server}. \
                 If it is only slow, --timeout gives it longer."
            ),
        ),
        Error::Lost { .. } | Error::SignInForgotten | Error::Silent { .. } => {
            Advice::new(what, NOTHING_CHANGED)
        }
        Error::NotWinRm {
            status, location, ..
        } => not_winrm(what, *status, location.as_deref(), port),
        Error::TooLarge { .. } | Error::NotText(_) => Advice::new(
            what,
            "This is no answer WinRM gives: check the name and the port.",
        ),
    }
}

/// It was let in a moment ago, so that neither the password is wrong nor the port.
fn no_longer(error: &Error) -> Advice {
    match error {
        Error::Refused(_) => Advice::new(
            "the sign-in is refused (HTTP 401), and a moment ago it was taken",
            "The server, or something in between, has lost it or was changed. Try again.",
        ),
        Error::NotWinRm { status, .. } => Advice::new(
            format!(
                "HTTP {status} came instead of a WinRM message, and a moment ago WinRM answered"
            ),
            format!("Its service, or something in between, may be restarting. {NOTHING_CHANGED}"),
        ),
        error => Advice::new(
            format!("{}, and a moment ago it answered", with_causes(error)),
            "It may be restarting, or a firewall has closed. Try again once it is back.",
        ),
    }
}

/// For a name that has no address.
fn check_name(host: &str) -> String {
    match host.contains('.') {
        true => "Check the name.".to_owned(),
        false => format!(
            "Check the name; from outside the domain give the full one, such as {host}.corp.example."
        ),
    }
}

/// What plain HTTP meets on a port for HTTPS.
fn speaks_tls(port: Option<u16>) -> String {
    match port {
        Some(port @ (443 | 5986)) => {
            format!("{port} is a port for HTTPS: use --transport https.")
        }
        _ => "A port for HTTPS answers plain HTTP so: if it is one, use --transport https."
            .to_owned(),
    }
}

fn unreachable(address: &str, kind: ErrorKind, Place { server, .. }: Place<'_>) -> Advice {
    match kind {
        ErrorKind::ConnectionRefused => Advice::new(
            format!("nothing answers on {address} (connection refused)"),
            format!(
                "WinRM is off there or listens elsewhere: run `winrm quickconfig` on {server}, or give the port with \
                 --server {} or --transport https.",
                with_port(server, "PORT")
            ),
        ),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Advice::new(
            format!("there is no way to {address} (network unreachable)"),
            "Check the network or the VPN.",
        ),
        _ => Advice::new(
            format!("the connection to {address} failed ({kind})"),
            format!("Check that {server} is up, and the firewalls in between."),
        ),
    }
}

/// `ex01:PORT`
fn with_port(server: &str, port: &str) -> String {
    match server.contains(':') {
        true => format!("[{server}]:{port}"),
        false => format!("{server}:{port}"),
    }
}

/// Groups make a ticket large, and delegation doubles it.
fn ticket_too_large(what: String, bytes: usize, delegates: bool, server: &str) -> Advice {
    /// HTTP.SYS takes no longer header, whatever is set.
    const LONGEST: usize = 65_534;
    // a header is a third longer than the token
    let needed = (bytes * 4 / 3 + 4096).next_multiple_of(4096);
    let limit = match needed > LONGEST {
        true => {
            "Windows takes headers of 64 KB at the most, and this one would be longer: s".to_owned()
        }
        false => format!(
            "Raise MaxFieldLength to {needed} and MaxRequestBytes to at least as much \
             (HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters on {server}, then restart its HTTP service), \
             or s"
        ),
    };
    let smaller = match delegates {
        true => {
            " Half of it is the ticket that goes along: --no-delegation leaves that away, where no cmdlet needs it."
        }
        false => "",
    };
    Advice::new(
        what,
        format!(
            "Tickets grow with the groups that somebody is in. {limit}ign in with an account that is in fewer groups.\
             {smaller}"
        ),
    )
}

fn not_winrm(what: String, status: u16, location: Option<&str>, port: Option<u16>) -> Advice {
    let in_its_place = |who: &str| format!("{who} answered HTTP {status} in the server's place");
    let what = match (status, location) {
        (407, None) => in_its_place("a proxy"),
        (502 | 504, None) => in_its_place("a gateway or load balancer"),
        _ => what,
    };
    let to_do = match (status, location) {
        (_, Some(location)) => format!(
            "It points to {}, which is not followed: a password is for the server named and no other.",
            plain(location)
        ),
        (400, None) if matches!(port, Some(443 | 5986)) => speaks_tls(port),
        (400, None) => format!("The message arrived damaged. {NOT_THROUGH}"),
        (413, None) => {
            "The message is larger than the server takes: raise MaxEnvelopeSizekb (`winrm set winrm/config`).".to_owned()
        }
        (415, None) => "The server does not take sealed messages of this kind; try --transport https.".to_owned(),
        (500, None) => "It refuses messages that are not sealed as it wishes; try --transport https.".to_owned(),
        (407, None) => "It reads requests and wants a sign-in for itself, and a sign-in to the server needs one connection \
                       from end to end: give it with --proxy, which asks for such a connection, or give the server's own \
                       name."
            .to_owned(),
        (502 | 504, None) => "The server behind it did not answer. A sign-in needs one connection from end to end: give the \
                             server's own name."
            .to_owned(),
        (503, None) => "The WinRM service is stopped there: start it.".to_owned(),
        _ => "Check the port: WinRM listens on 5985 (HTTP) and 5986 (HTTPS).".to_owned(),
    };
    Advice::new(what, to_do)
}
