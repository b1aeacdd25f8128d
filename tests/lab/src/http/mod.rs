//! The web server in front of WinRM: TLS, sign-in, sealed bodies, and what can be made to break there.

mod broken;
mod listen;
mod seal;
mod sealed;
mod sign_in;
mod ticket;
pub(crate) mod tls;

use std::{future::pending, sync::Arc};

use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{
        AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, SERVER,
        WWW_AUTHENTICATE,
    },
    http::request::Parts,
};
use jiff::Timestamp;
use tokio::sync::{Mutex, Notify};

use crate::{
    fault::Breakage,
    http::{
        broken::{Body, BrokenOff},
        sealed::Announced,
        sign_in::{Place, SignIn, Verdict},
    },
    organization::ExchangeVersion,
    site::Site,
    winrm::WinRm,
};

pub(crate) use listen::serve;

/// One TCP connection, which is what NTLM and Kerberos sign in.
struct Connection {
    winrm: Arc<WinRm>,
    certificate_hash: Option<[u8; 32]>,
    sign_in: Mutex<SignIn>,
    /// Resets it.
    reset: Arc<Notify>,
}

type Answer = Response<Body>;

impl Connection {
    async fn answer(&self, request: Request<Incoming>) -> Result<Answer, BrokenOff> {
        let (head, body) = request.into_parts();
        if let Some(status) = self.winrm.turns_away() {
            return Ok(self.turned_away(status));
        }
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        let limit = 4 * self.winrm.server.quotas.envelope_size;
        let Ok(body) = Limited::new(body, limit).collect().await else {
            return Ok(self.status(StatusCode::PAYLOAD_TOO_LARGE));
        };
        let body = body.to_bytes();
        tokio::time::sleep(self.winrm.faults().delay).await;
        let mut sign_in = self.sign_in.lock().await;
        let last_token = match sign_in.step(header(AUTHORIZATION), &self.place()) {
            Verdict::Proceed => None,
            Verdict::ProceedWith(token) => Some(token),
            Verdict::Unauthorized(challenges) => return Ok(self.unauthorized(&challenges)),
        };
        let content_type = header(CONTENT_TYPE).unwrap_or_default();
        let announced = sealed::announced(content_type, sign_in.protocol());
        let mut answer = self
            .signed_in(&mut sign_in, &head, announced, &body)
            .await?;
        if let Some(token) = last_token {
            challenge(&mut answer, &token);
        }
        Ok(answer)
    }

    async fn signed_in(
        &self,
        sign_in: &mut SignIn,
        head: &Parts,
        announced: Announced,
        body: &[u8],
    ) -> Result<Answer, BrokenOff> {
        if !self.winrm.serves(head.uri.path()) {
            return Ok(self.status(StatusCode::NOT_FOUND));
        }
        if head.method != Method::POST {
            return Ok(self.status(StatusCode::METHOD_NOT_ALLOWED));
        }
        if body.is_empty() {
            return Ok(self.status(StatusCode::OK));
        }
        self.exchange(sign_in, announced, body).await
    }

    /// A signed-in request with a body.
    async fn exchange(
        &self,
        sign_in: &mut SignIn,
        announced: Announced,
        body: &[u8],
    ) -> Result<Answer, BrokenOff> {
        let soap = match self.open(sign_in, announced, body) {
            Ok(soap) => soap,
            Err(StatusCode::UNAUTHORIZED) => {
                return Ok(self.unauthorized(&sign_in.reset(&self.place())));
            }
            Err(status) => return Ok(self.status(status)),
        };
        let breakage = self.winrm.count_exchange();
        if let Some(breakage) = breakage.filter(|breakage| !breakage.is_acted_upon()) {
            return self.refuse(sign_in, breakage).await;
        }
        let SignIn::SignedIn(client) = sign_in else {
            return Ok(self.unauthorized(&[]));
        };
        let (ok, mut xml) = self.winrm.answer(client.caller(), &soap).await;
        if breakage == Some(Breakage::ForAnother) {
            xml = xml.replace("RelatesTo>uuid:", "RelatesTo>uuid:another-");
        }
        let status = if ok {
            StatusCode::OK
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        let answer = match client.seal.as_mut() {
            Some(seal) if announced == Announced::Sealed => {
                // Exchange's IIS always does
                let with_space =
                    self.winrm.site == Site::Exchange || self.winrm.faults().boundary_with_space;
                let Some(mut body) = sealed::seal(seal, xml.as_bytes(), with_space) else {
                    return Ok(self.status(StatusCode::INTERNAL_SERVER_ERROR));
                };
                if breakage == Some(Breakage::WronglySealed) {
                    sealed::change(&mut body);
                }
                (sealed::content_type(seal.protocol()), body)
            }
            _ => ("application/soap+xml;charset=UTF-8".to_owned(), xml.into()),
        };
        let (content_type, body) = answer;
        let whole = self.response(status, &content_type);
        self.send(breakage, whole, body.into()).await
    }

    /// Ends an exchange without having acted upon the request.
    async fn refuse(&self, sign_in: &mut SignIn, breakage: Breakage) -> Result<Answer, BrokenOff> {
        match breakage {
            Breakage::Refused => {
                self.winrm.refuses.notify_one();
                pending().await
            }
            Breakage::ResetBefore => {
                self.reset.notify_one();
                pending().await
            }
            Breakage::ForgetsSignIn => Ok(self.unauthorized(&sign_in.reset(&self.place()))),
            breakage => broken::instead(breakage).ok_or(BrokenOff),
        }
    }

    /// Sends an answer, or what the breakage leaves of it.
    async fn send(
        &self,
        breakage: Option<Breakage>,
        mut answer: Answer,
        body: Bytes,
    ) -> Result<Answer, BrokenOff> {
        let reset = self.reset.clone();
        let reset = move || reset.notify_one();
        match breakage {
            None | Some(Breakage::ForAnother | Breakage::WronglySealed) => {
                *answer.body_mut() = Either::Left(Full::new(body));
            }
            Some(Breakage::CloseAfter) => return Err(BrokenOff),
            Some(Breakage::ResetAfter) => {
                reset();
                pending::<()>().await;
            }
            Some(Breakage::Hang) => pending::<()>().await,
            Some(breakage) => {
                let (spoiled, length) = broken::spoil(breakage, body, reset);
                answer.headers_mut().insert(CONTENT_LENGTH, length);
                *answer.body_mut() = spoiled;
            }
        }
        Ok(answer)
    }

    /// The envelope in a body, or how HTTP itself refuses it.
    fn open(
        &self,
        sign_in: &mut SignIn,
        announced: Announced,
        body: &[u8],
    ) -> Result<String, StatusCode> {
        let seal = match sign_in {
            SignIn::SignedIn(client) => client.seal.as_mut(),
            _ => None,
        };
        let plain = match (announced, seal) {
            (Announced::Sealed, Some(seal)) => sealed::unseal(seal, body),
            (Announced::Sealed, None) => None,
            (Announced::OtherProtocol, _) => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            (Announced::Plain, _) if self.certificate_hash.is_some() => Some(body.to_vec()),
            // AllowUnencrypted is false: WinRM answers as if nobody had signed in
            (Announced::Plain, _) => return Err(StatusCode::UNAUTHORIZED),
        };
        let Some(soap) = plain.and_then(|bytes| String::from_utf8(bytes).ok()) else {
            sign_in.reset(&self.place());
            return Err(StatusCode::BAD_REQUEST);
        };
        if soap.len() > self.winrm.server.quotas.envelope_size {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Ok(soap)
    }

    fn place(&self) -> Place<'_> {
        Place {
            world: &self.winrm.world,
            server: &self.winrm.server,
            site: self.winrm.site,
            certificate_hash: self.certificate_hash.as_ref(),
        }
    }

    fn unauthorized(&self, challenges: &[String]) -> Answer {
        let mut response = self.bare(StatusCode::UNAUTHORIZED);
        if self.winrm.faults().close_between_ntlm_legs {
            close(&mut response);
        }
        for text in challenges {
            challenge(&mut response, text);
        }
        response
    }

    fn turned_away(&self, status: u16) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
        let mut response = self.response(status, "text/html");
        *response.body_mut() = Either::Left(Full::new("<html><body>no</body></html>".into()));
        response
    }

    fn status(&self, status: StatusCode) -> Answer {
        let mut response = self.bare(status);
        if self.winrm.faults().close_after_each_response {
            close(&mut response);
        }
        response
    }

    fn bare(&self, status: StatusCode) -> Answer {
        let mut response = Response::new(Either::Left(Full::default()));
        *response.status_mut() = status;
        let server = HeaderValue::from_static(self.winrm.site.web_server());
        response.headers_mut().insert(SERVER, server);
        let ahead = self.winrm.faults().clock_ahead;
        // otherwise the web server tells the time by itself
        if !ahead.is_zero() {
            let date = (Timestamp::now() + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT");
            if let Ok(date) = HeaderValue::from_str(&date.to_string()) {
                response.headers_mut().insert(DATE, date);
            }
        }
        let passes_on = self.winrm.site == Site::Exchange
            && (self.winrm.server.version >= ExchangeVersion::Exchange2013
                || self.winrm.is_passed_on());
        if passes_on && let Ok(name) = HeaderValue::from_str(&self.winrm.serving().fqdn()) {
            response.headers_mut().insert("X-CalculatedBETarget", name);
        }
        response
    }

    fn response(&self, status: StatusCode, content_type: &str) -> Answer {
        let mut response = self.status(status);
        if let Ok(content_type) = HeaderValue::from_str(content_type) {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        response
    }
}

fn close(response: &mut Answer) {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
}

fn challenge(response: &mut Answer, text: &str) {
    if let Ok(text) = HeaderValue::from_str(text) {
        response.headers_mut().append(WWW_AUTHENTICATE, text);
    }
}
