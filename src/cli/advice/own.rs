//! Advice for Exchange's own endpoint, `/PowerShell/`.

use mapisweep_core::exchange::Throttled;

use super::{Advice, Place, server, with_causes};
use crate::{
    connection::{self, Error},
    servers::{NoOwnEndpoint, ServerError},
    shell,
};

const SNAP_IN: &str = "--exchange-endpoint snap-in does without.";

/// For what went wrong there.
pub(super) fn advice(host: &str, cause: &ServerError, place: Place<'_>) -> Advice {
    let there = |what: &str| format!("Exchange's own endpoint of {host}: {what}");
    if let Some(throttled) = cause.throttled() {
        return self::throttled(throttled, host, cause, place);
    }
    if cause.is_access_denied() {
        let user = place.user;
        return Advice::new(
            there(&format!("{user} is not let in (access denied, WSMan 5)")),
            format!(
                "It takes a role of Exchange's, such as View-Only Organization Management, and `Set-User {user} \
                 -RemotePowerShellEnabled $true`. {SNAP_IN}"
            ),
        );
    }
    if let ServerError::ServedByAnother { .. } = cause {
        return Advice::new(
            there(&with_causes(cause)),
            format!(
                "From Exchange 2013 on a server passes that on, by the mailbox of who asks; so does a load balancer. Give the \
                 server's own full name. {SNAP_IN}"
            ),
        );
    }
    match connection_of(cause) {
        Some(Error::NotWinRm {
            status: 403,
            location: None,
            ..
        }) => Advice::new(
            there("IIS lets nobody in from this address (HTTP 403)"),
            format!(
                "It may be closed to some addresses (IIS, \"IP Address and Domain Restrictions\" of the virtual directory \
                 PowerShell) or want TLS (\"Require SSL\"). {SNAP_IN}"
            ),
        ),
        Some(Error::NotWinRm {
            status: status @ (404 | 503),
            location: None,
            ..
        }) => Advice::new(
            there(&format!("there is none (HTTP {status})")),
            format!(
                "Exchange 2007 has none. On a later one look in IIS for the virtual directory PowerShell and whether \
                 MSExchangePowerShellAppPool runs. {SNAP_IN}"
            ),
        ),
        Some(
            error @ (Error::Unreachable { .. }
            | Error::ConnectTimeout { .. }
            | Error::Unresolved { .. }),
        ) => Advice::new(
            there(&with_causes(error)),
            format!(
                "It is in IIS, on port 80 or 443, not on WinRM's: check that this is an Exchange 2010 server, and the \
                 firewalls in between. {SNAP_IN}"
            ),
        ),
        Some(Error::Refused(refusal)) if refusal.ticket_for.is_none() => Advice::new(
            there(&format!("{refusal} (HTTP 401)")),
            format!(
                "It takes Kerberos, and Basic over HTTPS where that is enabled (`Set-PowerShellVirtualDirectory \
                 -BasicAuthentication $true`). {SNAP_IN}"
            ),
        ),
        _ => {
            let Advice { what, to_do } = server::advice(cause, place);
            Advice::new(there(&what), to_do)
        }
    }
}

fn connection_of(error: &ServerError) -> Option<&connection::Error> {
    match error {
        ServerError::Connection(error) | ServerError::Shell(shell::Error::Connection(error)) => {
            Some(error)
        }
        _ => None,
    }
}

fn throttled(
    throttled: Throttled,
    host: &str,
    cause: &ServerError,
    Place { user, .. }: Place<'_>,
) -> Advice {
    let policy = format!(
        "Exchange's throttling policy says so (`Get-ThrottlingPolicyAssociation {user}`). {SNAP_IN}"
    );
    match throttled {
        Throttled::Shells(allowed) => {
            let allowed = allowed.map_or("some".to_owned(), |allowed| allowed.to_string());
            Advice::new(
                format!(
                    "Exchange lets {user} have {allowed} shells open at its own endpoint of {host}, and so many are"
                ),
                format!(
                    "Close other consoles and tools of {user}, or wait for those that nobody closed. The number is \
                     PowerShellMaxConcurrency. {policy}"
                ),
            )
        }
        Throttled::Everybody(Some(wait)) if throttled.is_absurd() => Advice::new(
            format!(
                "Exchange's own endpoint of {host} refuses everybody for the next {} days, which no policy means",
                wait.as_secs() / (24 * 60 * 60)
            ),
            format!(
                "Servers that have run for some 50 days do so: recycle the application pool MSExchangePowerShellAppPool in \
                 IIS on {host}. {SNAP_IN}"
            ),
        ),
        Throttled::User(wait) | Throttled::Everybody(wait) => Advice::new(
            match wait {
                Some(wait) => format!(
                    "Exchange's own endpoint of {host} takes nothing more for {} s",
                    wait.as_secs().max(1)
                ),
                None => format!(
                    "Exchange's own endpoint of {host} takes nothing more for now: {}",
                    with_causes(cause)
                ),
            },
            format!("Wait, then try again. {policy}"),
        ),
    }
}

/// Where it was to be taken and cannot be.
pub(super) fn none(why: NoOwnEndpoint, Place { server, .. }: Place<'_>) -> Advice {
    let what = with_causes(&ServerError::NoOwnEndpoint(why));
    Advice::new(
        what,
        match why {
            NoOwnEndpoint::NotWanted => String::new(),
            NoOwnEndpoint::Ntlm => {
                "Use Kerberos (leave out --auth ntlm), or leave out --exchange-endpoint own."
                    .to_owned()
            }
            NoOwnEndpoint::NoFullName => {
                format!("Give the full name, such as {server}.corp.example, and no address.")
            }
        },
    )
}

/// Where both ways were tried: what to do about the first, and what became of the second.
pub(super) fn neither(snap_in: Advice, own: &Advice) -> Advice {
    let Advice { what, to_do } = snap_in;
    let own = format!("{own}").replace(&format!(" {SNAP_IN}"), "");
    let to_do = format!("{to_do} Exchange's own endpoint was asked as well, in vain. {own}");
    Advice::new(what, to_do.trim_start().to_owned())
}
