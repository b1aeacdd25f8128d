//! Advice for a cmdlet that could not go on from the server to a domain controller, by how the server was signed in to.

use super::{Advice, Place};
use crate::{connection::Way, kerberos::Delegation};

/// What to do where a ticket was to go along and did not.
pub const NOT_PASSED_ON: &str = "Get a ticket that may be passed on (`kinit -f`). If it is one, the account is \"sensitive \
     and cannot be delegated\" or a member of Protected Users, or the server's is of a forest that takes no delegation.";

/// Why the other way to the cmdlets is none for who has no ticket.
const NO_OTHER_WAY: &str =
    "Exchange 2010's own endpoint, which makes no second hop, takes no NTLM either.";

/// The ways out, the nearest first.
pub(super) fn ways_out(
    Place {
        server, user, way, ..
    }: Place<'_>,
) -> String {
    let there = format!("Or run the cmdlet on {server} itself, in the Exchange Management Shell.");
    let by = |how: &str| {
        format!(
            "This is the second hop: {server} knows {user} by {how} and cannot go on to a domain controller in that name."
        )
    };
    match way {
        Some(Way::Basic) => format!(
            "{} Use Kerberos: leave out --auth basic. {there}",
            by("the password alone")
        ),
        Some(Way::Ntlm { instead: None }) => format!(
            "{} {NO_OTHER_WAY} Use Kerberos, with a ticket (`kinit -f`) or the password: leave out --auth ntlm; where it was \
             not given, -v says why there is no Kerberos. {there}",
            by("NTLM")
        ),
        Some(Way::Ntlm {
            instead: Some(error),
        }) => {
            let Advice { what, to_do } = Advice::on_kerberos(error, server);
            let ticket = "A ticket got with `kinit` is taken before the password.";
            let to_do = [to_do.as_str(), ticket].join(" ");
            let to_do = to_do.trim_start();
            format!(
                "{} {NO_OTHER_WAY} Kerberos was tried first: {what}. {to_do} {there}",
                by("NTLM")
            )
        }
        Some(Way::Kerberos { delegation, .. }) => match delegation {
            Delegation::NotAsked => format!(
                "{} Leave out --no-delegation, or `delegation = false` in the configuration. {there}",
                by("Kerberos, without a delegated ticket,")
            ),
            Delegation::Withheld => format!(
                "{} {NOT_PASSED_ON} {there}",
                by("Kerberos, without a delegated ticket,")
            ),
            Delegation::Given => format!(
                "It is not the second hop, for a ticket of {user} went along: {}",
                other_reasons(server, user)
            ),
        },
        None => format!(
            "If it is not the second hop: {}",
            other_reasons(server, user)
        ),
    }
}

fn other_reasons(server: &str, user: &str) -> String {
    format!(
        "does {server} reach a domain controller (`nltest /dsgetdc:` there), and may {user} read Exchange's configuration?"
    )
}
