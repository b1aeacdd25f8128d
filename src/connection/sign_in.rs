//! The exchange that makes a socket a signed-in link.
//!
//! NTLM takes two requests: the first carries no message; the second already carries the caller's, as Windows does
//! it (\[MS-WSMV\] 2.2.9.1: `Authorization` stays until the server answers 200). Over plain HTTP it is sealed. What
//! comes back under the wrong key cannot be opened, so the answer proves that the server knows the password, too.

use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use rand::rngs::OsRng;
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE,
};
use secrecy::ExposeSecret as _;
use tracing::debug;

use super::{
    Authentication, Error, HttpScheme, Refusal, Reply, Scheme, offers,
    socket::{HttpAnswer, Site, Socket},
};
use mapisweep_winrm::auth::{
    basic,
    channel_binding::ChannelBinding,
    multipart,
    ntlm::{Authenticated, Circumstances, Handshake, Key, Seal, Unseal},
};

const SOAP: &str = "application/soap+xml;charset=UTF-8";
const UNAUTHORIZED: u16 = 401;

/// A socket and what protects the messages on it.
#[derive(Debug)]
pub(super) struct Link {
    site: Arc<Site>,
    socket: Socket,
    http_scheme: HttpScheme,
    seals: Option<(Seal, Unseal)>,
    signed_in_for_one: bool,
    last_used: Instant,
}

/// What the server made of a request.
#[derive(Debug)]
pub(super) enum Answer {
    Reply(Reply),
    /// HTTP 401: the request was not processed.
    Unauthorized(Refusal),
}

impl Link {
    /// A socket that is not signed in yet.
    pub fn open(site: &Arc<Site>, http_scheme: HttpScheme) -> Result<Self, Error> {
        Ok(Self {
            site: site.clone(),
            socket: Socket::new(site)?,
            http_scheme,
            seals: None,
            signed_in_for_one: false,
            last_used: Instant::now(),
        })
    }

    /// Whether the socket has not been idle for too long to be trusted.
    pub fn is_fresh(&self) -> bool {
        self.last_used.elapsed() < self.site.options.idle_limit
    }

    /// Whether the server lets the sign-in last beyond the last answer.
    pub fn stays_open(&self) -> bool {
        !self.signed_in_for_one && !self.socket.is_closing()
    }

    /// Sends the first message on a new socket.
    pub async fn sign_in_and_exchange(&mut self, soap: &str) -> Result<Answer, Error> {
        match self.site.options.authentication {
            Authentication::Basic => self.exchange(soap).await,
            Authentication::Ntlm => self.sign_in_with_ntlm(soap).await,
        }
    }

    /// Sends a message on a signed-in socket.
    pub async fn exchange(&mut self, soap: &str) -> Result<Answer, Error> {
        // NTLM has signed in the socket, Basic signs in each request
        let password = match self.site.options.authentication {
            Authentication::Ntlm => None,
            Authentication::Basic => Some(authorization(
                basic::authorization(&self.site.credential).expose_secret(),
            )),
        };
        self.send(password, soap, false).await
    }

    async fn sign_in_with_ntlm(&mut self, soap: &str) -> Result<Answer, Error> {
        let handshake = Handshake::new()?;
        let first = authorization(&self.http_scheme.authorization(handshake.negotiate()));
        let answer = self.socket.post(&[first], Vec::new()).await?;
        if answer.status != UNAUTHORIZED {
            return Err(not_winrm(&answer));
        }
        let Some(challenge) = offers::token(answer.texts(&WWW_AUTHENTICATE), self.http_scheme)
        else {
            return Ok(Answer::Unauthorized(self.refusal(&answer, false, false)));
        };

        let Authenticated {
            token,
            seal,
            unseal,
        } = handshake.authenticate(
            &challenge,
            &self.site.credential,
            Circumstances {
                target: &self.site.endpoint.service(),
                channel: self.channel(),
                now: file_time(SystemTime::now()),
                exported_key: Key::random(&mut OsRng),
            },
        )?;
        if self.site.endpoint.scheme() == Scheme::Http {
            self.seals = Some((seal, unseal));
        }
        let second = authorization(&self.http_scheme.authorization(&token));
        let answer = self.send(Some(second), soap, true).await?;
        if let Answer::Reply(_) = answer {
            debug!(server = %self.site.endpoint, user = %self.site.credential.user, "signed in");
        }
        Ok(answer)
    }

    async fn send(
        &mut self,
        authorization: Option<(HeaderName, HeaderValue)>,
        soap: &str,
        challenged: bool,
    ) -> Result<Answer, Error> {
        let (content_type, body) = match &mut self.seals {
            Some((seal, _)) => (
                multipart::CONTENT_TYPE,
                multipart::seal(seal, soap.as_bytes()),
            ),
            None => (SOAP, soap.as_bytes().to_vec()),
        };
        let password_sent = authorization.is_some();
        let content_type = (CONTENT_TYPE, HeaderValue::from_static(content_type));
        let headers: Vec<_> = authorization.into_iter().chain([content_type]).collect();
        let answer = self.socket.post(&headers, body).await?;
        self.last_used = Instant::now();
        self.signed_in_for_one = answer.ends_sign_in();
        if answer.status == UNAUTHORIZED {
            return Ok(Answer::Unauthorized(self.refusal(
                &answer,
                challenged,
                password_sent,
            )));
        }
        self.open_answer(answer).map(Answer::Reply)
    }

    fn open_answer(&mut self, answer: HttpAnswer) -> Result<Reply, Error> {
        let status = answer.status;
        let sealed = multipart::is_sealed(answer.content_type());
        let soap = answer
            .content_type()
            .to_ascii_lowercase()
            .starts_with("application/soap+xml");
        let body = match &mut self.seals {
            Some((_, unseal)) if sealed => multipart::unseal(unseal, &answer.body)?,
            Some(_) if soap => return Err(Error::Unsealed { status }),
            None if soap => answer.body,
            _ => return Err(not_winrm(&answer)),
        };
        Ok(Reply {
            status,
            body: String::from_utf8(body).map_err(Error::NotText)?,
        })
    }

    /// The TLS channel that the sign-in is bound to.
    fn channel(&self) -> ChannelBinding {
        let certificate = self.socket.certificate();
        certificate.map_or(ChannelBinding::NONE, |der| {
            ChannelBinding::to_certificate(&der)
        })
    }

    fn refusal(&self, answer: &HttpAnswer, challenged: bool, password_sent: bool) -> Refusal {
        Refusal {
            user: self.site.credential.user.clone(),
            offered: offers::schemes(answer.texts(&WWW_AUTHENTICATE)),
            challenged,
            password_sent,
            sealed: self.seals.is_some(),
            channel_bound: challenged && self.channel() != ChannelBinding::NONE,
        }
    }
}

fn not_winrm(answer: &HttpAnswer) -> Error {
    Error::NotWinRm {
        status: answer.status,
        content_type: answer.text(&CONTENT_TYPE).map(str::to_owned),
        location: answer.text(&LOCATION).map(str::to_owned),
    }
}

fn authorization(text: &str) -> (HeaderName, HeaderValue) {
    let mut value = HeaderValue::from_str(text).expect("base64 fits a header");
    value.set_sensitive(true);
    (AUTHORIZATION, value)
}

/// 100 ns since 1601, as Windows counts.
fn file_time(time: SystemTime) -> i64 {
    const UNIX_EPOCH_IN_FILE_TIME: i64 = 116_444_736_000_000_000;

    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos() / 100)
        .unwrap_or_default()
        .saturating_add(UNIX_EPOCH_IN_FILE_TIME)
}
