//! Every way in which real servers differ, and what the program makes of it: the same.

use serde_json::{Value, json};

use mapisweep_outside::say;

use crate::{
    runs::{Total, all_are_closed, everybody_is_shown, the_plan_is_shown, the_victim_is_named},
    server::{Report, Server, python},
};

/// What is peculiar to a server (`server/settings.py`), and what its report shows when that came to pass.
struct Variant {
    name: &'static str,
    settings: &'static str,
    https: bool,
    came_to_pass: fn(&Report) -> bool,
}

const fn variant(
    name: &'static str,
    settings: &'static str,
    came_to_pass: fn(&Report) -> bool,
) -> Variant {
    Variant {
        name,
        settings,
        https: false,
        came_to_pass,
    }
}

const fn https(name: &'static str, settings: &'static str) -> Variant {
    Variant {
        name,
        settings,
        https: true,
        came_to_pass: |report| report.count("sealed_requests") == 0 && one_connection_each(report),
    }
}

/// One connection and one sign-in for each of the program's three runs.
fn one_connection_each(report: &Report) -> bool {
    (report.count("connections"), report.count("sign_ins")) == (3, 3)
}

fn a_connection_each_request(report: &Report) -> bool {
    // the first leg of a sign-in and the first sealed message are two requests on one connection
    report.count("connections") * 2 >= report.count("requests")
}

const VARIANTS: [Variant; 25] = [
    variant("NTLM by pyspnego", "{}", one_connection_each),
    variant(
        "NTLM by gss-ntlmssp",
        r#"{"acceptor": "gss-ntlmssp"}"#,
        one_connection_each,
    ),
    variant(
        "Exchange 2010",
        r#"{"exchange": "2010"}"#,
        one_connection_each,
    ),
    variant("offers NTLM only", r#"{"schemes": ["NTLM"]}"#, |report| {
        report.count("sign_ins") == 3
    }),
    variant(
        "offers Negotiate only",
        r#"{"schemes": ["Negotiate"]}"#,
        one_connection_each,
    ),
    variant(
        "a boundary with a blank",
        r#"{"boundary": "-- Encrypted Boundary"}"#,
        one_connection_each,
    ),
    variant(
        "bodies in chunks",
        r#"{"chunked": true}"#,
        one_connection_each,
    ),
    variant(
        "bodies sealed in pieces",
        r#"{"parts": 3, "chunked": true}"#,
        one_connection_each,
    ),
    variant(
        "compressed all the same",
        r#"{"gzip": true}"#,
        one_connection_each,
    ),
    variant(
        "WinRM 2.0: 150 KB, ids of its own",
        r#"{"protocol": "2.1", "max_envelope": 153600, "own_command_ids": true}"#,
        one_connection_each,
    ),
    variant(
        "WinRM 3.0 left at 150 KB",
        r#"{"max_envelope": 153600}"#,
        |report| report.count("too_large") == 0,
    ),
    variant("Receives that time out", r#"{"timeouts": 2}"#, |report| {
        report.count("timeouts") >= 8
    }),
    variant(
        "several states an answer",
        r#"{"many_states": true}"#,
        one_connection_each,
    ),
    variant(
        "session cookies",
        r#"{"cookie": true}"#,
        one_connection_each,
    ),
    variant(
        "a sign-in a request",
        r#"{"sign_in_each": true}"#,
        |report| report.count("sign_ins") == report.count("sealed_requests"),
    ),
    variant(
        "closes after each answer, and says so",
        r#"{"close": "announced"}"#,
        a_connection_each_request,
    ),
    variant(
        "closes after each answer, silently",
        r#"{"close": "silent"}"#,
        a_connection_each_request,
    ),
    variant(
        "closes between the two legs",
        r#"{"close_between_legs": 1}"#,
        |report| report.count("connections") == 4,
    ),
    variant("asks the user", r#"{"asks": true}"#, |report| {
        report.count("questions_declined") >= 4
    }),
    variant(
        "lines in short lists",
        r#"{"lines": 3}"#,
        one_connection_each,
    ),
    variant("lines one by one", r#"{"lines": 0}"#, one_connection_each),
    variant("answers in pieces", r#"{"piece": 1000}"#, |report| {
        report.count("requests") > 100
    }),
    variant(
        "all at once",
        r#"{"acceptor": "gss-ntlmssp", "schemes": ["NTLM"], "boundary": "-- Encrypted Boundary", "parts": 3,
            "chunked": true, "gzip": true, "cookie": true, "protocol": "2.1", "max_envelope": 153600,
            "own_command_ids": true, "timeouts": 1, "many_states": true, "asks": true, "lines": 7,
            "close": "announced"}"#,
        a_connection_each_request,
    ),
    https("HTTPS, bound to the channel", "{}"),
    https(
        "HTTPS, bound to the channel, by gss-ntlmssp",
        r#"{"acceptor": "gss-ntlmssp"}"#,
    ),
];

/// So many people with one logon each.
const CROWD: usize = 40;
/// So many stale connections of one user.
const HEAP: usize = 100;

#[test]
fn every_variant_is_the_same_to_the_program() {
    let Some(python) = python() else { return };
    let mut total = Total::default();
    for variant in &VARIANTS {
        say(&format!("their server: {}", variant.name));
        let mut settings: Value = serde_json::from_str(variant.settings).unwrap();
        settings["crowd"] = CROWD.into();
        settings["heap"] = HEAP.into();
        let server = Server::start(&python, settings, variant.https);
        everybody_is_shown(&server, CROWD);
        the_plan_is_shown(&server, variant.settings.contains("2010"));
        all_are_closed(&server, HEAP);
        let report = server.report();
        total.add(variant.name, &report);
        assert!(
            (variant.came_to_pass)(&report),
            "{}: {report:?}",
            variant.name
        );
    }
    total.say(VARIANTS.len());
}

/// An answer of megabytes and a request of hundreds of kilobytes, with the smallest limit there is.
#[test]
fn a_large_result_and_a_large_request() {
    let Some(python) = python() else { return };
    let settings =
        json!({"acceptor": "gss-ntlmssp", "crowd": 2000, "heap": 3000, "max_envelope": 153_600});
    let server = Server::start(&python, settings, false);
    everybody_is_shown(&server, 2000);
    all_are_closed(&server, 3000);
    let mut total = Total::default();
    total.add("large", &server.report());
    total.say(1);
}

/// What stands in an event, put into lines by what knows their form from its specification alone.
#[test]
fn the_event_log() {
    let Some(python) = python() else { return };
    let mut total = Total::default();
    for exchange in ["2007", "2010"] {
        let server = Server::start(&python, json!({ "exchange": exchange }), false);
        the_victim_is_named(&server, exchange == "2010");
        total.add(exchange, &server.report());
    }
    total.say(2);
}
