//! Who reached which limit, how often, and when last: the events of one server, put together.

use jiff::Timestamp;

use super::Exceeded;
use crate::exchange::{Limits, SessionLimit, logon};

/// Which limit was reached: each has its own cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// That of MAPI clients' sessions: closing stale connections helps.
    Sessions,
    /// That of the sessions that Exchange's own services open for a user.
    ServiceSessions,
    /// One of the two; nothing tells which.
    EitherSessions,
    /// That of objects of this kind that one session has open, as the store calls it: `objtFolder`.
    Objects(String),
}

/// One user at one limit of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Victim {
    /// As in the events.
    pub dn: String,
    /// Which limit.
    pub limit: Limit,
    /// How many it allows.
    pub allowed: u64,
    /// The kind of client, where the events tell.
    pub client: Option<String>,
    /// How often.
    pub times: usize,
    /// When first, as far as was read.
    pub first: Option<Timestamp>,
    /// When last.
    pub last: Option<Timestamp>,
}

impl Limit {
    /// Which limit an event is about. The event of either limit of sessions says the same but for the number, so that
    /// of the server's own limits decides, or else Exchange's.
    fn of(event: &Exceeded, limits: &Limits) -> Self {
        if !event.object.eq_ignore_ascii_case("session") {
            return Self::Objects(event.object.clone());
        }
        if let Some(client) = &event.client {
            return match logon::is_service(client) {
                true => Self::ServiceSessions,
                false => Self::Sessions,
            };
        }
        let is = |limit: SessionLimit| limit.number() == Some(event.limit);
        let by = |limits: &Limits| match (is(limits.mapi), is(limits.services)) {
            (true, false) => Some(Self::Sessions),
            (false, true) => Some(Self::ServiceSessions),
            _ => None,
        };
        by(limits)
            .or_else(|| by(&Limits::DEFAULT).filter(|_| !is(limits.mapi)))
            .unwrap_or(Self::EitherSessions)
    }
}

impl Victim {
    /// Each of those whom these events are about, whom the newest are about first.
    pub fn each_in(events: &[Exceeded], limits: &Limits) -> Vec<Self> {
        let mut victims: Vec<Self> = Vec::new();
        for event in events {
            let limit = Limit::of(event, limits);
            let is_it = |victim: &&mut Self| {
                victim.dn.eq_ignore_ascii_case(&event.dn)
                    && (&victim.limit, victim.allowed) == (&limit, event.limit)
                    && victim.client == event.client
            };
            match victims.iter_mut().find(is_it) {
                Some(victim) => victim.again_at(event.at),
                None => victims.push(Self {
                    dn: event.dn.clone(),
                    limit,
                    allowed: event.limit,
                    client: event.client.clone(),
                    times: 1,
                    first: event.at,
                    last: event.at,
                }),
            }
        }
        victims.sort_by_key(|victim| std::cmp::Reverse(victim.last));
        victims
    }

    fn again_at(&mut self, at: Option<Timestamp>) {
        self.times += 1;
        self.first = [self.first, at].into_iter().flatten().min();
        self.last = self.last.max(at);
    }

    /// Whether the event tells of somebody whom Exchange's directory can know.
    pub fn has_dn(&self) -> bool {
        let begin = self.dn.get(..3);
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case("/o="))
    }
}
