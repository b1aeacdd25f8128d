//! What every way of signing in has in common.
//!
//! ```text
//! step(nothing)             ─► Send(token)          to be sent without a message
//! step(the server's token)  ─► Send(token)          as often as the mechanism needs it
//!                           ─► Established          from here on its context protects the messages
//! ```
//! Who drives the steps owns the connection; a mechanism knows tokens only.

use std::fmt;

use secrecy::zeroize::Zeroizing;

use super::{ChannelBinding, kerberos, ntlm};

/// One sign-in on one connection, from this side.
pub trait Mechanism: Send {
    /// The name under which its tokens travel in HTTP headers.
    fn scheme(&self) -> &'static str;

    /// Takes the server's token in, if one came, and says what follows.
    ///
    /// # Errors
    /// The sign-in cannot go on; nothing further is to be asked of this mechanism.
    fn step(&mut self, received: Option<&[u8]>, scene: &Scene) -> Result<Step, Error>;

    /// Whether the next token lets the server judge the password, so that a wrong one counts against the account.
    fn reveals_password(&self) -> bool;

    /// Whether a step may wait for something of its own, such as a KDC: then it is to be run where it holds up nobody.
    fn may_block(&self) -> bool {
        false
    }

    /// Whether the server's last token comes with its success and proves who it is; nothing is sealed before.
    fn is_mutual(&self) -> bool {
        false
    }

    /// Whether its first token is bound to the TLS channel, which therefore must stand before.
    fn binds_first_token(&self) -> bool {
        false
    }

    /// Whether it signs in each request and not the connection: then each request is a sign-in of its own.
    fn is_per_request(&self) -> bool {
        false
    }
}

/// What is the case when a step is made.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The TLS channel, or [`ChannelBinding::NONE`].
    pub channel: ChannelBinding,
    /// Now, in 100 ns since 1601 (FILETIME).
    pub now: i64,
}

/// What follows from a step.
pub enum Step {
    /// This goes to the server without a message, and what it answers is for the next step.
    Send(Token),
    /// Signed in, as far as this side can tell.
    Established {
        /// What goes along with the next message.
        token: Option<Token>,
        /// What protects messages from here on; nothing where the mechanism has no such thing.
        context: Option<Box<dyn Context>>,
    },
}

/// What two sides have agreed upon, to protect their messages with.
pub trait Context: Send {
    /// How sealed bodies are named: `application/HTTP-SPNEGO-session-encrypted`.
    fn protocol(&self) -> &'static str;

    /// Seals a message.
    ///
    /// # Errors
    /// The context has run out, or whoever seals cannot. Nothing was sent yet.
    fn seal(&mut self, message: &[u8]) -> Result<Sealed, SealError>;

    /// Opens a message. After a failure nothing opens any more.
    ///
    /// # Errors
    /// It was not sealed by the other side, or does not come in its order.
    fn open(&mut self, signature: &[u8], ciphertext: &[u8]) -> Result<Opened, SealError>;
}

/// A sealed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// What proves where it comes from; NTLM's has 16 bytes, Kerberos's 60 or 46.
    pub signature: Vec<u8>,
    /// The message, and what it is padded with.
    pub ciphertext: Vec<u8>,
}

/// An opened message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The message.
    pub message: Vec<u8>,
    /// So many bytes of the ciphertext were padding.
    pub padding: usize,
}

impl From<Vec<u8>> for Opened {
    fn from(message: Vec<u8>) -> Self {
        Self {
            message,
            padding: 0,
        }
    }
}

/// What a mechanism sends: wiped when dropped and never shown, for a password may be in it or be guessed from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<Vec<u8>>);

impl Token {
    /// To be sent, and kept nowhere.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Token {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({} bytes)", self.0.len())
    }
}

impl fmt::Debug for dyn Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mechanism({})", self.scheme())
    }
}

impl fmt::Debug for dyn Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({})", self.protocol())
    }
}

/// Why a sign-in cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server's side of the NTLM handshake cannot be used.
    #[error(transparent)]
    Ntlm(#[from] ntlm::Error),
    /// The mechanism is not of this crate, and neither is its error.
    #[error(transparent)]
    Outside(Box<dyn std::error::Error + Send + Sync>),
    /// A ticket was given to a mechanism that needs a password.
    #[error("{0} needs a password, and there is a ticket only")]
    NeedsPassword(&'static str),
    /// The server said something where nothing was left to be said.
    #[error("the server goes on with a sign-in that is complete")]
    Complete,
}

/// Why a message cannot be sealed, or a sealed one does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signature does not fit the message: altered on the way, or sealed with another key.
    #[error(
        "the signature of a sealed message is wrong: it was altered or sealed with another key"
    )]
    Forged,
    /// A replayed, lost or reordered message.
    #[error("a sealed message is out of order: number {found} where {expected} was due")]
    OutOfOrder {
        /// The sequence number that was due.
        expected: u32,
        /// The one that came.
        found: u32,
    },
    /// A signature that no message of this mechanism has.
    #[error("the signature of a sealed message has {0} bytes")]
    SignatureLength(usize),
    /// An earlier message did not open.
    #[error("an earlier sealed message did not open")]
    Broken,
    /// The system's library, which seals and opens, says this.
    #[error("the kerberos library cannot seal or open a message ({0})")]
    Library(String),
    /// The system's library sealed a message into something that cannot be sent.
    #[error(transparent)]
    Split(#[from] kerberos::SplitError),
}
