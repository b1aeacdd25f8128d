//! What is known as the one line of a plugin for Nagios and Icinga, and what they make of it.

use mapisweep_core::{exchange::SessionLimit, plan::Level};

use crate::cli::{
    exit::CheckState,
    render::server::of_limit,
    text::{count, list, plain},
    watching::known::{Known, Near, Told, Watched},
};

/// From how many sessions on it is what.
#[derive(Debug, Clone, Copy)]
pub struct Thresholds {
    /// WARNING.
    pub warning: Level,
    /// CRITICAL.
    pub critical: Level,
}

impl Thresholds {
    /// Whether nobody would ever be warned of, as far as that is known without a server's limit.
    pub fn are_upside_down(&self) -> bool {
        match (self.warning, self.critical) {
            (Level::Sessions(warning), Level::Sessions(critical)) => warning > critical,
            (Level::Percent(warning), Level::Percent(critical)) => warning > critical,
            _ => false,
        }
    }
}

/// The line, where nothing could be looked at.
pub fn unknown(why: &str) -> String {
    line(CheckState::Unknown, &[why.to_owned()], "")
}

/// The state and the line. Of the people that were watched those who hold most are named; `left` is where something may be
/// left behind.
pub fn checked(watched: &Watched, thresholds: Thresholds, left: &[String]) -> (CheckState, String) {
    let states = watched
        .near()
        .into_iter()
        .map(|near| (state(near, thresholds), near));
    let mut bad: Vec<_> = states
        .filter(|(state, _)| *state != CheckState::Ok)
        .collect();
    bad.sort_by_key(|(state, (_, _, near))| std::cmp::Reverse((*state as u8, near.held.count)));
    let unread: Vec<_> = watched
        .servers
        .iter()
        .filter_map(|known| unread(known, thresholds))
        .collect();
    let people = bad.iter().map(|(state, _)| *state);
    let mut all = people.fold(CheckState::Ok, CheckState::and);
    if !unread.is_empty() || !left.is_empty() || watched.servers.is_empty() {
        all = all.and(CheckState::Unknown);
    }
    let mut said = named(&bad.iter().map(|(_, near)| *near).collect::<Vec<_>>());
    said.extend(unread);
    if !left.is_empty() {
        said.push(format!("a remote shell may be left on {}", list(left)));
    }
    if said.is_empty() {
        let servers = count(watched.servers.len(), "server");
        let Thresholds { warning, .. } = thresholds;
        said.push(match warning {
            Level::Sessions(number) => {
                format!("nobody holds {} on {servers}", count(number, "session"))
            }
            Level::Percent(_) => format!("nobody holds {warning} of the limit on {servers}"),
        });
    }
    (all, line(all, &said, &performance(watched, thresholds)))
}

/// People that the line names; the others are counted.
const NAMED: usize = 3;

fn named(bad: &[(&Known, &Told, &Near)]) -> Vec<String> {
    let one = |(known, told, near): &(&Known, &Told, &Near)| {
        let held = of_limit(near.held, told.limit);
        format!("{} holds {held} on {}", near.account, known.server)
    };
    let mut said: Vec<_> = bad.iter().take(NAMED).map(one).collect();
    if bad.len() > NAMED {
        said.push(format!("{} more", bad.len() - NAMED));
    }
    said
}

fn state((_, told, near): (&Known, &Told, &Near), thresholds: Thresholds) -> CheckState {
    let reaches = |level: Level| level.is_reached_by(near.held.count, told.limit);
    if reaches(thresholds.critical) {
        CheckState::Critical
    } else if reaches(thresholds.warning) {
        CheckState::Warning
    } else {
        CheckState::Ok
    }
}

/// Why not all is known of a server.
fn unread(known: &Known, thresholds: Thresholds) -> Option<String> {
    let server = &known.server;
    if let Some(down) = &known.down {
        return Some(format!("{server} cannot be read: {}", down.why));
    }
    let told = known.told.as_ref()?;
    let levels = [thresholds.warning, thresholds.critical];
    if let Some(gap) = told.gaps.first() {
        Some(format!("{server} did not tell all: {gap}"))
    } else if levels.iter().any(|level| !level.is_known(told.limit)) {
        Some(format!("the limit of {server} is not known"))
    } else {
        None
    }
}

/// Of each server the most that anybody holds, with the thresholds and the limit there, and how many people hold so much.
fn performance(watched: &Watched, thresholds: Thresholds) -> String {
    let read = watched.servers.iter();
    let read = read.filter_map(|known| Some((known, known.last_told()?)));
    let of_server = |(known, told): (&Known, &Told)| {
        // a threshold is what is still good
        let good = |level: Level| {
            let least = level.least(told.limit);
            least.map_or(String::new(), |least| least.saturating_sub(1).to_string())
        };
        let limit = SessionLimit::number(told.limit);
        let limit = limit.map_or(String::new(), |limit| limit.to_string());
        format!(
            "'{}'={};{};{};0;{limit}",
            label(&known.server),
            told.most,
            good(thresholds.warning),
            good(thresholds.critical),
        )
    };
    let data: Vec<_> = read.map(of_server).collect();
    data.join(" ")
}

/// Neither a quote nor an equals sign may stand in it.
fn label(server: &str) -> String {
    harmless(server).replace(['\'', '='], "_")
}

/// What follows a bar would be taken for data.
fn harmless(text: &str) -> String {
    plain(text).replace('|', "/")
}

fn line(state: CheckState, said: &[String], performance: &str) -> String {
    let word = match state {
        CheckState::Ok => "OK",
        CheckState::Warning => "WARNING",
        CheckState::Critical => "CRITICAL",
        CheckState::Unknown => "UNKNOWN",
    };
    let said: Vec<_> = said.iter().map(|said| harmless(said)).collect();
    let line = format!("MAPISWEEP {word} - {}", said.join("; "));
    match performance.is_empty() {
        true => line,
        false => format!("{line} | {performance}"),
    }
}
