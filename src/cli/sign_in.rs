//! Who signs in, and which way: with a ticket that is there, or with a password from wherever it is.

use std::{sync::Arc, time::Duration};

use mapisweep_winrm::auth::{Credential, Method, UserName, credential::Proof};

use super::{
    Context,
    advice::{Advice, with_causes},
    args::{Identity, USER_VARIABLE},
    error::CommandError,
    printer::Printer,
    settings::{Named, NamedBy, Selection},
    text::{age, plain},
    whose::may_be_same,
};
use crate::{
    connection::SignIn,
    credentials::{self, KeyringError, Look, Notice, Source, keyring, prompt},
    kerberos::{CacheState, NoTicket, Person, StartError, System, Ticket, is_evident},
};

/// Who signs in, which way, and where the password came from, if there is one.
pub struct SigningIn {
    /// Who.
    pub credential: Credential,
    /// Which way.
    pub sign_in: SignIn,
    /// Where the password came from; nothing with a ticket.
    pub password_from: Option<Source>,
    /// What the search for a ticket came to.
    pub ticket: TicketSought,
    /// Why nobody can sign in, and what to do; only where that was allowed for.
    pub lacking: Option<Advice>,
}

/// What the search for a ticket came to.
#[derive(Debug, Clone)]
pub enum TicketSought {
    /// This person's is taken, which is good for so long, where the library tells.
    Found {
        /// Whose it is.
        principal: String,
        /// How long.
        left: Option<Duration>,
    },
    /// There is none, and why.
    Missed(NoTicket),
    /// A password that was given expressly goes before one.
    PasswordGiven,
    /// Kerberos is not wanted.
    NotWanted,
    /// It is not to be had, for this reason, and need not be.
    NotToBeHad(String),
    /// Nothing but Kerberos is wanted, and for this reason it is not to be had.
    Unusable(Advice),
}

/// Finds out who signs in and which way. To be called before any thread exists.
pub fn prepare(
    context: &Context,
    identity: &Identity,
    selection: &Selection,
) -> Result<SigningIn, CommandError> {
    seek(context, identity, selection)?.map_err(|lacking| *lacking.why)
}

/// The same, where there is something to be seen also by who cannot sign in.
pub fn prepare_if_possible(
    context: &Context,
    identity: &Identity,
    selection: &Selection,
) -> Result<SigningIn, CommandError> {
    Ok(seek(context, identity, selection)?.unwrap_or_else(SigningIn::by_nobody))
}

/// What finds out who signs in.
pub type Prepare = fn(&Context, &Identity, &Selection) -> Result<SigningIn, CommandError>;

/// Why nobody can sign in.
struct Lacking {
    /// Who was named.
    user: Option<UserName>,
    ticket: TicketSought,
    why: Box<CommandError>,
}

impl SigningIn {
    /// What is never shown to a server.
    fn by_nobody(lacking: Lacking) -> Self {
        let user = lacking.user.unwrap_or_else(|| UserName {
            domain: None,
            name: "nobody".to_owned(),
        });
        let proof = Proof::Ticket;
        Self {
            credential: Credential { user, proof },
            sign_in: SignIn::Ntlm,
            password_from: None,
            ticket: lacking.ticket,
            lacking: Some(lacking.why.advice),
        }
    }
}

/// Who signs in and which way, or why nobody can; an error is one of what was written.
fn seek(
    context: &Context,
    identity: &Identity,
    selection: &Selection,
) -> Result<Result<SigningIn, Lacking>, CommandError> {
    let method = context.settings.method(identity);
    let system = match start(context, identity)? {
        Ok(system) => system,
        Err(why) => {
            let user = context.settings.user(identity)?.map(|named| named.user);
            return Ok(Err(Lacking {
                user,
                ticket: TicketSought::Unusable(Advice::from(&why)),
                why: Box::new(CommandError::from(why)),
            }));
        }
    };
    let (system, sought, missed) = match system {
        Kerberos::NotWanted => (None, TicketSought::NotWanted, None),
        Kerberos::NotToBeHad(why) => (None, TicketSought::NotToBeHad(why), None),
        Kerberos::Ready(system) => match ticket(context, identity, selection, &system)? {
            Search::Found {
                credential,
                ticket,
                sought,
            } => {
                let person = Person::with_ticket(&system, credential.user.clone(), ticket);
                return Ok(Ok(SigningIn {
                    credential,
                    sign_in: by_kerberos(method, person),
                    password_from: None,
                    ticket: sought,
                    lacking: None,
                }));
            }
            Search::Missed(missed) => {
                let sought = TicketSought::Missed(missed.why.clone());
                (Some(system), sought, Some(missed))
            }
            Search::NotAsked => (Some(system), TicketSought::PasswordGiven, None),
        },
    };
    let user = context.settings.user(identity)?.map(|named| named.user);
    Ok(match with_password(context, identity, missed.as_ref()) {
        Ok((credential, source)) => Ok(SigningIn {
            sign_in: by_password(method, system.as_ref(), &credential, &selection.hosts()),
            credential,
            password_from: Some(source),
            ticket: sought,
            lacking: None,
        }),
        Err(why) => Err(Lacking {
            user,
            ticket: sought,
            why: Box::new(why),
        }),
    })
}

/// Which way a password goes to these servers.
pub fn by_password(
    method: Method,
    system: Option<&Arc<System>>,
    credential: &Credential,
    hosts: &[&str],
) -> SignIn {
    match (system, &credential.proof) {
        (Some(system), Proof::Password(password)) => {
            let user = credential.user.clone();
            by_kerberos(
                method,
                Person::with_password(system, user, hosts, password.clone()),
            )
        }
        _ if method == Method::Basic => SignIn::Basic,
        _ => SignIn::Ntlm,
    }
}

fn by_kerberos(method: Method, person: Person) -> SignIn {
    let person = Arc::new(person);
    match method {
        Method::Kerberos => SignIn::Kerberos(person),
        _ => SignIn::Auto(person),
    }
}

/// Kerberos, made ready; nothing where it is not wanted, or where there is none and it need not be. To be called before
/// any thread exists.
pub fn kerberos(
    context: &Context,
    identity: &Identity,
) -> Result<Option<Arc<System>>, CommandError> {
    match start(context, identity)?.map_err(CommandError::from)? {
        Kerberos::Ready(system) => Ok(Some(system)),
        Kerberos::NotWanted | Kerberos::NotToBeHad(_) => Ok(None),
    }
}

/// Whether there is Kerberos.
enum Kerberos {
    Ready(Arc<System>),
    NotWanted,
    /// Why not, in words that are safe to show.
    NotToBeHad(String),
}

/// The same, where the inner error is one of this computer, and none of what was written.
fn start(
    context: &Context,
    identity: &Identity,
) -> Result<Result<Kerberos, StartError>, CommandError> {
    let method = context.settings.method(identity);
    if matches!(method, Method::Basic | Method::Ntlm) {
        return Ok(Ok(Kerberos::NotWanted));
    }
    let (wishes, from) = context.settings.kerberos(identity)?;
    Ok(Ok(match System::start(&wishes, from) {
        Ok(system) => Kerberos::Ready(Arc::new(system)),
        Err(error @ StartError::OfNoRealm(_)) => return Err(CommandError::from(error)),
        Err(error) if method == Method::Kerberos => return Ok(Err(error)),
        // somebody wants it, and can mend it
        Err(error @ StartError::Unreadable { .. }) => {
            let advice = Advice::from(&error);
            context
                .printer
                .note(&format!("Signing in by NTLM: {advice}"));
            Kerberos::NotToBeHad(plain(&with_causes(&error)))
        }
        Err(error) => {
            let why = plain(&with_causes(&error));
            context
                .printer
                .detail(&format!("signing in by NTLM: {why}"));
            Kerberos::NotToBeHad(why)
        }
    }))
}

/// Whether a password was given expressly, which goes before a ticket.
pub fn is_password_given(identity: &Identity) -> bool {
    identity.password_stdin || credentials::is_in_environment()
}

/// What a search for a ticket came to.
enum Search {
    Found {
        credential: Credential,
        ticket: mapisweep_gssapi::Credential,
        sought: TicketSought,
    },
    Missed(Missed),
    /// There is a password.
    NotAsked,
}

/// Why there is no ticket.
struct Missed {
    why: NoTicket,
    /// What gets one, for somebody whom a KDC may know.
    kinit: Option<String>,
}

/// A ticket that is there already. A password that was given expressly goes before it.
fn ticket(
    context: &Context,
    identity: &Identity,
    selection: &Selection,
    system: &System,
) -> Result<Search, CommandError> {
    if is_password_given(identity) {
        return Ok(Search::NotAsked);
    }
    let printer = &context.printer;
    let named = context.settings.user(identity)?.map(|named| named.user);
    match system.find_ticket(named.as_ref(), &selection.hosts()) {
        Ticket::Found {
            principal,
            credential,
            left,
        } => {
            let whose = plain(&principal);
            let sought = TicketSought::Found {
                principal: principal.clone(),
                left,
            };
            let left = left.map_or_else(String::new, |left| format!(", good for {}", age(left)));
            printer.detail(&format!("the ticket of {whose} is taken{left}"));
            let user = match named {
                Some(user) => {
                    if !is_evident(&user, &principal) {
                        printer.note(&format!("{user} signs in with the ticket of {whose}."));
                    }
                    user
                }
                None => {
                    printer.note(&format!(
                        "Signing in as {whose}, whose ticket is the default one."
                    ));
                    UserName::parse(&principal)
                        .map_err(|error| CommandError::bad_user(&principal, error))?
                }
            };
            let proof = Proof::Ticket;
            Ok(Search::Found {
                credential: Credential { user, proof },
                ticket: credential,
                sought,
            })
        }
        Ticket::None(why) => {
            tell_of_no_ticket(printer, &why);
            let kinit = named.and_then(|user| system.kinit(&user, &selection.hosts()));
            Ok(Search::Missed(Missed { why, kinit }))
        }
    }
}

/// Says why there is no ticket: aloud where there was one.
pub fn tell_of_no_ticket(printer: &Printer, why: &NoTicket) {
    let line = format!("no ticket: {}", plain(&why.to_string()));
    match why.state {
        CacheState::Stale { .. } => printer.note(&format!("{line}.")),
        _ => printer.detail(&line),
    }
}

/// Who signs in, with the password from wherever it is.
fn with_password(
    context: &Context,
    identity: &Identity,
    missed: Option<&Missed>,
) -> Result<(Credential, Source), CommandError> {
    let named = context.settings.user(identity)?;
    let mistakable = named.as_ref().and_then(|named| {
        let is_new = context.settings.is_named_here_only(named);
        is_new
            .then(|| context.whose.mistakable(&named.user))
            .flatten()
    });
    let user = match (named, missed) {
        (Some(named), _) => {
            refuse_password_of_another(identity, &named)?;
            named.user
        }
        (None, Some(missed)) => {
            let keyring = keyring::check();
            return Err(CommandError::nobody_signs_in(&missed.why, &keyring));
        }
        (None, None) => context.settings.required_user(identity)?,
    };
    let look = Look {
        standard_input: identity.password_stdin,
        prompt: prompt::is_possible(),
    };
    let account = context.settings.account(&user);
    let (password, source) = credentials::find(&account, look, |notice| match notice {
        Notice::Asking => mistakable
            .iter()
            .for_each(|said| context.printer.warning(said)),
        notice => tell(&context.printer, &account.user, look, notice),
    })
    .map_err(|error| match missed {
        Some(Missed {
            why,
            kinit: Some(kinit),
        }) => CommandError::neither(why, kinit, error),
        _ => CommandError::from(error),
    })?;
    Ok((Credential::new(user, password), source))
}

/// Refuses a password in the environment that stands beside another's name there: it would count against this one's account.
pub fn refuse_password_of_another(identity: &Identity, named: &Named) -> Result<(), CommandError> {
    let is_typed = named.by == NamedBy::CommandLine && !identity.password_stdin;
    let owner = named_by_variable().filter(|own| !may_be_same(own, &named.user));
    match owner {
        Some(owner) if is_typed && credentials::is_in_environment() => {
            Err(CommandError::password_of_another(&named.user, &owner))
        }
        _ => Ok(()),
    }
}

/// Whose password stands beside that name in the environment.
fn named_by_variable() -> Option<UserName> {
    let name = std::env::var(USER_VARIABLE).ok()?;
    UserName::parse(&name).ok()
}

/// Says where the password was looked for. A keyring that cannot be asked is worth a word to somebody who expected
/// not to be asked.
fn tell(printer: &Printer, user: &str, look: Look, notice: Notice<'_>) {
    match notice {
        Notice::FoundIn(source) => printer.detail(&format!("password of {user}: from {source}")),
        Notice::NotIn(source) => printer.detail(&format!("password of {user}: not in {source}")),
        // what there is to be done about it is worth doing before the next run
        Notice::KeyringFailed(error @ (KeyringError::Locked | KeyringError::Silent { .. }))
            if look.prompt =>
        {
            printer.note(&sentence(&Advice::from(error)));
        }
        Notice::KeyringFailed(error) if look.prompt => {
            let Advice { what, .. } = Advice::from(error);
            printer.note(&sentence(&Advice::new(plain(&what), "")));
        }
        Notice::KeyringFailed(error) => printer.detail(&plain(&Advice::from(error).what)),
        Notice::Asking => {}
    }
}

/// Stands by itself, as notes do, and not behind a word such as error.
fn sentence(advice: &Advice) -> String {
    let text = advice.to_string();
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest.clone()).collect()
}
