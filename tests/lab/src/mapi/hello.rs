//! The lines that a simulated mail client and a simulated store exchange.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The first line of a connection, client to server.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Hello {
    /// Opens an association with so many sessions.
    Logon(Logon),
    /// A further connection of an association.
    Join {
        association: u64,
        /// The client's fictional endpoint.
        from: SocketAddr,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Logon {
    /// The client's fictional endpoint.
    pub from: SocketAddr,
    /// Who logs on.
    pub account: String,
    /// Whose mailbox is opened.
    pub mailbox: String,
    pub sessions: usize,
    pub logons_per_session: usize,
    pub client: Client,
    pub logged_on: Timestamp,
    pub last_access: Timestamp,
}

/// What a mail client says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub name: String,
    pub version: String,
    pub mode: ClientMode,
    /// What it says its address is; behind NAT not the one its connections come from.
    pub address: Option<IpAddr>,
}

/// `Get-LogonStatistics`' ClientMode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientMode {
    /// Not said.
    Unknown,
    /// Outlook without a local cache.
    Classic,
    /// Outlook in cached mode.
    Cached,
    /// Another Exchange server.
    ExchangeServer,
}

/// The line that answers [`Hello`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Welcome { association: u64 },
    Refused(Refusal),
}

/// Why a mail client was not let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// Event 9646.
    #[error("Mapi session \"{dn}\" exceeded the maximum of {limit} objects of type \"session\".")]
    SessionLimit {
        /// legacyExchangeDN of the user.
        dn: String,
        /// Sessions allowed.
        limit: usize,
    },
    /// No such mailbox, or its database is not mounted.
    #[error("mailbox {0} is not available")]
    NoMailbox(String),
    /// The association to join is gone.
    #[error("association {0} does not exist")]
    NoAssociation(u64),
}

/// What a client sends to show that it is there, and what it gets back.
pub(crate) const PING: &str = "ping";
pub(crate) const PONG: &str = "pong";
