//! `Get-LogonStatistics`: who is logged on, from where, since when.

use jiff::Timestamp;

use super::{ClientAddress, Clock};
use crate::batch::{Question, Row};

/// One row of `Get-LogonStatistics`: a *logon*, of which one session has several.
///
/// Of its some thirty columns those are here that mapisweep has a use for; one that this server's version lacks, or
/// that it left null or blank, is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Logon {
    /// Who logged on, `DOMAIN\user` (`Windows2000Account`). This account's sessions count against the limit.
    pub account: Option<String>,
    /// legacyExchangeDN of the user who logged on.
    pub user_dn: Option<String>,
    /// Address the client is known by; on Exchange 2007 probably what the client says of itself. Every known Exchange
    /// gives IPv4 addresses only; should one give another, it is taken at its word.
    pub client_address: ClientAddress,
    /// Host or program name that the client gave.
    pub client_name: Option<String>,
    /// Classic, cached, or another Exchange server.
    pub client_mode: ClientMode,
    /// When the logon began.
    pub logon_time: Option<Timestamp>,
    /// When it last did anything.
    pub last_access_time: Option<Timestamp>,
    /// The session this logon belongs to, hex text; Exchange 2010 only.
    pub session_id: Option<String>,
    /// The client program; Exchange 2010 only.
    pub application_id: Option<String>,
    /// Mailbox database.
    pub database: Option<String>,
    /// What the server gave for an address, where the one above is DNS's for the client's name instead.
    pub instead_of: Option<ClientAddress>,
}

/// What kind of client holds a logon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientMode {
    /// The server does not say.
    #[default]
    Unknown,
    /// Outlook without a local cache, or another MAPI client.
    Classic,
    /// Outlook in cached mode.
    Cached,
    /// Another Exchange server, acting for its own users.
    ExchangeServer,
}

impl Logon {
    /// Asks for every logon on the server that is asked: the limit counts what a *user* opened, in whichever mailbox, so
    /// the rows are filtered here and not by `-Identity`.
    pub fn on_this_server() -> Question {
        Self::question().here("Server")
    }

    /// The same of one database.
    pub fn in_database(identity: &str) -> Question {
        Self::question().parameter("Database", identity)
    }

    fn question() -> Question {
        const COLUMNS: [&str; 11] = [
            "Windows2000Account",
            "UserName",
            "FullUserDirectoryName",
            "ClientIPAddress",
            "ClientName",
            "ClientMode",
            "LogonTime",
            "LastAccessTime",
            "SessionId",
            "ApplicationId",
            "DatabaseName",
        ];
        Question::of("Get-LogonStatistics", &COLUMNS)
    }

    /// Reads one returned object. None of the columns is required: a row that says little is still a logon that
    /// counts. One that has none of them is something else, such as text. Times are read by the server's clock; one that
    /// means no moment is not known.
    pub fn from_row(row: &Row, clock: &Clock) -> Option<Self> {
        let time = |column| row.date(column).and_then(|date| clock.moment(&date));
        (!row.is_foreign()).then(|| Self {
            account: row.text("Windows2000Account"),
            user_dn: row.text("FullUserDirectoryName"),
            client_address: ClientAddress::read(row.texts("ClientIPAddress")),
            client_name: row.text("ClientName"),
            client_mode: row
                .text("ClientMode")
                .map_or(ClientMode::Unknown, |text| ClientMode::shown_as(&text)),
            logon_time: time("LogonTime"),
            last_access_time: time("LastAccessTime"),
            session_id: row.text("SessionId"),
            application_id: row.text("ApplicationId"),
            database: row.text("DatabaseName"),
            instead_of: None,
        })
    }

    /// When the logon was last seen alive: the later of its two times. Not known without a last access: that it began
    /// long ago says nothing about now.
    pub fn last_used(&self) -> Option<Timestamp> {
        self.last_access_time
            .map(|access| self.logon_time.map_or(access, |began| access.max(began)))
    }

    /// Whether one of Exchange's own services opened it for the user: OWA, ActiveSync, web services, POP or IMAP. Those
    /// sessions have a limit of their own, and no connection of the user's client carries them. What the server says
    /// nothing of, or something else, counts as a MAPI client's: too many of those are noticed, too few not.
    pub fn is_of_a_service(&self) -> bool {
        let application = self.application_id.as_deref().unwrap_or_default();
        let application = application.to_ascii_lowercase();
        let mut parts = application.split([';', ',', ' ']);
        let client = parts.find_map(|part| part.strip_prefix("client="));
        client.is_some_and(is_service)
    }

    /// The account without its domain.
    pub fn account_name(&self) -> Option<&str> {
        let account = self.account.as_deref()?;
        Some(account.rsplit('\\').next().unwrap_or(account))
    }
}

/// Whether this is what Exchange calls one of its own services.
pub(super) fn is_service(client: &str) -> bool {
    let client = client.to_ascii_lowercase();
    ["owa", "activesync", "airsync", "webservices"].contains(&client.as_str())
        || client.starts_with("pop")
        || client.starts_with("imap")
}

impl ClientMode {
    /// Reads it in whichever shape it comes: the enumeration's word, in any case, or the number that stands for it. The
    /// refusal of an Exchange server hangs on this.
    fn shown_as(text: &str) -> Self {
        const ALL: [(&str, i64, ClientMode); 3] = [
            ("Classic", 1, ClientMode::Classic),
            ("Cached", 2, ClientMode::Cached),
            ("ExchangeServer", 3, ClientMode::ExchangeServer),
        ];
        let word: String = text.split_whitespace().collect();
        let number = word.parse::<i64>().ok();
        let mut all = ALL.into_iter();
        let known =
            all.find(|(name, own, _)| number == Some(*own) || name.eq_ignore_ascii_case(&word));
        known.map_or(Self::Unknown, |(_, _, mode)| mode)
    }

    /// The word for a table's cell; nothing where the server does not say.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Classic => "classic",
            Self::Cached => "cached",
            Self::ExchangeServer => "exchange server",
        }
    }
}

/// Sessions counted from rows: distinct session ids where the server has them, rows where it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionCount {
    /// How many.
    pub count: usize,
    /// What was counted.
    pub counted: Counted,
}

/// What a [`SessionCount`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counted {
    /// Rows, for want of session ids (Exchange 2007): at least as many as there are sessions.
    #[default]
    Logons,
    /// Distinct session ids.
    Sessions,
}

impl SessionCount {
    /// Counts rows of one user (or of one user at one address).
    pub fn of<'a>(logons: impl IntoIterator<Item = &'a Logon>) -> Self {
        let mut ids = std::collections::BTreeSet::new();
        let mut rows = 0;
        let mut rows_without_id = 0;
        for logon in logons {
            rows += 1;
            match &logon.session_id {
                Some(id) => _ = ids.insert(id.as_str()),
                None => rows_without_id += 1,
            }
        }
        if ids.is_empty() {
            Self {
                count: rows,
                counted: Counted::Logons,
            }
        } else {
            Self {
                count: ids.len() + rows_without_id,
                counted: Counted::Sessions,
            }
        }
    }
}

#[cfg(test)]
mod tests;
