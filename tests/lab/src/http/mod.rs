//! The web server in front of WinRM: TLS, sign-in, sealed bodies, and what can be made to break there.

mod seal;
mod sealed;
mod sign_in;
mod ticket;
pub(crate) mod tls;

use std::{io, sync::Arc};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HeaderValue, SERVER, WWW_AUTHENTICATE},
    http::request::Parts,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Mutex,
    task::JoinSet,
};

use crate::{
    fault::Breakage,
    http::{
        sealed::Announced,
        sign_in::{Place, SignIn, Verdict},
        tls::ServerTls,
    },
    winrm::WinRm,
};

/// Accepts HTTP and, on the same port, HTTPS, until it is dropped.
pub(crate) async fn serve(winrm: Arc<WinRm>, tls: ServerTls, listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(welcome(winrm.clone(), tls.clone(), stream));
        while connections.try_join_next().is_some() {}
    }
}

/// Tells TLS from plain HTTP by the first byte.
async fn welcome(winrm: Arc<WinRm>, tls: ServerTls, stream: TcpStream) -> io::Result<()> {
    const TLS_HANDSHAKE: u8 = 0x16;
    stream.set_nodelay(true)?;
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first == [TLS_HANDSHAKE] {
        let stream = tls.acceptor.accept(stream).await?;
        serve_connection(winrm, Some(tls.certificate_hash), stream).await
    } else {
        serve_connection(winrm, None, stream).await
    }
}

async fn serve_connection(
    winrm: Arc<WinRm>,
    certificate_hash: Option<[u8; 32]>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    let connection = Arc::new(Connection {
        winrm,
        certificate_hash,
        sign_in: Mutex::new(SignIn::Anonymous),
    });
    let service = service_fn(move |request| {
        let connection = connection.clone();
        async move { connection.answer(request).await }
    });
    http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

/// One TCP connection, which is what NTLM and Kerberos sign in.
struct Connection {
    winrm: Arc<WinRm>,
    certificate_hash: Option<[u8; 32]>,
    sign_in: Mutex<SignIn>,
}

/// The connection ends here, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the lab broke this connection on purpose")]
struct BrokenOff;

type Answer = Response<Full<Bytes>>;

impl Connection {
    async fn answer(&self, request: Request<Incoming>) -> Result<Answer, BrokenOff> {
        let (head, body) = request.into_parts();
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
        if breakage == Some(Breakage::ForgetsSignIn) {
            return Ok(self.unauthorized(&sign_in.reset(&self.place())));
        }
        let SignIn::SignedIn(client) = sign_in else {
            return Ok(self.unauthorized(&[]));
        };
        match breakage {
            Some(Breakage::CloseBefore) => return Err(BrokenOff),
            Some(Breakage::Status500) => return Ok(self.status(StatusCode::INTERNAL_SERVER_ERROR)),
            Some(Breakage::Garbage) => {
                return Ok(self.response(StatusCode::OK, "application/soap+xml", "\u{7}?<"));
            }
            Some(Breakage::CloseAfter | Breakage::ForAnother | Breakage::ForgetsSignIn) | None => {}
        }
        let (ok, mut xml) = self.winrm.answer(client.caller(), &soap).await;
        match breakage {
            Some(Breakage::CloseAfter) => return Err(BrokenOff),
            Some(Breakage::ForAnother) => {
                xml = xml.replace("RelatesTo>uuid:", "RelatesTo>uuid:another-");
            }
            _ => {}
        }
        let status = if ok {
            StatusCode::OK
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        let Some(seal) = client
            .seal
            .as_mut()
            .filter(|_| announced == Announced::Sealed)
        else {
            return Ok(self.response(status, "application/soap+xml;charset=UTF-8", xml));
        };
        let with_space = self.winrm.faults().boundary_with_space;
        Ok(match sealed::seal(seal, xml.as_bytes(), with_space) {
            Some(body) => self.response(status, &sealed::content_type(seal.protocol()), body),
            None => self.status(StatusCode::INTERNAL_SERVER_ERROR),
        })
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

    fn status(&self, status: StatusCode) -> Answer {
        let mut response = self.bare(status);
        if self.winrm.faults().close_after_each_response {
            close(&mut response);
        }
        response
    }

    fn bare(&self, status: StatusCode) -> Answer {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        let server = HeaderValue::from_static("Microsoft-HTTPAPI/2.0");
        response.headers_mut().insert(SERVER, server);
        response
    }

    fn response(&self, status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let mut response = self.status(status);
        if let Ok(content_type) = HeaderValue::from_str(content_type) {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        *response.body_mut() = Full::new(body.into());
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
