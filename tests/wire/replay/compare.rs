//! Requests and messages side by side.

use std::collections::BTreeMap;

use mapisweep_winrm::psrp::message::{Message, MessageType};

use super::seen::Seen;
pub use super::values::{Difference, values};

impl Difference {
    /// Whether it is about what happened when, not about what a request or a message contains.
    pub fn is_about_course(&self) -> bool {
        [
            "unfinished",
            "outcome",
            "messages",
            "Receive not recorded",
            "Command not recorded",
        ]
        .contains(&self.path.as_str())
    }
}

/// Action, address, resource, selectors, options, and what Create says of the shell.
pub fn requests(recorded: &Seen, ours: &Seen) -> Vec<Difference> {
    let kind = format!("{:?}", ours.kind);
    let mut differences = Vec::new();
    let texts = [
        ("action", &recorded.action, &ours.action),
        ("to", &recorded.to, &ours.to),
        ("resource", &recorded.resource_uri, &ours.resource_uri),
    ];
    for (what, recorded, ours) in texts {
        if recorded != ours {
            differences.push(Difference::new(format!("{kind}.{what}"), ours, recorded));
        }
    }
    let signal = |seen: &Seen| seen.signal.as_ref().map(|code| code.to_lowercase());
    if signal(recorded) != signal(ours) {
        let text = |seen: &Seen| seen.signal.clone().unwrap_or_default();
        differences.push(Difference::new(
            format!("{kind}.code"),
            text(ours),
            text(recorded),
        ));
    }
    if recorded.stream != ours.stream || recorded.command != ours.command {
        let text = |seen: &Seen| format!("{:?} of {:?}", seen.stream, seen.command);
        let stream = ours.stream.clone().unwrap_or_default();
        differences.push(Difference::new(
            format!("{kind}.{stream}"),
            text(ours),
            text(recorded),
        ));
    }
    let maps = [
        ("selector", &recorded.selectors, &ours.selectors),
        ("option", &recorded.options, &ours.options),
        ("shell", &recorded.shell, &ours.shell),
    ];
    for (what, recorded, ours) in maps {
        differences.extend(map(&format!("{kind}.{what}"), recorded, ours));
    }
    differences
}

fn map(
    path: &str,
    recorded: &BTreeMap<String, String>,
    ours: &BTreeMap<String, String>,
) -> Vec<Difference> {
    let names = recorded
        .keys()
        .chain(ours.keys().filter(|name| !recorded.contains_key(*name)));
    let text = |map: &BTreeMap<String, String>, name| {
        map.get(name)
            .cloned()
            .unwrap_or_else(|| "nothing".to_owned())
    };
    let differing = names.filter(|name| recorded.get(*name) != ours.get(*name));
    differing
        .map(|name| {
            Difference::new(
                format!("{path}.{name}"),
                text(ours, name),
                text(recorded, name),
            )
        })
        .collect()
}

/// The messages that two clients sent, in their order; the order is that of the pool and of each pipeline apart.
pub fn messages(recorded: &[Message], ours: &[Message]) -> Vec<Difference> {
    let kinds = |messages: &[Message]| {
        messages
            .iter()
            .map(|message| message.kind)
            .collect::<Vec<MessageType>>()
    };
    if kinds(recorded) != kinds(ours) {
        let path = "messages".to_owned();
        return vec![Difference::new(
            path,
            format!("{:?}", kinds(ours)),
            format!("{:?}", kinds(recorded)),
        )];
    }
    let mut differences = Vec::new();
    for (recorded, ours) in recorded.iter().zip(ours) {
        let path = format!("{:?}", ours.kind);
        if recorded.pipeline.is_nil() != ours.pipeline.is_nil() {
            differences.push(Difference::new(
                format!("{path}.pipeline"),
                ours.pipeline,
                recorded.pipeline,
            ));
        }
        if recorded.destination != ours.destination {
            differences.push(Difference::new(format!("{path}.destination"), "", ""));
        }
        values(&path, &recorded.data, &ours.data, &mut differences);
    }
    differences
}
