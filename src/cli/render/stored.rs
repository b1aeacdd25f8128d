//! `mapisweep login --list`: whose passwords the keyring holds.

use serde::Serialize;

use super::{
    NoRecord, View,
    table::{Column, Page, lay_out},
};
use crate::{cli::text::plain, credentials::Account};

/// Whose passwords are stored.
pub struct Stored {
    /// In order.
    pub accounts: Vec<Account>,
}

/// One of them, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    user: String,
    profile: Option<String>,
}

impl View for Stored {
    const KIND: &'static str = "stored";
    const EVENT: &'static str = "stored";
    type Record = Record;
    type Server = NoRecord;

    fn table(&self, page: Page) -> String {
        if self.accounts.is_empty() {
            return String::new();
        }
        let row = |account: &Account| {
            let profile = account.profile.as_deref().map_or_else(String::new, plain);
            vec![plain(&account.user), profile]
        };
        let columns = [
            Column::left("USER").name().at_least(30),
            Column::left("ONLY FOR PROFILE").labelled(),
        ];
        lay_out(page, &columns, self.accounts.iter().map(row))
    }

    fn records(&self) -> Vec<Record> {
        let record = |account: &Account| Record {
            user: account.user.clone(),
            profile: account.profile.clone(),
        };
        self.accounts.iter().map(record).collect()
    }

    fn servers(&self) -> Vec<NoRecord> {
        Vec::new()
    }
}
