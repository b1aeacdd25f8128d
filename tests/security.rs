//! SECURITY.md claims nothing that is only hoped: what it names as shown is there.

use std::{fs, path::Path};

const SECURITY: &str = include_str!("../SECURITY.md");

/// The files that a row names, each with the tests in it that it names.
fn named(evidence: &str) -> Vec<(&str, Vec<&str>)> {
    let mut files: Vec<(&str, Vec<&str>)> = Vec::new();
    for word in evidence.split('`').skip(1).step_by(2) {
        match (word.contains(['/', '.']), files.last_mut()) {
            (true, _) => files.push((word, Vec::new())),
            (false, Some((_, tests))) => tests.push(word),
            (false, None) => panic!("{word} stands before its file"),
        }
    }
    files
}

#[test]
fn each_claim_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = SECURITY
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| ")?
                .strip_suffix(" |")?
                .split_once(" | ")
        })
        .filter(|(claim, _)| !["claim", "---"].contains(claim));
    let mut claims = 0;
    for (claim, evidence) in rows {
        let files = named(evidence);
        assert!(!files.is_empty(), "nothing shows that: {claim}");
        for (file, tests) in files {
            let text = fs::read_to_string(root.join(file));
            let text = text.unwrap_or_else(|error| panic!("{claim}: {file}: {error}"));
            for test in tests {
                assert!(
                    text.contains(&format!("fn {test}(")),
                    "{claim}: {file}: {test}"
                );
            }
        }
        claims += 1;
    }
    assert!(claims > 20, "{claims}");
}
