//! The lab as a program: simulated Exchange servers until Ctrl-C.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{error::Error, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use clap::{Parser, ValueEnum};
use mapisweep_lab::{
    Breakage, ExchangeVersion, Faults, HelperFault, Lab, NoKerberos, Outage, Quotas, Scenario,
    Scheme, ServerSpec, wine,
};

/// Simulated Exchange servers, on loopback ports, to point mapisweep at. Nothing here is Windows.
#[derive(Parser)]
#[command(name = "mapisweep-lab", version)]
struct Arguments {
    /// Servers; more than one make up DAG1 (except Exchange 2007)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=50))]
    servers: u8,
    /// What runs on them
    #[arg(long, value_enum, default_value_t = Exchange::E2007)]
    exchange: Exchange,
    /// WinRM port of the first server; further ones follow. Any free ports without it
    #[arg(long)]
    port: Option<u16>,
    /// Innocent users beside the locked-out one
    #[arg(long, default_value_t = 5)]
    users: usize,
    /// After the outage of a VPN: so many people locked out on each server, of Exchange 2010
    #[arg(long, value_name = "PEOPLE", conflicts_with_all = ["exchange", "port", "users", "sessions", "wine", "kerberos", "helper", "broken", "delay", "verbose"])]
    outage: Option<usize>,
    /// Stale sessions of the locked-out user
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(0..=32))]
    sessions: u32,
    /// Wait before each response, in milliseconds
    #[arg(long, default_value_t = 0)]
    delay: u64,
    /// Largest SOAP envelope, in KB
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(8..))]
    envelope_limit: u32,
    /// Shells that one user may have open
    #[arg(long, default_value_t = 5)]
    shells: usize,
    /// Offer Basic on HTTPS (HTTP and HTTPS share the port)
    #[arg(long)]
    basic: bool,
    /// Refuse HTTPS clients without a channel binding
    #[arg(long)]
    strict_channel_binding: bool,
    /// Offer the NTLM scheme instead of Negotiate
    #[arg(long)]
    ntlm_only: bool,
    /// Close the TCP connection after each response
    #[arg(long)]
    close_after_each_response: bool,
    /// Close the TCP connection after each NTLM challenge
    #[arg(long)]
    close_between_ntlm_legs: bool,
    /// Write the multipart boundary as Exchange's IIS does
    #[arg(long)]
    boundary_with_space: bool,
    /// How one exchange breaks, with --at
    #[arg(long, value_enum, requires = "at")]
    broken: Option<Breakage>,
    /// Which exchange breaks, counted from 1
    #[arg(long, requires = "broken")]
    at: Option<u64>,
    /// So does each that follows
    #[arg(long, requires = "broken")]
    for_good: bool,
    /// The cmdlets reach Active Directory only with a delegated ticket
    #[arg(long)]
    requires_delegation: bool,
    /// Take Kerberos tickets for the services in this keytab, as HTTP/ex01.corp.example, too
    #[arg(long, value_name = "KEYTAB")]
    kerberos: Option<PathBuf>,
    /// How the helper goes wrong
    #[arg(long, value_enum)]
    helper: Option<Helper>,
    /// Run the very helper that is sent under Wine, on real TCP connections (Linux, root, one server)
    #[arg(long, conflicts_with = "servers")]
    wine: bool,
    /// Where to write the certificate of the lab's authority, for HTTPS
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// Print what happens
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Exchange {
    #[value(name = "2007")]
    E2007,
    #[value(name = "2010")]
    E2010,
    #[value(name = "2013")]
    E2013,
}

#[derive(Clone, Copy, ValueEnum)]
enum Helper {
    Blocked,
    HashMismatch,
    ClosesNothing,
    OneSurvives,
    OnlyClaims,
    Denied,
    NotElevated,
    Dies,
    ReportsNothing,
    ReportsAnother,
    Hangs,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    if let Some(people) = arguments.outage {
        let outage = Outage::stage(arguments.servers.into(), people).await?;
        let many = outage.victims.len();
        let command = "sweep --server ex01 --dag DAG1";
        announce(
            &outage.lab,
            &arguments,
            &format!("{many} people are locked out"),
            command,
        );
        tokio::signal::ctrl_c().await?;
        return Ok(());
    }
    let mut builder = Lab::builder();
    for index in 0..arguments.servers {
        let name = format!("ex{:02}", index + 1);
        builder = builder.server(&name, |server| arguments.describe(server, index));
    }
    if arguments.wine {
        if let Some(missing) = wine::missing() {
            return Err(format!("--wine: {missing}").into());
        }
        println!("A Wine prefix is made, which takes some ten seconds.");
        builder = builder.on_testbed(Arc::new(wine::Testbed::new()?));
    }
    if let Some(keytab) = &arguments.kerberos {
        builder = builder.kerberos(keytab);
    }
    if arguments.verbose {
        builder = builder.observe(|event| println!("{event}"));
    }
    let scenario = Scenario::locked_out_user()
        .stale_sessions(arguments.sessions as usize)
        .other_users(arguments.users);
    let staged = scenario.stage(builder).await?;
    if let Some(path) = &arguments.ca_file {
        std::fs::write(path, staged.lab.ca_pem())?;
    }
    // refused where he is at the limit, so that the event log names him
    let outlook = staged.lab.outlook("jsmith").from("10.1.4.99");
    let _ = outlook.connect().await;
    let command = "close jsmith --server ex01";
    announce(
        &staged.lab,
        &arguments,
        r"CORP\jsmith is locked out",
        command,
    );
    tokio::signal::ctrl_c().await?;
    Ok(())
}

impl Arguments {
    fn describe(&self, server: ServerSpec, index: u8) -> ServerSpec {
        let server = match self.exchange {
            Exchange::E2007 => server.exchange(ExchangeVersion::Exchange2007),
            Exchange::E2010 => server.exchange(ExchangeVersion::Exchange2010),
            Exchange::E2013 => server.exchange(ExchangeVersion::Exchange2013),
        };
        let server = match self.port {
            Some(port) => server.port(port.saturating_add(index.into())),
            None => server,
        };
        let server = server.quotas(self.quotas()).faults(self.faults());
        if self.servers > 1 && self.exchange != Exchange::E2007 {
            server.dag("DAG1")
        } else {
            server
        }
    }

    fn quotas(&self) -> Quotas {
        Quotas {
            shells_per_user: self.shells,
            envelope_size: self.envelope_limit as usize * 1024,
            ..Quotas::default()
        }
    }

    fn faults(&self) -> Faults {
        let broken = self.at.zip(self.broken);
        let helper = match self.helper {
            None => HelperFault::None,
            Some(Helper::Blocked) => HelperFault::BlockedByPolicy,
            Some(Helper::HashMismatch) => HelperFault::HashMismatch,
            Some(Helper::ClosesNothing) => HelperFault::ClosesNothing,
            Some(Helper::OneSurvives) => HelperFault::OneSurvives,
            Some(Helper::OnlyClaims) => HelperFault::OnlyClaims,
            Some(Helper::Denied) => HelperFault::Denied,
            Some(Helper::NotElevated) => HelperFault::NotElevated,
            Some(Helper::Dies) => HelperFault::Dies,
            Some(Helper::ReportsNothing) => HelperFault::ReportsNothing,
            Some(Helper::ReportsAnother) => HelperFault::ReportsAnother,
            Some(Helper::Hangs) => HelperFault::Hangs,
        };
        Faults {
            delay: Duration::from_millis(self.delay),
            at_exchange: broken.filter(|_| !self.for_good),
            from_exchange: broken.filter(|_| self.for_good),
            close_after_each_response: self.close_after_each_response,
            close_between_ntlm_legs: self.close_between_ntlm_legs,
            boundary_with_space: self.boundary_with_space,
            only_scheme: self.ntlm_only.then_some(Scheme::Ntlm),
            basic_over_https: self.basic,
            strict_channel_binding: self.strict_channel_binding,
            requires_delegation: self.requires_delegation,
            helper,
            ..Faults::default()
        }
    }
}

fn announce(lab: &Lab, arguments: &Arguments, who: &str, command: &str) {
    println!("The lab is up. {who}. Point mapisweep at it, in another terminal:\n");
    println!(
        "  export MAPISWEEP_USER='{}'",
        lab.administrator().qualified()
    );
    println!("  export MAPISWEEP_PASSWORD='{}'", Scenario::PASSWORD);
    println!(
        "  mapisweep {command} --auth ntlm --dry-run {}\n",
        lab.connect_to_args().join(" ")
    );
    if let Some(path) = &arguments.ca_file {
        println!(
            "HTTPS is on the same ports; its authority is in {}.",
            path.display()
        );
    }
    match lab.kerberos() {
        Ok(()) => println!(
            "Kerberos is taken, by the full name and without that password: unset MAPISWEEP_PASSWORD, get a ticket \
             (`kinit -f`), and give --server ex01.corp.example without --auth ntlm."
        ),
        Err(NoKerberos::NoKeytab) => {}
        Err(why) => println!("Kerberos is not taken: {}.", with_cause(why)),
    }
    println!("Ctrl-C ends it.");
}

fn with_cause(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
