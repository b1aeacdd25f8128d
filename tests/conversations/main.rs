//! What Microsoft's PowerShell engine said when it was asked what [`asked`] lists: `scripts/record-engine` wrote it down
//! in `../engine/conversations`. No engine is needed here.
//!
//! The lab is asked the same, and its answers are held against the engine's, message by message and property by
//! property. Differences that are meant to be are listed with their reason ([`deliberate`]); any other fails, and so does
//! a reason without a difference. The engine's words are read by the program's own types, too.

mod asked;
mod compare;
mod deliberate;
mod expected;
mod heard;
mod lab;
mod read;
mod recorded;
#[path = "../wire/replay/values.rs"]
mod values;

use std::collections::{BTreeMap, BTreeSet};

use mapisweep_outside::say;

use asked::{VERSIONS, asked};
use deliberate::{DELIBERATE, Deliberate};
use recorded::{OPENING, conversations};

#[tokio::test]
async fn the_lab_answers_as_the_engine_does() {
    let mut compared = 0;
    let mut failures = Vec::new();
    let mut deliberate = BTreeMap::<usize, usize>::new();
    for version in VERSIONS {
        let mut lab = lab::answers(version).await;
        for conversation in conversations(version) {
            let name = conversation.name.as_str();
            let Some(answers) = lab.remove(name) else {
                continue;
            };
            compared += compare::places(&conversation.messages);
            for difference in compare::messages(&conversation.messages, &answers) {
                let meant = |listed: &Deliberate| listed.covers(name, &difference.path);
                match DELIBERATE.iter().position(meant) {
                    Some(index) => *deliberate.entry(index).or_default() += 1,
                    None => failures.push(format!("{version}, {name}: {difference}")),
                }
            }
        }
        failures.extend(lab.into_keys().map(|name| format!("not recorded: {name}")));
    }
    for (index, listed) in DELIBERATE.iter().enumerate() {
        match deliberate.get(&index) {
            Some(count) => say(&format!("  deliberate, {count} times: {}", listed.reason)),
            None => failures.push(format!("no such difference any more: {listed:?}")),
        }
    }
    say(&format!(
        "{compared} places compared, {} failures",
        failures.len()
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_is_asked_is_what_was_recorded() {
    for version in VERSIONS {
        let recorded = conversations(version).into_iter();
        let recorded: Vec<_> = recorded.map(|one| (one.name, one.asked)).collect();
        let mut asked: Vec<_> = asked(version)
            .iter()
            .map(|asked| (asked.name.to_owned(), asked.summary()))
            .collect();
        let names: BTreeSet<_> = asked.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names.len(), asked.len(), "a name is used twice");
        asked.insert(0, (OPENING.to_owned(), String::new()));
        assert_eq!(recorded, asked, "scripts/record-engine records anew");
    }
}
