//! Two runs at the same time, twenty ways apart: each comes to its end, one after the other.

use std::{thread, time::Duration};

use crate::{
    Made, On,
    stage::{Stage, begin, end},
};

pub fn cases() -> impl Iterator<Item = Made> {
    (0..20).map(|number| {
        let apart = Duration::from_millis(25 * number);
        let name = format!("two runs: {} ms apart", apart.as_millis());
        let case = move |stage: &mut Stage| two_runs(stage, apart);
        (name, On::Wine, Box::new(case) as Box<_>)
    })
}

fn two_runs(stage: &mut Stage, apart: Duration) {
    let server = stage.server(&stage.exchange_2007());
    let first = begin(&server, "connections");
    thread::sleep(apart);
    let second = begin(&server, "connections");
    for running in [first, second] {
        let ran = end(running);
        // there is nothing to list, which is an answer
        assert_eq!(ran.exit, 3, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("no connections"), "{}", ran.stdout);
    }
    stage.is_clean(&server.report());
}
