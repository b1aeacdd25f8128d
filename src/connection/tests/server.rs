//! A web server on raw sockets that signs clients in with NTLM and can misbehave in every way that matters to a
//! connection. It counts sockets and notes what was delivered, and on which.

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use mapisweep_winrm::auth::{
    ChannelBinding, Context as _, Credential,
    multipart::{self, Part},
    ntlm::{Channel, Key, keys, message},
};
use ntlmclient::{Flags, Message, TargetInfoEntry, TargetInfoType};
use secrecy::ExposeSecret as _;
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite,
        AsyncWriteExt as _, BufReader,
    },
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// How the server behaves.
#[derive(Clone)]
pub struct Behaviour {
    /// Who may sign in.
    pub credential: Credential,
    /// Whether it takes Basic.
    pub basic: bool,
    /// The schemes offered; the first is the one it speaks NTLM under.
    pub offers: Vec<&'static str>,
    /// How many sockets it closes between the two messages of a sign-in.
    pub closes_between_legs: usize,
    /// What it does after a reply.
    pub after_reply: After,
    /// What it does with the request of this number, counted from zero.
    pub mishap: Option<(usize, Mishap)>,
    /// How it writes a reply.
    pub wire: Wire,
    /// Whether it demands the channel binding of this certificate.
    pub binding: Option<ChannelBinding>,
}

#[derive(Clone, Copy, PartialEq)]
pub enum After {
    Keep,
    CloseAnnounced,
    CloseSilently,
    /// `Persistent-Auth: false`: the next request must sign in again, on the same socket.
    ForgetSignIn,
    /// Says nothing, and answers the next request with 401.
    ForgetSilently,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Mishap {
    /// Closes the socket instead of replying.
    NoReply,
    /// Keeps the socket open and says nothing.
    Silence,
    FlippedByte,
    WrongSignKey,
    /// Repeats its previous reply.
    Replay,
    /// Skips a sequence number.
    Skip,
    WrongLength,
    Unsealed,
    Html(u16),
    Fault,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Wire {
    AsWindows,
    BoundaryWithSpace,
    SplitParts,
    Chunked,
    Gzip,
    /// A few hundred kilobytes that unpack to 64 MiB.
    GzipBomb,
}

/// A running server.
pub struct Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    sockets: usize,
    closed_between_legs: usize,
    sign_ins: usize,
    refused: usize,
    delivered: Vec<String>,
    cookies: Vec<Option<String>>,
    hosts: Vec<String>,
}

impl Behaviour {
    pub fn good(credential: Credential) -> Self {
        Self {
            credential,
            basic: false,
            offers: vec!["Negotiate"],
            closes_between_legs: 0,
            after_reply: After::Keep,
            mishap: None,
            wire: Wire::AsWindows,
            binding: None,
        }
    }
}

impl Server {
    pub async fn start(behaviour: Behaviour) -> Self {
        Self::start_with(behaviour, None).await
    }

    pub async fn start_with(behaviour: Behaviour, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).sockets += 1;
                let socket = Socket::new(behaviour.clone(), shared.clone(), tls.is_some());
                let tls = tls.clone();
                tokio::spawn(async move {
                    match tls {
                        None => socket.serve(stream).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => socket.serve(stream).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self { port, state }
    }

    pub fn sockets(&self) -> usize {
        lock(&self.state).sockets
    }

    pub fn sign_ins(&self) -> usize {
        lock(&self.state).sign_ins
    }

    pub fn refused(&self) -> usize {
        lock(&self.state).refused
    }

    /// The messages that arrived, opened, in order.
    pub fn delivered(&self) -> Vec<String> {
        lock(&self.state).delivered.clone()
    }

    /// The cookie that came with each message.
    pub fn cookies(&self) -> Vec<Option<String>> {
        lock(&self.state).cookies.clone()
    }

    /// The `Host` header of each message.
    pub fn hosts(&self) -> Vec<String> {
        lock(&self.state).hosts.clone()
    }
}

const SPNEGO: &str = "application/HTTP-SPNEGO-session-encrypted";

/// One socket's side of things.
struct Socket {
    behaviour: Behaviour,
    state: Arc<Mutex<State>>,
    tls: bool,
    negotiate: Vec<u8>,
    challenge: Vec<u8>,
    session: Option<(Key, Channel)>,
    last_reply: Vec<u8>,
}

struct Request {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What to write, and whether to go on after it; `None` closes at once.
type Response = Option<(Vec<u8>, bool)>;

impl Socket {
    fn new(behaviour: Behaviour, state: Arc<Mutex<State>>, tls: bool) -> Self {
        Self {
            behaviour,
            state,
            tls,
            negotiate: Vec::new(),
            challenge: Vec::new(),
            session: None,
            last_reply: Vec::new(),
        }
    }

    async fn serve(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) -> Option<()> {
        let mut stream = BufReader::new(stream);
        loop {
            let request = Request::read(&mut stream).await?;
            let (response, go_on) = match self.respond(request) {
                Some(response) => response,
                None if self.is_silent() => std::future::pending().await,
                None => return None,
            };
            stream.write_all(&response).await.ok()?;
            stream.flush().await.ok()?;
            if !go_on {
                stream.shutdown().await.ok();
                return None;
            }
        }
    }

    fn respond(&mut self, request: Request) -> Response {
        match request.token() {
            Some(token) if self.behaviour.basic && token == self.basic_pair() => {
                self.message(request)
            }
            Some(token) if token.get(8) == Some(&1) => self.challenge(token),
            Some(token) if self.sign_in(&token).is_none() => {
                lock(&self.state).refused += 1;
                self.unauthorized(None)
            }
            _ if self.session.is_none() => self.unauthorized(None),
            _ => self.message(request),
        }
    }

    fn basic_pair(&self) -> Vec<u8> {
        let credential = &self.behaviour.credential;
        let password = credential.password().expect("a password").expose_secret();
        format!("{}:{password}", credential.user).into_bytes()
    }

    fn challenge(&mut self, negotiate: Vec<u8>) -> Response {
        self.negotiate = negotiate;
        self.challenge = challenge();
        let mut state = lock(&self.state);
        let close = state.closed_between_legs < self.behaviour.closes_between_legs;
        state.closed_between_legs += usize::from(close);
        drop(state);
        let (response, _) = self.unauthorized(Some(BASE64_STANDARD.encode(&self.challenge)))?;
        Some((response, !close))
    }

    fn unauthorized(&self, token: Option<String>) -> Response {
        let mut response = "HTTP/1.1 401 \r\nContent-Length: 0\r\n".to_owned();
        for (place, offer) in self.behaviour.offers.iter().enumerate() {
            let token = token
                .as_ref()
                .filter(|_| place == 0)
                .map(|token| format!(" {token}"))
                .unwrap_or_default();
            response += &format!("WWW-Authenticate: {offer}{token}\r\n");
        }
        Some(((response + "\r\n").into_bytes(), true))
    }

    fn sign_in(&mut self, token: &[u8]) -> Option<()> {
        let Ok(Message::Authenticate(answer)) = Message::try_from(token) else {
            return None;
        };
        let user = &self.behaviour.credential.user;
        if (&answer.user_name, Some(&answer.domain_name)) != (&user.name, user.domain.as_ref()) {
            return None;
        }
        let ntowf = keys::ntowf_v2(user, self.behaviour.credential.password()?);
        let base = keys::verify_response(&ntowf, CHALLENGE, &answer.ntlm_response)?;
        let exported = Key::from(keys::exchange(
            &base,
            answer.session_key.as_slice().try_into().ok()?,
        ));
        if let Some(binding) = &self.behaviour.binding {
            let pair = [[10, 0, 16, 0].as_slice(), &binding.md5()].concat();
            answer
                .ntlm_response
                .windows(pair.len())
                .find(|window| *window == pair)?;
        }
        if !message::verify_mic(&exported, &self.negotiate, &self.challenge, token) {
            return None;
        }
        lock(&self.state).sign_ins += 1;
        let channel = Channel::of_server(&exported);
        self.session = Some((exported, channel));
        Some(())
    }

    fn message(&mut self, request: Request) -> Response {
        let text = match &mut self.session {
            _ if self.tls => request.body.clone(),
            Some((_, channel)) => multipart::open(channel, &request.body).ok()?,
            None => return None,
        };
        let text = String::from_utf8(text).ok()?;

        let mut state = lock(&self.state);
        let number = state.delivered.len();
        state.delivered.push(text.clone());
        state.cookies.push(request.header("cookie"));
        state.hosts.push(request.header("host").unwrap_or_default());
        drop(state);

        let mishap = self
            .behaviour
            .mishap
            .filter(|(at, _)| *at == number)
            .map(|(_, mishap)| mishap);
        if let Some(Mishap::NoReply | Mishap::Silence) = mishap {
            return None;
        }
        self.reply(&format!("<reply to='{text}'/>"), mishap)
    }

    fn is_silent(&self) -> bool {
        matches!(self.behaviour.mishap, Some((_, Mishap::Silence)))
    }

    fn reply(&mut self, text: &str, mishap: Option<Mishap>) -> Response {
        let mut status = 200;
        let sealed = multipart::content_type(SPNEGO);
        let mut content_type = sealed.as_str();
        if self.tls {
            return Some(self.http(status, SOAP, text.as_bytes().to_vec()));
        }
        let (exported, channel) = self.session.as_mut()?;
        let mut body = match self.behaviour.wire {
            Wire::SplitParts => {
                let (one, two) = text.as_bytes().split_at(text.len() / 2);
                let sealed = [channel.seal(one).ok()?, channel.seal(two).ok()?];
                let parts = sealed.each_ref().map(|sealed| Part {
                    signature: &sealed.signature,
                    length: sealed.ciphertext.len(),
                    ciphertext: &sealed.ciphertext,
                });
                multipart::encode(SPNEGO, &parts)
            }
            _ => multipart::seal(channel, text.as_bytes()).ok()?,
        };
        match mishap {
            Some(Mishap::FlippedByte) => {
                let at = body.len() - 30;
                body[at] ^= 1;
            }
            Some(Mishap::WrongSignKey) => {
                let mut other = exported.expose_secret().to_owned();
                other[0] ^= 1;
                body = multipart::seal(&mut Channel::of_server(&other.into()), text.as_bytes())
                    .ok()?;
            }
            Some(Mishap::Replay) => body = self.last_reply.clone(),
            Some(Mishap::Skip) => body = multipart::seal(channel, text.as_bytes()).ok()?,
            Some(Mishap::WrongLength) => {
                let wrong = format!("Length={}", text.len() + 1);
                body = replace(
                    &body,
                    format!("Length={}", text.len()).as_bytes(),
                    wrong.as_bytes(),
                );
            }
            Some(Mishap::Unsealed) => {
                content_type = SOAP;
                body = text.as_bytes().to_vec();
            }
            Some(Mishap::Html(code)) => {
                (status, content_type, body) =
                    (code, "text/html", b"<html>no such page</html>".to_vec());
            }
            Some(Mishap::Fault) => status = 500,
            _ => {}
        }
        self.last_reply = body.clone();
        Some(self.http(status, content_type, body))
    }

    fn http(&mut self, status: u16, content_type: &str, mut body: Vec<u8>) -> (Vec<u8>, bool) {
        let mut head = format!(
            "HTTP/1.1 {status} \r\nContent-Type: {content_type}\r\nSet-Cookie: MS-WSMAN=affinity;\r\n"
        );
        match self.behaviour.wire {
            Wire::BoundaryWithSpace => body = replace(&body, b"--Encrypted", b"-- Encrypted"),
            Wire::Gzip => {
                head += "Content-Encoding: gzip\r\n";
                body = gzip(&body);
            }
            Wire::GzipBomb => {
                head += "Content-Encoding: gzip\r\n";
                body = gzip(&vec![0; 64 << 20]);
            }
            _ => {}
        }
        if self.behaviour.wire == Wire::Chunked {
            head += "Transfer-Encoding: chunked\r\n";
            let chunks = body.chunks(7).map(|chunk| {
                [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat()
            });
            body = chunks.chain([b"0\r\n\r\n".to_vec()]).flatten().collect();
        } else {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        match self.behaviour.after_reply {
            After::CloseAnnounced => head += "Connection: close\r\n",
            After::ForgetSignIn => head += "Persistent-Auth: false\r\n",
            _ => {}
        }
        if matches!(
            self.behaviour.after_reply,
            After::ForgetSignIn | After::ForgetSilently
        ) {
            self.session = None;
        }
        let go_on = !matches!(
            self.behaviour.after_reply,
            After::CloseAnnounced | After::CloseSilently
        );
        ([head.as_bytes(), b"\r\n", &body].concat(), go_on)
    }
}

impl Request {
    async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<Self> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let headers = lines.iter().filter_map(|line| line.split_once(": "));
        let headers = headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut request = Self {
            headers,
            body: Vec::new(),
        };
        let length = request.header("content-length")?.parse().ok()?;
        request.body.resize(length, 0);
        stream.read_exact(&mut request.body).await.ok()?;
        Some(request)
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    }

    fn token(&self) -> Option<Vec<u8>> {
        let header = self.header("authorization")?;
        BASE64_STANDARD.decode(header.split_once(' ')?.1).ok()
    }
}

const SOAP: &str = "application/soap+xml;charset=UTF-8";

const CHALLENGE: [u8; 8] = *b"8 random";

/// A CHALLENGE message (\[MS-NLMP\] 2.2.1.2) as a server of the domain CORP sends it.
fn challenge() -> Vec<u8> {
    let flags = Flags::NEGOTIATE_UNICODE
        | Flags::REQUEST_TARGET
        | Flags::NEGOTIATE_SIGN
        | Flags::NEGOTIATE_SEAL
        | Flags::NEGOTIATE_NTLM
        | Flags::NEGOTIATE_ALWAYS_SIGN
        | Flags::TARGET_TYPE_DOMAIN
        | Flags::NEGOTIATE_NTLM2_KEY
        | Flags::NEGOTIATE_TARGET_INFO
        | Flags::NEGOTIATE_128BIT
        | Flags::NEGOTIATE_KEY_EXCHANGE;
    let entries = [
        TargetInfoEntry::from_string(TargetInfoType::NtDomain, "CORP"),
        TargetInfoEntry::from_string(TargetInfoType::NtServer, "EX01"),
        TargetInfoEntry {
            entry_type: TargetInfoType::Timestamp,
            data: vec![1, 2, 3, 4, 5, 6, 0xd5, 1],
        },
        TargetInfoEntry {
            entry_type: TargetInfoType::Terminator,
            data: Vec::new(),
        },
    ];
    let info: Vec<u8> = entries.iter().flat_map(TargetInfoEntry::to_bytes).collect();
    let length = u16::try_from(info.len()).unwrap().to_le_bytes();
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    message.extend([0, 0, 0, 0, 48, 0, 0, 0]);
    message.extend(flags.bits().to_le_bytes());
    message.extend(CHALLENGE);
    message.extend([0; 8]);
    message.extend([length, length].concat());
    message.extend(48u32.to_le_bytes());
    message.extend(info);
    message
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn replace(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend(&rest[..at]);
        out.extend(to);
        rest = &rest[at + from.len()..];
    }
    out.extend(rest);
    out
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}
