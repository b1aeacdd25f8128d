//! What was untrue, by kind.

use std::{
    collections::BTreeMap,
    fmt::{Display, Write as _},
    io::{Write as _, stderr},
};

use futures_util::{StreamExt, stream::FuturesUnordered};

/// Prints a line also where the test passes.
pub fn tell(line: &str) {
    writeln!(stderr(), "{line}").expect("somebody listens");
}

/// What was found so far.
#[derive(Default)]
pub struct Report {
    kinds: BTreeMap<String, Vec<String>>,
    /// One run of each kind, whole.
    examples: BTreeMap<String, String>,
}

impl Report {
    /// Runs cases at the same time and keeps what of each is untrue.
    pub async fn run<C, S: Display>(
        &mut self,
        cases: Vec<C>,
        run: impl AsyncFn(C) -> (String, S, Vec<String>),
    ) {
        let expected = cases.len();
        let run = &run;
        let runs = cases.into_iter().map(|case| async move { run(case).await });
        let mut runs: FuturesUnordered<_> = runs.collect();
        let mut ran = 0;
        while let Some((case, seen, untruths)) = runs.next().await {
            ran += 1;
            for kind in untruths {
                let example = self.examples.entry(kind.clone());
                example.or_insert_with(|| format!("{case}\n{seen}"));
                self.kinds.entry(kind).or_default().push(case.clone());
            }
        }
        assert_eq!(ran, expected, "each case runs");
    }

    /// Fails with everything that was untrue.
    #[track_caller]
    pub fn assert_all_is_true(self) {
        let mut text = String::new();
        for (kind, mut cases) in self.kinds {
            cases.sort();
            _ = writeln!(text, "\n# {kind} ({})", cases.len());
            for case in cases {
                _ = writeln!(text, "  {case}");
            }
            _ = writeln!(text, "{}", self.examples[&kind]);
        }
        assert!(text.is_empty(), "{text}");
    }
}
