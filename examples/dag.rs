//! Two hundred people locked out of a DAG of eight simulated servers, of which five are not well: no Windows, no root, no
//! network.
//!
//! A VPN has failed, and everybody's dead clients hold all of their sessions. One command finds them and mends what can be
//! mended, while one server is unreachable, one refuses the sign-in, one loses a database to another in the middle, one does
//! not tell all of its logons, and one is slow. Then the lab is asked: whom it has helped, that nobody else lost a
//! connection, that nothing is left anywhere, and that the exit code is the documented one. The servers are simulated; HTTP,
//! NTLM, PowerShell remoting and the TCP connections that end are real.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout)]

use std::{
    collections::BTreeSet,
    error::Error,
    net::IpAddr,
    path::Path,
    process::{Command, ExitCode, Output, Stdio},
    time::Duration,
};

use mapisweep_lab::{Faults, Lab, Outage, Scenario, Scheme, Victim, event::What};
use rustix::process::{Resource, getrlimit, setrlimit};

/// Given as the first argument, makes this program be the `mapisweep` command, in a process of its own.
const AS_CLI: &str = "as-mapisweep";

const SERVERS: usize = 8;
const VICTIMS_EACH: usize = 25;

const SLOW: &str = "ex04";
const TELLS_A_PART: &str = "ex05";
const LOSES_A_DATABASE: &str = "ex06";
const REFUSES: &str = "ex07";
const UNREACHABLE: &str = "ex08";

/// What README says of the exit code 1.
const SOMETHING_FAILED: i32 = 1;

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
    allow_many_connections();
    say(
        "Eight simulated Exchange 2010 servers, DAG1, are started on this machine; a VPN has failed.",
    );
    let mut outage = Outage::stage(SERVERS, VICTIMS_EACH).await?;
    let victims = outage.victims.len();
    check(
        &format!("{victims} people are locked out"),
        locked_out(&outage).await == victims,
    )?;
    spoil(&outage.lab);
    println!(
        "  {UNREACHABLE} is unreachable, {REFUSES} refuses the sign-in, {TELLS_A_PART} does not tell of one database,"
    );
    println!("  {SLOW} is slow, and {LOSES_A_DATABASE} is about to lose a database to ex01.");

    say("Their administrator sweeps:");
    let folder = tempfile::tempdir()?;
    let line = "sweep --server ex01 --dag DAG1 --yes --timeout 3s";
    println!("  $ mapisweep {line}\n");
    let connect_to = connect_to(&outage.lab)?;
    let run = run(connect_to, folder.path(), line);
    let (output, ()) = tokio::try_join!(run, fail_over(&outage.lab))?;
    show(&output);
    check(
        &format!("it ends with {SOMETHING_FAILED}, for not all could be done"),
        output.status.code() == Some(SOMETHING_FAILED),
    )?;

    say("And the lab?");
    let mended = ["ex01", "ex02", "ex03", SLOW, LOSES_A_DATABASE];
    let is_one_of = |victim: &&Victim| mended.contains(&victim.server.as_str());
    let helped = let_in(&outage, is_one_of).await;
    check(
        &format!("{helped} people can log on again, all of five servers"),
        helped == mended.len() * VICTIMS_EACH,
    )?;
    let mut unharmed = true;
    for bystander in &mut outage.bystanders {
        unharmed &= bystander.is_alive().await;
    }
    check(
        &format!(
            "{} other mail clients never noticed",
            outage.bystanders.len()
        ),
        unharmed,
    )?;
    let strangers = closed_of_others(&outage);
    check(
        "every connection that was closed was a victim's",
        strangers.is_empty(),
    )?;
    for number in 1..=SERVERS {
        let server = format!("ex{number:02}");
        let left = outage.lab.server(&server).leftovers();
        check(
            &format!("no file, process or shell is left on {server}"),
            left.is_empty(),
        )?;
    }
    Ok(())
}

fn spoil(lab: &Lab) {
    lab.server(SLOW).set_faults(Faults {
        delay: Duration::from_millis(300),
        ..Faults::default()
    });
    lab.server(TELLS_A_PART).lose_sight_of("DB5b");
    lab.server(REFUSES).set_faults(Faults {
        only_scheme: Some(Scheme::Kerberos),
        ..Faults::default()
    });
}

/// One of the databases moves as soon as the server has been read with its connections, before anything is closed: the slow
/// one keeps all waiting.
async fn fail_over(lab: &Lab) -> Result<(), Box<dyn Error>> {
    let has_listed = || {
        let mut events = lab.server(LOSES_A_DATABASE).events().into_iter();
        events.any(
            |event| matches!(event, What::Pipeline { what } if what == "Invoke-MapisweepHelper"),
        )
    };
    while !has_listed() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    lab.server("ex01").mount("DB6");
    Ok(())
}

async fn locked_out(outage: &Outage) -> usize {
    outage.victims.len() - let_in(outage, |_| true).await
}

/// How many of these would be let in now. Nobody stays.
async fn let_in(outage: &Outage, whom: impl Fn(&&Victim) -> bool) -> usize {
    let mut count = 0;
    for victim in outage.victims.iter().filter(whom) {
        let outlook = outage.lab.outlook(&victim.account).from("10.9.9.9");
        count += usize::from(outlook.connect().await.is_ok());
    }
    count
}

/// The addresses of closed connections that are no victim's.
fn closed_of_others(outage: &Outage) -> BTreeSet<IpAddr> {
    let victims: BTreeSet<_> = outage
        .victims
        .iter()
        .flat_map(|victim| victim.addresses)
        .collect();
    let servers = (1..=SERVERS).map(|number| format!("ex{number:02}"));
    let closed = servers.flat_map(|server| outage.lab.server(&server).resets());
    closed
        .map(|end| end.ip())
        .filter(|address| !victims.contains(address))
        .collect()
}

/// Where the servers are; one of them is where nothing answers.
fn connect_to(lab: &Lab) -> Result<Vec<String>, Box<dyn Error>> {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let to_nobody = |argument: String| match argument.split_once('=') {
        Some((name, _)) if name.starts_with(UNREACHABLE) => format!("{name}={nobody}"),
        _ => argument,
    };
    Ok(lab.connect_to_args().into_iter().map(to_nobody).collect())
}

/// Runs the real command line, as a process of its own with its own settings and audit log.
async fn run(connect_to: Vec<String>, folder: &Path, line: &str) -> Result<Output, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(AS_CLI)
        .args(line.split(' '))
        .args(connect_to)
        .args(["--user", r"CORP\ann"])
        .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD)
        .env_remove("MAPISWEEP_CONFIG")
        .env_remove("MAPISWEEP_PROFILE")
        .env("XDG_CONFIG_HOME", folder)
        .env("XDG_STATE_HOME", folder)
        .stdin(Stdio::null());
    Ok(tokio::task::spawn_blocking(move || command.output()).await??)
}

/// The plan is long: its beginning, and what comes after it.
fn show(output: &Output) {
    const FIRST: usize = 16;
    const LAST: usize = 24;
    for text in [&output.stderr, &output.stdout] {
        let text = String::from_utf8_lossy(text);
        let lines: Vec<_> = text.lines().collect();
        let left_out = lines.len().saturating_sub(FIRST + LAST);
        for line in lines.iter().take(FIRST) {
            println!("  {line}");
        }
        if left_out > 0 {
            println!("  … {left_out} lines more …");
        }
        for line in lines
            .iter()
            .skip(FIRST.max(lines.len().saturating_sub(LAST)))
        {
            println!("  {line}");
        }
    }
}

/// Both ends of some thousand connections are in this process.
fn allow_many_connections() {
    let limit = getrlimit(Resource::Nofile);
    let wished = rustix::process::Rlimit {
        current: limit.maximum,
        ..limit
    };
    // where it is not allowed, the lab says what is missing
    _ = setrlimit(Resource::Nofile, wished);
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
