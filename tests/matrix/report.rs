//! What was untrue, by kind.

use std::{
    collections::BTreeMap,
    fmt::{Display, Write as _},
};

/// What was found so far.
#[derive(Default)]
pub struct Report {
    ran: usize,
    kinds: BTreeMap<String, Vec<String>>,
    /// One run of each kind, whole.
    examples: BTreeMap<String, String>,
}

impl Report {
    /// Adds what a run claimed that does not hold.
    pub fn add(&mut self, case: &str, seen: &impl Display, untruths: Vec<String>) {
        self.ran += 1;
        for kind in untruths {
            self.examples
                .entry(kind.clone())
                .or_insert_with(|| format!("{case}\n{seen}"));
            self.kinds.entry(kind).or_default().push(case.to_owned());
        }
    }

    /// Fails with everything that was untrue.
    #[track_caller]
    pub fn assert_all_is_true(self) {
        println!("{} cases ran", self.ran);
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
