//! Every way in which real servers differ, and what the program makes of it: the same.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::server::{Report, Server, python, say};

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
        came_to_pass: |report| report.count("sealed_requests") == 0,
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

const VARIANTS: [Variant; 22] = [
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
        report.count("timeouts") > 20
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
        report.count("questions_declined") > 20
    }),
    variant(
        "all at once",
        r#"{"acceptor": "gss-ntlmssp", "schemes": ["NTLM"], "boundary": "-- Encrypted Boundary", "parts": 3,
            "chunked": true, "gzip": true, "cookie": true, "protocol": "2.1", "max_envelope": 153600,
            "own_command_ids": true, "timeouts": 1, "many_states": true, "asks": true,
            "close": "announced"}"#,
        a_connection_each_request,
    ),
    https("HTTPS, bound to the channel", "{}"),
    https(
        "HTTPS, bound to the channel, by gss-ntlmssp",
        r#"{"acceptor": "gss-ntlmssp"}"#,
    ),
];

const PLAN: &str = r"CORP\jsmith holds 38 logons (limit: 34 sessions)

  CLIENT ADDRESS  LOGONS  OLDEST   LAST USED  CLIENT             CONNECTIONS  PLAN
  10.1.4.23           20  105d 4h  3d         JSMITH-LT cached            19  close
  10.1.9.80           13  1d 2h    1d 1h      JSMITH-LT cached            13  close
  10.1.4.77            2  1h 2m    2m         JSMITH-PC cached             2  keep: in use 2m ago
  10.1.8.5             1  7h       6h         TS01 classic                 7  refuse: shared with 3 other users
  -                    2  105d 4h  105d 4h    JSMITH-V6 classic            0  the server gives no address
";

/// Exchange 2010 says which logons are of one session.
const PLAN_2010: &str = r"
CORP\jsmith holds 20 of 34 sessions

  CLIENT ADDRESS  SESSIONS  OLDEST   LAST USED  CLIENT             CONNECTIONS  PLAN
  10.1.4.23             11  105d 4h  3d         JSMITH-LT cached            19  close
  10.1.9.80              7  1d 2h    1d 1h      JSMITH-LT cached            13  close
  10.1.4.77              2  1h 2m    2m         JSMITH-PC cached             2  keep: in use 2m ago
  10.1.8.5               1  7h       6h         TS01 classic                 7  refuse: shared with 3 other users
  -                      2  105d 4h  105d 4h    JSMITH-V6 classic            0  the server gives no address
";

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
        the_plan_is_shown(&server, variant);
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
        json!({"acceptor": "gss-ntlmssp", "crowd": 1000, "heap": 3000, "max_envelope": 153_600});
    let server = Server::start(&python, settings, false);
    everybody_is_shown(&server, 1000);
    all_are_closed(&server, 3000);
    let mut total = Total::default();
    total.add("large", &server.report());
    total.say(1);
}

fn everybody_is_shown(server: &Server, crowd: usize) {
    let ran = server.mapisweep("logons --format ndjson");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let rows: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let clients: HashMap<&str, &str> = rows
        .iter()
        .map(|row| (text(row, "account"), text(row, "client")))
        .collect();
    for number in 0..crowd {
        let account = format!(r"CORP\user{number}");
        assert_eq!(clients[account.as_str()], format!("PC{number} classic"));
    }
    // what CLIXML has to escape arrives as it was
    for account in [r"CORP\jürgen", r"CORP\aoi", r"CORP\party"] {
        assert!(clients.contains_key(account), "{account}");
    }
}

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

fn the_plan_is_shown(server: &Server, variant: &Variant) {
    let ran = server.mapisweep("close jsmith --dry-run");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let plan = if variant.settings.contains("2010") {
        PLAN_2010
    } else {
        PLAN
    };
    assert!(ran.stdout.contains(plan), "{}", ran.stdout);
}

fn all_are_closed(server: &Server, heap: usize) {
    let ran = server.mapisweep("close heap --yes");
    assert_eq!(ran.exit, 0, "{}{}", ran.stdout, ran.stderr);
    for sentence in [
        format!("{heap} closed · helper verified and removed · "),
        " → 0 · ".to_owned(),
    ] {
        assert!(ran.stdout.contains(&sentence), "{sentence}: {}", ran.stdout);
    }
}

/// What all servers of a test saw together.
#[derive(Default)]
struct Total {
    requests: u64,
    sealed: u64,
    objects: u64,
}

impl Total {
    fn add(&mut self, name: &str, report: &Report) {
        assert_eq!(report.complaints, [""; 0], "{name}");
        assert_eq!(report.shells_left, 0, "{name}");
        self.requests += report.count("requests");
        self.sealed += report.count("sealed_requests") + report.count("sealed_answers");
        self.objects += report.count("objects");
    }

    fn say(&self, servers: usize) {
        let Self {
            requests,
            sealed,
            objects,
        } = self;
        say(&format!(
            "their server: {servers} servers, {requests} requests, {sealed} sealed messages, {objects} objects, 0 complaints"
        ));
    }
}
