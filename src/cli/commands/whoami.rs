//! `mapisweep whoami`: who would sign in, which way, and with what. Asks no person, no server and no KDC.

use std::time::Duration;

use jiff::Timestamp;
use mapisweep_winrm::auth::{Method, UserName};

use crate::{
    cli::{
        Context,
        advice::{Advice, to_name_somebody},
        args::Identity,
        error::CommandError,
        exit::Exit,
        render::whoami::{Held, Proof, Way, Whoami},
        settings::{Named, NamedBy},
        sign_in,
    },
    credentials::{self, Look, Source, keyring},
    kerberos::{System, Ticket},
};

/// Shows it.
pub fn run(context: &Context, identity: &Identity) -> Result<Exit, CommandError> {
    let method = context.settings.method(identity);
    let named = context.settings.user(identity)?;
    // before any thread exists, and the keyring makes some
    let system = sign_in::kerberos(context, identity)?;
    let held = match &system {
        Some(system) if !sign_in::is_password_given(identity) => {
            ticket(context, system, named.as_ref())?
        }
        _ => None,
    };
    let view = match (held, named) {
        (Some(held), Some(Named { user, by })) => Whoami {
            user: user.to_string(),
            named_by: by,
            proof: Proof::Ticket(held),
        },
        (Some(held), None) => Whoami {
            user: held.principal.clone(),
            named_by: NamedBy::Ticket,
            proof: Proof::Ticket(held),
        },
        (None, Some(named)) => {
            sign_in::refuse_password_of_another(identity, &named)?;
            let Named { user, by } = named;
            Whoami {
                user: user.to_string(),
                named_by: by,
                proof: Proof::Password {
                    from: password(context, identity, &user)?,
                    way: way(context, method, system.as_deref(), &user)?,
                },
            }
        }
        (None, None) => {
            let name = to_name_somebody(&keyring::check());
            let to_do = format!("get a ticket with `kinit -f`; or {name}.");
            context
                .printer
                .note(&format!("Nobody would sign in: {to_do}"));
            let advice = Advice::new("nobody would sign in", to_do);
            context.output.problem(None, &advice);
            return Ok(Exit::NothingMatched);
        }
    };
    context.output.show(&view);
    Ok(Exit::Done)
}

/// The ticket that would be taken.
fn ticket(
    context: &Context,
    system: &System,
    named: Option<&Named>,
) -> Result<Option<Held>, CommandError> {
    let user = named.map(|named| &named.user);
    let hosts = context.settings.usual_hosts()?;
    let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
    let held = match system.find_ticket(user, &hosts) {
        Ticket::Found {
            principal, left, ..
        } => Some(Held {
            principal,
            left,
            expires: left.and_then(from_now),
        }),
        Ticket::None(why) => {
            sign_in::tell_of_no_ticket(&context.printer, &why);
            None
        }
    };
    Ok(held)
}

fn from_now(left: Duration) -> Option<Timestamp> {
    Timestamp::now().checked_add(left).ok()
}

/// Where the password would come from; nothing where it would be asked for.
fn password(
    context: &Context,
    identity: &Identity,
    user: &UserName,
) -> Result<Option<Source>, CommandError> {
    let look = Look {
        standard_input: identity.password_stdin,
        prompt: false,
    };
    match credentials::find(&context.settings.account(user), look, |_| {}) {
        Ok((_, source)) => Ok(Some(source)),
        Err(credentials::Error::Nowhere { keyring, .. }) => {
            if let Some(error) = keyring {
                context.printer.note(&Advice::from(&error).to_string());
            }
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Which way the password would go.
fn way(
    context: &Context,
    method: Method,
    system: Option<&System>,
    user: &UserName,
) -> Result<Way, CommandError> {
    let Some(system) = system else {
        return Ok(match method {
            Method::Basic => Way::Basic,
            _ => Way::Ntlm,
        });
    };
    let hosts = context.settings.usual_hosts()?;
    let hosts: Vec<_> = hosts.iter().map(String::as_str).collect();
    Ok(Way::Kerberos {
        realm: system.realm_of(user, &hosts),
        else_ntlm: method != Method::Kerberos,
    })
}
