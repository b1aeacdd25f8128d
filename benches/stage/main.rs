//! Servers for `scripts/bench side-by-side`: the lab behind a line that takes its time.
//!
//! A line of standard input, `{"delay": 40, "rows": 5000}`, starts a server: milliseconds each way, and rows of
//! `Get-LogonStatistics` beside those of the scenario. It is answered by how that server is reached. An empty line ends
//! it and is answered by what was counted. Then there may be another.
#![allow(clippy::print_stdout)]

mod relay;

use std::{
    error::Error,
    io::{Lines, StdinLock, stdin},
    time::Duration,
};

use mapisweep_lab::{Lab, Outlook, Scenario, Staged};
use relay::Relay;
use serde::Deserialize;
use serde_json::json;
use tokio::runtime::Runtime;

const SERVER: &str = "ex01";

#[derive(Deserialize)]
struct Order {
    delay: u64,
    rows: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    let mut lines = stdin().lines();
    while let Some(line) = lines.next() {
        serve(&runtime, serde_json::from_str(&line?)?, &mut lines)?;
    }
    Ok(())
}

/// One server, until the next line.
fn serve(
    runtime: &Runtime,
    order: Order,
    lines: &mut Lines<StdinLock<'_>>,
) -> Result<(), Box<dyn Error>> {
    let (staged, _crowd) = runtime.block_on(stage(order.rows))?;
    let delay = Duration::from_millis(order.delay);
    let relay = Relay::start(staged.lab.server(SERVER).winrm(), delay)?;
    let user = staged.lab.administrator().qualified();
    println!(
        "{}",
        json!({"port": relay.port(), "user": user, "password": Scenario::PASSWORD})
    );
    lines.next().transpose()?;
    let server = staged.lab.server(SERVER);
    let counted = relay.counted();
    println!(
        "{}",
        json!({
            "requests": counted.requests,
            "connections": counted.connections,
            "sent": counted.sent,
            "received": counted.received,
            "on_the_line": counted.lasted.as_secs_f64(),
            "closed": server.resets().len(),
            "left": !server.leftovers().is_empty(),
        })
    );
    Ok(())
}

/// Rows that one user of the crowd has, in [`SESSIONS`] sessions.
const ROWS_EACH: usize = 100;
const SESSIONS: usize = 10;

async fn stage(rows: usize) -> Result<(Staged, Vec<Outlook>), Box<dyn Error>> {
    let users = rows.div_ceil(ROWS_EACH);
    let lab = Lab::builder().server(SERVER, |server| server.exchange_2010());
    let lab = (0..users).fold(lab, |lab, user| {
        lab.user(&name(user), |spec| spec.named("One of many"))
    });
    let staged = Scenario::locked_out_user().stage(lab).await?;
    let mut crowd = Vec::new();
    for user in 0..users {
        let outlook = staged.lab.outlook(&name(user));
        let outlook = outlook
            .from(&format!("10.64.{}.{}", user >> 8, user & 255))
            .sessions(SESSIONS)
            .logons_per_session(ROWS_EACH / SESSIONS)
            .since(Duration::from_secs(60 * 60));
        crowd.push(outlook.connect().await?);
    }
    Ok((staged, crowd))
}

fn name(user: usize) -> String {
    format!("crowd{user}")
}
