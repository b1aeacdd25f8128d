//! The records that a run leaves in the audit log, and what is said where they cannot be written.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::BTreeSet,
    io::ErrorKind,
    net::IpAddr,
    path::PathBuf,
};

use jiff::{SignedDuration, Timestamp};
use mapisweep_core::{
    plan::{Plan, Policy},
    text::with_causes,
};
use uuid::Uuid;

use super::{error::CommandError, exit::Exit, on_servers::OnServers};
use crate::{
    audit::{
        AtWork, AuditLog, Beside, Ending, Left, LogError, Looked, Meant, Process, Record, Returned,
        Run,
    },
    config,
    servers::{ServerError, ServerResult},
};

/// The records of one run that starts the helper.
pub struct Recording {
    command: &'static str,
    /// It is to close something, which must not be done where it cannot be recorded.
    closes: bool,
    run: OnceCell<Run>,
    began: OnceCell<Timestamp>,
    has_records: Cell<bool>,
    has_closed: Cell<bool>,
    /// A server was told to close something, or may have been.
    was_told_to_close: Cell<bool>,
    left: RefCell<Vec<Left>>,
    /// For whom connections are closed, and where.
    meant: RefCell<Option<Meant>>,
    /// The run that this one goes on with.
    resumes: Cell<Option<Uuid>>,
    /// The locks that say that this run is at work, and for which.
    at_work: OnceCell<AtWork>,
    taken_up: OnceCell<AtWork>,
    /// Why something that has been done could not be recorded; the first reason.
    missing: RefCell<Option<CommandError>>,
}

const NOTHING_CLOSED: &str = "Nothing was closed.";
const NO_MORE_CLOSED: &str = "Nothing more was closed.";
const LISTED: &str = "The helper listed connections all the same; nothing was closed.";
const CLOSED: &str = "The plan was carried out all the same; what was seen is shown above.";

impl Recording {
    /// Of a run that does this, and is to close something or not.
    pub fn of(command: &'static str, closes: bool) -> Self {
        Self {
            command,
            closes,
            run: OnceCell::new(),
            began: OnceCell::new(),
            has_records: Cell::new(false),
            has_closed: Cell::new(false),
            was_told_to_close: Cell::new(false),
            left: RefCell::default(),
            meant: RefCell::default(),
            resumes: Cell::default(),
            at_work: OnceCell::new(),
            taken_up: OnceCell::new(),
            missing: RefCell::default(),
        }
    }

    /// Begins, before anything is sent.
    pub fn begin(&self, on: &OnServers<'_>) -> Result<(), CommandError> {
        if self.closes {
            open().map_err(|error| error.so(NOTHING_CLOSED))?;
        }
        let run = self.run.get_or_init(|| Run::new(on.user.clone(), &on.exe));
        self.began.get_or_init(Timestamp::now);
        let output = &on.context.output;
        output.report(|report| report.id = Some(run.id().to_string()));
        if let Some(state_dir) = config::state_dir().filter(|_| self.closes) {
            let id = run.id();
            self.at_work.get_or_init(|| AtWork::begin(&state_dir, id));
        }
        Ok(())
    }

    /// The helper was run on these servers to list connections.
    pub fn looked(&self, servers: Vec<Looked>) -> Result<(), CommandError> {
        if servers.is_empty() {
            return Ok(());
        }
        let recorded = self.append(|run| run.looked(Timestamp::now(), servers));
        let recorded = recorded.map_err(|error| error.so(LISTED));
        match self.closes {
            true => recorded,
            false => {
                self.miss(recorded.err());
                Ok(())
            }
        }
    }

    /// The plan that is made is about these people and servers.
    pub fn meant(&self, meant: Meant) {
        self.meant.replace(Some(meant));
    }

    /// It goes on with another run, whose lock this is; a look goes on with nothing, and nobody else does meanwhile.
    pub fn resumes(&self, run: Uuid, lock: AtWork) {
        if self.closes {
            self.resumes.set(Some(run));
        }
        self.taken_up.get_or_init(|| lock);
    }

    /// The plan is about to be carried out.
    pub fn closing(&self, plan: &Plan, policy: &Policy) -> Result<(), CommandError> {
        let meant = self.meant.borrow().clone();
        let meant = meant.map(|meant| {
            let process = self.at_work.get().map(Process::own);
            meant.by(self.command, self.resumes.get(), process)
        });
        let so = match self.has_closed.get() {
            true => NO_MORE_CLOSED,
            false => NOTHING_CLOSED,
        };
        self.append(|run| run.before(Timestamp::now(), plan, policy).meaning(meant))
            .map_err(|error| error.so(so))?;
        self.has_closed.set(true);
        Ok(())
    }

    /// A server has ended.
    pub fn closed(&self, server: &str, result: &Result<ServerResult, ServerError>) {
        let was_told_to = match result {
            Ok(result) => result.acted(),
            Err(error) => !error.is_before_closing(),
        };
        self.was_told_to_close
            .set(self.was_told_to_close.get() | was_told_to);
        let recorded = self.append(|run| run.after(Timestamp::now(), server, result));
        self.miss(recorded.err().map(|error| error.so(CLOSED)));
    }

    /// Which of these clients earlier runs closed connections of, too, within a month. What cannot be read says nothing.
    pub fn returned(&self, clients: &BTreeSet<IpAddr>) -> Vec<Returned> {
        const DAYS: i64 = 30;
        let since = Timestamp::now() - SignedDuration::from_hours(24 * DAYS);
        let read = || {
            let run = self.run.get()?.id();
            let path = AuditLog::path_in(&config::state_dir()?);
            let read = Returned::among(&path, clients, run, since);
            read.inspect_err(|error| tracing::debug!(%error, "who is back is not known"))
                .ok()
        };
        read().unwrap_or_default()
    }

    /// Where other runs of this computer closed something since this one began. What cannot be read says nothing.
    pub fn beside(&self) -> Beside {
        let read = || {
            let (run, began) = (self.run.get()?.id(), *self.began.get()?);
            let path = AuditLog::path_in(&config::state_dir()?);
            let read = Beside::this(&path, run, began);
            read.inspect_err(|error| tracing::debug!(%error, "other runs are not known"))
                .ok()
        };
        read().unwrap_or_default()
    }

    /// Has nothing left on the servers, and reports what may be.
    pub async fn leave(&self, run: &mut OnServers<'_>) {
        run.leave().await;
        let of = |(server, error): &(String, ServerError)| Left {
            server: server.clone(),
            what: with_causes(error),
        };
        *self.left.borrow_mut() = run.left.iter().map(of).collect();
    }

    /// The run is over; one that did nothing leaves no record. Where something is not recorded that was done, that is its
    /// error.
    pub fn ended(self, done: Result<Exit, CommandError>) -> Result<Exit, CommandError> {
        let done = match (done, self.missing.take()) {
            (Ok(exit), Some(missing)) => Err(missing.and(exit)),
            (done, _) => done,
        };
        let (exit, error) = match &done {
            Ok(exit) => (*exit, None),
            Err(error) => (error.exit, Some(error.advice.what.clone())),
        };
        let nothing_closed = !self.was_told_to_close.get();
        let ending = Ending {
            command: self.command.to_owned(),
            exit: exit as u8,
            error,
            nothing_closed,
            resumes: self.resumes.get(),
            left: self.left.take(),
        };
        if !self.has_records.get() && ending.left.is_empty() {
            return done;
        }
        let recorded = self.append(|run| run.ended(Timestamp::now(), ending));
        match (done, recorded) {
            (Ok(exit), Err(error)) => {
                let so = if nothing_closed { LISTED } else { CLOSED };
                Err(error.so(so).and(exit))
            }
            (done, _) => done,
        }
    }

    fn miss(&self, missing: Option<CommandError>) {
        let mut first = self.missing.borrow_mut();
        *first = first.take().or(missing);
    }

    fn append(&self, record: impl FnOnce(&Run) -> Record) -> Result<(), Unwritable> {
        // what never began has done nothing
        let Some(run) = self.run.get() else {
            return Ok(());
        };
        let (path, mut log) = open()?;
        let appended = log.append(&record(run));
        self.has_records.set(true);
        appended.map_err(|error| Unwritable::Log { path, error })
    }
}

/// Opened anew for each record: a person may take an hour to answer, and the file may have been put aside meanwhile.
fn open() -> Result<(PathBuf, AuditLog), Unwritable> {
    let state_dir = config::state_dir().ok_or(Unwritable::Homeless)?;
    let path = AuditLog::path_in(&state_dir);
    match AuditLog::open(&path) {
        Ok(log) => Ok((path, log)),
        Err(error) => Err(Unwritable::Log { path, error }),
    }
}

/// Why there is no record.
enum Unwritable {
    Homeless,
    Log { path: PathBuf, error: LogError },
}

impl Unwritable {
    /// As an error of the run, with what follows of it.
    fn so(self, so: &str) -> CommandError {
        match self {
            Self::Homeless => CommandError::failed(
                "there is no home directory, or no full path to it, for the audit log",
                format!("{so} Set XDG_STATE_HOME."),
            ),
            Self::Log { path, error } => {
                let path = path.display();
                let what = format!("the audit log {path} cannot be written: {error}");
                let remedy = match &error {
                    LogError::NoFile(_) | LogError::NotOurs(_) => "Move it away",
                    LogError::Locked => "End the program that has stopped there",
                    LogError::Io(refusal) => mend(refusal.kind()),
                };
                let to_do = format!("{so} {remedy}, or set XDG_STATE_HOME to another directory.");
                CommandError::failed(what, to_do).because(error)
            }
        }
    }
}

/// What lets a file be written that the system refuses.
fn mend(refusal: ErrorKind) -> &'static str {
    match refusal {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "Make room there"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "Whoever runs mapisweep has to be let write there"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "Move the file away that stands where its folder is to be"
        }
        _ => "See what is wrong there",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_asked_for_where_there_is_none() {
        for (refusal, mended) in [
            (ErrorKind::StorageFull, "Make room"),
            (ErrorKind::QuotaExceeded, "Make room"),
            (ErrorKind::PermissionDenied, "has to be let write there"),
            (ErrorKind::ReadOnlyFilesystem, "has to be let write there"),
            (ErrorKind::NotADirectory, "Move the file away"),
            (ErrorKind::Other, "See what is wrong"),
        ] {
            assert!(mend(refusal).contains(mended), "{refusal}");
        }
    }
}
