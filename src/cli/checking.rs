//! Whether a password is right, found out before it is stored: a server takes it, or a KDC gives a ticket for it.

use std::{
    fmt,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use mapisweep_core::config::ServerAddress;
use mapisweep_winrm::{
    auth::{Credential, UserName, credential::Proof},
    wsman,
};
use secrecy::SecretString;

use super::{
    Context,
    advice::{Advice, Scene},
    args::Login,
    error::CommandError,
    peers,
    settings::Selection,
    sign_in,
    telling::Telling,
    text::list,
    text::plain,
};
use crate::{
    connection::{Connection, Options, SignIn},
    kerberos::{self, Cause, Granted, Person, System},
    servers::ServerError,
};

/// How sure it is that a password is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A server took it.
    ByServer(String),
    /// A KDC gave this principal a ticket for it.
    ByKdc(String),
    /// Nobody was asked, or nobody answered.
    NotAtAll(String),
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByServer(server) => write!(f, "{server} took it"),
            Self::ByKdc(principal) => write!(f, "the KDC gave {principal} a ticket for it"),
            Self::NotAtAll(why) => write!(f, "it was not checked, for {why}"),
        }
    }
}

/// What a password is checked with.
pub struct Checking<'a> {
    context: &'a Context,
    args: &'a Login,
    selection: Option<Selection>,
    system: Option<Arc<System>>,
}

impl<'a> Checking<'a> {
    /// Makes ready. To be called before any thread exists.
    pub fn prepare(context: &'a Context, args: &'a Login) -> Result<Self, CommandError> {
        let (selection, system) = match args.no_verify {
            true => (None, None),
            false => (
                context.settings.selection_if_any(&args.servers)?,
                sign_in::kerberos(context, &args.servers.identity)?,
            ),
        };
        Ok(Self {
            context,
            args,
            selection,
            system,
        })
    }

    /// Tries a password where it can be tried.
    ///
    /// # Errors
    /// It was refused; or a server was named to try it at, and none could be asked: who named one wants to know, and
    /// would find a wrong password only when it matters.
    pub fn check(&self, user: &UserName, password: &SecretString) -> Result<Checked, CommandError> {
        if self.args.no_verify {
            return Ok(Checked::NotAtAll("--no-verify was given".to_owned()));
        }
        let credential = Credential::new(user.clone(), password.clone());
        match (&self.selection, &self.system) {
            (Some(selection), _) => self.at_a_server(selection, credential),
            (None, Some(system)) => self.at_a_kdc(system, credential),
            (None, None) => Ok(Checked::NotAtAll("no server is named".to_owned())),
        }
    }

    /// At the servers named; where none of them can be asked, a KDC may have judged the password on the way.
    fn at_a_server(
        &self,
        selection: &Selection,
        credential: Credential,
    ) -> Result<Checked, CommandError> {
        let method = self.context.settings.method(&self.args.servers.identity);
        let sign_in = sign_in::by_password(
            method,
            self.system.as_ref(),
            &credential,
            &selection.hosts(),
        );
        let printer = &self.context.printer;
        let options = Options {
            sign_in: sign_in.clone(),
            watch: Some(Arc::new(Telling::new(
                Arc::clone(printer),
                selection.exchange_endpoint,
            ))),
            response_timeout: selection.timeout,
            ..peers::options(selection)?
        };
        peers::tell_of_proxies(printer);
        let addresses = peers::addresses(selection)?;
        let runtime = tokio::runtime::Runtime::new().map_err(|error| {
            CommandError::failed(format!("cannot start: {error}"), "").because(error)
        })?;
        let judging = judge(selection, &credential, &options, &addresses);
        let limit = selection.patience().step;
        let judged = runtime.block_on(async {
            match tokio::time::timeout(limit, judging).await {
                Ok(judged) => judged,
                Err(_) => Err((list(selection.hosts()), ServerError::TooSlow { limit })),
            }
        });
        // a thread may still wait for a KDC
        runtime.shutdown_background();
        let (server, error) = match judged {
            Ok(server) => return Ok(Checked::ByServer(server)),
            Err(failure) => failure,
        };
        let user = credential.user.to_string();
        let scene = Scene {
            server: &server,
            user: &user,
            way: None,
        };
        let advice = Advice::on_server(&error, scene);
        match person(&sign_in).filter(|person| person.is_known()) {
            Some(person) if !error.is_refused_password() => {
                let granted = person.ticket();
                let granted =
                    granted.map_err(|error| refused(Advice::on_kerberos(&error, &server)))?;
                printer.note(&format!("{server}: {}.", plain(&advice.what)));
                Ok(Checked::ByKdc(granted.principal))
            }
            _ if error.is_refused_password() => Err(refused(at(&server, advice)).because(error)),
            _ if error.may_have_judged_password() => {
                Err(not_known(at(&server, advice)).because(error))
            }
            _ => Err(not_asked(at(&server, advice)).because(error)),
        }
    }

    /// At a KDC, without a server. It was not named, only found: where it does not answer, that is no failure.
    fn at_a_kdc(
        &self,
        system: &Arc<System>,
        credential: Credential,
    ) -> Result<Checked, CommandError> {
        let limit = self.context.settings.timeout(&self.args.servers);
        let Proof::Password(password) = credential.proof else {
            return Ok(Checked::NotAtAll("there is none".to_owned()));
        };
        let person = Person::with_password(system, credential.user, &[], password);
        match within(limit, move || person.ticket()) {
            Ok(granted) => Ok(Checked::ByKdc(granted.principal)),
            Err(error) if is_judgement(&error) => {
                Err(refused(Advice::on_kerberos(&error, NO_SERVER)).because(error))
            }
            Err(error) => {
                let why = plain(&Advice::on_kerberos(&error, NO_SERVER).what);
                Ok(Checked::NotAtAll(format!("no server is named, and {why}")))
            }
        }
    }
}

/// Stands for a server's name that tells nothing.
const NO_SERVER: &str = "";

/// Asks one server after the other, until one has judged the password: the server that took it, or the one that failed
/// and how. A refusal counts towards the account's lock-out, so it is the last.
async fn judge(
    selection: &Selection,
    credential: &Credential,
    options: &Options,
    addresses: &[ServerAddress],
) -> Result<String, (String, ServerError)> {
    let mut failure = None;
    for address in addresses {
        let server = address.to_string();
        let asked = match peers::peer(selection, credential, options, address) {
            // whatever it answers: who is not let in is told nothing
            Ok(peer) => {
                Connection::new(Arc::new(peer))
                    .exchange(wsman::IDENTIFY)
                    .await
            }
            Err(error) => Err(error),
        };
        match asked.map_err(ServerError::from) {
            Ok(_) => return Ok(server),
            Err(error) if error.is_refused_password() => return Err((server, error)),
            Err(error) => _ = failure.get_or_insert((server, error)),
        }
    }
    // a selection names a server or a DAG
    Err(failure.unwrap_or((String::new(), ServerError::Interrupted)))
}

fn person(sign_in: &SignIn) -> Option<&Person> {
    match sign_in {
        SignIn::Auto(person) | SignIn::Kerberos(person) => Some(person),
        SignIn::Ntlm | SignIn::Basic => None,
    }
}

/// Whether a KDC has said something about the person that makes it useless to store the password.
fn is_judgement(error: &kerberos::Error) -> bool {
    error.is_about_the_person() || error.cause() == Cause::UnknownPerson
}

/// Asks a KDC on a thread, which is abandoned where it does not come back: the library has patience of its own.
fn within(
    limit: Duration,
    ask: impl FnOnce() -> Result<Granted, Arc<kerberos::Error>> + Send + 'static,
) -> Result<Granted, Arc<kerberos::Error>> {
    let (tell, answer) = mpsc::sync_channel(1);
    let asking = thread::Builder::new().name("kdc".to_owned());
    // nobody may be waiting any more; and where there is no thread, nobody ever tells
    let _asking = asking.spawn(move || _ = tell.send(ask()));
    answer
        .recv_timeout(limit)
        .unwrap_or_else(|_| Err(Arc::new(kerberos::Error::Silent { after: limit })))
}

fn at(server: &str, advice: Advice) -> Advice {
    let what = format!("{server}: {}", advice.what);
    Advice { what, ..advice }
}

fn refused(advice: Advice) -> CommandError {
    CommandError::failed(advice.what, format!("{} Nothing was stored.", advice.to_do))
}

/// It was sent, and nothing came back that tells.
fn not_known(advice: Advice) -> CommandError {
    let to_do = "The password was sent, and whether it is right is not known, so nothing was stored. Try again; --no-verify \
                 stores it all the same.";
    CommandError::failed(advice.what, to_do)
}

fn not_asked(advice: Advice) -> CommandError {
    let to_do = format!(
        "{} The password was not tried, so nothing was stored; --no-verify stores it all the same.",
        advice.to_do
    );
    CommandError::failed(advice.what, to_do)
}
