//! Dates and spans of time. The engine's clock is Berlin's.

use jiff::Timestamp;
use mapisweep_winrm::psrp::clixml::{Duration, Value};
use serde_json::json;

use crate::table::{Row, gives, hold, shows};

pub fn table() -> Vec<Row> {
    vec![
        instants("date: utc", ["2026-03-02T08:05:00Z"]),
        instants(
            "date: utc, to the last tick",
            ["2026-03-02T08:05:00.1234567Z"],
        ),
        instants("date: local, in winter", ["2026-03-02T08:05:00Z"]),
        instants("date: local, in summer", ["2026-07-02T07:05:00Z"]),
        instants(
            "date: local, in the hour that comes twice",
            ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
        ),
        no_instants("date: unspecified", ["2026-03-02T08:05:00"; 2]),
        no_instants("date: least", ["0001-01-01T00:00:00"]),
        instants("date: least, utc", ["0001-01-01T00:00:00Z"]),
        // before there were time zones it was the sun's, here to the minute
        instants("date: least, local", ["0000-12-31T23:06:00Z"]),
        no_instants("date: greatest", ["9999-12-31T23:59:59.9999999"]),
        // later than any instant there is for us
        no_instants("date: greatest, utc", ["9999-12-31T23:59:59.9999999Z"]),
        no_instants(
            "date: greatest, local",
            ["9999-12-31T23:59:59.9999999+01:00"],
        ),
        instants("date: from a file time", ["1601-01-01T00:00:00Z"; 2]),
        shows(
            "date: of Get-Date",
            |date| {
                (
                    date.as_timestamp(),
                    date.get("DisplayHint").map(Value::display),
                )
            },
            [(at("2026-03-02T08:05:00Z"), Some("Date".to_owned()))],
        ),
        shows(
            "date: with a note",
            |date| (date.as_timestamp(), date.get("Source").map(Value::display)),
            [(at("2026-03-02T08:05:00Z"), Some("clock".to_owned()))],
        ),
        shows(
            "date: with an offset",
            |date| {
                let instant = |name| date.get(name).and_then(Value::as_timestamp);
                (
                    date.type_names()[0].clone(),
                    ["UtcDateTime", "LocalDateTime", "DateTime"].map(instant),
                    date.get("TotalOffsetMinutes").and_then(Value::as_i64),
                )
            },
            [(
                "System.DateTimeOffset".to_owned(),
                [at("2026-03-02T03:35:00Z"), at("2026-03-02T03:35:00Z"), None],
                Some(330),
            )],
        ),
        hold(
            "date: only a date, only a time",
            [
                (
                    "System.DateOnly",
                    json!({ "Year": 2026, "Month": 3, "Day": 2, "DayOfWeek": "Monday", "DayOfYear": 61, "DayNumber": 739_676 }),
                ),
                (
                    "System.TimeOnly",
                    json!({ "Hour": 8, "Minute": 5, "Second": 0, "Millisecond": 0, "Microsecond": 0, "Nanosecond": 0, "Ticks": 291_000_000_000_i64 }),
                ),
            ],
        ),
        spans("span: zero", ["PT0S"]),
        spans(
            "span: of every part",
            ["P1DT2H3M4.005S", "PT0.0000001S", "P400D"],
        ),
        spans("span: negative", ["-PT1.5S"]),
        spans(
            "span: least and greatest",
            ["-P10675199DT2H48M5.4775808S", "P10675199DT2H48M5.4775807S"],
        ),
    ]
}

fn instants<const N: usize>(name: &'static str, instants: [&str; N]) -> Row {
    shows(name, Value::as_timestamp, instants.map(at))
}

/// The text remains.
fn no_instants<const N: usize>(name: &'static str, texts: [&'static str; N]) -> Row {
    let expected = texts.map(|text| (None::<Timestamp>, text.to_owned()));
    shows(name, |date| (date.as_timestamp(), date.display()), expected)
}

fn spans<const N: usize>(name: &'static str, texts: [&str; N]) -> Row {
    gives(name, texts.map(|text| Value::Duration(Duration::new(text))))
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}
