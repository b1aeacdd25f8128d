//! Advice for what goes wrong on the way to a server.

use std::io::ErrorKind;

use mapisweep_winrm::auth::{
    self,
    kerberos::SCHEME,
    ntlm::{NEGOTIATE, NTLM},
};

use super::{Advice, Scene, kerberos, proxy, tls, with_causes};
use crate::{
    cli::text::{list, plain},
    connection::{Error, Refusal, Way},
};

pub(super) const NOT_THROUGH: &str = "A proxy, load balancer or virus scanner may stand in between: a sign-in needs one connection \
     from end to end. Give the server's own name.";
const LOOK_AGAIN: &str = "Whether the server did what was asked is not known: look with `mapisweep logons` before trying again.";

pub(super) fn advice(error: &Error, scene: Scene<'_>) -> Advice {
    let Scene { server, .. } = scene;
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
        Error::Unresolved { .. } if server.contains('.') => Advice::new(what, "Check the name."),
        Error::Unresolved { .. } => Advice::new(
            what,
            format!(
                "Check the name; from outside the domain give the full one, such as {server}.corp.example."
            ),
        ),
        Error::Unreachable { address, kind, .. } => unreachable(address, *kind, scene),
        Error::ConnectTimeout { .. } => Advice::new(
            what,
            format!(
                "Something drops the packets: check that {server} is up, and the firewalls in between."
            ),
        ),
        Error::Proxy(error) => proxy::advice(error),
        Error::Tunnel(_) => Advice::new(what, "Set TMPDIR to a folder that can be written to."),
        Error::Untrusted {
            host,
            certificate,
            source,
        } => tls::untrusted(host, certificate.as_deref(), source),
        Error::WrongPin {
            host,
            expected,
            found,
        } => tls::wrong_pin(host, expected, found),
        Error::Tls { host, source } => tls::failed(host, source),
        Error::TlsBrokenOff { .. } => Advice::new(what, tls::OLD_SERVERS),
        Error::Refused(refusal) => refused(refusal, scene),
        Error::Kerberos(error) => kerberos::advice(error, server),
        Error::TicketTooLarge {
            bytes, delegates, ..
        } => ticket_too_large(what, *bytes, *delegates, server),
        Error::Sealing(_) => Advice::new(what, "Nothing was sent. Try again."),
        Error::SignIn(auth::Error::NeedsPassword(_)) => Advice::new(
            what,
            "Give a password: --password-stdin, MAPISWEEP_PASSWORD, or `mapisweep login` once.",
        ),
        Error::SignIn(_) | Error::ClosedDuringSignIn { .. } => Advice::new(what, NOT_THROUGH),
        Error::Unsealed { .. } | Error::Seal(_) => {
            Advice::new(what, format!("{NOT_THROUGH} {LOOK_AGAIN}"))
        }
        Error::Lost {
            maybe_delivered: false,
            ..
        } => Advice::new(what, "Try again."),
        Error::Lost { .. } | Error::SignInForgotten | Error::Silent { .. } => {
            Advice::new(what, LOOK_AGAIN)
        }
        Error::NotWinRm {
            status, location, ..
        } => not_winrm(what, *status, location.as_deref()),
        Error::TooLarge { .. } | Error::NotText(_) => Advice::new(
            what,
            "This is no answer WinRM gives: check the name and the port.",
        ),
    }
}

fn unreachable(address: &str, kind: ErrorKind, Scene { server, .. }: Scene<'_>) -> Advice {
    match kind {
        ErrorKind::ConnectionRefused => Advice::new(
            format!("nothing answers on {address} (connection refused)"),
            format!(
                "WinRM is off there or listens elsewhere: run `winrm quickconfig` on {server}, or give the port with \
                 --server {server}:PORT or --transport https."
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

/// A 401 seldom means one thing. The causes come in the order of likelihood, given what was seen.
fn refused(refusal: &Refusal, Scene { server, way, .. }: Scene<'_>) -> Advice {
    let user = &refusal.user;
    if let Some(service) = &refusal.ticket_for {
        return ticket_refused(refusal, service, server);
    }
    if !refusal.password_sent {
        return tried_before(not_judged(refusal, server), way, server);
    }
    let mut causes = vec!["the password is wrong or has expired".to_owned()];
    if user.domain.is_none() && !user.name.contains('@') {
        causes.push(format!(
            "{user} is no local account of {server}, and for a domain account the domain is missing (CORP\\{user})"
        ));
    }
    causes.push(format!(
        "{user} is locked out, disabled, or may not log on to {server} over the network"
    ));
    if refusal.channel_bound {
        causes.push(
            "something in between ends TLS, so that the sign-in is bound to another certificate than the server's"
                .to_owned(),
        );
    } else if !refusal.sealed {
        causes.push("the server wants the sign-in bound to TLS, or messages sealed".to_owned());
    }
    let last = causes.pop().unwrap_or_default();
    let refused = Advice::new(
        format!("the sign-in of {user} was refused (HTTP 401)"),
        format!(
            "Most likely {}; or {last}. It was tried once, so as not to lock the account.",
            causes.join("; or ")
        ),
    );
    tried_before(refused, way, server)
}

/// Where a domain takes no NTLM, what Kerberos came to is what has to be mended.
fn tried_before(advice: Advice, way: Option<&Way>, server: &str) -> Advice {
    match way {
        Some(Way::Ntlm {
            instead: Some(error),
        }) if !error.is_without_realm() => {
            let Advice { what, to_do } = advice;
            let kerberos = Advice::on_kerberos(error, server);
            Advice::new(
                what,
                format!("NTLM was tried, for Kerberos led nowhere: {kerberos} {to_do}"),
            )
        }
        _ => advice,
    }
}

/// A 401 although the ticket was good: the KDC gave it.
fn ticket_refused(refusal: &Refusal, service: &str, server: &str) -> Advice {
    if !refusal.offers(NEGOTIATE) && !refusal.offers(SCHEME) {
        return no_kerberos(&refusal.offered, server);
    }
    let mut causes = vec![
        format!(
            "{service} belongs to another account than the one that answers (`setspn -Q {service}` tells whose it is; try \
             --spn host or --spn WSMAN)"
        ),
        "the name leads to a load balancer or another computer: give the server's own name"
            .to_owned(),
    ];
    if refusal.channel_bound {
        causes.push(
            "something in between ends TLS, so that the sign-in is bound to another certificate than the server's"
                .to_owned(),
        );
    }
    causes.push(format!(
        "{} may not log on to {server} over the network",
        refusal.user
    ));
    let last = causes.pop().unwrap_or_default();
    Advice::new(
        format!("{server} refused the ticket for {service} (HTTP 401)"),
        format!(
            "The KDC gave it, so the password is right. Most likely {}; or {last}.",
            causes.join("; or ")
        ),
    )
}

/// The server takes none of the schemes that a ticket travels by.
fn no_kerberos(offered: &[String], server: &str) -> Advice {
    match offered {
        [] => nothing_offered(),
        offered => Advice::new(
            format!(
                "the server takes no ticket; it offers only {} to sign in with (HTTP 401)",
                list(offered)
            ),
            format!(
                "Allow Kerberos there: run `winrm set winrm/config/service/auth @{{Kerberos=\"true\"}}` on {server}. With a \
                 password, --auth ntlm goes without."
            ),
        ),
    }
}

fn nothing_offered() -> Advice {
    Advice::new(
        "the server offers no way to sign in (HTTP 401)",
        "Is this WinRM? Check the name and the port.",
    )
}

/// The server did not come to look at the password.
fn not_judged(refusal: &Refusal, server: &str) -> Advice {
    let offered = &refusal.offered;
    if offered.is_empty() {
        return nothing_offered();
    }
    if refusal.offers(NEGOTIATE) || refusal.offers(NTLM) {
        return Advice::new(
            "the server broke off the sign-in before it saw the password (HTTP 401)",
            "NTLM may be restricted there (group policy \"Restrict NTLM\"), or a proxy answers in the server's place.",
        );
    }
    let offers = |name| {
        offered
            .iter()
            .any(|scheme| scheme.eq_ignore_ascii_case(name))
    };
    Advice::new(
        format!(
            "the server offers only {} to sign in with (HTTP 401)",
            list(offered)
        ),
        format!(
            "{}llow NTLM there: run `winrm set winrm/config/service/auth @{{Negotiate=\"true\"}}` on {server}{}.",
            match offers("Kerberos") {
                true => {
                    "Sign in by Kerberos: get a ticket with `kinit -f`, or name the realm with --realm (-v says why it was not \
                     tried). Or a"
                }
                false => "A",
            },
            match offers("Basic") {
                true => ", or use --auth basic --transport https",
                false => "",
            }
        ),
    )
}

fn not_winrm(what: String, status: u16, location: Option<&str>) -> Advice {
    let to_do = match (status, location) {
        (_, Some(location)) => format!(
            "It points to {}, which is not followed: a password is for the server named and no other.",
            plain(location)
        ),
        (400, None) => format!("The message arrived damaged. {NOT_THROUGH}"),
        (413, None) => {
            "The message is larger than the server takes: raise MaxEnvelopeSizekb (`winrm set winrm/config`).".to_owned()
        }
        (415, None) => "The server does not take sealed messages of this kind; try --transport https.".to_owned(),
        (500, None) => "It refuses messages that are not sealed as it wishes; try --transport https.".to_owned(),
        (503, None) => "The WinRM service is stopped there: start it.".to_owned(),
        _ => "Check the port: WinRM listens on 5985 (HTTP) and 5986 (HTTPS).".to_owned(),
    };
    Advice::new(what, to_do)
}
