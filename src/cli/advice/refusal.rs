//! Advice for a sign-in that the server refused (HTTP 401).

use mapisweep_winrm::auth::{
    kerberos::SCHEME,
    ntlm::{NEGOTIATE, NTLM},
};

use super::{Advice, Place};
use crate::{
    cli::text::list,
    connection::{Refusal, Way},
};

/// A 401 seldom means one thing. The causes come in the order of likelihood, given what was seen.
pub(super) fn advice(refusal: &Refusal, Place { server, way, .. }: Place<'_>) -> Advice {
    let user = &refusal.user;
    if let Some(service) = &refusal.ticket_for {
        return ticket_refused(refusal, service, server);
    }
    if !refusal.password_sent {
        return tried_before(not_judged(refusal, server), way, server);
    }
    if !refusal.judges_password() {
        return Advice::new(
            format!(
                "the server takes no Basic; it offers only {} to sign in with (HTTP 401)",
                list(&refusal.offered)
            ),
            format!(
                "Nothing is said of the password. Leave --auth basic away, or allow it: run `winrm set \
                 winrm/config/service/auth @{{Basic=\"true\"}}` on {server}."
            ),
        );
    }
    let mut causes = vec!["the password is wrong or has expired".to_owned()];
    if user.domain.is_none() && !user.name.contains('@') {
        causes.push(format!(
            "{user} is no local account of {server}, and for a domain account the domain is missing (--user \
             'CORP\\ann', in quotes: a shell takes a bare backslash away)"
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
