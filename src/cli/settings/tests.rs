use clap::Parser;

use super::*;
use crate::cli::args::{Cli, Close, Command};

/// The settings of one command line with one configuration file.
struct Run {
    settings: Settings,
    close: Close,
}

impl Run {
    fn new(config: &str, line: &str) -> Self {
        Self::beside(config, line, "")
    }

    /// With this in `MAPISWEEP_SERVER`.
    fn beside(config: &str, line: &str, servers_variable: &str) -> Self {
        let config: Config = toml::from_str(config).unwrap();
        let words = ["mapisweep", "close", "jsmith"]
            .into_iter()
            .chain(line.split_whitespace());
        let cli = Cli::try_parse_from(words).unwrap();
        let profile = config.profile(cli.global.profile.as_deref()).unwrap();
        let Command::Close(close) = cli.command else {
            panic!("not a close");
        };
        let settings = Settings {
            config,
            profile,
            profile_name: cli.global.profile,
            servers_variable: servers_variable.to_owned(),
            by_variable: ByVariable::default(),
        };
        Self { settings, close }
    }

    fn selection(&self) -> Selection {
        let selection = self.settings.selection(&self.close.servers);
        selection.unwrap_or_else(|error| panic!("{error:?}"))
    }

    fn transports(&self) -> Vec<Transport> {
        let selection = self.selection();
        let servers = selection.servers.iter();
        servers
            .map(|server| selection.transport_to(server))
            .collect()
    }

    fn server_names(&self) -> Vec<String> {
        let servers = self.selection().servers.into_iter();
        servers.map(|server| server.host).collect()
    }
}

/// What a command line selects.
pub fn selection(line: &str) -> Selection {
    Run::new("", line).selection()
}

const FILE: &str = r#"
jobs = 3
idle = "1h"
[profile.default]
servers = ["ex01"]
user = 'CORP\ann'
[profile.branch]
dag = "DAG1"
transport = "https"
auth = "basic"
ca-file = "corp.pem"
[profile.pinned]
servers = ["ex03"]
pin = ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]
[[protect]]
network = "10.1.8.0/24"
reason = "load balancers"
[connect-to]
ex01 = "127.0.0.1:1"
"#;

#[test]
fn the_command_line_decides_before_the_file_and_the_file_before_defaults() {
    let plain = Run::new("", "--server a");
    assert_eq!(plain.selection().jobs, DEFAULT_JOBS);
    assert_eq!(plain.transports(), [Transport::Http]);
    assert_eq!(plain.settings.policy(&plain.close.how), Policy::default());

    let file = Run::new(FILE, "");
    assert_eq!(file.server_names(), ["ex01"]);
    assert_eq!(file.selection().jobs.get(), 3);
    assert_eq!(file.settings.policy(&file.close.how).idle.as_secs(), 3600);
    let protected = &file.settings.policy(&file.close.how).protected;
    assert_eq!(protected[0].network.prefix_len(), 24);

    let profile = Run::new(FILE, "--profile branch");
    assert_eq!(profile.server_names(), [""; 0]);
    assert_eq!(profile.selection().dag.as_deref(), Some("DAG1"));
    assert_eq!(
        profile.settings.method(&profile.close.servers.identity),
        Method::Basic
    );

    let line = Run::new(
        FILE,
        "--profile branch --server ex09 --jobs 1 --idle 5m --transport http",
    );
    assert_eq!(line.server_names(), ["ex09"]);
    assert_eq!(
        line.selection().dag,
        None,
        "servers named here replace the profile's DAG"
    );
    assert_eq!(line.selection().jobs.get(), 1);
    assert_eq!(line.transports(), [Transport::Http]);
    assert_eq!(line.settings.policy(&line.close.how).idle.as_secs(), 300);
}

#[test]
fn whom_to_trust_is_said_on_the_command_line_or_in_the_profile() {
    let pin = || Trusted::Pins(vec![Pin::of(b"abc")]);
    let file = |name: &str| Trusted::File(name.into());
    let on_line = format!("--pin={}", Pin::of(b"abc"));
    for (line, expected) in [
        ("-s a".to_owned(), Trusted::System),
        ("-s a --ca-file my.pem".to_owned(), file("my.pem")),
        (format!("-s a --transport https {on_line}"), pin()),
        ("--profile branch".to_owned(), file("corp.pem")),
        ("--profile pinned --transport https".to_owned(), pin()),
        (
            format!("--profile branch --transport https {on_line}"),
            pin(),
        ),
        (
            "--profile pinned --ca-file my.pem".to_owned(),
            file("my.pem"),
        ),
    ] {
        assert_eq!(
            Run::new(FILE, &line).selection().trusted,
            expected,
            "{line}"
        );
    }
}

#[test]
fn no_server_anywhere_is_a_usage_error() {
    let run = Run::new("", "");
    let error = run.settings.selection(&run.close.servers).unwrap_err();
    assert_eq!(error.exit, crate::cli::exit::Exit::Usage);
}

#[test]
fn a_name_given_twice_is_one_server() {
    let run = Run::new(
        "",
        "-s ex01 -s EX01 -s ex01. -s ex01.corp.example -s ex02 -s ex01:99",
    );
    let expected = ["ex01", "ex01.corp.example", "ex02", "ex01"];
    assert_eq!(run.server_names(), expected);
}

#[test]
fn a_connection_goes_elsewhere_by_the_most_exact_name() {
    let run = Run::new(
        FILE,
        "-s x --connect-to ex01.corp.example=127.0.0.1:2 --connect-to ex02=h:3",
    );
    let selection = run.selection();
    let port = |host| selection.connect_to(host).map(|target| target.port);
    assert_eq!(port("ex01"), Some(1), "from the file");
    assert_eq!(port("EX01.corp.example"), Some(2));
    assert_eq!(
        port("ex02.corp.example"),
        Some(3),
        "a short name stands for the full one"
    );
    assert_eq!(port("ex03"), None);
}

#[test]
fn the_port_of_https_says_how_a_server_is_reached_where_nothing_else_does() {
    use Transport::{Http, Https};
    for (config, line, expected) in [
        ("", "--server ex01 --server ex02:5986", &[Http, Https][..]),
        ("", "--server ex01:443 --server ex02:5985", &[Http, Http]),
        ("", "--server ex01:5986 --transport http", &[Http]),
        ("", "--server ex01 --transport https", &[Https]),
        (
            "[profile.default]\nservers = ['ex01:5986']\npin = \
             ['ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad']",
            "",
            &[Https],
        ),
    ] {
        assert_eq!(Run::new(config, line).transports(), expected, "{line}");
    }
}

/// A DAG of which something is to be shown is asked about, and is not who is meant.
#[test]
fn who_is_asked_about_a_dag() {
    for (config, line, dag, servers, by_its_name) in [
        ("", "", Some("DAG9"), &[][..], Some("DAG9")),
        ("", "--server ex05", Some("DAG9"), &["ex05"][..], None),
        (FILE, "", Some("DAG9"), &["ex01"], None),
        (FILE, "", None, &["ex01"], None),
        (FILE, "--profile branch", None, &[], Some("DAG1")),
        (FILE, "--profile branch", Some("DAG9"), &[], Some("DAG9")),
        (
            FILE,
            "--profile branch --server ex05",
            None,
            &["ex05"],
            None,
        ),
    ] {
        let run = Run::new(config, line);
        let selection = run.settings.selection_to_ask(&run.close.servers, dag);
        let selection = selection.unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let hosts: Vec<_> = selection
            .servers
            .iter()
            .map(|server| server.host.as_str())
            .collect();
        assert_eq!(
            (&hosts[..], selection.dag.as_deref()),
            (servers, by_its_name),
            "{line} {dag:?}"
        );
    }
    let run = Run::new("", "");
    let error = run
        .settings
        .selection_to_ask(&run.close.servers, None)
        .unwrap_err();
    assert_eq!(error.exit, crate::cli::exit::Exit::Usage);
}

#[test]
fn where_exchanges_cmdlets_are_asked_and_where_that_port_leads() {
    const FILE: &str = r#"
[profile.default]
servers = ["ex01.corp.example"]
exchange-endpoint = "own"
[connect-to]
"ex01.corp.example:80" = "127.0.0.1:8080"
"ex01.corp.example" = "127.0.0.2:5985"
"#;
    let endpoint = |file: &str, line: &str| Run::new(file, line).selection().exchange_endpoint;
    for (file, line, wanted) in [
        ("", "--server ex01", ExchangeEndpoint::Auto),
        (FILE, "", ExchangeEndpoint::Own),
        (
            FILE,
            "--exchange-endpoint snap-in",
            ExchangeEndpoint::SnapIn,
        ),
    ] {
        assert_eq!(endpoint(file, line), wanted, "{line}");
    }
    let selection = Run::new(FILE, "").selection();
    let to = |port| {
        let to = selection.connect_to_port("EX01.corp.example", port);
        to.map(|to| format!("{}:{}", to.host, to.port))
    };
    // where nothing is said of a port, it is sought where WinRM's connection goes
    assert_eq!(to(80).as_deref(), Some("127.0.0.1:8080"));
    assert_eq!(to(443).as_deref(), Some("127.0.0.2:443"));
    let winrm = selection.connect_to("ex01").map(|to| to.port);
    assert_eq!(winrm, Some(5985));
    assert_eq!(selection.connect_to_port("ex02", 80), None);
}

#[test]
fn servers_in_the_environment_go_before_the_profile_and_behind_the_command_line() {
    const TWO: &str = "ex07, ex08:5986";
    for (config, line, variable, servers, dag) in [
        ("", "", TWO, &["ex07", "ex08"][..], None),
        (FILE, "", TWO, &["ex07", "ex08"], None),
        (FILE, "--profile branch", TWO, &["ex07", "ex08"], None),
        (FILE, "", "  ,\t", &["ex01"], None),
        (FILE, "--server ex09", TWO, &["ex09"], None),
        (FILE, "--dag DAG9", TWO, &[], Some("DAG9")),
        (FILE, "", "ex07\nex07", &["ex07"], None),
    ] {
        let run = Run::beside(config, line, variable);
        assert_eq!(run.server_names(), servers, "{line} {variable}");
        assert_eq!(run.selection().dag.as_deref(), dag, "{line} {variable}");
    }
    let run = Run::beside("", "", "ex07 ex/08");
    let error = run.settings.selection(&run.close.servers).unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with("MAPISWEEP_SERVER: \"ex/08\" is not a server name"),
        "{said}"
    );
    assert!(
        Run::beside("", "--server ex01", "ex/08")
            .selection()
            .dag
            .is_none()
    );
}

#[test]
fn max_and_helper_are_said_on_the_command_line_or_in_the_file() {
    const FILE: &str = "max = 7\nhelper = '/opt/signed.exe'";
    for (config, line, max, helper) in [
        ("", "", 100, None),
        (FILE, "", 7, Some("/opt/signed.exe")),
        (FILE, "--max 9 --helper mine.exe", 9, Some("mine.exe")),
    ] {
        let Run { settings, close } = Run::new(config, line);
        assert_eq!(settings.policy(&close.how).max_connections, max, "{line}");
        let given = settings.helper(&close.how.helper);
        assert_eq!(given, helper.map(PathBuf::from), "{line}");
    }
}
