//! A socket from its first byte to a signed-in link, and what protects the messages on it.
//!
//! The steps of a sign-in are the mechanism's; here they meet HTTP. A token travels without a message until the
//! mechanism is established; its last token then goes along with the caller's first message, as Windows does it
//! (\[MS-WSMV\] 2.2.9.1: `Authorization` stays until the server answers 200). Over plain HTTP that message is sealed:
//! what comes back under the wrong key cannot be opened, so the answer proves that the server knows the password, too.

use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mapisweep_winrm::{
    auth::{ChannelBinding, Context, Mechanism, Scene, Step, Token, multipart},
    endpoint::Scheme,
};
use reqwest::{
    cookie::Jar,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE},
};
use secrecy::zeroize::Zeroizing;
use tracing::debug;

use super::{
    Error, Peer, Refusal, Reply, SignIn, mechanism, offers,
    socket::{HttpAnswer, Socket},
};
use crate::kerberos;

const SOAP: &str = "application/soap+xml;charset=UTF-8";
/// The server that Exchange 2013 and later pass a message on to, by its full name.
const PASSED_ON_TO: HeaderName = HeaderName::from_static("x-calculatedbetarget");
const BAD_REQUEST: u16 = 400;
const UNAUTHORIZED: u16 = 401;
const HEADERS_TOO_LARGE: u16 = 431;

/// A ticket that some server may find too large, in bytes: HTTP.SYS takes headers of 16 KB altogether unless told
/// otherwise (`MaxFieldLength`, `MaxRequestBytes`), and what is sent is longer by a third.
const LARGE_TICKET: usize = 8 * 1024;

/// A socket and what protects the messages on it.
#[derive(Debug)]
pub(super) struct Link {
    peer: Arc<Peer>,
    socket: Socket,
    mechanism: Box<dyn Mechanism>,
    /// The server's last token, for the mechanism's next step.
    received: Option<Vec<u8>>,
    challenged: bool,
    /// Whether what the last step gave lets the server judge the password.
    reveals_password: bool,
    established: Option<Established>,
    /// Whether a ticket was sent.
    ticket_sent: bool,
    signed_in: bool,
    context: Option<Box<dyn Context>>,
    signed_in_for_one: bool,
    last_used: Instant,
}

/// How a sign-in ends, before the first message: its last token, and what protects messages.
type Established = (Option<Token>, Option<Box<dyn Context>>);

/// How far a sign-in is to go, before a message is there to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// To where the password would be judged.
    Password,
    /// To where the message is due.
    Message,
}

/// What the server made of a request.
#[derive(Debug)]
pub(super) enum Answer {
    Reply(Reply),
    /// HTTP 401: the request was not processed.
    Unauthorized(Refusal),
}

impl Link {
    /// A socket that is not connected yet.
    pub fn new(
        peer: &Arc<Peer>,
        cookies: &Arc<Jar>,
        mechanism: Box<dyn Mechanism>,
    ) -> Result<Self, Error> {
        Ok(Self {
            socket: Socket::new(peer, cookies)?,
            peer: Arc::clone(peer),
            mechanism,
            received: None,
            challenged: false,
            reveals_password: false,
            established: None,
            ticket_sent: false,
            signed_in: false,
            context: None,
            signed_in_for_one: false,
            last_used: Instant::now(),
        })
    }

    /// Signs in with another mechanism; to be called before the server has seen anything of the one there was.
    pub fn begin_with(&mut self, mechanism: Box<dyn Mechanism>) {
        self.mechanism = mechanism;
        self.received = None;
    }

    /// Whether the socket has not been idle for too long to be trusted.
    pub fn is_fresh(&self) -> bool {
        self.last_used.elapsed() < self.peer.options.idle_limit
    }

    /// Whether a message was sent under its sign-in.
    pub fn is_signed_in(&self) -> bool {
        self.signed_in
    }

    /// Whether the server has said anything on it.
    pub fn is_heard(&self) -> bool {
        !self.socket.is_unused()
    }

    /// Whether the server lets the sign-in last beyond the last answer.
    pub fn stays_open(&self) -> bool {
        !self.signed_in_for_one && !self.socket.is_closing()
    }

    /// Connects and takes the steps of the sign-in up to there; a refusal where they lead nowhere.
    pub async fn begin(&mut self, until: Until) -> Result<Option<Refusal>, Error> {
        while self.established.is_none()
            && (until == Until::Message || !self.mechanism.reveals_password())
        {
            if let Some(refusal) = self.advance().await? {
                return Ok(Some(refusal));
            }
        }
        if self.socket.is_unused() {
            // nothing is said yet: this is what shows that somebody is there
            self.post(None, Vec::new(), None).await?;
        }
        Ok(None)
    }

    /// Sends the first message on a new or reached socket.
    pub async fn sign_in_and_exchange(&mut self, soap: &str) -> Result<Answer, Error> {
        let (token, context) = loop {
            if let Some(established) = self.established.take() {
                break established;
            }
            if let Some(refusal) = self.advance().await? {
                return Ok(Answer::Unauthorized(refusal));
            }
        };
        self.context = context.filter(|_| self.is_plain());
        if self.is_plain() && self.context.is_none() {
            return Err(Error::BasicOverHttp);
        }
        self.signed_in = true;
        let answer = self.send(token, soap).await?;
        if let Answer::Reply(_) = answer {
            let user = &self.peer.credential.user;
            debug!(server = %self.peer.endpoint, %user, "signed in");
        }
        Ok(answer)
    }

    /// Sends a message on a signed-in socket.
    pub async fn exchange(&mut self, soap: &str) -> Result<Answer, Error> {
        match self.mechanism.is_per_request() {
            true => self.sign_in_and_exchange(soap).await,
            false => self.send(None, soap).await,
        }
    }

    /// Takes the next step of the sign-in; a refusal where the server does not go along.
    async fn advance(&mut self) -> Result<Option<Refusal>, Error> {
        if self.socket.is_unused() {
            self.prepare().await?;
        }
        let scene = Scene {
            channel: self.channel(),
            now: file_time(SystemTime::now()),
        };
        self.reveals_password = self.mechanism.reveals_password();
        let received = self.received.take();
        let limit = self.peer.options.connect_timeout;
        let step = mechanism::step(&mut self.mechanism, received, scene, limit).await;
        if let Err(Error::Kerberos(kerberos::Error::Silent { after })) = &step
            && let SignIn::Auto(person) | SignIn::Kerberos(person) = &self.peer.options.sign_in
        {
            person.give_up(*after);
        }
        match step? {
            Step::Send(token) => self.send_token(token).await,
            Step::Established { token, context } => {
                self.established = Some((token, context));
                Ok(None)
            }
        }
    }

    /// What must be known before the first step: the TLS channel, where the first token is bound to it; and that there
    /// is such a server, before a KDC is asked for it.
    async fn prepare(&mut self) -> Result<(), Error> {
        let binds = self.mechanism.binds_first_token() && self.peer.options.bind_channel;
        if binds && !self.is_plain() {
            self.post(None, Vec::new(), None).await?;
        } else if self.mechanism.may_block() {
            self.peer.resolve().await?;
        }
        Ok(())
    }

    /// Sends a token without a message and keeps the server's; a refusal where it has none.
    async fn send_token(&mut self, token: Token) -> Result<Option<Refusal>, Error> {
        let is_mutual = self.mechanism.is_mutual();
        let bytes = token.expose().len();
        self.ticket_sent = is_mutual;
        let answer = self.post(Some(token), Vec::new(), None).await?;
        self.received = offers::token(answer.texts(&WWW_AUTHENTICATE), self.mechanism.scheme());
        match answer.status {
            UNAUTHORIZED if self.received.is_none() => {
                // a ticket is refused, not the password: that was for the KDC
                let password_sent = self.reveals_password && !is_mutual;
                return Ok(Some(self.refusal(&answer, password_sent)));
            }
            UNAUTHORIZED => {}
            // the mechanism finds out whether the server has proved anything
            200..=299 if is_mutual => {}
            status @ (BAD_REQUEST | HEADERS_TOO_LARGE) if is_mutual && bytes > LARGE_TICKET => {
                let delegates = self.peer.options.delegate;
                return Err(Error::TicketTooLarge {
                    bytes,
                    status,
                    delegates,
                });
            }
            _ => return Err(not_winrm(&answer)),
        }
        self.challenged = true;
        Ok(None)
    }

    async fn send(&mut self, token: Option<Token>, soap: &str) -> Result<Answer, Error> {
        let (content_type, body) = match &mut self.context {
            Some(context) => (
                multipart::content_type(context.protocol()),
                multipart::seal(&mut **context, soap.as_bytes()).map_err(Error::Sealing)?,
            ),
            None => (SOAP.to_owned(), soap.as_bytes().to_vec()),
        };
        let password_sent = token.is_some() && self.reveals_password;
        let answer = self.post(token, body, Some(&content_type)).await?;
        self.signed_in_for_one = answer.ends_sign_in();
        if answer.status == UNAUTHORIZED {
            return Ok(Answer::Unauthorized(self.refusal(&answer, password_sent)));
        }
        self.open_answer(answer).map(Answer::Reply)
    }

    async fn post(
        &mut self,
        token: Option<Token>,
        body: Vec<u8>,
        content_type: Option<&str>,
    ) -> Result<HttpAnswer, Error> {
        let mut headers = Vec::new();
        if let Some(token) = token {
            headers.push(authorization(self.mechanism.scheme(), &token)?);
        }
        if let Some(content_type) = content_type {
            headers.push((CONTENT_TYPE, header(content_type)?));
        }
        let is_sign_in = body.is_empty();
        let answering = self.socket.post(&headers, body);
        let answer = match is_sign_in {
            true => within(&self.peer, answering).await?,
            false => answering.await?,
        };
        self.last_used = Instant::now();
        if let Some(server) = answer.text(&PASSED_ON_TO) {
            self.peer.passes_on_to(server);
        }
        Ok(answer)
    }

    fn open_answer(&mut self, answer: HttpAnswer) -> Result<Reply, Error> {
        let status = answer.status;
        let sealed = multipart::is_sealed(answer.content_type());
        let soap = answer
            .content_type()
            .to_ascii_lowercase()
            .starts_with("application/soap+xml");
        let body = match &mut self.context {
            Some(context) if sealed => multipart::open(&mut **context, &answer.body)?,
            Some(_) if soap => return Err(Error::Unsealed { status }),
            None if soap => answer.body,
            _ => return Err(not_winrm(&answer)),
        };
        Ok(Reply {
            status,
            body: String::from_utf8(body).map_err(Error::NotText)?,
        })
    }

    fn is_plain(&self) -> bool {
        self.peer.endpoint.scheme() == Scheme::Http
    }

    /// The TLS channel that the sign-in is bound to.
    fn channel(&self) -> ChannelBinding {
        let certificate = self.socket.certificate();
        let certificate = certificate.filter(|_| self.peer.options.bind_channel);
        certificate.map_or(ChannelBinding::NONE, |der| {
            ChannelBinding::to_certificate(&der)
        })
    }

    fn refusal(&self, answer: &HttpAnswer, password_sent: bool) -> Refusal {
        let challenged = self.challenged;
        Refusal {
            user: self.peer.credential.user.clone(),
            scheme: self.mechanism.scheme(),
            offered: offers::schemes(answer.texts(&WWW_AUTHENTICATE)),
            challenged,
            password_sent,
            sealed: self.context.is_some(),
            channel_bound: (challenged || self.ticket_sent)
                && self.channel() != ChannelBinding::NONE,
            ticket_for: self.ticket_sent.then(|| self.peer.service()),
        }
    }
}

/// Nothing has to be computed for an answer that a sign-in waits for. Connecting goes before, with the same limit.
pub(super) async fn within(
    peer: &Peer,
    answering: impl Future<Output = Result<HttpAnswer, Error>>,
) -> Result<HttpAnswer, Error> {
    let limit = peer.options.connect_timeout;
    let answer = tokio::time::timeout(2 * limit, answering).await;
    answer.unwrap_or_else(|_| Err(peer.is_mute(limit)))
}

fn header(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(Error::Header)
}

fn not_winrm(answer: &HttpAnswer) -> Error {
    Error::NotWinRm {
        status: answer.status,
        content_type: answer.text(&CONTENT_TYPE).map(str::to_owned),
        location: answer.text(&LOCATION).map(str::to_owned),
    }
}

fn authorization(scheme: &str, token: &Token) -> Result<(HeaderName, HeaderValue), Error> {
    let mut text = Zeroizing::new(format!("{scheme} "));
    BASE64_STANDARD.encode_string(token.expose(), &mut text);
    let mut value = header(&text)?;
    value.set_sensitive(true);
    Ok((AUTHORIZATION, value))
}

/// 100 ns since 1601, as Windows counts.
fn file_time(time: SystemTime) -> i64 {
    const UNIX_EPOCH_IN_FILE_TIME: i64 = 116_444_736_000_000_000;

    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos() / 100)
        .unwrap_or_default()
        .saturating_add(UNIX_EPOCH_IN_FILE_TIME)
}
