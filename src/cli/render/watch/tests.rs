//! What a person, a log shipper, a scraper and a monitoring system are shown.

use std::time::Duration;

use mapisweep_core::{
    exchange::{Gap, Limits},
    plan::ServerSnapshot,
};

use super::{
    nagios::{Thresholds, checked, unknown},
    openmetrics::openmetrics,
    record::lines,
    *,
};
use crate::cli::{
    args::Format,
    exit::CheckState,
    names::Names,
    watching::known::{
        Tried,
        tests::{at, nobody_answers, snapshot, tried},
    },
};

/// Three servers after some readings: one is down, one slow.
pub fn watched(level: Level) -> Watched {
    let mut watched = Watched::new(level);
    watched.told(
        &tried(0),
        &snapshot("ex01", &[("jsmith", 30), ("mjones", 12)]),
    );
    watched.told(&tried(1), &snapshot("ex02", &[("tkhan", 32)]));
    watched.told(&tried(1), &snapshot("ex03", &[("ann", 27)]));
    watched.told(
        &tried(60),
        &snapshot("ex01", &[("jsmith", 32), ("mjones", 28)]),
    );
    let slow = Tried {
        took: Duration::from_millis(14_200),
        interval: Some(Duration::from_secs(120)),
        is_slow: true,
        ..tried(61)
    };
    watched.told(&slow, &snapshot("ex02", &[("tkhan", 32)]));
    nobody_answers(&mut watched, "ex03", 61);
    watched
}

fn table(watched: &Watched, page: Page) -> String {
    let now = at(180);
    let table = Watch { watched, now }.table(page);
    anstream::adapter::strip_str(&table).to_string()
}

#[test]
fn a_table_for_people() {
    let watched = watched(Level::Percent(80));
    insta::assert_snapshot!(table(&watched, Page::ENDLESS));
    for width in [120, 80, 60, 40] {
        let table = table(&watched, Page::of_width(width));
        let widest = table.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(width), "{width}: {table}");
    }
}

#[test]
fn people_see_one_form_of_names_that_were_given_in_two() {
    let mut watched = Watched::new(Level::Percent(80));
    watched.told(&tried(0), &snapshot("ex01", &[("jsmith", 30)]));
    let full = "ex02.corp.example";
    watched.told(&tried(0), &snapshot(full, &[("tkhan", 30)]));
    nobody_answers(&mut watched, "ex03.corp.example", 0);
    let given = watched.servers.iter().map(|known| known.server.as_str());
    watched.names = Names::of(given.map(|server| (server, None)));
    let shown = table(&watched, Page::ENDLESS);
    assert!(!shown.contains("corp.example"), "{shown}");
    let now = at(180);
    let view = Watch {
        watched: &watched,
        now,
    };
    let csv = crate::cli::render::render(&view, &[], Format::Csv);
    assert!(csv.contains(full), "{csv}");
}

/// Twelve people, of whom the worst are not the newest, and twenty servers that cannot be read.
fn crowd(down: usize) -> Watched {
    let mut watched = Watched::new(Level::Percent(80));
    let names: Vec<_> = (0..12).map(|number| format!("p{number:02}")).collect();
    let held = |first: usize| -> Vec<_> {
        let names = names.iter().enumerate();
        names
            .map(|(number, name)| (name.as_str(), if number < first { 32 - number } else { 3 }))
            .collect()
    };
    watched.told(&tried(0), &snapshot("ex01", &held(0)));
    // one after the other: p00, who holds most, is there longest
    for number in 1..=5 {
        watched.told(&tried(number), &snapshot("ex01", &held(number as usize)));
    }
    for number in 0..down {
        nobody_answers(&mut watched, &format!("ex{}", number + 10), 61);
    }
    watched
}

#[test]
fn a_low_window_shows_the_worst_and_says_how_many_more_there_are() {
    let within = |down, (lines, width)| {
        let watched = crowd(down);
        let now = at(180);
        let text = Watch {
            watched: &watched,
            now,
        }
        .within(Page::of_width(width), lines);
        anstream::adapter::strip_str(&text).to_string()
    };
    let whole = within(0, (8, 120));
    assert_eq!(
        whole,
        table(&crowd(0), Page::of_width(120)),
        "all of it fits"
    );
    let low = within(0, (6, 120));
    let people: Vec<_> = low
        .lines()
        .filter_map(|line| line.split("CORP\\").nth(1)?.get(..3))
        .collect();
    assert_eq!(people, ["p01", "p00"], "newest first:\n{low}");
    let more = "… 3 more are not shown, none of them worse: make the window higher, or see all with --once\n";
    assert!(low.ends_with(more), "{low}");
    let narrow = within(0, (6, 60));
    assert!(narrow.contains("make the window higher\n"), "{narrow}");
    let down = within(20, (12, 120));
    assert!(down.contains("… 15 lines more about servers: "), "{down}");
    assert!(down.contains(r"CORP\p00"), "{down}");
    for lines in 4..40 {
        for (down, width) in [(0, 120), (0, 60), (0, 40), (20, 120), (20, 40)] {
            let text = within(down, (lines, width));
            let number = text.lines().count();
            assert!(number <= lines, "{lines} lines, {width} wide:\n{text}");
        }
    }
}

#[test]
fn nobody_is_near() {
    let mut watched = Watched::new(Level::Sessions(20));
    watched.told(&tried(0), &snapshot("ex01", &[("jsmith", 19)]));
    assert_eq!(
        table(&watched, Page::ENDLESS),
        format!(
            "{} · nobody holds 20 sessions or more · read up to 3m ago\n",
            at(180).strftime("%Y-%m-%d %H:%M:%SZ")
        )
    );
}

#[test]
fn words_agree_with_numbers() {
    for (level, said) in [
        (Level::Sessions(1), "1 person holds 1 session or more"),
        (Level::Percent(1), "1 person holds 1% of the limit or more"),
    ] {
        let mut watched = Watched::new(level);
        watched.told(&tried(0), &snapshot("ex01", &[("jsmith", 19)]));
        let table = table(&watched, Page::ENDLESS);
        assert!(table.contains(said), "{table}");
    }
}

#[test]
fn another_table_is_one_that_says_something_else() {
    let now = at(180);
    let of = |watched: &Watched, now| Watch { watched, now }.fingerprint();
    let mut one = watched(Level::Percent(80));
    let before = of(&one, now);
    assert_eq!(before, of(&one, at(900)), "only time has passed");
    one.told(
        &tried(120),
        &snapshot("ex01", &[("jsmith", 32), ("mjones", 28)]),
    );
    assert_eq!(before, of(&one, now), "the same was read again");
    one.told(
        &tried(180),
        &snapshot("ex01", &[("jsmith", 31), ("mjones", 28)]),
    );
    assert_ne!(before, of(&one, now));
}

#[test]
fn lines_for_a_log_shipper() {
    let mut watched = watched(Level::Percent(80));
    let gone = watched.told(
        &tried(120),
        &snapshot("ex01", &[("jsmith", 32), ("mjones", 3)]),
    );
    let read = watched.of("ex01").unwrap();
    insta::assert_snapshot!(lines(read, &gone, at(121)));
    let down = watched.of("ex03").unwrap();
    assert_eq!(lines(down, &[], at(121)), "", "that is an error");
}

#[test]
fn text_for_a_scraper() {
    insta::assert_snapshot!(openmetrics(&watched(Level::Percent(80))));
}

#[test]
fn nothing_breaks_out_of_a_label() {
    let mut watched = Watched::new(Level::Percent(80));
    watched.told(&tried(0), &snapshot("ex01", &[("a\"b\\c\nd\u{202e}", 32)]));
    let text = openmetrics(&watched);
    let expected = r#"account="CORP\\a\"b\\c d<U+202E>""#;
    assert!(text.contains(expected), "{text}");
}

/// Rows of one account with two DNs are two to Exchange.
#[test]
fn no_sample_is_there_twice() {
    let mut watched = Watched::new(Level::Percent(80));
    let mut two = snapshot("ex01", &[("jsmith", 30), ("other", 31)]);
    for logon in &mut two.logons {
        logon.account = Some(r"CORP\jsmith".to_owned());
    }
    watched.told(&tried(0), &two);
    let text = openmetrics(&watched);
    let samples = text.lines().filter(|line| line.contains("account="));
    let samples: Vec<_> = samples.collect();
    let sample =
        r#"mapisweep_person_sessions{server="ex01",account="CORP\\jsmith",counted="sessions"} 31"#;
    assert_eq!(samples, [sample]);
}

#[test]
fn a_line_and_a_state_for_a_monitoring_system() {
    let whole = |held: &[(&str, usize)]| {
        let mut watched = Watched::new(Level::Sessions(1));
        watched.told(&tried(0), &snapshot("ex01", held));
        watched
    };
    let of = |warning, critical| Thresholds { warning, critical };
    let usual = of(Level::Percent(80), Level::Percent(100));
    let crowd = [
        ("ann", 32),
        ("bob", 33),
        ("eve", 27),
        ("dan", 26),
        ("fay", 34),
    ];
    for (watched, thresholds, state, line) in [
        (
            whole(&[("ann", 25)]),
            usual,
            CheckState::Ok,
            "MAPISWEEP OK - nobody holds 80% of the limit on 1 server | 'ex01'=25;25;31;0;32",
        ),
        (
            whole(&[("ann", 26)]),
            usual,
            CheckState::Warning,
            r"MAPISWEEP WARNING - CORP\ann holds 26 of 32 sessions on ex01 | 'ex01'=26;25;31;0;32",
        ),
        (
            whole(&crowd),
            usual,
            CheckState::Critical,
            r"MAPISWEEP CRITICAL - CORP\fay holds 34 of 32 sessions on ex01; CORP\bob holds 33 of 32 sessions on ex01; CORP\ann holds 32 of 32 sessions on ex01; 2 more | 'ex01'=34;25;31;0;32",
        ),
        (
            whole(&[("a|'b", 20)]),
            of(Level::Sessions(10), Level::Sessions(20)),
            CheckState::Critical,
            r"MAPISWEEP CRITICAL - CORP\a/'b holds 20 of 32 sessions on ex01 | 'ex01'=20;9;19;0;32",
        ),
        (
            whole(&[]),
            of(Level::Sessions(10), Level::Sessions(20)),
            CheckState::Ok,
            "MAPISWEEP OK - nobody holds 10 sessions on 1 server | 'ex01'=0;9;19;0;32",
        ),
    ] {
        assert_eq!(checked(&watched, thresholds, &[]), (state, line.to_owned()));
    }
}

#[test]
fn what_is_not_known_is_never_ok() {
    let usual = Thresholds {
        warning: Level::Percent(80),
        critical: Level::Percent(100),
    };
    let state_of = |snapshot: ServerSnapshot| {
        let mut watched = Watched::new(Level::Sessions(1));
        watched.told(&tried(0), &snapshot);
        checked(&watched, usual, &[])
    };
    let partial = |held| ServerSnapshot {
        gaps: vec![Gap::Foreign(1)],
        ..snapshot("ex01", &[("ann", held)])
    };
    let without_limit = ServerSnapshot {
        limits: Limits::UNKNOWN,
        ..snapshot("ex01", &[("ann", 32)])
    };
    for (snapshot, state, said) in [
        (
            partial(3),
            CheckState::Unknown,
            "UNKNOWN - ex01 did not tell all: ",
        ),
        (
            partial(32),
            CheckState::Critical,
            "; ex01 did not tell all: ",
        ),
        (
            without_limit,
            CheckState::Unknown,
            "UNKNOWN - the limit of ex01 is not known",
        ),
    ] {
        let (seen, line) = state_of(snapshot);
        assert_eq!(seen, state, "{line}");
        assert!(line.contains(said), "{line}");
    }
    let mut down = Watched::new(Level::Sessions(1));
    nobody_answers(&mut down, "ex01", 0);
    for (watched, left, line) in [
        (
            &down,
            &[][..],
            "MAPISWEEP UNKNOWN - ex01 cannot be read: nothing answers",
        ),
        (
            &down,
            &["ex02".to_owned()],
            "MAPISWEEP UNKNOWN - ex01 cannot be read: nothing answers; a remote shell may be left on ex02",
        ),
    ] {
        assert_eq!(
            checked(watched, usual, left),
            (CheckState::Unknown, line.to_owned())
        );
    }
    assert_eq!(unknown("no | way"), "MAPISWEEP UNKNOWN - no / way");
}
