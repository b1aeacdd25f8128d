//! The main job from beginning to end, against three simulated Exchange servers on loopback ports: no Windows, no
//! root, no network.
//!
//! John Smith's laptop lost its network again and again until stale sessions filled his 32. The demo shows him being
//! refused, has the real command line find and close the dead connections, shows him logging on, and checks that
//! nobody else was touched and nothing was left behind. The servers are simulated; HTTP, NTLM, PowerShell remoting
//! and the TCP connections that end are real.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)]

use std::{
    error::Error,
    path::Path,
    process::{Command, ExitCode},
    time::Duration,
};

use mapisweep_lab::{Lab, Scenario, ServerSpec, Staged};

/// Given as the first argument, makes this program be the `mapisweep` command, in a process of its own.
const AS_CLI: &str = "as-mapisweep";

const HOUR: Duration = Duration::from_secs(60 * 60);

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    if arguments.nth(1).is_some_and(|first| first == AS_CLI) {
        let line = std::iter::once("mapisweep".into()).chain(arguments);
        return mapisweep::run(line);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(demo()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nThe demo failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> Result<(), Box<dyn Error>> {
    say("Three simulated Exchange 2010 servers, DAG1, are started on this machine.");
    let mut staged = stage().await?;
    let folder = tempfile::tempdir()?;

    say("John Smith, whose wifi failed once too often, starts Outlook:");
    let outlook = || {
        staged
            .lab
            .outlook("jsmith")
            .from("10.1.4.77")
            .named("JSMITH-PC")
    };
    match outlook().connect().await {
        Ok(_) => return Err("John Smith was let in, so there is nothing to show".into()),
        Err(refused) => println!("  {refused}"),
    }

    say("His administrator looks first:");
    mapisweep(
        &staged.lab,
        folder.path(),
        "logons jsmith --server ex01 --dag DAG1",
    )?;
    say("And acts:");
    mapisweep(
        &staged.lab,
        folder.path(),
        "close jsmith --server ex01 --dag DAG1 --yes",
    )?;

    say("John Smith starts Outlook again:");
    let mut outlook = outlook().connect().await?;
    check("he is logged on", outlook.is_alive().await)?;

    say("And the others?");
    let mut unharmed = true;
    for bystander in &mut staged.bystanders {
        unharmed &= bystander.is_alive().await;
    }
    let bystanders = staged.bystanders.len();
    check(
        &format!("{bystanders} other mail clients never noticed"),
        unharmed,
    )?;
    for server in ["ex01", "ex02", "ex03"] {
        let left = staged.lab.server(server).leftovers();
        check(
            &format!("no file, process or shell is left on {server}"),
            left.is_empty(),
        )?;
    }
    Ok(())
}

/// The locked-out user and his neighbours on ex01, and stale sessions of his on ex02 from his chief's mailbox.
async fn stage() -> Result<Staged, Box<dyn Error>> {
    let mut builder = Lab::builder();
    for name in ["ex01", "ex02", "ex03"] {
        // what is recommended, so that nothing is said of it
        let server = |server: ServerSpec| server.exchange_2010().keep_alive_time(1_800_000);
        builder = builder.server(name, |spec| server(spec).dag("DAG1"));
    }
    builder = builder.user("bob", |bob| {
        bob.named("Bob Boss").mailbox_in("EX02 Mailbox Database")
    });
    let staged = Scenario::locked_out_user().stage(builder).await?;
    let elsewhere = staged.lab.server("ex02").outlook("jsmith").mailbox("bob");
    let elsewhere = elsewhere
        .from("10.1.4.23")
        .named("JSMITH-LT")
        .since(72 * HOUR);
    elsewhere
        .sessions(4)
        .connections(4)
        .connect()
        .await?
        .lose_network();
    Ok(staged)
}

/// Runs the real command line, as a process of its own with its own settings and audit log.
fn mapisweep(lab: &Lab, folder: &Path, line: &str) -> Result<(), Box<dyn Error>> {
    println!("  $ mapisweep {line}\n");
    let status = Command::new(std::env::current_exe()?)
        .arg(AS_CLI)
        .args(line.split(' '))
        .args(lab.connect_to_args())
        .args(["--user", r"CORP\ann"])
        .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD)
        .env_remove("MAPISWEEP_CONFIG")
        .env_remove("MAPISWEEP_PROFILE")
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_STATE_HOME", folder)
        // as on a terminal, where both appear in the order in which they are written
        .stderr(std::io::stdout())
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("mapisweep ended with {status}").into()),
    }
}

fn say(text: &str) {
    println!("\n{text}");
}

fn check(what: &str, is_so: bool) -> Result<(), String> {
    match is_so {
        true => {
            println!("  ✓ {what}");
            Ok(())
        }
        false => Err(format!("not so: {what}")),
    }
}
