//! `mapisweep whoami`: who would sign in, which way, and with what.

use std::time::Duration;

use jiff::Timestamp;
use mapisweep_core::config::Realm;
use serde::Serialize;

use super::{NoRecord, Page, View};
use crate::{
    cli::{
        args::USER_VARIABLE,
        settings::NamedBy,
        style::HEAD,
        text::{age, plain},
    },
    credentials::Source,
    kerberos::RealmFrom,
};

/// Who would sign in.
pub struct Whoami {
    /// The name.
    pub user: String,
    /// Where the name came from.
    pub named_by: NamedBy,
    /// With what.
    pub proof: Proof,
}

/// What would prove it.
pub enum Proof {
    /// A ticket that is there.
    Ticket(Held),
    /// A password.
    Password {
        /// Where it would come from; `None` where it would be asked for.
        from: Option<Source>,
        /// Which way it would go.
        way: Way,
    },
}

/// A ticket.
pub struct Held {
    /// Whose it is: `ann@CORP.EXAMPLE`.
    pub principal: String,
    /// How long it is good for, where the library tells.
    pub left: Option<Duration>,
    /// When it runs out.
    pub expires: Option<Timestamp>,
}

/// Which way a password would go.
pub enum Way {
    /// To a KDC, for a ticket.
    Kerberos {
        /// Of which realm, and where that came from; `None` where only a server's name could tell.
        realm: Option<(Realm, RealmFrom)>,
        /// Whether NTLM is what remains.
        else_ntlm: bool,
    },
    /// To the server, as an answer to its challenge.
    Ntlm,
    /// To the server, as it is.
    Basic,
}

/// Who would sign in, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    user: String,
    named_by: &'static str,
    /// The ways, in the order in which they are tried: `kerberos`, `ntlm`, `basic`.
    methods: Vec<&'static str>,
    ticket_of: Option<String>,
    ticket_expires: Option<Timestamp>,
    password_from: Option<&'static str>,
    password_profile: Option<String>,
    realm: Option<String>,
    realm_from: Option<&'static str>,
}

impl View for Whoami {
    const KIND: &'static str = "whoami";
    const EVENT: &'static str = "whoami";
    type Record = Record;
    type Server = NoRecord;

    fn table(&self, _page: Page) -> String {
        let user = plain(&self.user);
        let by = match self.named_by {
            NamedBy::CommandLine => "--user",
            NamedBy::Variable => USER_VARIABLE,
            NamedBy::Profile => "the profile",
            NamedBy::Login => "the last `mapisweep login`",
            NamedBy::Ticket => "the default ticket",
        };
        format!(
            "{HEAD}{user}{HEAD:#}, named by {by}; {}\n",
            self.proof.sentence()
        )
    }

    fn records(&self) -> Vec<Record> {
        let record = Record {
            user: self.user.clone(),
            named_by: match self.named_by {
                NamedBy::CommandLine => "command_line",
                NamedBy::Variable => "variable",
                NamedBy::Profile => "profile",
                NamedBy::Login => "login",
                NamedBy::Ticket => "ticket",
            },
            methods: vec!["kerberos"],
            ticket_of: None,
            ticket_expires: None,
            password_from: None,
            password_profile: None,
            realm: None,
            realm_from: None,
        };
        vec![match &self.proof {
            Proof::Ticket(held) => Record {
                ticket_of: Some(held.principal.clone()),
                ticket_expires: held.expires,
                ..record
            },
            Proof::Password { from, way } => Record {
                methods: way.methods().to_vec(),
                password_from: from.as_ref().map(word),
                password_profile: match from {
                    Some(Source::Keyring { profile }) => profile.clone(),
                    _ => None,
                },
                realm: way.realm().map(|(realm, _)| realm.to_string()),
                realm_from: way.realm().map(|(_, from)| realm_word(*from)),
                ..record
            },
        }]
    }

    fn servers(&self) -> Vec<NoRecord> {
        Vec::new()
    }
}

impl Proof {
    fn sentence(&self) -> String {
        match self {
            Self::Ticket(Held {
                principal, left, ..
            }) => {
                let left =
                    left.map_or_else(String::new, |left| format!(", good for {}", age(left)));
                format!("by Kerberos with the ticket of {}{left}", plain(principal))
            }
            Self::Password { from, way } => {
                let from = match from {
                    Some(source) => format!("from {}", plain(&source.to_string())),
                    None => "would be asked for".to_owned(),
                };
                format!("password {from}, {}", way.sentence())
            }
        }
    }
}

impl Way {
    fn sentence(&self) -> String {
        match self {
            Self::Kerberos { realm, else_ntlm } => {
                let realm = match realm {
                    Some((realm, from)) => format!("in the realm {realm} (from {from})"),
                    None => "where a server's name tells the realm".to_owned(),
                };
                let ntlm = match else_ntlm {
                    true => ", else by NTLM",
                    false => "",
                };
                format!("by Kerberos {realm}{ntlm}")
            }
            Self::Ntlm => "by NTLM".to_owned(),
            Self::Basic => "as it is, inside TLS".to_owned(),
        }
    }

    fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Kerberos {
                else_ntlm: true, ..
            } => &["kerberos", "ntlm"],
            Self::Kerberos { .. } => &["kerberos"],
            Self::Ntlm => &["ntlm"],
            Self::Basic => &["basic"],
        }
    }

    fn realm(&self) -> Option<&(Realm, RealmFrom)> {
        match self {
            Self::Kerberos { realm, .. } => realm.as_ref(),
            Self::Ntlm | Self::Basic => None,
        }
    }
}

fn word(source: &Source) -> &'static str {
    match source {
        Source::StandardInput => "standard_input",
        Source::Environment => "environment",
        Source::Keyring { .. } => "keyring",
        Source::Prompt => "prompt",
    }
}

fn realm_word(from: RealmFrom) -> &'static str {
    match from {
        RealmFrom::Flag => "command_line",
        RealmFrom::Profile => "profile",
        RealmFrom::UserName => "user",
        RealmFrom::System => "system",
        RealmFrom::Server => "server",
    }
}
