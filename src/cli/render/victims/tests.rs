//! Every limit and every kind of person once, on a server that tells its logons, one that does not, one that did not.

use mapisweep_core::{
    exchange::{
        Mailbox, Version,
        event::{Exceeded, Missing, Victim},
    },
    plan::ServerSnapshot,
};

use super::super::{
    Format, render,
    tests::{jsmith, snapshot},
};
use super::*;

/// Minutes ago, who, the kind of client, how many, of what; and whose DN that is.
type Event = (
    i64,
    &'static str,
    Option<&'static str>,
    u64,
    &'static str,
    Person,
);

fn told(server: &str, version: &str, now: Now, events: Vec<Event>) -> Told {
    let ServerSnapshot { limits, clock, .. } = snapshot();
    let victims = events
        .into_iter()
        .flat_map(|(minutes, dn, client, limit, object, person)| {
            let event = Exceeded {
                at: Some(clock.now - jiff::SignedDuration::from_mins(minutes)),
                dn: dn.to_owned(),
                client: client.map(str::to_owned),
                limit,
                object: object.to_owned(),
            };
            let victims = Victim::each_in(&[event], &limits);
            victims
                .into_iter()
                .map(move |victim| (victim, person.clone()))
        });
    Told {
        server: server.to_owned(),
        display_name: format!("{server}.corp.example"),
        version: Version::parse(version),
        limits,
        clock,
        victims: victims.collect(),
        log_begins: Some(clock.now - jiff::SignedDuration::from_hours(90)),
        missing: Vec::new(),
        now,
        failed: Vec::new(),
    }
}

fn known(account: &str) -> Person {
    Person::Known(Mailbox {
        account_name: account.to_owned(),
        ..jsmith()
    })
}

pub fn everything() -> Vec<Told> {
    let two = ["bob", "rob"].map(|account| Mailbox {
        account_name: account.to_owned(),
        ..jsmith()
    });
    let seen = Now::Seen(Box::new(snapshot()));
    let ex01 = told(
        "ex01",
        "14.3",
        seen,
        vec![
            (2, "/o=Corp/cn=jsmith", None, 32, "session", known("jsmith")),
            (5, "/o=Corp/cn=carol", None, 16, "session", known("carol")),
            (70, "/o=Corp/cn=ann", None, 24, "session", known("ann")),
            (
                90,
                "/o=Corp/cn=bob",
                None,
                32,
                "session",
                Person::Several(two.to_vec()),
            ),
            (
                95,
                "/o=Corp/cn=old",
                None,
                500,
                "objtFolder",
                Person::Nobody,
            ),
            (
                99,
                "/o=Corp/cn=carol",
                None,
                250,
                "objtMessage",
                known("carol"),
            ),
        ],
    );
    let new = told(
        "new",
        "15.1",
        Now::NotTold,
        vec![
            (
                3,
                "/o=Corp/cn=jsmith",
                Some("MoMT"),
                32,
                "session",
                known("jsmith"),
            ),
            (
                4,
                "/o=Corp/cn=carol",
                Some("OWA"),
                16,
                "session",
                known("carol"),
            ),
        ],
    );
    let mut ex02 = told(
        "ex02",
        "8.3",
        Now::Failed,
        vec![(1, "/o=Corp/cn=x", None, 32, "session", Person::NotAsked)],
    );
    ex02.missing = vec![Missing::TooMany, Missing::NotUnderstood(3)];
    vec![ex01, new, ex02]
}

/// Where all that is text is this.
pub fn hostile_victims(text: &str, seen: ServerSnapshot) -> Told {
    let mut told = everything().swap_remove(0);
    told.server = text.to_owned();
    told.display_name = text.to_owned();
    told.now = Now::Seen(Box::new(seen));
    told.missing = vec![Missing::Said(mapisweep_core::exchange::Gap::Warned(
        text.to_owned(),
    ))];
    for (victim, person) in &mut told.victims {
        victim.dn = text.to_owned();
        victim.client = Some(text.to_owned());
        if let Limit::Objects(object) = &mut victim.limit {
            *object = text.to_owned();
        }
        if let Person::Known(mailbox) = person {
            mailbox.account_name = text.to_owned();
        }
    }
    told
}

#[test]
fn victims_for_people() {
    let told = everything();
    let table = render(&Victims::new(&told), &[], Format::Table);
    insta::assert_snapshot!(anstream::adapter::strip_str(&table).to_string());
}

#[test]
fn victims_as_json() {
    let told = everything();
    insta::assert_snapshot!(render(&Victims::new(&told[..1]), &[], Format::Json));
}

#[test]
fn victims_as_csv() {
    let told = everything();
    insta::assert_snapshot!(render(&Victims::new(&told), &[], Format::Csv));
}

#[test]
fn those_are_closed_whom_that_helps_where_it_does() {
    let told = everything();
    let victims = Victims::new(&told);
    // ann holds nothing of what may be either kind
    assert_eq!(victims.helped_by_closing(), ["jsmith"]);
    assert_eq!(victims.servers_to_close_on(), ["ex01", "ex02"]);
}

/// By whom 32 sessions are held now, and what is said of each then.
#[test]
fn what_helps_is_said_by_what_they_hold_now() {
    let closing = "Stale connections keep these alive: `mapisweep close`, or `victims --close` for all whom this limit \
                   kept out.";
    let below = "Below the limit now. Where Outlook fails all the same, for it opens several at once: `mapisweep close`, \
                 or `victims --close` for all whom this limit kept out.";
    let none = "They hold none now: nothing to close.";
    let one = |cure| format!("32 sessions: {cure}\n");
    let unnamed = "32 sessions, 1 whom Exchange does not name";
    for (held, gap, people, shown, helped) in [
        (43, false, &["jsmith"][..], one(closing), &["jsmith"][..]),
        (3, false, &["jsmith"], one(below), &["jsmith"]),
        (0, false, &["jsmith"], one(none), &[]),
        // what was not told may be anybody's
        (0, true, &["jsmith"], one(closing), &["jsmith"]),
        (0, false, &["jsmith", "ann"], one(none), &[]),
        (
            43,
            false,
            &["jsmith", "ann", "ben", "jsmith"],
            format!("32 sessions, CORP\\jsmith: {closing}\n32 sessions, ann and ben: {none}\n"),
            &["jsmith"],
        ),
        (
            0,
            false,
            &["jsmith", ""],
            format!("32 sessions, jsmith: {none}\n{unnamed}: {closing}\n"),
            &[],
        ),
    ] {
        let mut seen = snapshot();
        let mut left = held;
        seen.logons.retain(|logon| {
            let is_kept = !jsmith().made(logon) || left > 0;
            left -= usize::from(is_kept && jsmith().made(logon));
            is_kept
        });
        if gap {
            let gap = mapisweep_core::exchange::Gap::Warned("DB2".to_owned());
            seen.gaps.push(gap);
        }
        let events = people.iter().zip(1..).map(|(&account, minutes)| {
            let person = match account {
                "" => Person::Nobody,
                account => known(account),
            };
            (minutes, account, None, 32, "session", person)
        });
        let told = [told(
            "ex01",
            "14.3",
            Now::Seen(Box::new(seen)),
            events.collect(),
        )];
        let victims = Victims::new(&told);
        let name = format!("{held} {gap} {people:?}");
        let said = cure::paragraphs(victims.cures());
        let said = anstream::adapter::strip_str(&said).to_string();
        assert_eq!(said, shown, "{name}");
        assert_eq!(victims.helped_by_closing(), helped, "{name}");
        let records = victims.records().into_iter();
        let is_helped = records.filter(|record| record.helped_by_closing);
        assert_eq!(is_helped.count() > 0, !helped.is_empty(), "{name}");
    }
}

#[test]
fn a_log_is_short_where_it_does_not_go_back_as_far_as_was_asked() {
    let told = everything();
    let hour = Duration::from_secs(60 * 60);
    assert!(short_logs(&told, 24 * hour, &Names::AS_GIVEN).is_empty());
    let short = short_logs(&told[..1], 100 * hour, &Names::AS_GIVEN);
    assert_eq!(short, ["ex01: its event log goes back 3d 18h only."]);
}
