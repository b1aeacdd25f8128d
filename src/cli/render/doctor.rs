//! `mapisweep doctor`: each precondition, how it stands, what was found, and below what to do.

use serde::Serialize;

use super::{
    View,
    table::{Column, Page, lay_out, paragraph},
};
use crate::cli::{
    checks::{Check, Finding, State},
    names::Names,
    style::{CAREFUL, ERROR, FAINT, GOOD, HEAD},
    text::{list, plain},
};

/// What was found here and on each server.
pub struct Doctor<'a> {
    /// On this computer.
    pub local: &'a [Finding],
    /// On each server, by the name the admin gave.
    pub servers: &'a [(String, Vec<Finding>)],
    /// What the servers are called.
    pub names: &'a Names,
}

/// One check, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    /// The server; none for this computer.
    server: Option<String>,
    check: Check,
    state: State,
    /// What was found, for people; of what was not tried, why.
    found: String,
    /// What to do, for people; empty where there is nothing to be done.
    advice: String,
    /// What the server said of it is not whole.
    incomplete: bool,
}

/// A server, in the data formats.
#[derive(Debug, Serialize)]
pub struct Server {
    server: String,
    /// The worst of its checks.
    state: State,
    ok: usize,
    warnings: usize,
    failed: usize,
    not_tried: usize,
}

impl View for Doctor<'_> {
    const KIND: &'static str = "doctor";
    const EVENT: &'static str = "check";
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        let servers = self.servers.iter();
        let servers = servers.map(|(server, findings)| {
            let name = self.names.shown(server);
            block(page, &name, findings)
        });
        let blocks = std::iter::once(block(page, "this computer", self.local)).chain(servers);
        blocks.collect::<Vec<_>>().join("\n")
    }

    fn records(&self) -> Vec<Record> {
        let record = |server: Option<&String>, finding: &Finding| Record {
            server: server.cloned(),
            check: finding.check,
            state: finding.state,
            found: finding.found.clone(),
            advice: finding.to_do.clone(),
            incomplete: finding.is_incomplete,
        };
        let local = self.local.iter().map(|finding| record(None, finding));
        let servers = self.servers.iter().flat_map(|(server, findings)| {
            let findings = findings.iter();
            findings.map(move |finding| record(Some(server), finding))
        });
        local.chain(servers).collect()
    }

    fn servers(&self) -> Vec<Server> {
        let server = |(server, findings): &(String, Vec<Finding>)| Server {
            server: server.clone(),
            state: worst(findings),
            ok: number(findings, State::Ok),
            warnings: number(findings, State::Warning),
            failed: number(findings, State::Failed),
            not_tried: number(findings, State::NotTried),
        };
        self.servers.iter().map(server).collect()
    }
}

fn worst(findings: &[Finding]) -> State {
    let states = findings.iter().map(|finding| finding.state);
    // what is not needed is not tried, and no fault
    let states = states.filter(|state| *state != State::NotTried);
    states.max().unwrap_or(State::NotTried)
}

fn number(findings: &[Finding], state: State) -> usize {
    let is_so = |finding: &&Finding| finding.state == state;
    findings.iter().filter(is_so).count()
}

fn block(page: Page, name: &str, findings: &[Finding]) -> String {
    let columns = [
        Column::left("CHECK").name(),
        Column::left("STATE").name(),
        Column::left("FOUND"),
    ];
    let rows = findings.iter().map(|finding| {
        vec![
            finding.check.name().to_owned(),
            finding.state.name().to_owned(),
            coloured(finding.state, &plain(&finding.found)),
        ]
    });
    let table = lay_out(page, &columns, rows);
    let to_do = findings.iter().filter(|finding| !finding.to_do.is_empty());
    let to_do = to_do.map(|finding| {
        let name = finding.check.name();
        paragraph(page, &format!("{HEAD}{name}:{HEAD:#} {}", finding.to_do))
    });
    let to_do: Vec<_> = to_do.collect();
    let to_do = match to_do.is_empty() {
        true => String::new(),
        false => format!("\n{}", to_do.concat()),
    };
    format!(
        "{HEAD}{}{HEAD:#} · {}\n\n{table}{to_do}",
        name,
        summary(findings)
    )
}

fn coloured(state: State, text: &str) -> String {
    match state {
        State::Ok => text.to_owned(),
        State::NotTried => format!("{FAINT}{text}{FAINT:#}"),
        State::Warning => format!("{CAREFUL}{text}{CAREFUL:#}"),
        State::Failed => format!("{ERROR}{text}{ERROR:#}"),
    }
}

/// `1 failed and 2 warnings`, `all well`
fn summary(findings: &[Finding]) -> String {
    let failed = number(findings, State::Failed);
    let warnings = number(findings, State::Warning);
    let warning = match warnings {
        1 => "1 warning".to_owned(),
        warnings => format!("{warnings} warnings"),
    };
    let parts = [
        (failed, format!("{ERROR}{failed} failed{ERROR:#}")),
        (warnings, format!("{CAREFUL}{warning}{CAREFUL:#}")),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts.map(|(_, text)| text).collect();
    match (parts.is_empty(), worst(findings)) {
        (true, State::NotTried) => "not tried".to_owned(),
        (true, _) => format!("{GOOD}all well{GOOD:#}"),
        (false, _) => list(parts),
    }
}
