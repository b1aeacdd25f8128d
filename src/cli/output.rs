//! What a run tells on standard output, in the format asked for: people see each result as it is there; a JSON document and
//! a CSV table come at the end, whatever the end is; NDJSON tells each event as it happens; a monitoring system gets its one
//! line and its exit code, whatever the end is. A report, where one is wished, is written at the end beside them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use jiff::Timestamp;
use serde::Serialize;
use tokio::{sync::oneshot, time::timeout};

use super::{
    advice::Advice,
    args::Format,
    exit::{CheckState, Exit},
    printer::Printer,
    render::{Document, Ending, Problem, SCHEMA, View, line, report, watch::nagios},
    report_file::{ReportFile, Written},
    text::plain,
};

/// The results of one run, and what went wrong in it.
pub struct Output {
    printer: Arc<Printer>,
    format: Format,
    command: &'static str,
    run: Mutex<Run>,
    /// Held while the end is written, for who else ends it waits for that.
    ending: Mutex<()>,
}

struct Run {
    problems: Vec<Problem>,
    /// Why more than its last result is not whole.
    shortfalls: Vec<Problem>,
    document: Document,
    /// For a monitoring system: what came of the check, once that is known.
    check: Option<(CheckState, String)>,
    has_ended: bool,
    /// What of the document is written already.
    begun: String,
    report: Option<ReportFile>,
    /// Who writes the lines, once there is work that must not wait for their reader.
    writer: Option<Writer>,
}

/// A thread of its own, which writes what it is given.
struct Writer {
    lines: mpsc::Sender<String>,
    has_written: mpsc::Receiver<()>,
}

/// So long a reader is waited for who has not taken everything, where a run is given up.
const PATIENCE: Duration = Duration::from_secs(2);

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
                shortfalls: Vec::new(),
                document,
                check: None,
                has_ended: false,
                begun: String::new(),
                report: None,
                writer: None,
            }),
            ending: Mutex::default(),
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

    /// From now on nothing that is told waits for who reads it. To be called once there may be threads.
    pub fn hurry(&self) {
        if self.format != Format::Ndjson {
            return;
        }
        let (lines, told) = mpsc::channel::<String>();
        let (wrote, has_written) = mpsc::channel();
        let printer = Arc::clone(&self.printer);
        let write = move || {
            told.iter().for_each(|lines| printer.result(&lines));
            // nobody may be waiting
            _ = wrote.send(());
        };
        // without a thread who tells has to wait
        if thread::Builder::new()
            .name("events".to_owned())
            .spawn(write)
            .is_ok()
        {
            self.run().writer = Some(Writer { lines, has_written });
        }
    }

    /// Whether what is about to be done can be told, as far as that is known before: a document comes at the end, and its
    /// first letters now. An error is why not. People may have seen enough and left; a program that left sees nothing.
    pub fn can_tell(&self) -> Result<(), String> {
        let begins = matches!(self.format, Format::Json | Format::Csv);
        if begins && !self.printer.shows_results() {
            let letters = self.first_letters();
            self.printer.begin_result(&letters);
        }
        let lost = match self.format {
            Format::Table => self.printer.output_failure(),
            _ => self.printer.output_end(),
        };
        lost.map_or(Ok(()), Err)
    }

    /// Of the document, where none of it is written.
    fn first_letters(&self) -> String {
        let mut run = self.run();
        if run.has_ended || !run.begun.is_empty() {
            return String::new();
        }
        let mut letters = self.document(&run, Exit::Done);
        letters.truncate(letters.find(['\n', ',']).unwrap_or_default());
        run.begun.clone_from(&letters);
        letters
    }

    /// A report is written of this run.
    pub fn reports_to(&self, file: ReportFile) {
        self.run().report = Some(file);
    }

    /// Has the report know something; nothing where none is written.
    pub fn report(&self, learn: impl FnOnce(&mut report::Run)) {
        if let Some(report) = &mut self.run().report {
            learn(&mut report.run);
        }
    }

    /// Shows a result.
    pub fn show(&self, view: &impl View) {
        self.report(|run| view.report(run));
        match self.format {
            // without a record there may be nothing to say
            Format::Table => self.printer.result(&view.table(self.printer.page())),
            _ => self.keep_for_programs(view),
        }
    }

    /// The same for programs only: people see it elsewhere. The last of a run's results is what JSON and CSV have.
    pub fn keep(&self, view: &impl View) {
        self.report(|run| view.report(run));
        self.keep_for_programs(view);
    }

    fn keep_for_programs(&self, view: &impl View) {
        match self.format {
            Format::Table => {}
            Format::Json | Format::Csv => self.run().document = Document::of(view),
            Format::Ndjson => {
                let mut shortfalls = view.shortfalls();
                shortfalls.retain(|why| !self.run().shortfalls.contains(why));
                self.tell(|time| view.lines(time) + &errors(&shortfalls, time));
            }
            // they have words of their own
            Format::Openmetrics | Format::Nagios => {}
        }
    }

    /// Gives a scraper its text.
    pub fn metrics(&self, text: &str) {
        if self.format == Format::Openmetrics {
            self.printer.result(text);
        }
    }

    /// Remembers what came of a check, and the line that says it.
    pub fn checked(&self, state: CheckState, line: String) {
        self.run().check = Some((state, line));
    }

    /// The same where more is about to be known of it, so that nothing is told yet.
    pub fn keep_for_the_end(&self, view: &impl View) {
        if matches!(self.format, Format::Json | Format::Csv) {
            self.keep(view);
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
                self.write(&run, lines(Timestamp::now()));
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

    /// Remembers for programs why a result that another will follow is not whole: the exit code comes of it. People have been
    /// told.
    pub fn falls_short(&self, why: Vec<Problem>) {
        self.tell(|time| errors(&why, time));
        self.run().shortfalls.extend(why);
    }

    /// Says what went wrong, and remembers it.
    pub fn failed(&self, advice: &Advice) {
        self.printer.error(&advice.to_string());
        self.problem(None, advice);
    }

    /// Says what is in the way and no failure, and remembers it.
    pub fn noted(&self, advice: &Advice) {
        self.printer.note(&advice.to_string());
        self.problem(None, advice);
    }

    /// The run is over; whatever is told later comes too late. What is returned comes once all of it is taken by who reads
    /// it, who may never do so.
    pub fn end(self: &Arc<Self>, exit: Exit) -> oneshot::Receiver<()> {
        let (tell, has_ended) = oneshot::channel();
        let output = Arc::clone(self);
        let write = move || {
            output.write_end(exit);
            // nobody may be waiting
            _ = tell.send(());
        };
        // where there is no thread, what is returned says that nothing comes
        if thread::Builder::new()
            .name("end".to_owned())
            .spawn(write)
            .is_err()
        {
            self.write_end(exit);
        }
        has_ended
    }

    /// The same of a run that is given up, and waits for no reader.
    pub async fn give_up(self: &Arc<Self>, exit: Exit) -> Exit {
        let exit = self.write_report(exit);
        _ = timeout(PATIENCE, self.end(exit)).await;
        exit
    }

    fn write_end(&self, exit: Exit) {
        let _ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = self.end_of(exit) {
            drop(writer.lines);
            _ = writer.has_written.recv();
        }
    }

    /// The code that the program ends with.
    pub fn code(&self, exit: Exit) -> u8 {
        // who is stuck in writing another format holds the run
        if self.format != Format::Nagios {
            return exit as u8;
        }
        let state = self.run().check.as_ref().map(|(state, _)| *state);
        // nobody has seen the line
        let state = state.filter(|_| self.printer.output_failure().is_none());
        state.unwrap_or(CheckState::Unknown) as u8
    }

    /// Writes the report, where one is wished. How the run ends may be worse for what could not be written.
    pub fn write_report(&self, exit: Exit) -> Exit {
        let (report, problems) = {
            let mut run = self.run();
            (run.report.take(), run.problems.clone())
        };
        match report.map(|report| report.write(self.command, exit, &problems)) {
            None => exit,
            Some(Ok(Written::Report(path))) => {
                let path = plain(&path);
                self.printer.note(&format!("The report is in {path}."));
                exit
            }
            Some(Ok(Written::Nothing)) => {
                let why = "There is no report, for there is no plan that it could be about.";
                self.printer.note(why);
                exit
            }
            Some(Err(error)) => {
                self.failed(&error.advice);
                exit.and(error.exit)
            }
        }
    }

    fn end_of(&self, exit: Exit) -> Option<Writer> {
        let mut run = self.run();
        if std::mem::replace(&mut run.has_ended, true) {
            return None;
        }
        // whoever reads the errors alone learns why it is not done
        if exit == Exit::Interrupted && run.problems.is_empty() {
            let interrupted = Advice::new("interrupted by Ctrl-C or a signal", "");
            let problem = Problem::new(None, &interrupted);
            if self.format == Format::Ndjson {
                self.write(&run, line("error", Timestamp::now(), &problem));
            }
            run.problems.push(problem);
        }
        let text = match self.format {
            Format::Ndjson => {
                let ended = Ended {
                    exit_code: exit as u8,
                    outcome: exit,
                };
                line("ended", Timestamp::now(), &ended)
            }
            _ => self.document(&run, exit),
        };
        // each document of a verb begins with the same letters
        let rest = text.strip_prefix(&run.begun).unwrap_or(&text).to_owned();
        self.write(&run, rest);
        run.writer.take()
    }

    /// What comes at the end.
    fn document(&self, run: &Run, exit: Exit) -> String {
        match self.format {
            Format::Table | Format::Openmetrics | Format::Ndjson => String::new(),
            Format::Nagios => run.check_line(exit),
            Format::Json => run.document.json(&Ending {
                command: self.command,
                exit,
                problems: &[&run.problems[..], &run.shortfalls].concat(),
            }),
            Format::Csv => run.document.csv(),
        }
    }

    fn write(&self, run: &Run, text: String) {
        let refused = match &run.writer {
            Some(writer) => writer.lines.send(text).err().map(|refused| refused.0),
            None => Some(text),
        };
        if let Some(text) = refused {
            self.printer.result(&text);
        }
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn errors(problems: &[Problem], time: Timestamp) -> String {
    let lines = problems.iter().map(|problem| line("error", time, problem));
    lines.collect()
}

impl Run {
    /// A check that came to nothing has a line as well.
    fn check_line(&self, exit: Exit) -> String {
        match (&self.check, self.problems.first()) {
            (Some((_, line)), _) => line.clone(),
            (None, _) if exit == Exit::Interrupted => nagios::unknown("interrupted"),
            // that line is all that is seen of a check
            (None, Some(problem)) if exit == Exit::Usage => {
                nagios::unknown(&format!("{}. {}", problem.what, problem.to_do))
            }
            (None, Some(problem)) => nagios::unknown(&problem.what),
            (None, None) => nagios::unknown("nothing was read"),
        }
    }
}
