//! That an untruth is found.

use mapisweep_lab::Faults;

use super::{Trouble, untruths};
use crate::{
    run::{Seen, run},
    verb::Verb,
};

type Lie = fn(&mut Seen);

#[tokio::test(flavor = "multi_thread")]
async fn are_found() {
    let lies: [(Verb, Verb, Lie, &str); 7] = [
        (Verb::DryRun, Verb::Close, |_| {}, "claims that all is done"),
        (
            Verb::Close,
            Verb::DryRun,
            |_| {},
            "closes although it is not to",
        ),
        (
            Verb::Close,
            Verb::Close,
            |seen| seen.resets = 0,
            "claims success",
        ),
        (
            Verb::Close,
            Verb::Close,
            |seen| seen.sessions = 32,
            "he cannot",
        ),
        (
            Verb::CloseJson,
            Verb::CloseJson,
            |seen| seen.sessions = 2,
            "says verified",
        ),
        (
            Verb::Connections,
            Verb::Connections,
            |seen| seen.leftovers.shells.push("A".into()),
            "a remote shell is left, and not named",
        ),
        (
            Verb::Logons,
            Verb::Logons,
            |seen| seen.leftovers.processes = 1,
            "a helper is left, and exits Some(0)",
        ),
    ];
    for (runs, judged_as, lie, found) in lies {
        let mut seen = run(runs, Faults::default()).await;
        assert_eq!(untruths(runs, &Trouble::Stopped, &seen), [""; 0], "{seen}");
        lie(&mut seen);
        let untruths = untruths(judged_as, &Trouble::Stopped, &seen);
        assert!(
            untruths.iter().any(|untruth| untruth.contains(found)),
            "{found:?} {untruths:?}\n{seen}"
        );
    }
}
