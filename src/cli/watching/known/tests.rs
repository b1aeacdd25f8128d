//! Who is near the limit and since when, as readings come in.

use mapisweep_core::exchange::{Clock, Limits, Logon};

use super::*;

/// A server's Exchange on which these hold so many sessions.
pub fn snapshot(server: &str, held: &[(&str, usize)]) -> ServerSnapshot {
    let logons = held.iter().flat_map(|(account, sessions)| {
        (0..*sessions).map(move |number| Logon {
            account: Some(format!(r"CORP\{account}")),
            user_dn: Some(format!("/o=Corp/cn=Recipients/cn={account}")),
            session_id: Some(format!("{account}{number}")),
            ..Logon::default()
        })
    });
    ServerSnapshot {
        server: server.to_owned(),
        display_name: format!("{server}.corp.example"),
        version: None,
        limits: Limits::DEFAULT,
        clock: Clock {
            now: at(0),
            utc_offset: None,
        },
        logons: logons.collect(),
        gaps: Vec::new(),
        connections: Vec::new(),
        connections_left_out: 0,
    }
}

/// So many seconds after a moment.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_802_400 + seconds).expect("a time")
}

/// A reading then.
pub fn tried(seconds: i64) -> Tried {
    Tried {
        at: at(seconds),
        took: Duration::from_millis(400),
        interval: Some(Duration::from_secs(60)),
        is_slow: false,
    }
}

/// A server does not answer.
pub fn nobody_answers(watched: &mut Watched, server: &str, seconds: i64) {
    watched.failed(&tried(seconds), server, "nothing answers".to_owned(), false);
}

fn shown(watched: &Watched) -> Vec<String> {
    let near = watched.near().into_iter();
    let near = near.map(|(known, _, near)| {
        let since = near.since.duration_since(at(0)).as_secs();
        let more = if near.from_start { "+" } else { "" };
        let change = near.change.unwrap_or_default();
        let (account, count) = (&near.account, near.held.count);
        format!(
            "{account} {} {count} ({change:+}) {since}{more}",
            known.server
        )
    });
    near.collect()
}

#[test]
fn who_crossed_last_comes_first() {
    let mut watched = Watched::new(Level::Percent(80));
    watched.told(
        &tried(0),
        &snapshot("ex01", &[("ann", 30), ("bob", 25), ("eve", 32)]),
    );
    assert_eq!(
        shown(&watched),
        [r"CORP\eve ex01 32 (+0) 0+", r"CORP\ann ex01 30 (+0) 0+"]
    );
    watched.told(&tried(5), &snapshot("ex02", &[("dan", 26)]));
    watched.told(
        &tried(60),
        &snapshot("ex01", &[("ann", 31), ("bob", 26), ("eve", 32)]),
    );
    watched.told(&tried(65), &snapshot("ex02", &[("dan", 26), ("bob", 28)]));
    assert_eq!(
        shown(&watched),
        [
            r"CORP\bob ex02 28 (+0) 65",
            r"CORP\bob ex01 26 (+0) 60",
            r"CORP\eve ex01 32 (+0) 0+",
            r"CORP\ann ex01 31 (+1) 0+",
            r"CORP\dan ex02 26 (+0) 5+",
        ]
    );
    assert_eq!(watched.people_near(), 4, "bob is on both");
}

#[test]
fn who_falls_below_is_gone_and_crosses_anew() {
    let mut watched = Watched::new(Level::Sessions(20));
    let mut read = |seconds, held: &[(&str, usize)]| {
        let gone = watched.told(&tried(seconds), &snapshot("ex01", held));
        let gone: Vec<_> = gone.iter().map(|near| near.held.count).collect();
        (shown(&watched).concat(), gone)
    };
    for (seconds, held, near, gone) in [
        (0, &[("ann", 25)][..], r"CORP\ann ex01 25 (+0) 0+", &[][..]),
        (60, &[("ann", 19)], "", &[19]),
        (120, &[("ann", 19)], "", &[]),
        (180, &[("ann", 21)], r"CORP\ann ex01 21 (+0) 180", &[]),
        (240, &[], "", &[0]),
    ] {
        let (shown, below) = read(seconds, held);
        assert_eq!((shown.as_str(), &below[..]), (near, gone), "at {seconds}");
    }
}

#[test]
fn a_partial_answer_takes_nobody_off() {
    let mut watched = Watched::new(Level::Percent(80));
    watched.told(&tried(0), &snapshot("ex01", &[("ann", 30), ("bob", 31)]));
    let partial = ServerSnapshot {
        gaps: vec![Gap::Foreign(1)],
        ..snapshot("ex01", &[("ann", 3)])
    };
    assert_eq!(watched.told(&tried(60), &partial), []);
    let names: Vec<_> = watched
        .near()
        .iter()
        .map(|(_, _, near)| near.account.clone())
        .collect();
    assert_eq!(names, [r"CORP\bob", r"CORP\ann"]);
    assert!(!watched.is_whole());
    watched.told(&tried(120), &snapshot("ex01", &[("ann", 3)]));
    assert_eq!(shown(&watched), [""; 0]);
    assert!(watched.is_whole());
}

#[test]
fn a_server_that_is_down_keeps_what_it_told_and_since_when() {
    let mut watched = Watched::new(Level::Percent(80));
    watched.told(&tried(0), &snapshot("ex01", &[("ann", 30)]));
    for seconds in [60, 120] {
        nobody_answers(&mut watched, "ex01", seconds);
        let known = watched.of("ex01").unwrap();
        assert_eq!(known.down.as_ref().map(|down| down.since), Some(at(60)));
        assert_eq!(shown(&watched), [r"CORP\ann ex01 30 (+0) 0+"]);
    }
    watched.told(&tried(180), &snapshot("ex01", &[("ann", 32)]));
    assert!(watched.of("ex01").unwrap().down.is_none());
    assert_eq!(shown(&watched), [r"CORP\ann ex01 32 (+2) 0+"]);
}

#[test]
fn a_share_of_a_limit_that_is_not_known_is_not_known() {
    for (level, is_whole) in [(Level::Percent(80), false), (Level::Sessions(20), true)] {
        let mut watched = Watched::new(level);
        let unknown = ServerSnapshot {
            limits: Limits::UNKNOWN,
            ..snapshot("ex01", &[("ann", 30)])
        };
        watched.told(&tried(0), &unknown);
        assert_eq!(watched.is_whole(), is_whole, "{level}");
        assert_eq!(watched.near().len(), usize::from(is_whole), "{level}");
    }
}
