//! What a run tells on standard output, in the format asked for: people see each result as it is there; a JSON document and
//! a CSV table come at the end, whatever the end is; NDJSON tells each event as it happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    advice::Advice,
    args::Format,
    exit::Exit,
    printer::Printer,
    render::{Document, Ending, Problem, SCHEMA, View, line},
};

/// The results of one run, and what went wrong in it.
pub struct Output {
    printer: Arc<Printer>,
    format: Format,
    command: &'static str,
    run: Mutex<Run>,
}

struct Run {
    problems: Vec<Problem>,
    document: Document,
    has_ended: bool,
}

/// The first line of NDJSON.
#[derive(Serialize)]
struct Begun {
    schema: u32,
    version: &'static str,
    command: &'static str,
}

/// The last one.
#[derive(Serialize)]
struct Ended {
    exit_code: u8,
    outcome: Exit,
}

impl Output {
    /// Of a run of this verb, as it is typed; `document` is what there is of its result before it has any.
    pub fn begin(
        printer: &Arc<Printer>,
        format: Format,
        command: &'static str,
        document: Document,
    ) -> Self {
        let output = Self {
            printer: Arc::clone(printer),
            format,
            command,
            run: Mutex::new(Run {
                problems: Vec::new(),
                document,
                has_ended: false,
            }),
        };
        output.event(
            "begun",
            &Begun {
                schema: SCHEMA,
                version: env!("CARGO_PKG_VERSION"),
                command,
            },
        );
        output
    }

    /// Shows a result.
    pub fn show(&self, view: &impl View) {
        match self.format {
            // without a record there may be nothing to say
            Format::Table => self.printer.result(&view.table(self.printer.page())),
            _ => self.keep(view),
        }
    }

    /// The same for programs only: people see it elsewhere. The last of a run's results is what JSON and CSV have.
    pub fn keep(&self, view: &impl View) {
        match self.format {
            Format::Table => {}
            Format::Json | Format::Csv => self.run().document = Document::of(view),
            Format::Ndjson => self.tell(|time| view.lines(time)),
        }
    }

    /// Tells NDJSON's readers of an event.
    pub fn event(&self, name: &'static str, fields: &impl Serialize) {
        self.tell(|time| line(name, time, fields));
    }

    /// Gives NDJSON's readers these lines, as of now.
    pub fn tell(&self, lines: impl FnOnce(Timestamp) -> String) {
        if self.format == Format::Ndjson {
            let run = self.run();
            if !run.has_ended {
                self.printer.result(&lines(Timestamp::now()));
            }
        }
    }

    /// Remembers for programs what went wrong, or is in the way: on a server, by the name the admin gave, or on none.
    /// People are told on standard error by whoever knows how.
    pub fn problem(&self, server: Option<&str>, advice: &Advice) {
        let problem = Problem::new(server, advice);
        self.event("error", &problem);
        self.run().problems.push(problem);
    }

    /// The run is over; whatever is told later comes too late.
    pub fn end(&self, exit: Exit) {
        let mut run = self.run();
        if std::mem::replace(&mut run.has_ended, true) {
            return;
        }
        let text = match self.format {
            Format::Table => return,
            Format::Json => run.document.json(&Ending {
                command: self.command,
                exit,
                problems: &run.problems,
            }),
            Format::Csv => run.document.csv(),
            Format::Ndjson => {
                let ended = Ended {
                    exit_code: exit as u8,
                    outcome: exit,
                };
                line("ended", Timestamp::now(), &ended)
            }
        };
        self.printer.result(&text);
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
