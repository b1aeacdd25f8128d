//! Values side by side.

use std::fmt;

use mapisweep_winrm::psrp::clixml::{Content, Object, Value};

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

/// Whatever differs in two values, with a path for each place.
pub fn values(path: &str, recorded: &Value, ours: &Value, into: &mut Vec<Difference>) {
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
