//! The main job, with nothing of ours in the server's place but the data of Exchange's cmdlets.

use mapisweep_wine::SERVER_V4;

use crate::{
    Case,
    stage::{DAY, Stage},
};

pub const CASES: &[Case] = &[("logons", logons)];

fn logons(stage: &mut Stage) {
    let exchange = stage
        .exchange_2007()
        .holds("jsmith", "10.1.4.23", 31, 3 * DAY);
    let server = stage.server(&exchange);
    let ran = server.mapisweep("logons");
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    eprintln!("{}", ran.stdout);
    stage.is_clean(&server.report());
    _ = SERVER_V4;
}
