//! Advice for what goes wrong with Kerberos: chosen by number, claiming no more than the number says.

use std::{sync::Arc, time::Duration};

use mapisweep_gssapi as gssapi;

use super::{Advice, with_causes};
use crate::{
    cli::text::plain,
    kerberos::{Cause, Error, protocol_number},
};

/// For a sign-in at a server, by the name the admin gave.
pub(super) fn advice(error: &Error, server: &str) -> Advice {
    match error {
        Error::Shared(error) => advice(error, server),
        Error::NoRealm { user } => Advice::new(
            format!("nothing tells the Kerberos realm of {}", plain(user)),
            "Give --realm REALM, the domain's DNS name (CORP.EXAMPLE); or name the user as ann@corp.example.",
        ),
        Error::Silent { after } => silent(*after),
        Error::Person {
            principal,
            twice,
            source,
        } => {
            let whom = plain(principal);
            let what = |sentence: &str| numbered(&sentence.replace("WHO", &whom), source.minor());
            for_a_person(error, &what, &realm_of(&whom), *twice)
        }
        Error::Service {
            person,
            service,
            source,
        } => {
            let (person, service) = (plain(person), plain(service));
            let what = |sentence: &str| {
                let sentence = sentence.replace("WHO", &person).replace("WHAT", &service);
                numbered(&sentence, source.minor())
            };
            for_a_service(error, &what, server, &realm_of(&person))
        }
        Error::Answer { service, source } => {
            let service = plain(service);
            let what =
                |sentence: &str| numbered(&sentence.replace("WHAT", &service), source.minor());
            from_a_server(error, &what, server)
        }
        Error::Declined { service } => Advice::new(
            format!("the server declined the ticket for {}", plain(service)),
            "It may be of no domain, or of one that does not know the ticket's. With a password, try --auth ntlm.",
        ),
        Error::NotProven { service } => Advice::new(
            format!("the server did not prove that it is {}", plain(service)),
            SOMETHING_ELSE,
        ),
        Error::Malformed(_) => Advice::new(with_causes(error), SOMETHING_ELSE),
        Error::Lacks(_) => Advice::new(with_causes(error), ""),
    }
}

const SOMETHING_ELSE: &str = "Nothing was asked of it. Something else answers in its place: a proxy, a load balancer, another \
     computer of that name. Give the server's own name.";

fn silent(after: Duration) -> Advice {
    Advice::new(
        format!("no KDC answered within {after:?}"),
        "Is the VPN up? Name a domain controller with --kdc HOST, or wait longer with --timeout.",
    )
}

/// The KDC gave no ticket-granting ticket.
fn for_a_person(error: &Error, what: &dyn Fn(&str) -> String, realm: &str, twice: bool) -> Advice {
    match error.cause() {
        Cause::WrongPassword => Advice::new(
            what("the KDC refused the password of WHO"),
            match twice {
                false => "It was tried once, so as not to lock the account, and not by NTLM.",
                true => {
                    "It was not tried by NTLM. But this computer's Kerberos library, Heimdal's, sends a refused password \
                     twice, and it counts twice towards the account's lock-out."
                }
            },
        ),
        Cause::PasswordExpired => Advice::new(
            what("the password of WHO has expired and must be changed"),
            "Change it (`kpasswd`, or on any Windows computer); where it is stored, `mapisweep login` again.",
        ),
        Cause::AccountRevoked => Advice::new(
            what("the account WHO is disabled, locked out or expired"),
            "The domain's administrators can tell which of them, and mend it.",
        ),
        Cause::AccountExpired => Advice::new(
            what("the account WHO has expired"),
            "The domain's administrators can give it a later date.",
        ),
        Cause::UnknownPerson => Advice::new(
            what("the KDC knows no WHO"),
            "Check the name and the realm: --realm gives another one, and the suffix of a user principal name need not \
             be a realm.",
        ),
        Cause::Policy => Advice::new(
            what("a rule of the domain keeps WHO from signing in"),
            "Hours or computers of the account, Protected Users or an authentication policy: look at the account.",
        ),
        Cause::UnknownService => Advice::new(
            what(&format!("the KDC that was asked is none of {realm}")),
            "Check --kdc and --realm.",
        ),
        Cause::WrongRealm => Advice::new(
            what(&format!(
                "the KDC of {realm} says that WHO is of another realm"
            )),
            "Give the right one with --realm.",
        ),
        _ => anywhere(error, what, realm),
    }
}

/// The KDC gave no ticket for a server.
fn for_a_service(
    error: &Error,
    what: &dyn Fn(&str) -> String,
    server: &str,
    realm: &str,
) -> Advice {
    match error.cause() {
        Cause::UnknownService => Advice::new(
            what("the KDC knows no service WHAT"),
            format!(
                "Give {server} by its full name, as the domain knows it, and not by an address or an alias. Where that is \
                 right, no account holds the name: try --spn host or --spn WSMAN, or register it with `setspn`."
            ),
        ),
        Cause::SeveralServices => Advice::new(
            what("several accounts of the domain hold the service name WHAT"),
            "`setspn -X` names them; remove all but the computer's.",
        ),
        Cause::BadOption => Advice::new(
            what("the KDC does not give WHO such a ticket for WHAT"),
            "It may be that nothing may be passed on to that server: try --no-delegation.",
        ),
        Cause::Policy => Advice::new(
            what("a rule of the domain keeps WHO from WHAT"),
            "An authentication policy or Protected Users: look at both accounts.",
        ),
        Cause::WrongRealm => Advice::new(
            what("the KDC knows no way from WHO to WHAT"),
            "The server is of another domain than was looked for, or there is no trust between the two.",
        ),
        Cause::UnknownPerson
        | Cause::WrongPassword
        | Cause::PasswordExpired
        | Cause::AccountExpired
        | Cause::AccountRevoked => Advice::new(
            what("the KDC gives WHO no ticket for WHAT any more"),
            "The account was changed since its ticket was issued: get another ticket with `kinit -f`, or look at the account.",
        ),
        _ => anywhere(error, what, realm),
    }
}

/// The server, or who stands in its place, did not take the ticket.
fn from_a_server(error: &Error, what: &dyn Fn(&str) -> String, server: &str) -> Advice {
    match error.cause() {
        Cause::Modified => Advice::new(
            what("the server cannot read the ticket for WHAT"),
            "The name belongs to another account than the one that answers: `setspn -Q` tells whose it is. A load \
             balancer's name leads to that, too: give the server's own name. Or try --spn host or --spn WSMAN.",
        ),
        Cause::ClockSkew => Advice::new(
            what("the clocks of the server and of this computer differ by more than five minutes"),
            format!("Set the wrong one right: `w32tm /resync` on {server}."),
        ),
        Cause::TicketExpired | Cause::TicketNotYetValid => Advice::new(
            what("for the server the ticket is out of its time"),
            "Is one of the clocks wrong? Get another ticket with `kinit -f`.",
        ),
        _ => Advice::new(
            what(&format!(
                "the server did not take the ticket for WHAT: {}",
                words(error)
            )),
            format!("The System event log of {server} may say more."),
        ),
    }
}

/// What goes wrong wherever a KDC is asked.
fn anywhere(error: &Error, what: &dyn Fn(&str) -> String, realm: &str) -> Advice {
    match error.cause() {
        Cause::TicketExpired => Advice::new(
            what("the ticket of WHO has expired"),
            "Get another one with `kinit -f`, or give the password.",
        ),
        Cause::TicketNotYetValid => Advice::new(
            what("the ticket of WHO is not valid yet"),
            "Is this computer's clock right? Get another ticket with `kinit -f`.",
        ),
        Cause::TicketRevoked => Advice::new(
            what("the KDC does not take the ticket of WHO any more"),
            "The account was changed, or the domain's keys were. Get another one with `kinit -f`.",
        ),
        Cause::RealmUnknown => Advice::new(
            what(&format!("nothing tells where the KDCs of {realm} are")),
            "Is the VPN up, so that DNS knows the domain? Name a domain controller with --kdc HOST; give another realm \
             with --realm.",
        ),
        Cause::KdcUnreachable => Advice::new(
            what(&format!("no KDC of {realm} can be reached")),
            "Is the VPN up, and the realm right? Kerberos needs port 88. Name a domain controller with --kdc HOST.",
        ),
        Cause::KdcUnresolved => Advice::new(
            what(&format!("the name of the KDC of {realm} has no address")),
            "Is the VPN up, so that DNS knows it? Check --kdc and the realm in the Kerberos configuration.",
        ),
        Cause::NoDefaultRealm => Advice::new(
            what("the Kerberos configuration names no default realm"),
            "Give --realm REALM.",
        ),
        Cause::NoCommonEncryption => Advice::new(
            what("the domain and this computer have no encryption in common"),
            "A domain of Server 2003 has RC4 only, which newer libraries leave out: put `allow_rc4 = true` under \
             [libdefaults] of /etc/krb5.conf (and `allow_weak_crypto = true` for MIT 1.18 to 1.20 where that does not \
             do). FIPS mode forbids it.",
        ),
        Cause::ClockSkew => Advice::new(
            what("the clocks of the KDC and of this computer differ by more than five minutes"),
            "Set this computer's clock; where it is right, the domain controller's is wrong.",
        ),
        Cause::TooBigForUdp => Advice::new(
            what("the KDC's answer does not fit UDP, and TCP does not get through"),
            "Let TCP port 88 through the firewall.",
        ),
        Cause::ReplyModified => Advice::new(
            what("the KDC's answer is not what was asked for"),
            "The KDC may call the account or the realm otherwise: check the user's name and --realm.",
        ),
        Cause::BadOption => Advice::new(
            what("the KDC gives WHO no ticket of the kind that was asked for"),
            "The Kerberos configuration may ask for what the domain does not give: look at [libdefaults] of /etc/krb5.conf.",
        ),
        Cause::Generic => Advice::new(
            what(&format!("the KDC of {realm} failed: {}", words(error))),
            "The domain controller's event log says more.",
        ),
        Cause::BadConfiguration => Advice::new(
            what("the Kerberos configuration cannot be read"),
            "Check /etc/krb5.conf, what it includes, and KRB5_CONFIG.",
        ),
        Cause::Binding => Advice::new(
            what("this computer's Kerberos library does not bind a sign-in to its TLS channel"),
            "--no-channel-binding goes without, where the server does not insist on it (CbtHardeningLevel). Or use \
             --transport http: every message is sealed there.",
        ),
        Cause::NoTicket => Advice::new(
            what("there is no ticket that can be used"),
            "Get one with `kinit -f`, or give the password.",
        ),
        _ => Advice::new(what(&format!("Kerberos failed: {}", words(error))), ""),
    }
}

/// The library's own words.
fn words(error: &Error) -> String {
    match error {
        Error::Person { source, .. }
        | Error::Service { source, .. }
        | Error::Answer { source, .. } => plain(&match source {
            gssapi::Error::Refused { text, .. } => text.clone(),
            other => other.to_string(),
        }),
        other => with_causes(other),
    }
}

/// A sentence with the number for the search engine.
pub(super) fn numbered(sentence: &str, minor: i32) -> String {
    match protocol_number(minor) {
        Some(number) => format!("{sentence} (Kerberos error {number})"),
        None if minor != 0 => format!("{sentence} (Kerberos library's error {minor})"),
        None => sentence.to_owned(),
    }
}

fn realm_of(principal: &str) -> String {
    match principal.rsplit_once('@') {
        Some((_, realm)) => realm.to_owned(),
        None => "the realm".to_owned(),
    }
}

impl Advice {
    /// For what Kerberos came to at a server.
    pub fn on_kerberos(error: &Arc<Error>, server: &str) -> Self {
        advice(error, server)
    }
}
