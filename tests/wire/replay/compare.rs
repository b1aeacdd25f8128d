//! Requests and messages side by side.

use std::collections::BTreeMap;
use std::fmt;

use mapisweep_winrm::psrp::clixml::{Content, Object, Value};
use mapisweep_winrm::psrp::message::{Message, MessageType};

use super::seen::Seen;

/// Something that is not the same.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Where, with indices left out: `CreatePipeline.PowerShell.Cmds[].MergeError`.
    pub path: String,
    ours: String,
    recorded: String,
}

impl Difference {
    pub fn new(
        path: impl Into<String>,
        ours: impl fmt::Display,
        recorded: impl fmt::Display,
    ) -> Self {
        Self {
            path: path.into(),
            ours: ours.to_string(),
            recorded: recorded.to_string(),
        }
    }
}

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

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            ours,
            recorded,
        } = self;
        write!(f, "{path}: ours {ours:.300?}, recorded {recorded:.300?}")
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

fn values(path: &str, recorded: &Value, ours: &Value, into: &mut Vec<Difference>) {
    match (recorded, ours) {
        // encrypted with keys that are never the same
        (Value::SecureString(_), Value::SecureString(_)) => {}
        (Value::Object(recorded), Value::Object(ours)) => objects(path, recorded, ours, into),
        _ if recorded == ours => {}
        _ => into.push(Difference::new(
            path,
            format!("{ours:?}"),
            format!("{recorded:?}"),
        )),
    }
}

fn objects(path: &str, recorded: &Object, ours: &Object, into: &mut Vec<Difference>) {
    if recorded.type_names != ours.type_names {
        let names = |object: &Object| format!("{:?}", object.type_names);
        into.push(Difference::new(
            format!("{path}.type"),
            names(ours),
            names(recorded),
        ));
    }
    if recorded.to_string != ours.to_string {
        let text = |object: &Object| format!("{:?}", object.to_string);
        into.push(Difference::new(
            format!("{path}.text"),
            text(ours),
            text(recorded),
        ));
    }
    match (&recorded.content, &ours.content) {
        (Content::Primitive(recorded), Content::Primitive(ours)) => {
            values(path, recorded, ours, into)
        }
        (Content::List(recorded), Content::List(ours)) if recorded.len() == ours.len() => {
            for (recorded, ours) in recorded.iter().zip(ours) {
                values(&format!("{path}[]"), recorded, ours, into);
            }
        }
        (recorded, ours) if recorded == ours => {}
        (recorded, ours) => into.push(Difference::new(
            path,
            format!("{ours:?}"),
            format!("{recorded:?}"),
        )),
    }
    properties(path, &recorded.extended, &ours.extended, into);
    properties(path, &recorded.adapted, &ours.adapted, into);
}

fn properties(
    path: &str,
    recorded: &[(String, Value)],
    ours: &[(String, Value)],
    into: &mut Vec<Difference>,
) {
    let find = |properties: &[(String, Value)], name: &str| {
        properties
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.clone())
    };
    for (name, value) in recorded {
        let path = format!("{path}.{name}");
        match find(ours, name) {
            Some(ours) => values(&path, value, &ours, into),
            None => into.push(Difference::new(path, "nothing", format!("{value:?}"))),
        }
    }
    for (name, value) in ours
        .iter()
        .filter(|(name, _)| find(recorded, name).is_none())
    {
        into.push(Difference::new(
            format!("{path}.{name}"),
            format!("{value:?}"),
            "nothing",
        ));
    }
}
