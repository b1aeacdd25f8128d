//! Why Kerberos does not sign in.

use std::{sync::Arc, time::Duration};

use mapisweep_gssapi as gssapi;
use mapisweep_winrm::auth::spnego;

use super::Cause;

/// Why Kerberos does not sign in, by the step at which it ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody says which realm the person belongs to.
    #[error("nothing tells the Kerberos realm of {user}")]
    NoRealm {
        /// Who.
        user: String,
    },
    /// The KDC gave no ticket-granting ticket for the password.
    #[error("the KDC gave {principal} no ticket")]
    Person {
        /// Who was asked for.
        principal: String,
        /// Whether the library may have sent a refused password twice.
        twice: bool,
        /// What the library says.
        #[source]
        source: gssapi::Error,
    },
    /// The KDC gave no ticket for the server.
    #[error("the KDC gave {person} no ticket for {service}")]
    Service {
        /// Who asked.
        person: String,
        /// For what, as Windows names it.
        service: String,
        /// What the library says.
        #[source]
        source: gssapi::Error,
    },
    /// No answer from a KDC in time.
    #[error("no KDC answered within {after:?}")]
    Silent {
        /// How long was waited.
        after: Duration,
    },
    /// The server's answer to the ticket cannot be used, or says no.
    #[error("the server did not take the ticket for {service}")]
    Answer {
        /// What the ticket is for.
        service: String,
        /// What the library says.
        #[source]
        source: gssapi::Error,
    },
    /// The server says no without a reason, or asks for another mechanism (RFC 4178).
    #[error("the server declined the ticket for {service}")]
    Declined {
        /// What the ticket is for.
        service: String,
    },
    /// The server took the ticket and did not show that it is who it should be.
    #[error("the server did not prove that it is {service}")]
    NotProven {
        /// What the ticket is for.
        service: String,
    },
    /// The server's answer is not SPNEGO's.
    #[error("the server's answer to the ticket cannot be read")]
    Malformed(#[from] spnego::Error),
    /// What came of asking the KDC before.
    #[error(transparent)]
    Shared(Arc<Error>),
    /// The library agreed to less than is needed.
    #[error("the Kerberos library does not {0}")]
    Lacks(&'static str),
}

impl Error {
    /// What it comes down to.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Person { source, .. }
            | Self::Service { source, .. }
            | Self::Answer { source, .. } => Cause::of(source),
            Self::Shared(error) => error.cause(),
            Self::Silent { .. } => Cause::KdcUnreachable,
            Self::NoRealm { .. } => Cause::RealmUnknown,
            Self::Declined { .. }
            | Self::NotProven { .. }
            | Self::Malformed(_)
            | Self::Lacks(_) => Cause::Other,
        }
    }

    /// Whether the KDC has decided upon the person, so that nobody else need ask it.
    pub fn is_about_the_person(&self) -> bool {
        match self {
            Self::Shared(error) => error.is_about_the_person(),
            Self::Person { .. } => self.cause().is_the_persons(),
            _ => false,
        }
    }

    /// Whether nobody was asked, for nothing tells whom.
    pub fn is_without_realm(&self) -> bool {
        match self {
            Self::Shared(error) => error.is_without_realm(),
            Self::NoRealm { .. } => true,
            _ => false,
        }
    }

    /// Whether NTLM may be tried instead: nobody has judged the password, and the server has seen nothing.
    pub fn leaves_ntlm_open(&self) -> bool {
        match self {
            Self::Shared(error) => error.leaves_ntlm_open(),
            Self::NoRealm { .. } | Self::Silent { .. } => true,
            Self::Person { .. } | Self::Service { .. } => !self.cause().is_the_persons(),
            Self::Answer { .. }
            | Self::Declined { .. }
            | Self::NotProven { .. }
            | Self::Malformed(_)
            | Self::Lacks(_) => false,
        }
    }
}
