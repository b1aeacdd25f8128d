//! Where people are sought: somebody of another domain, whom only the whole forest has.

use serde_json::json;

use crate::{
    Case, Made, On,
    exchange::Exchange,
    server::Ran,
    stage::{DAY, Stage, is_content},
};

const CASES: [Case; 3] = [
    ("forest: a setting of the process, on 2007", on_2007),
    ("forest: a cmdlet, on 2010", on_2010),
    ("forest: no right to the cmdlet", no_right),
];

/// Nothing of Windows is asked.
pub fn cases() -> impl Iterator<Item = Made> {
    let made = |(name, case): Case| (name.to_owned(), On::Linux, Box::new(case) as Box<_>);
    CASES.into_iter().map(made)
}

fn on_2007(stage: &mut Stage) {
    is_found(&logons(stage, Exchange::of_2007("EX01")));
}

fn on_2010(stage: &mut Stage) {
    is_found(&logons(stage, Exchange::of_2010("EX01")));
}

fn no_right(stage: &mut Stage) {
    let fails = "throw [UnauthorizedAccessException]::new('not for you')";
    let exchange = Exchange::of_2010("EX01").peculiar("Set-AdServerSettings", "before", fails);
    let ran = logons(stage, exchange);
    assert_eq!(ran.exit, 3, "{}", ran.stderr);
    let why = "recipients are sought in the server's own domain only: Set-AdServerSettings failed: not for you";
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

fn logons(stage: &Stage, exchange: Exchange) -> Ran {
    let mut exchange = exchange.holds("far", "10.1.4.99", 2, DAY);
    exchange.mailboxes[0]["isFarAway"] = json!(true);
    let server = stage.server_as(&exchange, Stage::linux_engine);
    let ran = server.mapisweep("logons far");
    is_content(&server.report());
    ran
}

fn is_found(ran: &Ran) {
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(ran.stdout.contains("10.1.4.99"), "{}", ran.stdout);
}
