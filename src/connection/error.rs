//! What can go wrong between here and a server, in terms that advice can be given on.

use std::{fmt, io, time::Duration};

use super::{CertificateFacts, ProxyError, TrustError};
use crate::kerberos;
use mapisweep_core::config::Pin;
use mapisweep_winrm::auth::{self, UserName, basic, multipart};
use mapisweep_winrm::endpoint::EndpointError;

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The endpoint cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The certificates to believe in cannot be had.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Basic would send the password in clear; nothing was sent.
    #[error("basic authentication is refused over plain HTTP: it would send the password in clear")]
    BasicOverHttp,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),

    /// The name has no address.
    #[error("the name {host} cannot be resolved")]
    Unresolved {
        /// The name looked up.
        host: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },
    /// A name that the admin did not give leads to the computer that mapisweep runs on; nothing was sent.
    #[error("the name {host} leads to this computer itself")]
    LeadsHere {
        /// The name looked up.
        host: String,
    },
    /// No TCP connection: refused, no route, and so on.
    #[error("no connection to {address}: {}", describe(*.kind))]
    Unreachable {
        /// Where to, `host:port`.
        address: String,
        /// What kind of failure.
        kind: io::ErrorKind,
    },
    /// No TCP or TLS connection in time.
    #[error("no connection to {address} within {after:?}")]
    ConnectTimeout {
        /// Where to, `host:port`.
        address: String,
        /// How long was waited.
        after: Duration,
        /// TLS was to be spoken there.
        over_tls: bool,
    },
    /// The proxy makes no connection to the server.
    #[error(transparent)]
    Proxy(#[from] Box<ProxyError>),
    /// The connection that a proxy made cannot be handed to the HTTP client.
    #[error("no socket can be made in the folder for temporary files")]
    Tunnel(#[source] io::Error),
    /// The server's certificate is not trusted.
    #[error("the certificate of {host} is not trusted")]
    Untrusted {
        /// The name that the certificate was checked for.
        host: String,
        /// What the certificate says.
        certificate: Option<Box<CertificateFacts>>,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
    /// The server's certificate is none of those pinned; nothing was sent.
    #[error("the certificate of {host} is not the pinned one")]
    WrongPin {
        /// The server.
        host: String,
        /// The certificates that would have been believed.
        expected: Vec<Pin>,
        /// What the one shown says.
        found: Box<CertificateFacts>,
    },
    /// TLS cannot be agreed on.
    #[error("TLS with {host} failed")]
    Tls {
        /// The server.
        host: String,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
    /// The server ended TLS without saying why, as some Windows do where no cipher suite is shared.
    #[error("the server broke off TLS without a word")]
    TlsBrokenOff,

    /// The server did not accept the sign-in.
    #[error("{0}")]
    Refused(Refusal),
    /// The password was refused at another server, and is not shown again.
    #[error("the password was refused at another server, and is not shown again")]
    RefusedElsewhere,
    /// The sign-in cannot go on: what the server said cannot be used, or what we have does not do for it.
    #[error(transparent)]
    SignIn(#[from] auth::Error),
    /// There is no ticket, or the server does not take it.
    #[error(transparent)]
    Kerberos(#[from] kerberos::Error),
    /// The server, or something in between, takes no header as long as the ticket.
    #[error("the server does not take a ticket of {bytes} bytes (HTTP {status})")]
    TicketTooLarge {
        /// How long the token is.
        bytes: usize,
        /// The HTTP status.
        status: u16,
        /// Whether a ticket in the person's name was to go along, which makes the token twice as long.
        delegates: bool,
    },
    /// A message cannot be sealed any more; nothing was sent.
    #[error("a message cannot be sealed")]
    Sealing(#[source] auth::SealError),
    /// What is to be sent does not fit a header of HTTP.
    #[error("a header cannot be sent")]
    Header(#[source] reqwest::header::InvalidHeaderValue),
    /// What answers to plain HTTP answers in another protocol, mostly TLS; nothing was asked of it.
    #[error("what answers at {address} does not speak HTTP")]
    NotHttp {
        /// Where the connection went, `host:port`.
        address: String,
    },
    /// The server, or something between, keeps closing the connection between the messages of the sign-in.
    #[error("the connection was closed {}, {attempts} times", if *.heard { "during sign-in" } else { "without a word" })]
    ClosedDuringSignIn {
        /// Sockets opened in vain.
        attempts: usize,
        /// Whether the server ever said anything.
        heard: bool,
    },

    /// The connection ended during an exchange.
    #[error("the connection was lost{}", if *.maybe_delivered { " before the server answered" } else { "" })]
    Lost {
        /// Whether the server may have got, and acted on, the request.
        maybe_delivered: bool,
    },
    /// The server let nobody in, or was not there, after it had answered under the same sign-in.
    #[error(transparent)]
    NoLonger(Box<Error>),
    /// The server turned a message away, under a sign-in that held so far, that must not be sent twice.
    #[error("the server wants a new sign-in, in the middle of the work")]
    SignInForgotten,
    /// The connection was taken, and not even what signs in was answered; nothing was asked.
    #[error("what listens at {address} did not answer within {after:?}")]
    Mute {
        /// Where the connection went, `host:port`.
        address: String,
        /// How long was waited, at least.
        after: Duration,
    },
    /// The server got the request and said nothing for too long.
    #[error("the server did not answer within {after:?}")]
    Silent {
        /// How long was waited.
        after: Duration,
    },
    /// Something answered that is not WinRM: a wrong path, another web server, an HTTP-level refusal.
    #[error("the server answered HTTP {status}{} instead of a WinRM message", .content_type.as_ref().map(|t| format!(" ({t})")).unwrap_or_default())]
    NotWinRm {
        /// The HTTP status.
        status: u16,
        /// The `Content-Type`, if any.
        content_type: Option<String>,
        /// Where a redirection leads to; it is not followed.
        location: Option<String>,
    },
    /// A WinRM message in clear where a sealed one is required; it was not looked at.
    #[error("the server answered HTTP {status} with an unsealed message")]
    Unsealed {
        /// The HTTP status.
        status: u16,
    },
    /// A sealed answer that does not open.
    #[error("the server's sealed answer cannot be opened")]
    Seal(#[from] multipart::Error),
    /// An answer above [`max_response`](super::Options::max_response).
    #[error("the server's answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// An answer that is not UTF-8.
    #[error("the server's answer is not UTF-8 text")]
    NotText(#[source] std::string::FromUtf8Error),
}

impl Error {
    /// Whether nobody is let in, now or later.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::NoLonger(error) => error.is_refusal(),
            error => matches!(
                error,
                Self::Refused(_) | Self::RefusedElsewhere | Self::BasicOverHttp | Self::Kerberos(_)
            ),
        }
    }

    /// Whether something answered, under a sign-in that held so far, that is none of the server's messages.
    pub fn is_anothers_answer(&self) -> bool {
        match self {
            Self::NoLonger(error) => matches!(**error, Self::NotWinRm { .. }),
            error => matches!(error, Self::Unsealed { .. } | Self::Seal(_)),
        }
    }

    /// Whether a server judged the password and refused it, or a KDC did, now or at another server.
    pub fn judges_password(&self) -> bool {
        match self {
            Self::NoLonger(error) => error.judges_password(),
            Self::Refused(refusal) => refusal.judges_password(),
            Self::Kerberos(error) => error.is_about_the_person(),
            Self::RefusedElsewhere => true,
            _ => false,
        }
    }

    /// Whether the server may have acted on the request. Where it is false, sending it again is safe.
    pub fn maybe_delivered(&self) -> bool {
        match self {
            Self::Lost {
                maybe_delivered, ..
            } => *maybe_delivered,
            Self::NoLonger(error) => error.maybe_delivered(),
            Self::Silent { .. }
            | Self::SignInForgotten
            | Self::NotWinRm { .. }
            | Self::Unsealed { .. }
            | Self::Seal(_)
            | Self::TooLarge { .. }
            | Self::NotText(_) => true,
            Self::Endpoint(_)
            | Self::Trust(_)
            | Self::BasicOverHttp
            | Self::Client(_)
            | Self::Unresolved { .. }
            | Self::LeadsHere { .. }
            | Self::Unreachable { .. }
            | Self::ConnectTimeout { .. }
            | Self::Proxy(_)
            | Self::Tunnel(_)
            | Self::Untrusted { .. }
            | Self::WrongPin { .. }
            | Self::Tls { .. }
            | Self::TlsBrokenOff
            | Self::Refused(_)
            | Self::RefusedElsewhere
            | Self::SignIn(_)
            | Self::Kerberos(_)
            | Self::TicketTooLarge { .. }
            | Self::Sealing(_)
            | Self::Header(_)
            | Self::NotHttp { .. }
            | Self::Mute { .. }
            | Self::ClosedDuringSignIn { .. } => false,
        }
    }
}

/// A refused sign-in (HTTP 401) and what was seen on the way. It seldom means only "wrong password": an unsealed
/// body and a wrong channel binding are answered alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Who tried.
    pub user: UserName,
    /// The scheme under which it was tried.
    pub scheme: &'static str,
    /// The schemes that the server offered, in its words and order.
    pub offered: Vec<String>,
    /// Whether the server answered our first message with a challenge.
    pub challenged: bool,
    /// Whether something derived from the password was sent: if not, the password was not judged.
    pub password_sent: bool,
    /// Whether the request was sealed.
    pub sealed: bool,
    /// Whether the sign-in was bound to the TLS channel.
    pub channel_bound: bool,
    /// The service whose ticket was sent, if one was.
    pub ticket_for: Option<String>,
}

impl Refusal {
    /// Whether the server offered `scheme`.
    pub fn offers(&self, scheme: &str) -> bool {
        self.offered
            .iter()
            .any(|offered| offered.eq_ignore_ascii_case(scheme))
    }

    /// Whether the server looked at the password: Basic is not even read where other ways are offered and it is not.
    pub fn judges_password(&self) -> bool {
        let is_ignored =
            self.scheme == basic::SCHEME && !self.offered.is_empty() && !self.offers(basic::SCHEME);
        self.password_sent && !is_ignored
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.ticket_for {
            write!(f, "the server refused the ticket for {service}")
        } else if self.password_sent {
            write!(f, "the server refused the sign-in of {}", self.user)
        } else if self.offered.is_empty() {
            f.write_str("the server offers no way to sign in")
        } else {
            write!(
                f,
                "the server offers only {} to sign in with",
                self.offered.join(", ")
            )
        }
    }
}

fn describe(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::HostUnreachable => "host unreachable",
        io::ErrorKind::NetworkUnreachable => "network unreachable",
        io::ErrorKind::TimedOut => "timed out",
        io::ErrorKind::ConnectionReset => "connection reset",
        io::ErrorKind::UnexpectedEof => "closed while connecting",
        _ => "connecting failed",
    }
}
