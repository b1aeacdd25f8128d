//! Whether a server has what the work on it needs: each thing by itself, so that one that is missing hides no other.
//!
//! Nothing is changed there. What the helper needs is seen by running it, which
//! [`list_connections`](Server::list_connections) does.

use mapisweep_core::{
    batch::{Answers, Batch, Number, Reader},
    exchange::{Clock, ExchangeServer, Gap, KeepAlive, Limits, Logon, SnapIn, remoting},
};

use super::{
    Server, ServerError, Step,
    ask::{check, only},
    look::{REGISTRY, logons},
    recognise::Recognition,
};
use crate::shell::ServerInfo;

/// What was found on a server that was signed in to.
pub struct Examined {
    /// Which PowerShell answers; nothing where only Exchange's own endpoint does.
    pub powershell: Option<ServerInfo>,
    /// Why it takes no scripts, where it takes none.
    pub refused_script: Option<ServerError>,
    /// Why the plain endpoint was not asked, where that is so.
    pub plain_failed: Option<ServerError>,
    /// What the plain endpoint says of the computer.
    pub computer: Result<Computer, ServerError>,
    /// What became of Exchange's cmdlets by the snap-in; nothing where that was not tried.
    pub by_snap_in: Option<Result<BySnapIn, ServerError>>,
    /// What of them at Exchange's own endpoint; nothing where that was not asked.
    pub by_own: Option<Result<Cmdlets, ServerError>>,
}

/// A computer's settings; each may be there alone.
pub struct Computer {
    /// The version of its WinRM.
    pub stack: Option<String>,
    /// Whether it takes messages that nothing seals.
    pub allows_unencrypted: Option<bool>,
    /// How many shells it lets one user have.
    pub shells: Option<u64>,
    /// How many sessions.
    pub limits: Result<Limits, ServerError>,
    /// After how much silence it looks for the other side; nothing where what it has is no number.
    pub keep_alive: Result<Option<KeepAlive>, ServerError>,
}

/// What the snap-in came to.
pub struct BySnapIn {
    /// The newest of Exchange's that is registered there.
    pub registered: Option<SnapIn>,
    /// The one that was loaded.
    pub loaded: Option<SnapIn>,
    /// What it told.
    pub told: Cmdlets,
}

/// What Exchange's cmdlets told, wherever they were asked.
pub struct Cmdlets {
    /// What Active Directory says of the server.
    pub about: Result<ExchangeServer, ServerError>,
    /// How many logons there are, and why some may be missing; nothing where it was of no use to ask.
    pub logons: Option<Result<(usize, Vec<Gap>), ServerError>>,
}

/// Where the questions to Exchange stand in their batch.
struct Questions {
    recognition: Recognition,
    logons: Number,
}

impl Server {
    /// Finds out what it has of what is needed.
    pub async fn examine(&mut self) -> Examined {
        self.tell(Step::Examining);
        let computer = match self.plain_failed {
            Some(_) => Err(ServerError::NoAnswer { cmdlet: REGISTRY }),
            None => self.examine_computer().await,
        };
        if let Some(computer) = self.computer.clone() {
            self.compare_names(&computer);
        }
        let (by_snap_in, by_own) = self.examine_exchange().await;
        Examined {
            powershell: self.remote.powershell().cloned(),
            refused_script: self.runs_no_scripts.take(),
            plain_failed: self.plain_failed.take(),
            computer,
            by_snap_in,
            by_own,
        }
    }

    /// Asks once more where what came the first time says nothing of what was asked: one answer that goes wrong is not to hide
    /// what is there.
    async fn ask_twice(&mut self, batch: &Batch) -> Result<Answers, ServerError> {
        match self.ask_here(batch, &mut Reader::new(batch)).await {
            Err(error) if error.says_nothing_of_the_question() => {
                self.remark(&format!("{error}; asking once more"));
                self.ask_here(batch, &mut Reader::new(batch)).await
            }
            answers => answers,
        }
    }

    async fn examine_computer(&mut self) -> Result<Computer, ServerError> {
        let mut batch = Batch::default();
        let stack = batch.ask(remoting::stack_version());
        let unencrypted = batch.ask(remoting::allows_unencrypted());
        let shells = batch.ask(remoting::shells_per_user());
        let limits = batch.ask(Limits::from_registry());
        let keep_alive = batch.ask(KeepAlive::from_registry());
        let answers = self.ask_twice(&batch).await?;
        let row = |number| only(REGISTRY, answers.get(number)?).ok();
        Ok(Computer {
            stack: row(stack).and_then(|row| remoting::stack_version_from_row(&row)),
            allows_unencrypted: row(unencrypted)
                .and_then(|row| remoting::allows_unencrypted_from_row(&row)),
            shells: row(shells).and_then(|row| remoting::shells_per_user_from_row(&row)),
            limits: read_limits(&answers, limits),
            keep_alive: self
                .only(REGISTRY, &answers, keep_alive)
                .map(|row| KeepAlive::from_row(&row)),
        })
    }

    async fn examine_exchange(
        &mut self,
    ) -> (
        Option<Result<BySnapIn, ServerError>>,
        Option<Result<Cmdlets, ServerError>>,
    ) {
        // a DAG's first server was asked before
        self.about = None;
        let mut batch = Batch::default();
        let Some(recognition) = self.ask_which_exchange(&mut batch) else {
            return (None, None);
        };
        let logons = batch.ask_if(Logon::on_this_server(), &[recognition.about()], &[]);
        let questions = Questions {
            recognition,
            logons,
        };
        if self.own.is_taken() {
            return (None, Some(self.examine_own(&batch, &questions).await));
        }
        let answers = match self.ask_twice(&batch).await {
            Ok(answers) => answers,
            Err(error) => return (Some(Err(error)), None),
        };
        let by_snap_in = self.by_snap_in(answers.clone(), &questions).await;
        let by_own = match self.or_at_own_endpoint(&batch, answers).await {
            Err(error) => Some(Err(error)),
            Ok(mut answers) if self.own.is_taken() => {
                Some(Ok(self.told(&mut answers, &questions).await))
            }
            Ok(_) => self.own.take_failed().map(Err),
        };
        (Some(Ok(by_snap_in)), by_own)
    }

    async fn examine_own(
        &mut self,
        batch: &Batch,
        questions: &Questions,
    ) -> Result<Cmdlets, ServerError> {
        let mut answers = self.ask_divided(batch, &mut Reader::new(batch)).await?;
        Ok(self.told(&mut answers, questions).await)
    }

    async fn by_snap_in(&mut self, mut answers: Answers, questions: &Questions) -> BySnapIn {
        let Questions { recognition, .. } = questions;
        let registered = answers.get(recognition.registered());
        let registered = registered.and_then(|answer| SnapIn::newest_of(&answer.rows));
        let told = self.told(&mut answers, questions).await;
        let version = told.about.as_ref().ok().and_then(|about| about.version);
        let loaded = recognition.loaded(&answers, version);
        let about = told
            .about
            .map_err(|error| self.not_recognised(&answers, recognition, error));
        BySnapIn {
            registered,
            loaded: loaded.map(|(snap_in, _)| snap_in),
            told: Cmdlets { about, ..told },
        }
    }

    async fn told(&mut self, answers: &mut Answers, questions: &Questions) -> Cmdlets {
        const ABOUT: &str = "Get-ExchangeServer";
        let about = self.only(ABOUT, answers, questions.recognition.about());
        let about = about.and_then(|row| Ok(ExchangeServer::from_row(&row)?));
        let is_asked = about.is_ok();
        self.about = about.as_ref().ok().cloned();
        let logons = logons(answers, questions.logons, &Clock::NOT_TOLD);
        let logons = match is_asked {
            true => Some(self.completed(logons, &Clock::NOT_TOLD).await),
            false => None,
        };
        Cmdlets {
            about,
            logons: logons.map(|told| told.map(|(logons, gaps)| (logons.len(), gaps))),
        }
    }
}

fn read_limits(answers: &Answers, number: Number) -> Result<Limits, ServerError> {
    let answer = answers.get(number);
    let answer = answer.ok_or(ServerError::NoAnswer { cmdlet: REGISTRY })?;
    check(REGISTRY, answer)?;
    // a key without any value is nothing to PowerShell
    let row = answer.rows.first();
    Ok(row.map_or(Limits::DEFAULT, Limits::from_row))
}
