//! The file of `--report`: made before anything else is done, so that nothing is closed where there will be no report, and
//! written at the end, whatever the end is.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    args::ReportName,
    error::CommandError,
    exit::Exit,
    not_made::{Made, not_made},
    render::{
        Problem,
        report::{Ending, Run},
    },
    text::quoted,
};

/// A report that is to be written.
pub struct ReportFile {
    name: ReportName,
    file: File,
    /// What is known so far.
    pub run: Run,
}

/// What became of it.
pub enum Written {
    /// It is there, under this name.
    Report(String),
    /// There was nothing to tell, and the file is gone.
    Nothing,
}

impl ReportFile {
    /// Makes the file, which only its owner may read, for names are in it. What is there already is not touched.
    pub fn create(name: &ReportName, is_dry: bool) -> Result<Self, CommandError> {
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&name.path);
        let file = made.map_err(|error| not_made(Made::Report, &name.path, error))?;
        Ok(Self {
            name: name.clone(),
            file,
            run: Run {
                is_dry,
                began: Some(Timestamp::now()),
                ..Run::default()
            },
        })
    }

    /// Writes it. One that cannot be written whole is taken away.
    pub fn write(
        mut self,
        command: &'static str,
        exit: Exit,
        problems: &[Problem],
    ) -> Result<Written, CommandError> {
        if !self.run.has_result() {
            self.take_away();
            return Ok(Written::Nothing);
        }
        let ending = Ending {
            command,
            exit,
            problems,
            at: Timestamp::now(),
            zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
        };
        let text = self.run.written(self.name.style, &ending);
        if !self.is_there_and_empty() {
            let what = format!(
                "the report is not written: {} is not the empty file any more that was made for it",
                shown(&self.name.path)
            );
            let to_do = "What was done is shown above, and what was closed is in the audit log.";
            return Err(CommandError::failed(what, to_do));
        }
        let written = self.file.write_all(text.as_bytes());
        match written.and_then(|()| self.file.sync_data()) {
            Ok(()) => Ok(Written::Report(self.name.path.display().to_string())),
            Err(error) => {
                self.take_away();
                let what = format!(
                    "the report {} cannot be written: {error}",
                    shown(&self.name.path)
                );
                let to_do =
                    "What was done is shown above, and what was closed is in the audit log.";
                Err(CommandError::failed(what, to_do).because(error))
            }
        }
    }

    /// Unless somebody has put another file there meanwhile.
    fn take_away(&self) {
        if self.there().is_some() {
            // what stays is empty, or cut short; nothing more can be done about it
            _ = fs::remove_file(&self.name.path);
        }
    }

    /// Nobody has moved it, or written to it, since it was made.
    fn is_there_and_empty(&self) -> bool {
        self.there().is_some_and(|there| there.len() == 0)
    }

    /// What is known of it, where it is where it was made.
    fn there(&self) -> Option<fs::Metadata> {
        let ours = self.file.metadata().ok()?;
        let there = fs::symlink_metadata(&self.name.path).ok()?;
        let is_ours = (ours.dev(), ours.ino()) == (there.dev(), there.ino());
        is_ours.then_some(there)
    }
}

fn shown(path: &Path) -> String {
    quoted(&path.display().to_string())
}
