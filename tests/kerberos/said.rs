//! What the program says when something goes wrong, gathered for a snapshot.

use std::fmt::Write as _;

use regex::Regex;
use serde_json::Value;

use crate::{
    house::{House, Run, is_clean},
    runs::Run as _,
    server::Ran,
};

/// What was said, case by case, for a snapshot: without what differs from run to run.
#[derive(Default)]
pub struct Said(String);

impl Said {
    /// Adds what was said in one case.
    pub fn add(&mut self, what: &str, ran: &Ran) {
        let Self(text) = self;
        _ = write!(text, "{what}: exit {}\n{}", ran.exit, indented(&ran.stderr));
    }

    /// For the snapshot.
    pub fn text(self) -> String {
        let places = Regex::new(r"/tmp/\.tmp\w+").unwrap();
        let ports = Regex::new(r"127\.0\.0\.1:\d+").unwrap();
        let text = places.replace_all(&self.0, "[folder]");
        ports.replace_all(&text, "127.0.0.1:[port]").into_owned()
    }
}

fn indented(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(|line| format!("    {line}\n")).collect()
}

/// A run against a server that takes NTLM, too: nobody may turn to that with a password that the KDC refused.
pub fn told(house: &House, settings: Value, how: impl Fn(Run<'_>) -> Run<'_>) -> Ran {
    let server = house.server(settings);
    let ran = how(house.run(&server)).mapisweep("logons");
    let report = server.report();
    is_clean(&report, "trouble");
    assert_eq!(report.count("ntlm_begun"), 0, "{}", ran.stderr);
    ran
}
