//! `mapisweep helper`: the program that is run on servers.

use serde::Serialize;

use super::{NoRecord, Page, View};
use mapisweep_core::helper_run::HelperExe;

/// The program, and the file to which it was written.
pub struct Helper<'a> {
    /// The program.
    pub exe: &'a HelperExe,
    /// The file, where it was written to one.
    pub file: Option<String>,
}

/// The program, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    sha256: String,
    bytes: usize,
    file: Option<String>,
}

impl View for Helper<'_> {
    const KIND: &'static str = "helper";
    const EVENT: &'static str = "helper";
    type Record = Record;
    type Server = NoRecord;

    fn table(&self, _page: Page) -> String {
        match self.file {
            // what was done is said beside
            Some(_) => String::new(),
            None => format!("{}\n", self.exe.sha256()),
        }
    }

    fn records(&self) -> Vec<Record> {
        vec![Record {
            sha256: self.exe.sha256().to_owned(),
            bytes: self.exe.bytes().len(),
            file: self.file.clone(),
        }]
    }

    fn servers(&self) -> Vec<NoRecord> {
        Vec::new()
    }
}
