//! The last run that was cut off: which people it was for, and where it had not come to its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
    path::Path,
};

use jiff::Timestamp;
use mapisweep_core::exchange::Mailbox;
use uuid::Uuid;

use super::{AuditLog, LogError, Meant, Process, Record, record::Event};

/// A run that can be gone on with. Of the connections it meant to close nothing is taken: they
/// may be anybody's by now.
#[derive(Debug, Clone, PartialEq)]
pub struct CutOff {
    /// Which one.
    pub run: Uuid,
    /// When it began to close.
    pub at: Timestamp,
    /// The verb.
    pub command: String,
    /// The log has its end; without, it was killed, or is still at work, which its lock tells.
    pub has_ended: bool,
    /// What was at work for it, where that is recorded.
    pub process: Option<Process>,
    /// Whose connections it was to close.
    pub people: Vec<Mailbox>,
    /// All of its servers.
    pub servers: Vec<String>,
    /// Those where not all was seen done.
    pub unfinished: Vec<String>,
}

/// What the log says of one run.
#[derive(Default)]
struct Story {
    began: Option<(usize, Timestamp)>,
    meant: Option<Meant>,
    verified: BTreeSet<String>,
    ended: Option<u8>,
}

/// Ends of a run that did all there was to do.
const DONE: [u8; 2] = [ALL_VERIFIED, 3];
const ALL_VERIFIED: u8 = 0;

impl CutOff {
    /// The last one in this log, unless another run has gone on with it.
    ///
    /// # Errors
    /// There is a log, and it cannot be read.
    pub fn last(path: &Path) -> Result<Option<Self>, LogError> {
        match AuditLog::open_existing(path)? {
            Some(log) => Ok(Self::last_in(log)?),
            None => Ok(None),
        }
    }

    /// The same in these lines. One that cannot be read is none of ours, or was cut short.
    pub(super) fn last_in(log: impl BufRead) -> std::io::Result<Option<Self>> {
        let mut stories: BTreeMap<Uuid, Story> = BTreeMap::new();
        let mut taken_up = BTreeSet::new();
        for (place, line) in log.split(b'\n').enumerate() {
            let Ok(record) = serde_json::from_slice::<Record>(&line?) else {
                continue;
            };
            let story = stories.entry(record.run).or_default();
            match record.event {
                Event::Looked { .. } => {}
                Event::Closing { meant, .. } => {
                    taken_up.extend(meant.as_ref().and_then(|meant| meant.resumes));
                    story.began.get_or_insert((place, record.time));
                    story.meant = meant;
                }
                Event::Closed { servers } => {
                    let verified = servers.into_iter().filter(|seen| seen.verified);
                    story.verified.extend(verified.map(|seen| seen.server));
                }
                Event::Ended(ending) => {
                    let is_done = DONE.contains(&ending.exit);
                    taken_up.extend(ending.resumes.filter(|_| is_done));
                    story.ended = Some(ending.exit);
                }
            }
        }
        taken_up.extend(done_by_others(&stories));
        let open = stories
            .into_iter()
            .filter(|(run, _)| !taken_up.contains(run));
        let cut_off = open.filter_map(|(run, story)| story.cut_off(run));
        let last = cut_off.max_by_key(|(place, _)| *place);
        Ok(last.map(|(_, cut_off)| cut_off))
    }
}

/// Runs whose unfinished servers later ones have done for the same people, without going on with them by name.
fn done_by_others(stories: &BTreeMap<Uuid, Story>) -> Vec<Uuid> {
    let is_done = |one: &Story, meant: &Meant| {
        let later = stories.values().filter(|other| other.began() > one.began());
        let later = later.filter(|other| other.is_for_all_of(meant));
        let later: Vec<_> = later.collect();
        let mut unfinished = one.unfinished(meant);
        unfinished.all(|server| later.iter().any(|other| other.has_done(server)))
    };
    let open = stories.iter().filter(|(_, one)| one.is_cut_off());
    let done = open.filter(|(_, one)| one.meant.as_ref().is_some_and(|meant| is_done(one, meant)));
    done.map(|(run, _)| *run).collect()
}

impl Story {
    /// Whether it did not come to its own end.
    fn is_cut_off(&self) -> bool {
        self.ended.is_none_or(|exit| !DONE.contains(&exit))
    }

    /// Where in the log it began to close.
    fn began(&self) -> Option<usize> {
        self.began.map(|(place, _)| place)
    }

    /// Whether it was for everybody that another was for.
    fn is_for_all_of(&self, other: &Meant) -> bool {
        self.meant.as_ref().is_some_and(|meant| {
            let mut people = other.people.iter();
            people.all(|person| meant.is_for(person))
        })
    }

    /// Whether it did there whatever there was to do: closed and saw it, or found nothing to close.
    fn has_done(&self, server: &String) -> bool {
        let read = |meant: &Meant| {
            let mut seen = meant.planned.iter().chain(&meant.read);
            seen.any(|seen| seen == server)
        };
        let is_whole = self.ended == Some(ALL_VERIFIED);
        self.verified.contains(server) || (is_whole && self.meant.as_ref().is_some_and(read))
    }

    /// The servers where not all was seen done.
    fn unfinished<'m>(&'m self, meant: &'m Meant) -> impl Iterator<Item = &'m String> {
        let all = meant.planned.iter().chain(&meant.unread);
        all.filter(|server| !self.verified.contains(*server))
    }

    /// With its place in the log; nothing where it came to its own end, or left nothing to do.
    fn cut_off(self, run: Uuid) -> Option<(usize, CutOff)> {
        let (place, at) = self.began?;
        let meant = self.meant.clone()?;
        let unfinished: Vec<_> = self.unfinished(&meant).cloned().collect();
        let cut_off = CutOff {
            run,
            at,
            has_ended: self.ended.is_some(),
            people: meant.people.iter().map(|person| person.mailbox()).collect(),
            servers: meant.servers(),
            unfinished,
            command: meant.command,
            process: meant.process,
        };
        (self.is_cut_off() && !cut_off.unfinished.is_empty()).then_some((place, cut_off))
    }
}
