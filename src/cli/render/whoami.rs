//! `mapisweep whoami`: who would sign in, and where the password would come from.

use serde::Serialize;

use super::View;
use crate::{
    cli::{settings::NamedBy, style::HEAD, text::plain},
    credentials::Source,
};

/// Who would sign in.
pub struct Whoami {
    /// The name.
    pub user: String,
    /// Where the name came from.
    pub named_by: NamedBy,
    /// Where the password would come from; `None` where it would be asked for.
    pub source: Option<Source>,
}

/// Who would sign in, in the data formats.
#[derive(Debug, Serialize)]
pub struct Record {
    user: String,
    named_by: &'static str,
    password_from: Option<&'static str>,
}

impl View for Whoami {
    const KIND: &'static str = "whoami";
    type Record = Record;
    type Server = ();

    fn table(&self) -> String {
        let user = plain(&self.user);
        let by = match self.named_by {
            NamedBy::CommandLine => "--user or MAPISWEEP_USER",
            NamedBy::Profile => "the profile",
            NamedBy::Login => "the last `mapisweep login`",
        };
        let password = match self.source {
            Some(source) => format!("from {source}"),
            None => "would be asked for".to_owned(),
        };
        format!("{HEAD}{user}{HEAD:#}, named by {by}; password {password}\n")
    }

    fn records(&self) -> Vec<Record> {
        vec![Record {
            user: self.user.clone(),
            named_by: match self.named_by {
                NamedBy::CommandLine => "command_line",
                NamedBy::Profile => "profile",
                NamedBy::Login => "login",
            },
            password_from: self.source.map(|source| match source {
                Source::StandardInput => "standard_input",
                Source::Environment => "environment",
                Source::Keyring => "keyring",
                Source::Prompt => "prompt",
            }),
        }]
    }

    fn servers(&self) -> Vec<()> {
        Vec::new()
    }
}
