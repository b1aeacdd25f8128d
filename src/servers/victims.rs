//! Whom a server's event log says a limit has kept out: the events, who their DNs are, and what they hold now.

use std::time::Duration;

use jiff::Timestamp;
use mapisweep_core::{
    batch::{Answer, Answers, Batch, Number},
    exchange::{
        Clock, Failure, Gap, Generation, Limits, Mailbox, Version,
        event::{self, Exceeded, MOST, Missing, Victim},
        identity::one_person,
    },
    plan::ServerSnapshot,
};

use super::{Server, ServerError, Step};

const EVENTS: &str = "Get-WinEvent";
const OLD_EVENTS: &str = "Get-EventLog";
const MAILBOX: &str = "Get-Mailbox";

/// So many people are asked for in one batch, each by up to two questions.
const TOGETHER: usize = 50;

/// What one server told.
#[derive(Debug)]
pub struct Told {
    /// The server, by the name the admin gave.
    pub server: String,
    /// The name to show.
    pub display_name: String,
    /// Its Exchange build.
    pub version: Option<Version>,
    /// Its limits.
    pub limits: Limits,
    /// Its clock when it was asked.
    pub clock: Clock,
    /// Whom the events are about, and who they are; whom the newest are about first.
    pub victims: Vec<(Victim, Person)>,
    /// When its log begins, as far as that was told.
    pub log_begins: Option<Timestamp>,
    /// Why there may be more events.
    pub missing: Vec<Missing>,
    /// The logons there, where somebody is to be found among them.
    pub now: Now,
    /// Why people may be unnamed, or what they hold unknown.
    pub failed: Vec<ServerError>,
}

/// Whose DN it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// This person's.
    Known(Mailbox),
    /// Several people's, none of whom is chosen.
    Several(Vec<Mailbox>),
    /// Nobody's who has a mailbox, as far as the server sees.
    Nobody,
    /// That could not be asked.
    NotAsked,
}

/// What a second look, at the logons, showed.
#[derive(Debug)]
pub enum Now {
    /// This.
    Seen(Box<ServerSnapshot>),
    /// Nobody had to be found there.
    NotNeeded,
    /// This Exchange does not tell its logons.
    NotTold,
    /// They could not be read.
    Failed,
}

impl Told {
    /// Whether all was told that was asked.
    pub fn is_whole(&self) -> bool {
        let is_told = match &self.now {
            Now::Seen(snapshot) => snapshot.is_whole(),
            Now::NotNeeded | Now::NotTold => true,
            Now::Failed => false,
        };
        is_told && self.missing.is_empty() && self.failed.is_empty()
    }

    /// Nobody could be asked who they are.
    fn do_not_know(&mut self, victims: impl IntoIterator<Item = Victim>) {
        let victims = victims.into_iter();
        let unnamed = victims.map(|victim| (victim, Person::NotAsked));
        self.victims.extend(unnamed);
    }

    /// Why Exchange could not be asked who they are, or what they hold, where it is asked at its own endpoint alone.
    pub fn own_endpoint_failed(&self) -> Option<&ServerError> {
        let mut failed = self.failed.iter();
        failed.find(|error| error.is_of_own_endpoint())
    }

    /// Whether sessions end there when their connections do.
    pub fn can_be_closed(&self) -> bool {
        matches!(
            self.version.map(Version::generation),
            Some(Generation::Exchange2007 | Generation::Exchange2010)
        )
    }
}

/// Where the questions about its log stand in a batch.
struct Log {
    clock: Number,
    limits: Number,
    oldest: Number,
    recent: Number,
    on_server_2003: Number,
}

impl Log {
    /// All of it is told on the plain endpoint.
    fn ask_for(since: Duration, batch: &mut Batch) -> Self {
        let oldest = batch.ask(event::oldest());
        Self {
            clock: batch.ask(Clock::question()),
            limits: batch.ask(Limits::from_registry()),
            oldest,
            recent: batch.ask_if(Exceeded::within(since), &[oldest], &[]),
            on_server_2003: batch.ask_if(Exceeded::on_server_2003(), &[], &[oldest]),
        }
    }
}

impl Server {
    /// Reads who was kept out within this time, and what they hold now.
    pub async fn read_victims(&mut self, since: Duration) -> Result<Told, ServerError> {
        self.tell(Step::ReadingEvents);
        let mut batch = Batch::default();
        let which_exchange = self.ask_which_exchange(&mut batch);
        let log = Log::ask_for(since, &mut batch);
        let (answers, about, log) = match self.ask(&batch).await {
            // the log is on the plain one
            Err(error) if error.is_of_own_endpoint() => {
                let mut batch = Batch::default();
                let log = Log::ask_for(since, &mut batch);
                (self.ask(&batch).await?, Err(error), log)
            }
            answers => {
                let answers = answers?;
                let about = match self.recognised(&answers, which_exchange.as_ref()) {
                    Err(error @ ServerError::NotExchange) => return Err(error),
                    about => about,
                };
                (answers, about, log)
            }
        };
        let Log {
            clock,
            limits,
            oldest,
            recent,
            on_server_2003,
        } = log;
        let limits = self.limits(&answers, limits);
        let clock = Clock::from_row(&self.only("Get-Date", &answers, clock)?)?;
        let begins = answers.get(oldest).and_then(|answer| answer.rows.first());
        let log_begins = begins.and_then(|row| event::time(row, &clock));
        let (events, missing) = match is_skipped(&answers, recent) {
            false => self.events(EVENTS, &answers, recent, &clock, since)?,
            true => {
                let told = self.events(OLD_EVENTS, &answers, on_server_2003, &clock, since);
                told.map_err(|error| self.why_not(&answers, oldest, error))?
            }
        };
        let victims = Victim::each_in(&events, &limits);
        let mut told = Told {
            server: self.name().to_owned(),
            display_name: self.name().to_owned(),
            version: None,
            limits,
            clock,
            victims: Vec::new(),
            log_begins,
            missing,
            now: Now::NotNeeded,
            failed: Vec::new(),
        };
        match about {
            Ok(about) => {
                about.display_name().clone_into(&mut told.display_name);
                told.version = about.version;
                self.name_victims(&mut told, victims).await?;
                self.look_what_they_hold(&mut told).await?;
            }
            // the log needs no directory, but people do
            Err(error) => {
                told.do_not_know(victims);
                told.failed.push(error);
            }
        }
        Ok(told)
    }

    /// The events of an answer; that there are none is an error to either cmdlet.
    fn events(
        &self,
        cmdlet: &'static str,
        answers: &Answers,
        number: Number,
        clock: &Clock,
        since: Duration,
    ) -> Result<(Vec<Exceeded>, Vec<Missing>), ServerError> {
        let answer = match self.checked(cmdlet, answers, number) {
            Ok(answer) => answer,
            Err(ServerError::Cmdlet {
                failure: Failure::NoEvents,
                ..
            }) => return Ok(Default::default()),
            Err(error) => return Err(error),
        };
        let mut missing: Vec<_> = Gap::of(answer).into_iter().map(Missing::Said).collect();
        missing.extend(answers.beside.iter().cloned().map(Missing::Said));
        // a time that is not known may be any, and one ahead of the clock is now
        let is_recent = |at: Option<Timestamp>| {
            let age = at.and_then(|at| Duration::try_from(clock.now.duration_since(at)).ok());
            age.is_none_or(|age| age <= since)
        };
        let earliest = answer.rows.last().map(|row| event::time(row, clock));
        let is_cut = answer.rows.len() >= MOST && earliest.is_some_and(is_recent);
        missing.extend(is_cut.then_some(Missing::TooMany));
        let rows = answer.rows.iter().filter(|row| !Exceeded::is_another(row));
        let read: Vec<_> = rows.map(|row| Exceeded::from_row(row, clock)).collect();
        let not_understood = read.iter().filter(|event| event.is_none()).count();
        missing.extend((not_understood > 0).then_some(Missing::NotUnderstood(not_understood)));
        let events = read.into_iter().flatten();
        Ok((
            events.filter(|event| is_recent(event.at)).collect(),
            missing,
        ))
    }

    /// Where neither cmdlet did, what the newer one said counts, unless there is none.
    fn why_not(&self, answers: &Answers, oldest: Number, error: ServerError) -> ServerError {
        match self.checked(EVENTS, answers, oldest) {
            Err(
                newer @ ServerError::Cmdlet {
                    failure: Failure::AccessDenied | Failure::Other,
                    ..
                },
            ) => newer,
            _ => error,
        }
    }

    /// Has Exchange say who they are: by the DN they have, or else by one that they had.
    async fn name_victims(
        &mut self,
        told: &mut Told,
        victims: Vec<Victim>,
    ) -> Result<(), ServerError> {
        if !victims.is_empty() {
            self.tell(Step::NamingVictims);
        }
        let mut is_first = true;
        let mut victims = victims.into_iter().peekable();
        while victims.peek().is_some() {
            let mut batch = Batch::default();
            let forest = self.ask_for_whole_forest(&mut batch, &[]);
            let mut asked = Vec::new();
            for victim in victims.by_ref().take(TOGETHER) {
                asked.push((ask_for(&victim, &mut batch), victim));
            }
            let answers = match self.ask(&batch).await {
                Err(error) if error.is_of_own_endpoint() => {
                    told.failed.push(error);
                    let asked = asked.into_iter().map(|(_, victim)| victim);
                    told.do_not_know(asked.chain(victims));
                    return Ok(());
                }
                answers => answers?,
            };
            if std::mem::take(&mut is_first) {
                self.tell_where_sought(&answers, forest.as_ref());
            }
            for (questions, victim) in asked {
                let person = match questions {
                    Some(questions) => self.person(&answers, questions),
                    None => Ok(Person::Nobody),
                };
                let person = person.unwrap_or_else(|error| {
                    // it is the same for all of them
                    if told.failed.is_empty() {
                        told.failed.push(error);
                    }
                    Person::NotAsked
                });
                told.victims.push((victim, person));
            }
        }
        Ok(())
    }

    fn person(&self, answers: &Answers, [own, former]: [Number; 2]) -> Result<Person, ServerError> {
        let number = match is_skipped(answers, former) {
            true => own,
            false => former,
        };
        let rows = match self.checked(MAILBOX, answers, number) {
            Ok(answer) => &answer.rows,
            Err(ServerError::Cmdlet {
                failure: Failure::NotFound,
                ..
            }) => return Ok(Person::Nobody),
            Err(error) => return Err(error),
        };
        let people: Result<Vec<_>, _> = rows.iter().map(Mailbox::from_row).collect();
        let mut people = Mailbox::each_once(people?);
        Ok(match people.len() {
            0 | 1 => people.pop().map_or(Person::Nobody, Person::Known),
            _ => Person::Several(people),
        })
    }

    /// One look at the logons, where this Exchange tells them and there is somebody to be found among them.
    async fn look_what_they_hold(&mut self, told: &mut Told) -> Result<(), ServerError> {
        let is_known = |(_, person): &(Victim, Person)| matches!(person, Person::Known(_));
        if !told.victims.iter().any(is_known) {
            return Ok(());
        }
        if !told.can_be_closed() {
            told.now = Now::NotTold;
            return Ok(());
        }
        told.now = match self.read_logons().await {
            Ok(snapshot) => Now::Seen(Box::new(snapshot)),
            Err(error @ (ServerError::Cmdlet { .. } | ServerError::CutShort { .. })) => {
                told.failed.push(error);
                Now::Failed
            }
            Err(error) if error.is_of_own_endpoint() => {
                told.failed.push(error);
                Now::Failed
            }
            Err(error) => return Err(error),
        };
        Ok(())
    }
}

/// Nobody can be asked for whose DN is none, or a pattern to Exchange.
fn ask_for(victim: &Victim, batch: &mut Batch) -> Option<[Number; 2]> {
    let dn = one_person(&victim.dn).ok().filter(|_| victim.has_dn())?;
    let own = batch.ask(Mailbox::identified_by(&dn));
    let former = batch.ask_if(Mailbox::formerly(&dn), &[], &[own]);
    Some([own, former])
}

fn is_skipped(answers: &Answers, number: Number) -> bool {
    answers.get(number).is_some_and(Answer::is_skipped)
}
