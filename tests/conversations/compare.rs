//! Messages side by side: the engine's, which are recorded, and the lab's, which are ours.

use mapisweep_winrm::psrp::{
    clixml::{Content, Value, parse, to_xml},
    message::{Message, MessageType},
};
use regex::Regex;

use crate::values::{Difference, values};

/// What differs: which messages come, in which order, and what is in them.
pub fn messages(recorded: &[Message], ours: &[Message]) -> Vec<Difference> {
    let mut differences = Vec::new();
    let theirs = without_others(recorded, ours, &mut differences, |path| {
        Difference::new(path, "nothing", "said")
    });
    let ours = without_others(ours, recorded, &mut differences, |path| {
        Difference::new(path, "said", "nothing")
    });
    if kinds(&theirs) != kinds(&ours) {
        let [ours, theirs] = [ours, theirs].map(|messages| format!("{:?}", kinds(&messages)));
        differences.push(Difference::new("messages", ours, theirs));
        return differences;
    }
    for (theirs, ours) in theirs.into_iter().zip(ours) {
        let path = format!("{:?}", ours.kind);
        let role = |message: &Message| (message.destination, message.pipeline.is_nil());
        if role(theirs) != role(ours) {
            let [ours, theirs] = [ours, theirs].map(|message| format!("{:?}", role(message)));
            differences.push(Difference::new(format!("{path}.role"), ours, theirs));
        }
        let [theirs, ours] = [theirs, ours].map(|message| settled(&message.data));
        values(&path, &theirs, &ours, &mut differences);
    }
    differences
}

/// Without messages of kinds that the others do not send at all, each of which is a difference of its own.
fn without_others<'a>(
    some: &'a [Message],
    others: &[Message],
    differences: &mut Vec<Difference>,
    difference: impl Fn(String) -> Difference,
) -> Vec<&'a Message> {
    let known = |message: &&Message| others.iter().any(|other| other.kind == message.kind);
    let (known, unknown): (Vec<_>, Vec<_>) = some.iter().partition(known);
    let path = |message: &Message| format!("messages.{:?}", message.kind);
    differences.extend(unknown.into_iter().map(|message| difference(path(message))));
    known
}

fn kinds(messages: &[&Message]) -> Vec<MessageType> {
    messages.iter().map(|message| message.kind).collect()
}

/// Without what no two of them can have in common: instants, though not whether they are local; ids; the version.
fn settled(data: &Value) -> Value {
    let mut text = to_xml(data);
    for (differing, instead) in [
        (r"(<DT\b[^>]*>)[^<Z+]+([-+]\d\d:\d\d)", "${1}local"),
        (r"(<DT\b[^>]*>)[^<Z+]+Z", "${1}Z"),
        (
            r"(<G\b[^>]*>)[^<]*",
            "${1}00000000-0000-0000-0000-000000000000",
        ),
        (r#"("version":")[^"]*"#, "${1}1"),
    ] {
        let differing = Regex::new(differing).unwrap();
        text = differing.replace_all(&text, instead).into_owned();
    }
    parse(&text).unwrap()
}

/// How many values there are to be compared.
pub fn places(messages: &[Message]) -> usize {
    messages.iter().map(|message| count(&message.data)).sum()
}

fn count(value: &Value) -> usize {
    let Some(object) = value.as_object() else {
        return 1;
    };
    let items: usize = match &object.content {
        Content::List(items) => items.iter().map(count).sum(),
        Content::Dictionary(entries) => entries.len(),
        _ => 0,
    };
    let properties = object.adapted.iter().chain(&object.extended);
    1 + items + properties.map(|(_, value)| count(value)).sum::<usize>()
}
