//! One authenticated, sealed HTTP connection; the only user of `reqwest`.
//!
//! NTLM signs in a TCP connection, not a client: the server knows the user by the socket, and the seal of each
//! message counts on the one before. So a [`Connection`] has one socket at a time, and a socket has one client of
//! its own that can never open a second (`socket`). When a socket is lost, a new one is opened, signed in anew,
//! and the message is sealed anew. That happens without the caller's notice only if the server certainly did not
//! get the message; otherwise the caller is told ([`Error::maybe_delivered`]) and decides.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `peer` | the server on the other side, and how to deal with it |
//! | `knock` | whether its machine is there at all |
//! | `names` | what addresses a name has, and what name an address, for whoever connects to none |
//! | `probe` | what it shows to whoever has not signed in |
//! | `tls` | which certificates are trusted |
//! | `pinned` | certificates that are trusted for themselves |
//! | `certificate` | what the server's certificate was |
//! | `socket` | one HTTP client on exactly one TCP connection |
//! | `proxy` | a TCP connection that a proxy makes |
//! | `tunnel` | such a connection, handed to the HTTP client |
//! | `link` | a socket from its first byte to a signed-in link |
//! | `password_turn` | who may show a password that may be another one by now |
//! | `mechanism` | which mechanism signs in |
//! | `way` | which way a person signs in, and why |
//! | `offers` | the `WWW-Authenticate` header |
//! | `error`, `failure` | what went wrong, from `reqwest`'s error to ours |

mod certificate;
mod error;
mod failure;
mod knock;
mod link;
mod mechanism;
mod names;
mod offers;
mod password_turn;
mod peer;
mod pinned;
mod probe;
mod proxy;
mod socket;
mod tls;
mod tunnel;
mod way;

use std::{sync::Arc, time::Duration};

use mapisweep_winrm::{
    auth::{
        ServiceName, kerberos,
        ntlm::{NEGOTIATE, NTLM},
    },
    endpoint::Endpoint,
};
use reqwest::cookie::Jar;
use tracing::debug;

pub use certificate::{CertificateFacts, Flaws};
pub use error::{Error, Refusal};
pub use knock::Knocked;
pub use names::{addresses_of, all_addresses_of, name_of};
pub use password_turn::PasswordTurns;
pub use peer::Peer;
pub use probe::Probe;
pub use proxy::{Proxy, ProxyError, ProxyFailure};
pub use tls::{Trust, TrustError};
pub use way::{SignIn, Watch, Way};

use link::{Answer, Link, Until};

/// How a [`Connection`] behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// How to sign in.
    pub sign_in: SignIn,
    /// The service that is signed in to.
    pub service: ServiceName,
    /// Whether a ticket in the person's name is to go along, for the server to go on with.
    pub delegate: bool,
    /// Whether a sign-in inside TLS is bound to its channel.
    pub bind_channel: bool,
    /// Told how the server is signed in to.
    pub watch: Option<Arc<dyn Watch>>,
    /// Who may show a password, of all that share these options.
    pub password_turns: Arc<PasswordTurns>,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// What the TCP connections are made by, if not by this computer itself.
    pub proxy: Option<Proxy>,
    /// How long to wait for a TCP connection and TLS, and for each answer of a sign-in.
    pub connect_timeout: Duration,
    /// How long the server may be silent after a message; must exceed the operation timeout asked for in the requests.
    pub response_timeout: Duration,
    /// After this long without a request the socket is given up rather than tried: HTTP.SYS closes idle
    /// connections after 120 s, and a middlebox that forgets one says nothing at all.
    pub idle_limit: Duration,
    /// The largest answer accepted, in bytes, after decompression.
    pub max_response: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sign_in: SignIn::default(),
            service: ServiceName::default(),
            delegate: false,
            bind_channel: true,
            watch: None,
            password_turns: Arc::default(),
            trust: Trust::Platform,
            proxy: None,
            connect_timeout: Duration::from_secs(15),
            response_timeout: Duration::from_secs(45),
            idle_limit: Duration::from_secs(100),
            max_response: 16 * 1024 * 1024,
        }
    }
}

/// An answer of WinRM, opened: a SOAP envelope, which for a status of 400 and above is a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The SOAP envelope.
    pub body: String,
}

/// One signed-in connection to one server, opened when first needed.
#[derive(Debug)]
pub struct Connection {
    peer: Arc<Peer>,
    cookies: Arc<Jar>,
    link: Option<Link>,
    /// The name under which NTLM and Kerberos travel.
    scheme: &'static str,
    refusal: Option<Refusal>,
    /// Links in a row that were found closed when they were to be used again.
    found_closed: usize,
}

impl Connection {
    /// A server that has closed so many links in a row closes each after its answer, without a word. To find that out
    /// takes a quarter of a second each time, so its links are no longer kept.
    const FOUND_CLOSED: usize = 2;

    /// Sockets opened for one request before giving up on a server that keeps closing them.
    const ATTEMPTS: usize = 3;

    /// Prepares a connection; nothing is sent yet.
    pub fn new(peer: Arc<Peer>) -> Self {
        Self {
            peer,
            cookies: Arc::default(),
            link: None,
            scheme: NEGOTIATE,
            refusal: None,
            found_closed: 0,
        }
    }

    /// The server.
    pub fn endpoint(&self) -> &Endpoint {
        &self.peer.endpoint
    }

    /// How long what ought to be quick may take.
    pub fn patience(&self) -> Duration {
        self.peer.options.connect_timeout
    }

    /// Resolves the name, connects, and does all of the sign-in that needs no password; what follows goes on from there.
    /// May be dropped at any time.
    pub async fn reach(&mut self) -> Result<(), Error> {
        let begun = self.begin(Until::Password).await;
        begun.map_err(|error| self.peer.in_hindsight(error))
    }

    /// Does all of the sign-in that goes before the first message, which a KDC may keep waiting; the next exchange goes
    /// on from there. May be dropped at any time, and nothing has been asked of the server then.
    pub async fn sign_in(&mut self) -> Result<(), Error> {
        let peer = Arc::clone(&self.peer);
        let alone = peer.password_turn().await?;
        let begun = self.begin(Until::Message).await;
        // what was not refused may not have been shown yet
        if let (Some(alone), Err(_)) = (alone, &begun) {
            alone.judged(&begun);
        }
        begun.map_err(|error| self.peer.in_hindsight(error))
    }

    async fn begin(&mut self, until: Until) -> Result<(), Error> {
        let mut link = match self.link.take().filter(Link::is_fresh) {
            Some(link) if link.is_signed_in() => {
                self.link = Some(link);
                return Ok(());
            }
            Some(link) => link,
            None => self.new_link()?,
        };
        loop {
            match link.begin(until).await {
                Ok(None) => break,
                Ok(Some(refusal)) if self.switch_scheme(&refusal) => link = self.new_link()?,
                Err(Error::Kerberos(error)) if self.peer.may_turn_to_ntlm(&error) => {
                    self.turn_to_ntlm(&mut link, error)?;
                }
                Ok(Some(refusal)) => return Err(self.refused(refusal)),
                // somebody is there: what becomes of it is the next exchange's to find out
                Err(Error::Lost {
                    maybe_delivered: false,
                    ..
                }) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.link = Some(link);
        Ok(())
    }

    /// Sends a SOAP envelope and returns the server's, signing in where that is needed.
    ///
    /// May be dropped at any time: the socket is closed with it, and the next call opens and signs in another. A
    /// password that the server refused is not sent again: each further call returns the same [`Error::Refused`].
    pub async fn exchange(&mut self, soap: &str) -> Result<Reply, Error> {
        let reply = self.exchange_or(soap, true).await;
        reply.map_err(|error| self.peer.in_hindsight(error))
    }

    /// The same, but never sends the envelope twice: a server that turns it away under a sign-in that held so far may have
    /// acted on it all the same.
    pub async fn exchange_once(&mut self, soap: &str) -> Result<Reply, Error> {
        let reply = self.exchange_or(soap, false).await;
        reply.map_err(|error| self.peer.in_hindsight(error))
    }

    async fn exchange_or(&mut self, soap: &str, repeats: bool) -> Result<Reply, Error> {
        if let Some(refusal) = &self.refusal {
            return Err(Error::Refused(refusal.clone()));
        }
        let link = self.link.take().filter(Link::is_fresh);
        let (signed_in, reached) = match link {
            Some(link) if link.is_signed_in() => (Some(link), None),
            other => (None, other),
        };
        if let Some(mut link) = signed_in {
            match link.exchange(soap).await {
                Ok(Answer::Reply(reply)) => {
                    self.found_closed = 0;
                    return Ok(self.keep(link, reply));
                }
                Ok(Answer::Unauthorized(refusal)) if refusal.password_sent => {
                    return Err(self.refused(refusal));
                }
                Ok(Answer::Unauthorized(_)) if !repeats => {
                    return Err(Error::SignInForgotten);
                }
                // either way the server has not processed the request, as far as it is to be believed
                Ok(Answer::Unauthorized(_)) => debug!("the server wants a new sign-in"),
                Err(error) if !error.maybe_delivered() => {
                    debug!(%error, "signing in on a new socket");
                    self.found_closed += 1;
                }
                Err(error) => return Err(error),
            }
        }
        self.sign_in_and_exchange(reached, soap).await
    }

    /// Shows the password alone, where that is asked for.
    async fn sign_in_and_exchange(
        &mut self,
        mut reached: Option<Link>,
        soap: &str,
    ) -> Result<Reply, Error> {
        let peer = Arc::clone(&self.peer);
        if reached.is_none() && peer.waits_for_turn() {
            // a server that is down keeps nobody waiting
            self.begin(Until::Password).await?;
            reached = self.link.take();
        }
        let alone = peer.password_turn().await?;
        let replied = self.exchange_signing_in(reached, soap).await;
        if let Some(alone) = alone {
            alone.judged(&replied);
        }
        replied
    }

    /// On a link that was reached before, if there is one; else, or where that is lost, on a new one.
    async fn exchange_signing_in(
        &mut self,
        mut reached: Option<Link>,
        soap: &str,
    ) -> Result<Reply, Error> {
        let mut attempt = 1;
        let mut heard = false;
        loop {
            let mut link = match reached.take() {
                Some(link) => link,
                None => self.new_link()?,
            };
            match link.sign_in_and_exchange(soap).await {
                Ok(Answer::Reply(reply)) => return Ok(self.keep(link, reply)),
                Ok(Answer::Unauthorized(refusal)) => {
                    if !self.switch_scheme(&refusal) {
                        return Err(self.refused(refusal));
                    }
                }
                Err(Error::Kerberos(error)) if self.peer.may_turn_to_ntlm(&error) => {
                    self.turn_to_ntlm(&mut link, error)?;
                    reached = Some(link);
                }
                Err(Error::Lost {
                    maybe_delivered: false,
                }) => {
                    debug!(attempt, "the connection was closed during sign-in");
                    heard |= link.is_heard();
                    if attempt == Self::ATTEMPTS {
                        return Err(Error::ClosedDuringSignIn {
                            attempts: attempt,
                            heard,
                        });
                    }
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Where the server offers the mechanism by its own name, and `Negotiate` led nowhere: a ticket only where that is
    /// not offered, for the server has judged the one that went by it.
    fn switch_scheme(&mut self, refusal: &Refusal) -> bool {
        let (own, is_open) = match self.goes_by_kerberos() {
            true => (kerberos::SCHEME, !refusal.offers(NEGOTIATE)),
            false => (NTLM, true),
        };
        let is_open = is_open && refusal.offers(own) && !refusal.password_sent;
        let switches = is_open && self.scheme == NEGOTIATE;
        if switches {
            self.scheme = own;
        }
        switches
    }

    fn goes_by_kerberos(&self) -> bool {
        match self.peer.options.sign_in {
            SignIn::Kerberos(_) => true,
            SignIn::Auto(_) => !self.peer.is_without_kerberos(),
            SignIn::Ntlm | SignIn::Basic => false,
        }
    }

    /// The server has seen nothing of Kerberos: the link goes on with another mechanism.
    fn turn_to_ntlm(
        &mut self,
        link: &mut Link,
        error: crate::kerberos::Error,
    ) -> Result<(), Error> {
        let instead = Some(Arc::new(error));
        self.peer.goes(Way::Ntlm { instead });
        self.scheme = NEGOTIATE;
        link.begin_with(mechanism::new(&self.peer, self.scheme)?);
        Ok(())
    }

    fn new_link(&self) -> Result<Link, Error> {
        let mechanism = mechanism::new(&self.peer, self.scheme)?;
        Link::new(&self.peer, &self.cookies, mechanism)
    }

    /// Each password refused counts towards the account's lock-out.
    fn refused(&mut self, refusal: Refusal) -> Error {
        self.refusal = Some(refusal.clone()).filter(|refusal| refusal.password_sent);
        Error::Refused(refusal)
    }

    fn keep(&mut self, link: Link, reply: Reply) -> Reply {
        self.peer.has_answered();
        let closes_each = self.found_closed >= Self::FOUND_CLOSED;
        self.link = Some(link).filter(|link| link.stays_open() && !closes_each);
        reply
    }
}

#[cfg(test)]
mod tests;
