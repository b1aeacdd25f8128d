//! What the program is run for, and what must come of it on every server.

use std::collections::HashMap;

use serde_json::Value;

use crate::server::{Ran, Report, Server};
use mapisweep_outside::say;

const PLAN: &str = r"CORP\jsmith holds 38 logons (limit: 34 sessions)

  CLIENT ADDRESS  LOGONS  OLDEST   LAST USED  CLIENT             CONNECTIONS  PLAN
  10.1.4.23           20  105d 4h  3d         JSMITH-LT cached            19  close
  10.1.9.80           13  1d 2h    1d 1h      JSMITH-LT cached            13  close
  10.1.4.77            2  1h 2m    2m         JSMITH-PC cached             2  keep: in use 2m ago
  10.1.8.5             1  7h       6h         TS01 classic                 7  refuse: shared with 3 other users
  -                    2  105d 4h  -          JSMITH-V6 classic            0  the server gives no address
";

/// Exchange 2010 says which logons are of one session.
const PLAN_2010: &str = r"
CORP\jsmith holds 20 of 34 sessions

  CLIENT ADDRESS  SESSIONS  OLDEST   LAST USED  CLIENT             CONNECTIONS  PLAN
  10.1.4.23             11  105d 4h  3d         JSMITH-LT cached            19  close
  10.1.9.80              7  1d 2h    1d 1h      JSMITH-LT cached            13  close
  10.1.4.77              2  1h 2m    2m         JSMITH-PC cached             2  keep: in use 2m ago
  10.1.8.5               1  7h       6h         TS01 classic                 7  refuse: shared with 3 other users
  -                      2  105d 4h  -          JSMITH-V6 classic            0  the server gives no address
";

/// Whatever the program can be run against.
pub trait Run {
    /// Runs it: a verb and its arguments, separated by blanks.
    fn mapisweep(&self, line: &str) -> Ran;
}

impl Run for Server {
    fn mapisweep(&self, line: &str) -> Ran {
        Self::mapisweep(self, line)
    }
}

/// `logons`: everybody, and what CLIXML has to escape as it was.
pub fn everybody_is_shown(server: &impl Run, crowd: usize) {
    let ran = server.mapisweep("logons --format ndjson");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let rows: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|event: &Value| event["event"] == "logons")
        .collect();
    let clients: HashMap<&str, &str> = rows
        .iter()
        .map(|row| (text(row, "account"), text(row, "client")))
        .collect();
    for number in 0..crowd {
        let account = format!(r"CORP\user{number}");
        assert_eq!(clients[account.as_str()], format!("PC{number} classic"));
    }
    for account in [r"CORP\jürgen", r"CORP\aoi", r"CORP\party"] {
        assert!(clients.contains_key(account), "{account}");
    }
}

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

/// `close --dry-run`.
pub fn the_plan_is_shown(server: &impl Run, is_2010: bool) {
    let ran = server.mapisweep("close jsmith --dry-run");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let plan = if is_2010 { PLAN_2010 } else { PLAN };
    assert!(ran.stdout.contains(plan), "{}", ran.stdout);
}

/// `victims`: whom the event log names by two forms of one DN, and what is held now.
pub fn the_victim_is_named(server: &impl Run, is_2010: bool) {
    let ran = server.mapisweep("victims --format json");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let [victim] = &json["records"].as_array().unwrap()[..] else {
        panic!("{}", ran.stdout);
    };
    assert_eq!(text(victim, "account"), r"CORP\jsmith");
    assert_eq!(text(victim, "limit"), "sessions");
    assert_eq!(
        (&victim["allowed"], &victim["times"]),
        (&34.into(), &2.into())
    );
    assert_eq!(text(victim, "last"), "2009-06-15T12:30:00.1234567Z");
    let held = if is_2010 { 20 } else { 38 };
    assert_eq!(victim["sessions"], held);
}

/// `close`: so many stale connections of one user, and the logons that went with them.
pub fn all_are_closed(server: &impl Run, heap: usize) {
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
pub struct Total {
    requests: u64,
    sealed: u64,
    objects: u64,
}

impl Total {
    /// What one saw; no correct client is complained of, or leaves a shell behind.
    pub fn add(&mut self, name: &str, report: &Report) {
        assert_eq!(report.complaints, [""; 0], "{name}");
        assert_eq!(report.shells_left, 0, "{name}");
        self.requests += report.count("requests");
        self.sealed += report.count("sealed_requests") + report.count("sealed_answers");
        self.objects += report.count("objects");
    }

    pub fn say(&self, servers: usize) {
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
