//! `mapisweep config`: the file, what holds, what is wrong.

use std::path::PathBuf;

use serde::Serialize;

use super::{
    View,
    table::{Column, Page, lay_out},
};
use crate::cli::{
    advice::Advice,
    settings::{Origin, Setting},
    style::ERROR,
    text::plain,
};

/// Which file it is.
pub struct File {
    /// The file.
    pub path: PathBuf,
    /// Whether it is there.
    pub exists: bool,
    /// Who named it.
    pub by: FileBy,
}

/// Who named the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileBy {
    /// `--config`
    CommandLine,
    /// `MAPISWEEP_CONFIG`
    Variable,
    /// Nobody: it is the usual one.
    #[default]
    Default,
}

/// Which file it is, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct FileRecord {
    path: String,
    exists: bool,
    named_by: FileBy,
}

impl View for File {
    const KIND: &'static str = "config_path";
    const EVENT: &'static str = "config_path";
    type Record = FileRecord;
    type Server = ();

    fn table(&self, _page: Page) -> String {
        let path = plain(&self.path.display().to_string());
        let by = match self.by {
            FileBy::CommandLine => "as --config says",
            FileBy::Variable => "as MAPISWEEP_CONFIG says",
            FileBy::Default => "the usual file",
        };
        match self.exists {
            true => format!("{path}  ({by})\n"),
            false => format!("{path}  ({by}; it is not there)\n"),
        }
    }

    fn records(&self) -> Vec<FileRecord> {
        vec![FileRecord {
            path: self.path.display().to_string(),
            exists: self.exists,
            named_by: self.by,
        }]
    }

    fn servers(&self) -> Vec<()> {
        Vec::new()
    }
}

/// What would hold.
pub struct Settings<'a> {
    /// All of them.
    pub settings: Vec<Setting>,
    /// What the profile is called.
    pub profile: &'a str,
}

/// One value of a setting, in the data formats: a list has a record for each of its items.
#[derive(Debug, Default, Serialize)]
pub struct SettingRecord {
    setting: &'static str,
    value: Option<String>,
    from: &'static str,
    /// The variable or the profile.
    name: Option<String>,
}

impl View for Settings<'_> {
    const KIND: &'static str = "config";
    const EVENT: &'static str = "setting";
    type Record = SettingRecord;
    type Server = ();

    fn table(&self, page: Page) -> String {
        let columns = [
            Column::left("SETTING").name(),
            Column::left("VALUE").name().last_to_go(),
            Column::left("FROM").labelled(),
        ];
        let row = |setting: &Setting| {
            let from = match setting.from {
                Origin::CommandLine => "command line".to_owned(),
                Origin::Variable(name) => name.to_owned(),
                Origin::Profile => format!("profile {}", plain(self.profile)),
                Origin::File => "file".to_owned(),
                Origin::Login => "last login".to_owned(),
                Origin::Default => "default".to_owned(),
            };
            let value = setting.value.as_deref().map_or("-".to_owned(), plain);
            vec![setting.name.to_owned(), value, from]
        };
        lay_out(page, &columns, self.settings.iter().map(row))
    }

    fn records(&self) -> Vec<SettingRecord> {
        let record = |setting: &Setting| {
            let (from, name) = match setting.from {
                Origin::CommandLine => ("command_line", None),
                Origin::Variable(name) => ("variable", Some(name)),
                Origin::Profile => ("profile", Some(self.profile)),
                Origin::File => ("file", None),
                Origin::Login => ("login", None),
                Origin::Default => ("default", None),
            };
            SettingRecord {
                setting: setting.name,
                value: setting.value.clone(),
                from,
                name: name.map(str::to_owned),
            }
        };
        self.settings.iter().map(record).collect()
    }

    fn servers(&self) -> Vec<()> {
        Vec::new()
    }
}

/// What the profiles are called.
pub struct Profiles {
    /// All of them.
    pub names: Vec<String>,
}

/// One of them, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct ProfileRecord {
    profile: String,
}

impl View for Profiles {
    const KIND: &'static str = "config_profiles";
    const EVENT: &'static str = "profile";
    type Record = ProfileRecord;
    type Server = ();

    /// One a line and nothing else, for shells that complete.
    fn table(&self, _page: Page) -> String {
        let line = |name: &String| plain(name) + "\n";
        self.names.iter().map(line).collect()
    }

    fn records(&self) -> Vec<ProfileRecord> {
        let names = self.names.iter().cloned();
        names.map(|profile| ProfileRecord { profile }).collect()
    }

    fn servers(&self) -> Vec<()> {
        Vec::new()
    }
}

/// What is wrong with the file.
pub struct Checked {
    /// All that was found.
    pub found: Vec<Found>,
}

/// One thing that is wrong; in the data formats as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Found {
    /// In which line; nothing where it is about something that the file names.
    pub line: Option<usize>,
    /// In which profile.
    pub profile: Option<String>,
    /// What.
    pub problem: String,
    /// What to do about it; may be empty.
    pub advice: String,
}

impl Found {
    /// Somewhere in the file.
    pub fn new(problem: &str, advice: &str) -> Self {
        Self {
            line: None,
            profile: None,
            problem: problem.to_owned(),
            advice: advice.to_owned(),
        }
    }

    /// The same, of what would end a run.
    pub fn of(advice: Advice) -> Self {
        Self::new(&advice.what, &advice.to_do)
    }
}

impl View for Checked {
    const KIND: &'static str = "config_check";
    const EVENT: &'static str = "mistake";
    type Record = Found;
    type Server = ();

    fn table(&self, _page: Page) -> String {
        let line = |found: &Found| {
            let place = match (found.line, &found.profile) {
                (Some(line), _) => format!("line {line}: "),
                (None, Some(profile)) => format!("profile {}: ", plain(profile)),
                (None, None) => String::new(),
            };
            let advice = Advice::new(found.problem.as_str(), found.advice.as_str());
            format!("{ERROR}✗{ERROR:#} {place}{advice}\n")
        };
        self.found.iter().map(line).collect()
    }

    fn records(&self) -> Vec<Found> {
        self.found.clone()
    }

    fn servers(&self) -> Vec<()> {
        Vec::new()
    }
}
