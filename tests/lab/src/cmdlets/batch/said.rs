//! What the script says: it hears a cmdlet, and answers in lines.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mapisweep_core::batch::Writer;
use mapisweep_winrm::psrp::clixml::Value;

use crate::{
    powershell::{ErrorRecord, object::array},
    psrp::{Listener, Voice},
};

/// So many lines leave together while rows are coming.
const LINES: usize = 250;

/// What has been said, in lines, and what was heard of the question that is being asked.
pub(super) struct Said {
    /// To the client.
    voice: Voice,
    heard: Mutex<Heard>,
}

struct Heard {
    writer: Writer,
    columns: Vec<String>,
    rows: usize,
    warnings: Vec<String>,
    errors: Vec<ErrorRecord>,
}

impl Said {
    /// This computer answers.
    pub fn to(voice: &Voice, computer: &str) -> Self {
        Self {
            voice: voice.clone(),
            heard: Mutex::new(Heard {
                writer: Writer::of(computer),
                columns: Vec::new(),
                rows: 0,
                warnings: Vec::new(),
                errors: Vec::new(),
            }),
        }
    }

    /// A question is asked, for these columns.
    pub fn begin(&self, columns: &[String]) {
        let mut heard = self.heard();
        heard.columns = columns.to_vec();
        heard.rows = 0;
        heard.warnings.clear();
        heard.errors.clear();
    }

    /// It has come to its end; whether it has succeeded.
    pub fn end(&self, failure: Option<ErrorRecord>) -> bool {
        let mut heard = self.heard();
        let Heard {
            writer,
            rows,
            warnings,
            errors,
            ..
        } = &mut *heard;
        warnings.iter().for_each(|text| writer.warning(text));
        errors
            .iter()
            .for_each(|error| writer.error(&error.as_read()));
        if let Some(failure) = &failure {
            writer.failure(&failure.as_read());
        }
        writer.end(*rows);
        *rows > 0 || (failure.is_none() && errors.is_empty())
    }

    /// A question is not asked, and so has not succeeded.
    pub fn skipped(&self) -> bool {
        self.heard().writer.skipped();
        false
    }

    /// Sends the lines that there are, if there are any.
    pub fn send_lines(&self) {
        let mut heard = self.heard();
        if !heard.writer.is_empty() {
            self.send(&mut heard);
        }
    }

    /// Sends the lines that there are, as an array.
    fn send(&self, heard: &mut Heard) {
        let lines = heard.writer.take_lines().into_iter().map(Value::String);
        self.voice.output(array("System.String", lines));
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Said {
    fn output(&self, object: &Value) {
        let mut heard = self.heard();
        let Heard {
            writer,
            columns,
            rows,
            ..
        } = &mut *heard;
        *rows += 1;
        writer.row(columns.iter().map(String::as_str), object);
        if writer.len() >= LINES {
            self.send(&mut heard);
        }
    }

    fn error(&self, record: &ErrorRecord) {
        self.heard().errors.push(record.clone());
    }

    fn warning(&self, text: &str) {
        self.heard().warnings.push(text.to_owned());
    }
}

/// Sends the lines that are left when the script ends, however it does.
pub(super) struct Rest(pub Arc<Said>);

impl Drop for Rest {
    fn drop(&mut self) {
        self.0.send_lines();
    }
}
