//! The server on the other side, and how to deal with it: what all connections to it have in common.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use mapisweep_core::config::HostPort;
use mapisweep_winrm::{
    auth::Credential,
    endpoint::{Endpoint, EndpointError, Scheme, host_and_port, is_host},
};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderValue,
};
use rustls::client::danger::ServerCertVerifier;
use tokio::sync::OnceCell;

use super::{Error, Options, SignIn, Way, password_turn::Alone};
use crate::kerberos::{self, Person};

/// A server, by name and by address; who signs in there, and how.
pub struct Peer {
    pub(super) endpoint: Endpoint,
    pub(super) credential: Credential,
    pub(super) options: Options,
    pub(super) url: Url,
    pub(super) host_header: HeaderValue,
    pub(super) verifier: Option<Arc<dyn ServerCertVerifier>>,
    dial: HostPort,
    pub(super) addresses: Addresses,
    way: Mutex<Option<Way>>,
    requests: AtomicUsize,
    /// A message was answered under this sign-in.
    answered: AtomicBool,
    /// Who answers in its place, as the answers' headers say.
    served_by: OnceLock<String>,
}

impl Peer {
    /// A server whose TCP connections go to `dial`, or to its own name and port. Nothing is sent.
    ///
    /// # Errors
    /// It cannot be dealt with like this: Basic over plain HTTP, nobody's certificates to trust.
    pub fn new(
        endpoint: Endpoint,
        dial: Option<HostPort>,
        credential: Credential,
        options: Options,
    ) -> Result<Self, Error> {
        let own = || HostPort {
            host: endpoint.host().to_owned(),
            port: endpoint.port(),
        };
        let is_elsewhere = dial.is_some();
        let dial = dial.unwrap_or_else(own);
        let url = endpoint.url(dial.port)?;
        // names go through the resolver, addresses do not
        if is_elsewhere && url.domain().is_none() {
            return Err(EndpointError::AddressElsewhere(endpoint.host().to_owned()).into());
        }
        let verifier = match (endpoint.scheme(), &options.sign_in) {
            (Scheme::Http, SignIn::Basic) => return Err(Error::BasicOverHttp),
            (Scheme::Http, _) => None,
            (Scheme::Https, _) => Some(options.trust.verifier()?),
        };
        let chosen = match options.sign_in {
            SignIn::Ntlm => Some(Way::Ntlm { instead: None }),
            SignIn::Basic => Some(Way::Basic),
            SignIn::Auto(_) | SignIn::Kerberos(_) => None,
        };
        let unfit = |_| EndpointError::Host(endpoint.host().to_owned());
        Ok(Self {
            host_header: HeaderValue::from_str(&endpoint.authority()).map_err(unfit)?,
            addresses: Addresses::of(&dial.host),
            url,
            verifier,
            dial,
            endpoint,
            credential,
            options,
            way: Mutex::new(chosen),
            requests: AtomicUsize::new(0),
            answered: AtomicBool::new(false),
            served_by: OnceLock::new(),
        })
    }

    /// It was not the admin who named it: where its name leads to this very computer, nothing is sent. What the admin says
    /// himself of where its connections go holds.
    #[must_use]
    pub fn named_by_others(mut self) -> Self {
        self.addresses.never_here = self.stand_in().is_none();
        self
    }

    /// What it is called by, and where.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How many HTTP requests were sent to it, those of signing in among them.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Who answers in its place, as far as the answers say: no seal covers that, so it is a hint.
    pub fn served_by(&self) -> Option<&str> {
        self.served_by.get().map(String::as_str)
    }

    /// A server has passed a message on to this one.
    pub(super) fn passes_on_to(&self, server: &str) {
        let is_another = !server.eq_ignore_ascii_case(self.endpoint.host());
        if is_another && is_host(server) {
            // the first one stays, whoever answers afterwards
            _ = self.served_by.set(server.to_ascii_lowercase());
        }
    }

    /// A message was answered.
    pub(super) fn has_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// What an error means where this very sign-in was taken before: not what it would have meant at first.
    pub(super) fn in_hindsight(&self, error: Error) -> Error {
        let is_another = match error {
            Error::Refused(_)
            | Error::Unreachable { .. }
            | Error::ConnectTimeout { .. }
            | Error::Mute { .. } => true,
            // a page in WinRM's place
            Error::NotWinRm {
                status,
                location: None,
                ..
            } => matches!(status, 200..=299 | 404 | 500 | 503),
            _ => false,
        };
        match is_another && self.answered.load(Ordering::Relaxed) {
            true => Error::NoLonger(Box::new(error)),
            false => error,
        }
    }

    /// Nothing came back within this time, and nothing was asked.
    pub(super) fn is_mute(&self, after: Duration) -> Error {
        let address = self.dial_address();
        Error::Mute { address, after }
    }

    /// One more.
    pub(super) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// The way that is taken to it, as far as it was chosen.
    pub fn way(&self) -> Option<Way> {
        self.way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// This way is taken from now on; told where it is another one than before.
    pub(super) fn goes(&self, way: Way) {
        let mut taken = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        if !taken.as_ref().is_some_and(|before| before.is_like(&way)) {
            if let Some(watch) = &self.options.watch {
                watch.signs_in(self.endpoint.host(), &way);
            }
            *taken = Some(way);
        }
    }

    /// The service that is signed in to, as Windows names it.
    pub(super) fn service(&self) -> String {
        self.options.service.of(self.endpoint.host())
    }

    /// Whether there is a password that a server or a KDC could judge.
    pub fn has_password(&self) -> bool {
        self.credential.password().is_some()
    }

    /// Whether it is not at once that a password may be shown there.
    pub(super) fn waits_for_turn(&self) -> bool {
        self.has_password() && self.options.password_turns.are_taken()
    }

    /// Waits until a password may be shown there, if there is one.
    pub(super) async fn password_turn(&self) -> Result<Option<Alone<'_>>, Error> {
        match self.waits_for_turn() {
            true => self.options.password_turns.next().await,
            false => Ok(None),
        }
    }

    /// From now on one shows a password first, of all that share these options.
    pub fn take_password_turns(&self) {
        self.options.password_turns.begin();
    }

    /// Looks the server's name up, where no proxy does.
    pub(super) async fn resolve(&self) -> Result<(), Error> {
        if self.options.proxy.is_some() {
            return Ok(());
        }
        let found = self.addresses.look_up().await;
        found
            .map(drop)
            .map_err(|error| error.of_host(self.dial_host()))
    }

    /// Whether Kerberos may lead there; where it certainly does not, NTLM is taken from now on.
    pub(super) fn goes_by_kerberos(&self, person: &Person) -> bool {
        if !person.has_realm() {
            let instead = Some(Arc::new(person.has_no_realm()));
            self.goes(Way::Ntlm { instead });
        }
        !self.is_without_kerberos()
    }

    /// Whether Kerberos did not lead there.
    pub(super) fn is_without_kerberos(&self) -> bool {
        matches!(self.way(), Some(Way::Ntlm { .. }))
    }

    /// Whether NTLM may be taken after this.
    pub(super) fn may_turn_to_ntlm(&self, error: &kerberos::Error) -> bool {
        matches!(self.options.sign_in, SignIn::Auto(_))
            && !self.is_without_kerberos()
            && error.leaves_ntlm_open()
            && self.credential.password().is_some()
    }

    /// Where the TCP connection goes.
    pub(super) fn dial(&self) -> &HostPort {
        &self.dial
    }

    /// The host whose address the TCP connection goes to.
    pub(super) fn dial_host(&self) -> &str {
        &self.dial.host
    }

    /// The same where it is another than the server's own, for the admin said so.
    pub(super) fn stand_in(&self) -> Option<&str> {
        let host = self.dial_host();
        (host != self.endpoint.host()).then_some(host)
    }

    /// Where the TCP connection goes, `host:port`.
    pub(super) fn dial_address(&self) -> String {
        host_and_port(&self.dial.host, self.dial.port)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("endpoint", &self.endpoint)
            .field("user", &self.credential.user)
            .finish()
    }
}

/// The addresses of one host, whatever name is asked for; looked up once. Several may be as many computers: from the first
/// answer on there is only the address that it came from.
#[derive(Clone)]
pub(super) struct Addresses {
    host: String,
    never_here: bool,
    known: Arc<OnceCell<Vec<SocketAddr>>>,
    answered: Arc<OnceLock<SocketAddr>>,
}

/// The port comes from the URL.
const ANY_PORT: u16 = 0;

impl Addresses {
    fn of(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            never_here: false,
            known: Arc::default(),
            answered: Arc::default(),
        }
    }

    /// The host has answered from here.
    pub(super) fn keep(&self, mut answered: SocketAddr) {
        answered.set_port(ANY_PORT);
        // the first one stays
        _ = self.answered.set(answered);
    }

    pub(super) async fn look_up(&self) -> Result<&Vec<SocketAddr>, Unresolved> {
        let look_up = async || {
            let found = tokio::net::lookup_host((self.host.as_str(), ANY_PORT)).await;
            let found: Vec<_> = found.map_err(Unresolved::Unknown)?.collect();
            match self.never_here && found.iter().any(is_this_computer) {
                true => Err(Unresolved::LeadsHere),
                false => Ok(found),
            }
        };
        self.known.get_or_try_init(look_up).await
    }
}

impl Resolve for Addresses {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses = self.clone();
        Box::pin(async move {
            let found = match addresses.answered.get() {
                Some(address) => vec![*address],
                None => addresses.look_up().await?.clone(),
            };
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A connection to the unspecified address is one to this computer, too.
fn is_this_computer(address: &SocketAddr) -> bool {
    let ip = address.ip().to_canonical();
    ip.is_loopback() || ip.is_unspecified()
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unresolved {
    /// It has no address.
    #[error("the name cannot be resolved")]
    Unknown(#[source] io::Error),
    /// It has this computer's, and must not.
    #[error("the name leads to this computer")]
    LeadsHere,
}

impl Unresolved {
    /// The same of this host.
    pub(super) fn of_host(&self, host: &str) -> Error {
        let host = host.to_owned();
        match self {
            Self::Unknown(source) => Error::Unresolved {
                host,
                source: io::Error::new(source.kind(), source.to_string()),
            },
            Self::LeadsHere => Error::LeadsHere { host },
        }
    }
}

#[cfg(test)]
impl Addresses {
    /// As if the host's name had these.
    pub(super) fn known(&self, addresses: &[std::net::IpAddr]) {
        let addresses = addresses.iter().map(|ip| (*ip, ANY_PORT).into());
        self.known.set(addresses.collect()).unwrap();
    }
}
