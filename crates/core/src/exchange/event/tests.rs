//! Event 9646 as the known versions write it, and what becomes of many of them.

use mapisweep_winrm::psrp::clixml::{Content, DateTime, Object, Value};

use super::*;
use crate::exchange::{Limits, SessionLimit};

const DN: &str = "/o=Example/ou=First/cn=Recipients/cn=jsmith";

fn clock() -> Clock {
    Clock {
        now: "2009-06-15T12:30:00Z".parse().unwrap(),
        utc_offset: None,
    }
}

fn object(properties: Vec<(&str, Value)>) -> Value {
    let adapted = properties.into_iter();
    let adapted = adapted.map(|(name, value)| (name.to_owned(), value));
    Object {
        adapted: adapted.collect(),
        ..Object::default()
    }
    .into()
}

/// As `Get-WinEvent` gives one: its data are objects that hold a value each.
fn record(data: &[Value]) -> Row {
    let property = |value: &Value| {
        let names = ["System.Diagnostics.Eventing.Reader.EventProperty".to_owned()];
        Value::from(Object {
            type_names: Some(names.into()),
            to_string: Some("System.Diagnostics.Eventing.Reader.EventProperty".to_owned()),
            adapted: vec![("Value".to_owned(), value.clone())],
            ..Object::default()
        })
    };
    let list = Object {
        content: Content::List(data.iter().map(property).collect()),
        ..Object::default()
    };
    let at = DateTime::new("2009-06-15T14:28:00.25+02:00");
    let object = object(vec![
        ("TimeCreated", Value::DateTime(at)),
        ("Properties", list.into()),
    ]);
    Row::of_object(&Exceeded::within(Duration::from_secs(60)), &object)
}

fn texts(data: &[&str]) -> Vec<Value> {
    data.iter().map(|text| Value::from(*text)).collect()
}

#[test]
fn each_version_writes_its_data_in_its_own_way() {
    let guid = format!("ba765653-5439-437a-993f-806575b85fbb: {DN}");
    for (data, read) in [
        // 2007, 2010
        (&[DN, "32", "session"][..], Some((DN, None, 32, "session"))),
        (
            &[DN, "500", "objtFolder"],
            Some((DN, None, 500, "objtFolder")),
        ),
        (
            &[&guid, "250", "objtMessage"],
            Some((DN, None, 250, "objtMessage")),
        ),
        // 2013 and later
        (
            &[&guid, "OWA", "16", "session"],
            Some((DN, Some("OWA"), 16, "session")),
        ),
        (&[DN, "", "32", "session"], Some((DN, None, 32, "session"))),
        // no DN at all, as 2003 wrote it
        (
            &["ba765653-5439-437a-993f-806575b85fbb", "32", "session"],
            Some(("ba765653-5439-437a-993f-806575b85fbb", None, 32, "session")),
        ),
        (
            &["/O=EXAMPLE/CN=J", "32", "session"],
            Some(("/O=EXAMPLE/CN=J", None, 32, "session")),
        ),
        // not as any known Exchange writes it
        (&[], None),
        (&[""], None),
        (&[DN], None),
        (&[DN, "32"], None),
        (&[DN, "many", "session"], None),
        (&[DN, "-1", "session"], None),
        (&["", "32", "session"], None),
        (&[DN, "32", ""], None),
    ] {
        let mut values = texts(data);
        // the last is binary
        values.push(Value::Bytes(vec![7, 0, 91, 68]));
        let event = Exceeded::from_row(&record(&values), &clock());
        let expected = read.map(|(dn, client, limit, object)| Exceeded {
            at: Some("2009-06-15T12:28:00.25Z".parse().unwrap()),
            dn: dn.to_owned(),
            client: client.map(str::to_owned),
            limit,
            object: object.to_owned(),
        });
        assert_eq!(event, expected, "{data:?}");
    }
}

#[test]
fn bytes_are_no_data() {
    let row = record(&[DN.into(), "32".into(), Value::Bytes(vec![7, 0, 91])]);
    assert_eq!(row.texts("Properties"), [DN, "32", "7 0 91"]);
}

#[test]
fn server_2003_has_them_among_others() {
    let entry = |id: i32, data: &[&str]| {
        let at = DateTime::new("2009-06-15T14:28:00+02:00");
        let object = object(vec![
            ("TimeGenerated", Value::DateTime(at)),
            ("EventID", Value::I32(id)),
            ("ReplacementStrings", Value::list(texts(data))),
        ]);
        Row::of_object(&Exceeded::on_server_2003(), &object)
    };
    let row = entry(9646, &[DN, "32", "session"]);
    assert!(!Exceeded::is_another(&row));
    let event = Exceeded::from_row(&row, &clock()).unwrap();
    assert_eq!((event.dn.as_str(), event.limit), (DN, 32));
    assert_eq!(event.at, Some("2009-06-15T12:28:00Z".parse().unwrap()));
    assert!(Exceeded::is_another(&entry(9548, &[DN])));
    assert!(!Exceeded::is_another(&record(&[])));
}

#[test]
fn the_log_is_asked_for_nothing_else_and_in_no_language() {
    let question = Exceeded::within(Duration::from_secs(24 * 60 * 60));
    let given: Vec<_> = question
        .parameters
        .iter()
        .map(|(name, value)| match value {
            crate::batch::Argument::Value(value) => format!("{name} {}", value.display()),
            other => format!("{name} {other:?}"),
        })
        .collect();
    assert_eq!(
        given,
        [
            "LogName Application",
            "FilterXPath *[System[Provider[@Name='MSExchangeIS'] and (EventID=9646) and \
             TimeCreated[timediff(@SystemTime) <= 86400000]]]",
            "MaxEvents 2000",
        ]
    );
}

fn exceeded(dn: &str, limit: u64, object: &str, minute: u32) -> Exceeded {
    Exceeded {
        at: Some(format!("2009-06-15T12:{minute:02}:00Z").parse().unwrap()),
        dn: dn.to_owned(),
        client: None,
        limit,
        object: object.to_owned(),
    }
}

#[test]
fn the_number_tells_which_limit_it_was() {
    let limits = |mapi, services| Limits { mapi, services };
    let at_most = SessionLimit::AtMost;
    let folders = || Limit::Objects("objtFolder".to_owned());
    for (limits, limit, object, client, reached) in [
        (Limits::DEFAULT, 32, "session", None, Limit::Sessions),
        (Limits::DEFAULT, 16, "session", None, Limit::ServiceSessions),
        (Limits::DEFAULT, 32, "Session", None, Limit::Sessions),
        (Limits::DEFAULT, 500, "objtFolder", None, folders()),
        (Limits::DEFAULT, 32, "objtFolder", None, folders()),
        // a number that the limits had before
        (Limits::DEFAULT, 40, "session", None, Limit::EitherSessions),
        (
            limits(at_most(40), at_most(64)),
            40,
            "session",
            None,
            Limit::Sessions,
        ),
        (
            limits(at_most(40), at_most(64)),
            64,
            "session",
            None,
            Limit::ServiceSessions,
        ),
        (
            limits(at_most(40), at_most(64)),
            32,
            "session",
            None,
            Limit::Sessions,
        ),
        (
            limits(at_most(16), at_most(64)),
            16,
            "session",
            None,
            Limit::Sessions,
        ),
        (
            limits(at_most(32), at_most(32)),
            32,
            "session",
            None,
            Limit::EitherSessions,
        ),
        (
            limits(SessionLimit::Disabled, SessionLimit::Disabled),
            32,
            "session",
            None,
            Limit::Sessions,
        ),
        // from 2013 on the kind of client is told
        (
            Limits::DEFAULT,
            32,
            "session",
            Some("OWA"),
            Limit::ServiceSessions,
        ),
        (
            Limits::DEFAULT,
            32,
            "session",
            Some("MoMT"),
            Limit::Sessions,
        ),
    ] {
        let event = Exceeded {
            client: client.map(str::to_owned),
            ..exceeded(DN, limit, object, 0)
        };
        let victims = Victim::each_in(&[event], &limits);
        let [victim] = &victims[..] else {
            panic!("{victims:?}");
        };
        assert_eq!(
            victim.limit, reached,
            "{limit} {object} {client:?}, {limits:?}"
        );
    }
}

#[test]
fn each_victim_is_one_and_the_newest_comes_first() {
    let upper = DN.to_uppercase();
    let unknown = Exceeded {
        at: None,
        ..exceeded(DN, 32, "session", 0)
    };
    let victims = Victim::each_in(
        &[
            exceeded(DN, 32, "session", 3),
            exceeded("/o=Example/cn=bob", 32, "session", 20),
            exceeded(&upper, 32, "session", 9),
            exceeded(DN, 500, "objtFolder", 12),
            unknown,
        ],
        &Limits::DEFAULT,
    );
    let shown: Vec<_> = victims
        .iter()
        .map(|victim| {
            let minute = |at: Option<Timestamp>| at.map(|at| at.as_second() / 60 % 60);
            (
                victim.dn.rsplit('=').next().unwrap(),
                victim.allowed,
                victim.times,
                (minute(victim.first), minute(victim.last)),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("bob", 32, 1, (Some(20), Some(20))),
            ("jsmith", 500, 1, (Some(12), Some(12))),
            ("jsmith", 32, 3, (Some(3), Some(9))),
        ]
    );
}
