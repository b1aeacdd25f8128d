//! What is known as OpenMetrics text. Gauges only, so that it is Prometheus' older text format as well, which textfile
//! collectors read.

use std::{collections::BTreeMap, fmt::Write as _};

use mapisweep_core::exchange::SessionLimit;

use crate::cli::{
    render::server::counted,
    text::plain,
    watching::known::{Known, Told, Watched},
};

/// One metric: its name, its unit where it has one, what it says, and its samples.
struct Family<'a> {
    name: &'static str,
    unit: Option<&'static str>,
    help: &'static str,
    samples: Vec<(Vec<(&'static str, &'a str)>, f64)>,
}

/// All of it, to the end mark.
pub fn openmetrics(watched: &Watched) -> String {
    let mut text = String::new();
    for family in families(watched) {
        family.write(&mut text);
    }
    text + "# EOF\n"
}

fn families(watched: &Watched) -> Vec<Family<'_>> {
    let of_servers = |name, unit, help, value: &dyn Fn(&Known) -> Option<f64>| {
        let samples = watched.servers.iter().filter_map(|known| {
            let labels = vec![("server", known.server.as_str())];
            Some((labels, value(known)?))
        });
        Family {
            name,
            unit,
            help,
            samples: samples.collect(),
        }
    };
    let told = |of: &dyn Fn(&Told) -> Option<f64>, known: &Known| known.last_told().and_then(of);
    let near = watched.near().into_iter();
    let near = near.filter(|(known, _, _)| known.down.is_none());
    // two who go by one account would be one sample twice, for which a scraper refuses all of them
    let mut people: BTreeMap<_, usize> = BTreeMap::new();
    for (known, _, near) in near {
        let unit = counted(near.held);
        let of = (known.server.as_str(), near.account.as_str(), unit);
        let most = people.entry(of).or_default();
        *most = near.held.count.max(*most);
    }
    let people = people.into_iter().map(|((server, account, unit), most)| {
        let labels = vec![("server", server), ("account", account), ("counted", unit)];
        (labels, most as f64)
    });
    vec![
        of_servers(
            "mapisweep_server_up",
            None,
            "Whether the logons of the server could be read.",
            &|known| Some(truth(known.down.is_none())),
        ),
        of_servers(
            "mapisweep_server_whole",
            None,
            "Whether the server told all of its logons, its limits and its clock.",
            &|known| told(&|told| Some(truth(told.is_whole)), known),
        ),
        of_servers(
            "mapisweep_read_duration_seconds",
            Some("seconds"),
            "How long the last reading took.",
            &|known| told(&|_| Some(known.tried.took.as_secs_f64()), known),
        ),
        of_servers(
            "mapisweep_read_timestamp_seconds",
            Some("seconds"),
            "When the server was read last.",
            &|known| {
                told(
                    &|told| Some(told.at.as_millisecond() as f64 / 1000.0),
                    known,
                )
            },
        ),
        of_servers(
            "mapisweep_session_limit",
            None,
            "Sessions of MAPI clients a user may hold on the server; none where there is no limit or none is known.",
            &|known| {
                told(
                    &|told| SessionLimit::number(told.limit).map(|limit| limit as f64),
                    known,
                )
            },
        ),
        of_servers(
            "mapisweep_people",
            None,
            "People who hold sessions of MAPI clients on the server.",
            &|known| told(&|told| Some(told.people as f64), known),
        ),
        of_servers(
            "mapisweep_people_near_limit",
            None,
            "Those of them who are near the limit, as --at-least says.",
            &|known| told(&|told| Some(told.near.len() as f64), known),
        ),
        of_servers(
            "mapisweep_people_at_limit",
            None,
            "Those of them who hold as many sessions as they may.",
            &|known| told(&|told| Some(told.at_limit as f64), known),
        ),
        of_servers(
            "mapisweep_most_sessions",
            None,
            "The most sessions that anybody holds on the server.",
            &|known| told(&|told| Some(told.most as f64), known),
        ),
        Family {
            name: "mapisweep_person_sessions",
            unit: None,
            help: "Sessions, or logons where sessions cannot be counted, of each who is near the limit.",
            samples: people.collect(),
        },
    ]
}

impl Family<'_> {
    fn write(&self, text: &mut String) {
        let Self { name, help, .. } = self;
        // writing to memory does not fail
        _ = writeln!(text, "# HELP {name} {help}");
        _ = writeln!(text, "# TYPE {name} gauge");
        if let Some(unit) = self.unit {
            _ = writeln!(text, "# UNIT {name} {unit}");
        }
        for (labels, value) in &self.samples {
            let labels = labels.iter();
            let labels = labels.map(|(label, value)| format!("{label}=\"{}\"", escaped(value)));
            let labels: Vec<_> = labels.collect();
            _ = writeln!(text, "{name}{{{}}} {value}", labels.join(","));
        }
    }
}

fn truth(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

/// A label's value. What nobody would see is a mark in it, as in tables.
fn escaped(value: &str) -> String {
    plain(value).replace('\\', "\\\\").replace('"', "\\\"")
}
