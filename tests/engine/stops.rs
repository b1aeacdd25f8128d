//! Ctrl-C at twenty moments: the pipeline is stopped, the script cleans up, nothing is claimed and nothing left.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use mapisweep_wine::System;
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    Made, On,
    server::{Ran, Server},
    stage::{DAY, Stage, begin, end},
    store::Store,
};

/// Ten while a helper is brought and runs that never ends, ten while connections are closed that stay.
pub fn cases() -> impl Iterator<Item = Made> {
    (0..20).map(|number| {
        let after = Duration::from_millis(50 + 150 * (number % 10));
        let (what, stop): (_, fn(&mut Stage, Duration)) = match number < 10 {
            true => ("a list", while_a_helper_never_ends),
            false => ("closing", while_closing),
        };
        let name = format!("stop: {what}, {} ms after the start", after.as_millis());
        let case = move |stage: &mut Stage| stop(stage, after);
        (name, On::Wine, Box::new(case) as Box<_>)
    })
}

fn while_a_helper_never_ends(stage: &mut Stage, after: Duration) {
    let server = stage.server_with(&stage.exchange_2007(), System::Stuck);
    let ran = interrupt(&server, "connections", after);
    assert_eq!((ran.exit, ran.stdout.as_str()), (130, ""), "{}", ran.stderr);
    stage.is_clean(&server.report());
}

fn while_closing(stage: &mut Stage, after: Duration) {
    let exchange = stage.exchange_2007().holds("jsmith", "10.1.4.23", 3, DAY);
    let server = stage.server_with(&exchange, System::Pretending);
    let mut store = Store::with(stage, exchange, &[("10.1.4.23", 3)]);
    let ran = interrupt(
        &server,
        "close jsmith --yes",
        after + Duration::from_millis(300),
    );
    assert_eq!(ran.exit, 130, "{}", ran.stderr);
    assert!(
        !ran.stdout.contains('✓') && !ran.stdout.contains("can log on"),
        "{}",
        ran.stdout
    );
    assert_eq!(store.open_from("10.1.4.23"), 3);
    stage.is_clean(&server.report());
}

fn interrupt(server: &Server, line: &str, after: Duration) -> Ran {
    let began = Instant::now();
    let running = begin(server, line);
    thread::sleep(after.saturating_sub(began.elapsed()));
    let pid = Pid::from_child(&running);
    // who is asked before it listens ends at once, with nothing begun
    while !listens(pid) {
        assert!(began.elapsed() < Duration::from_secs(30), "{line}");
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(pid, Signal::INT).unwrap();
    end(running)
}

/// Whether a process has a handler for Ctrl-C, or has ended.
fn listens(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_none_or(|mask| mask & 1 << (Signal::INT.as_raw() - 1) != 0)
}
