//! Every command line in the README is one that works: run against the lab, or, where that takes a domain, a keyring or a
//! proxy, read by the program; what they do is in the tests of those.

use mapisweep_lab::{Lab, Staged};

use crate::{
    support::{Mapisweep, Ran, stage},
    watch,
};

/// What a line that has one of these needs is not in the lab, or it asks no server.
const TAKES_MORE: [&str; 13] = [
    "login",
    "whoami",
    "config ",
    "completions",
    "helper",
    "man ",
    "--kdc",
    "--user",
    "--transport",
    "--proxy",
    "--dead-server",
    "--resume",
    "--password-stdin",
];

/// The lines that call it in a block of code, without what a person reads behind them.
fn lines() -> Vec<String> {
    let readme = include_str!("../../README.md");
    let blocks = readme.split("```").skip(1).step_by(2);
    let lines = blocks.flat_map(str::lines).filter_map(|line| {
        let line = line.trim_start().trim_start_matches("$ ");
        let line = line.split(" # ").next()?.split(" > ").next()?;
        let line = line
            .split(" | ")
            .find(|part| part.starts_with("mapisweep "))?;
        Some(line.trim().to_owned())
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort();
    lines.dedup();
    lines
}

fn words(line: &str) -> Vec<String> {
    let words = line.split_whitespace().skip(1);
    let words = words.map(|word| match word.contains('…') {
        // a hash, cut short for the reader
        true => "0f".repeat(32),
        false => word.trim_matches('\'').to_owned(),
    });
    words.collect()
}

/// The program reads it: what is wrong in a line is said before the help that it ends with is shown.
async fn is_read(line: &str) -> Ran {
    let mut run = Mapisweep::alone();
    for word in words(line) {
        run = run.arg(word);
    }
    run.arg("--help").run().await
}

/// Run as it stands, but that nobody is there to be asked.
async fn is_run(line: &str, lab: &Lab) -> Ran {
    let mut words = words(line);
    let closes = ["close", "sweep", "--close"];
    let is_asked = words.iter().any(|word| closes.contains(&word.as_str()));
    if is_asked && !words.iter().any(|word| word == "--yes") {
        words.push("--dry-run".to_owned());
    }
    of(words, lab).run().await
}

fn does_not_end(line: &str) -> bool {
    line.contains(" watch ") && !line.contains("--once")
}

/// Run until it has read something.
async fn is_interrupted(line: &str, staged: &Staged) -> Ran {
    let running = of(words(line), &staged.lab).start().await;
    watch::read(staged.lab.server("ex01"), 1).await;
    running.interrupt();
    running.ends().await
}

fn of(mut words: Vec<String>, lab: &Lab) -> Mapisweep {
    let verb = words.remove(0);
    let run = Mapisweep::on(lab).args(&verb);
    words.into_iter().fold(run, Mapisweep::arg).at_home()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_works() {
    let lines = lines();
    assert!(lines.len() > 20, "{lines:#?}");
    for line in lines {
        let mut domain = mapisweep_lab::Lab::builder();
        for name in ["ex01", "ex02", "ex03", "ex04"] {
            domain = domain.server(name, |server| server.exchange_2010().dag("DAG1"));
        }
        let staged = stage(domain).await;
        let is_more = TAKES_MORE.iter().any(|flag| line.contains(flag));
        let (ran, expected): (_, &[i32]) = match is_more {
            true => (is_read(&line).await, &[0]),
            false if does_not_end(&line) => (is_interrupted(&line, &staged).await, &[130]),
            // somebody is locked out
            false if line.contains("nagios") => (is_run(&line, &staged.lab).await, &[2]),
            // nothing matched is an answer, too
            false => (is_run(&line, &staged.lab).await, &[0, 3]),
        };
        let is_well = ran.code().is_some_and(|code| expected.contains(&code));
        assert!(is_well, "{line}\n{ran}");
    }
}
