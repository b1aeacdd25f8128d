//! Who signs in, and which way: with a ticket that is there, or with a password from wherever it is.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mapisweep_winrm::auth::{Credential, Delegation, Method, UserName, credential::Proof};

use super::{
    Context,
    advice::{Advice, with_causes},
    args::Identity,
    error::CommandError,
    printer::Printer,
    settings::Selection,
    text::plain,
};
use crate::{
    connection::{SignIn, Watch, Way},
    credentials::{self, KeyringError, Look, Notice, PASSWORD_VARIABLE, Source, prompt},
    kerberos::{Person, System, Ticket},
};

/// Who signs in, which way, and where the password came from, if there is one.
pub struct SigningIn {
    /// Who.
    pub credential: Credential,
    /// Which way.
    pub sign_in: SignIn,
    /// Where the password came from; nothing with a ticket.
    pub password_from: Option<Source>,
}

/// Finds out who signs in and which way. To be called before any thread exists.
pub fn prepare(
    context: &Context,
    identity: &Identity,
    selection: &Selection,
) -> Result<SigningIn, CommandError> {
    let method = context.settings.method(identity);
    let system = kerberos(context, identity)?;
    if let Some(system) = &system
        && let Some(found) = ticket(context, identity, selection, system)?
    {
        let (credential, ticket) = found;
        let person = Person::with_ticket(system, credential.user.clone(), ticket);
        return Ok(SigningIn {
            credential,
            sign_in: by_kerberos(method, person),
            password_from: None,
        });
    }
    let (credential, source) = with_password(context, identity)?;
    Ok(SigningIn {
        sign_in: by_password(method, system.as_ref(), &credential),
        credential,
        password_from: Some(source),
    })
}

/// Which way a password goes.
pub fn by_password(
    method: Method,
    system: Option<&Arc<System>>,
    credential: &Credential,
) -> SignIn {
    match (system, &credential.proof) {
        (Some(system), Proof::Password(password)) => {
            let user = credential.user.clone();
            by_kerberos(
                method,
                Person::with_password(system, user, password.clone()),
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
    let method = context.settings.method(identity);
    if matches!(method, Method::Basic | Method::Ntlm) {
        return Ok(None);
    }
    let (wishes, from) = context.settings.kerberos(identity)?;
    match System::start(&wishes, from) {
        Ok(system) => Ok(Some(Arc::new(system))),
        Err(error) if method == Method::Kerberos => Err(CommandError::from(error)),
        Err(error) => {
            let why = with_causes(&error);
            context
                .printer
                .detail(&format!("signing in by NTLM: {why}"));
            Ok(None)
        }
    }
}

/// Whether a password was given expressly, which goes before a ticket.
pub fn is_password_given(identity: &Identity) -> bool {
    identity.password_stdin || env::var_os(PASSWORD_VARIABLE).is_some_and(|set| !set.is_empty())
}

/// A ticket that is there already. A password that was given expressly goes before it.
fn ticket(
    context: &Context,
    identity: &Identity,
    selection: &Selection,
    system: &System,
) -> Result<Option<(Credential, mapisweep_gssapi::Credential)>, CommandError> {
    if is_password_given(identity) {
        return Ok(None);
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
            let left =
                left.map_or_else(String::new, |left| format!(", good for {}", rounded(left)));
            printer.detail(&format!("the ticket of {whose} is taken{left}"));
            let user = match named {
                Some(user) => user,
                None => {
                    printer.note(&format!(
                        "Signing in as {whose}, whose ticket is the default one."
                    ));
                    UserName::parse(&principal)
                        .map_err(|error| CommandError::bad_user(&principal, error))?
                }
            };
            let proof = Proof::Ticket;
            Ok(Some((Credential { user, proof }, credential)))
        }
        Ticket::RunOut { principal } => {
            printer.note(&format!(
                "The ticket of {} has run out: `kinit` gets another one.",
                plain(&principal)
            ));
            Ok(None)
        }
        Ticket::None(_) => Ok(None),
    }
}

/// Who signs in, with the password from wherever it is.
fn with_password(
    context: &Context,
    identity: &Identity,
) -> Result<(Credential, Source), CommandError> {
    let user = context.settings.required_user(identity)?;
    let look = Look {
        standard_input: identity.password_stdin,
        prompt: prompt::is_possible(),
    };
    let account = context.settings.account(&user);
    let (password, source) = credentials::find(&account, look, |notice| {
        tell(&context.printer, &account.user, look, notice)
    })?;
    Ok((Credential::new(user, password), source))
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
            printer.note(&Advice::from(error).to_string());
        }
        Notice::KeyringFailed(error) if look.prompt => printer.note(&Advice::from(error).what),
        Notice::KeyringFailed(error) => printer.detail(&Advice::from(error).what),
    }
}

/// A time that is left, as exactly as matters.
pub fn rounded(left: Duration) -> String {
    let minutes = left.as_secs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, minutes) => format!("{hours}h {minutes}m"),
    }
}

/// Tells how servers are signed in to.
pub struct Telling {
    printer: Arc<Printer>,
    has_told_of_delegation: AtomicBool,
}

impl Telling {
    /// Nothing was told yet.
    pub fn new(printer: Arc<Printer>) -> Self {
        Self {
            printer,
            has_told_of_delegation: AtomicBool::new(false),
        }
    }
}

impl Watch for Telling {
    fn signs_in(&self, server: &str, way: &Way) {
        let server = plain(server);
        match way {
            Way::Kerberos {
                principal,
                realm_from,
                service,
                delegates,
            } => {
                let from =
                    realm_from.map_or_else(String::new, |from| format!(" (realm from {from})"));
                let (principal, service) = (plain(principal), plain(service));
                self.printer.detail(&format!(
                    "{server}: by Kerberos as {principal}{from}, with a ticket for {service}"
                ));
                if *delegates && !self.has_told_of_delegation.swap(true, Ordering::Relaxed) {
                    self.printer.note(&format!(
                        "A ticket in your name goes to {server}, and to every other server of this run that takes \
                         Kerberos, for Exchange's cmdlets to read Active Directory; --no-delegation keeps it here."
                    ));
                }
            }
            Way::Ntlm { instead } => {
                let why = Advice::on_kerberos(instead, &server).what;
                self.printer.detail(&format!(
                    "{server}: by NTLM, for Kerberos leads nowhere: {why}"
                ));
            }
        }
    }

    fn delegated(&self, server: &str, delegation: Delegation) {
        if delegation == Delegation::Withheld {
            self.printer.note(&format!(
                "No ticket went along to {}, so Exchange's cmdlets will hardly reach Active Directory there: get one \
                 that may be passed on (`kinit -f`). If it is one, the account is \"sensitive and cannot be delegated\" or \
                 a member of Protected Users, or the server's is of a forest that takes no delegation.",
                plain(server)
            ));
        }
    }
}
