//! `mapisweep config`, and what says the same as a flag: variables, the profile, the file.

use mapisweep_lab::Lab;

use crate::support::{Mapisweep, locked_out, stage};

const FILE: &str = r#"
idle = "1h"
max = 7
proxy = "http://ann@proxy:3128"
[profile.default]
servers = ["ex01"]
user = 'CORP\ann'
[profile.branch]
servers = ["ex07", "ex08"]
realm = "BRANCH.EXAMPLE"
proxy = "none"
[[protect]]
network = "10.1.8.0/24"
reason = "load balancers"
"#;

#[tokio::test]
async fn the_file_that_is_read_is_told_whether_it_is_there_or_not() {
    let ran = Mapisweep::alone().args("config path").run().await.exits(0);
    ran.prints("/.config/mapisweep/config.toml  (the usual file; it is not there)\n");
    let broken = Mapisweep::alone().config("idle = ").args("config path");
    let ran = broken.run().await.exits(0);
    ran.prints("/.config/mapisweep/config.toml  (the usual file)\n");
    for (line, by) in [
        ("config path --config other.toml", "command_line"),
        ("config path", "variable"),
    ] {
        let run = Mapisweep::alone().args(&format!("{line} --format json"));
        let run = run.env("MAPISWEEP_CONFIG", "other.toml").run();
        let record = &run.await.exits(0).json()["records"][0];
        let told = (&record["path"], &record["exists"], &record["named_by"]);
        assert_eq!(told, (&"other.toml".into(), &false.into(), &by.into()));
    }
}

#[tokio::test]
async fn what_holds_is_shown_with_where_it_comes_from() {
    let ran = Mapisweep::alone()
        .config(FILE)
        .args("config show --timeout 90s --kdc dc1")
        .env("MAPISWEEP_PROFILE", "branch")
        .env("MAPISWEEP_USER", "bob")
        .env("MAPISWEEP_PASSWORD", "hunter2")
        .env("MAPISWEEP_PROXY_PASSWORD", "hunter2")
        .run()
        .await
        .exits(0)
        .says_nothing();
    insta::assert_snapshot!(ran.stdout());
    let ran = Mapisweep::alone()
        .config(FILE)
        .args("config show --format json --profile default")
        .env("MAPISWEEP_SERVER", "ex03 ex04")
        .env("MAPISWEEP_PROFILE", "branch")
        .run()
        .await
        .exits(0);
    let json = ran.json();
    let told = |setting: &str| -> Vec<String> {
        let records = json["records"].as_array().unwrap().iter();
        let of_it = records.filter(|record| record["setting"] == setting);
        of_it
            .map(|record| {
                let word = |field: &str| record[field].as_str().unwrap_or("null").to_owned();
                [word("value"), word("from"), word("name")].join(" ")
            })
            .collect()
    };
    for (setting, expected) in [
        ("profile", &["default command_line null"][..]),
        (
            "servers",
            &[
                "ex03 variable MAPISWEEP_SERVER",
                "ex04 variable MAPISWEEP_SERVER",
            ],
        ),
        ("user", &[r"CORP\ann profile default"]),
        ("proxy", &["http://ann@proxy:3128 file null"]),
        ("max", &["7 file null"]),
        ("realm", &["null default null"]),
        ("jobs", &["32 default null"]),
    ] {
        assert_eq!(told(setting), expected, "{setting}\n{ran}");
    }
}

#[tokio::test]
async fn every_mistake_in_the_file_is_named() {
    let ran = Mapisweep::alone()
        .config("idel = '15m'\njobs = 0\n[profile.branch]\nservres = ['ex01']\n")
        .args("config check")
        .run()
        .await
        .exits(2);
    ran.prints(
        "✗ line 1: \"idel\" is unknown. Is idle meant?\n\
         ✗ line 2: jobs: invalid value: integer `0`, expected a whole number of 1 or more.\n\
         ✗ line 4: \"servres\" is unknown. Is servers meant?\n",
    )
    .says("config.toml has 3 mistakes.");
    let used = r#"
helper = "/nonexistent/helper.exe"
idel = "15m"
proxy = "http://ann:hunter2@proxy:3128"
[profile.branch]
user = "CORP\bob"
[profile.default]
user = 'A\B\c'
[profile.hq]
servers-from = "/nonexistent/servers"
[profile.tls]
transport = "https"
ca-file = "/nonexistent/ca.pem"
proxy = "none"
[connect-to]
"ex/01" = "127.0.0.1:1"
"#;
    let run = Mapisweep::alone()
        .config(used)
        .args("config check --profile nowhere");
    let ran = run.run().await.exits(2);
    for said in [
        "✗ line 3: \"idel\" is unknown. Is idle meant?",
        "✗ cannot read /nonexistent/helper.exe: No such file",
        "✗ connect-to: \"ex/01\" is not a server name",
        "✗ no profile is named \"nowhere\". There is branch, default, hq and tls.",
        "✗ profile default: \"A\\B\\c\" is not a user name",
        "✗ profile branch: \"CORP<U+0008>ob\" is not a user name",
        r"single quotes, where it means itself: user = 'CORP\ann'.",
        "✗ profile hq: /nonexistent/servers cannot be read",
        "✗ profile tls: /nonexistent/ca.pem cannot be read",
        "✗ a proxy's password is not taken from its URL",
    ] {
        assert!(ran.stdout().contains(said), "{said}\n{ran}");
    }
    assert!(!ran.to_string().contains("hunter2"), "{ran}");
}

/// One mistake in a profile hides no other.
#[tokio::test]
async fn all_that_would_end_a_run_is_named_of_each_profile() {
    const NO_LIST: &str = "/nonexistent cannot be read";
    const NO_CA: &str = "/nope cannot be read";
    const PROXY: &str = "a proxy's password is not taken from its URL";
    const BASIC: &str = "basic authentication is refused over plain HTTP";
    const PIN: &str = "a certificate is pinned, and plain HTTP shows none";
    let pin = format!("pin = ['{}']", "ab".repeat(32));
    let all = format!(
        "user = 'A\\B\\c'\nservers = ['ex01']\nservers-from = '/nonexistent'\nauth = 'basic'\n{pin}\n\
         proxy = 'http://ann:hunter2@proxy:3128'"
    );
    let pinned = format!("transport = 'http'\n{pin}");
    for (profile, mistakes) in [
        (
            "servers-from = '/nonexistent'\nca-file = '/nope'",
            &[NO_LIST, NO_CA][..],
        ),
        (
            "ca-file = '/nope'\nproxy = 'http://ann:hunter2@proxy:3128'",
            &[NO_CA, PROXY],
        ),
        ("servers = ['ex01']\nauth = 'basic'", &[BASIC]),
        ("dag = 'DAG1'\nauth = 'basic'", &[BASIC]),
        ("transport = 'http'\nauth = 'basic'", &[BASIC]),
        (&pinned, &[PIN]),
        (&all, &["is not a user name", NO_LIST, PROXY, PIN, BASIC]),
        // the command line says how the server is reached
        ("auth = 'basic'", &[]),
        ("auth = 'basic'\nservers = ['ex01:5986']", &[]),
        (
            "auth = 'basic'\nservers = ['ex01']\ntransport = 'https'",
            &[],
        ),
    ] {
        let run = Mapisweep::alone()
            .config(&format!("[profile.x]\n{profile}\n"))
            .args("config check");
        let ran = run
            .run()
            .await
            .exits(if mistakes.is_empty() { 0 } else { 2 });
        assert_eq!(
            ran.stdout().matches('✗').count(),
            mistakes.len(),
            "{profile}\n{ran}"
        );
        for mistake in mistakes {
            assert!(
                ran.stdout().contains(mistake),
                "{mistake}: {profile}\n{ran}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_that_is_right_or_absent_is_said_to_be() {
    let ran = Mapisweep::alone().config(FILE).args("config check").run();
    ran.await
        .exits(0)
        .prints_nothing()
        .says("config.toml is right; profiles: branch and default.");
    let ran = Mapisweep::alone().args("config check").run();
    ran.await
        .exits(0)
        .says("is not there, so nothing is configured.");
    let ran = Mapisweep::alone().args("config check --format json").run();
    let document = ran.await.exits(0).json();
    let what = document["errors"][0]["what"].as_str().unwrap();
    assert!(
        what.ends_with("is not there, so nothing is configured."),
        "{document:#}"
    );
    let ran = Mapisweep::alone().args("config check --config missing.toml");
    ran.run().await.exits(2).says("cannot read missing.toml");
    let ran = Mapisweep::alone().config(FILE).args("config profiles");
    ran.run().await.exits(0).prints("branch\ndefault\n");
}

#[tokio::test]
async fn a_backslash_without_single_quotes_gets_advice() {
    for text in [
        "[profile.default]\nuser = \"CORP\\ann\"\n",
        "[profile.default]\nuser = CORP\\ann\n",
        // which is TOML's way to write a control character
        "[profile.default]\nuser = \"CORP\\bob\"\n",
    ] {
        Mapisweep::alone()
            .config(text)
            .args("logons --server ex01")
            .run()
            .await
            .exits(2)
            .says(r"Text with a backslash stands in single quotes, where it means itself: user = 'CORP\ann'.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_name_profile_file_and_servers() {
    let server = |server: mapisweep_lab::ServerSpec| server.exchange_2010();
    let servers = Lab::builder().server("ex01", server).server("ex02", server);
    let staged = stage(servers).await;
    let named = async |variables: &[(&str, &str)], line: &str| -> Vec<String> {
        let mut run = Mapisweep::on(&staged.lab)
            .config("[profile.default]\nservers = ['ex01']\n[profile.two]\nservers = ['ex02']\n")
            .args(&format!("logons --format json {line}"));
        for (name, value) in variables {
            run = run.env(name, value);
        }
        let json = run.run().await.json();
        let servers = json["servers"].as_array().unwrap().iter();
        servers
            .map(|server| server["server"].as_str().unwrap().to_owned())
            .collect()
    };
    for (variables, line, servers) in [
        (&[][..], "", &["ex01"][..]),
        (&[("MAPISWEEP_PROFILE", "")], "", &["ex01"]),
        (&[("MAPISWEEP_CONFIG", "")], "", &["ex01"]),
        (&[("MAPISWEEP_PROFILE", "two")], "", &["ex02"]),
        (
            &[("MAPISWEEP_PROFILE", "two")],
            "--profile default",
            &["ex01"],
        ),
        (&[("MAPISWEEP_SERVER", "ex02,ex01")], "", &["ex02", "ex01"]),
        (&[("MAPISWEEP_SERVER", "ex02")], "--server ex01", &["ex01"]),
    ] {
        assert_eq!(
            named(variables, line).await,
            servers,
            "{variables:?} {line}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_in_the_environment_do_not_forbid_to_resume() {
    let staged = locked_out().await;
    let run = Mapisweep::on(&staged.lab).args("sweep --resume --yes");
    let ran = run.env("MAPISWEEP_SERVER", "ex01").run().await.exits(3);
    assert!(!ran.stderr().contains("cannot be used with"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_says_how_many_connections_are_too_many_and_which_helper_is_run() {
    let staged = locked_out().await;
    let run = Mapisweep::on(&staged.lab).args("close jsmith --server ex01 --dry-run");
    let ran = run.config("max = 2\n").run().await;
    ran.prints("refuse: ");
    let run = Mapisweep::on(&staged.lab).args("connections --server ex01");
    let ran = run
        .config("helper = '/nonexistent/helper.exe'\n")
        .run()
        .await;
    ran.exits(2)
        .says("cannot read /nonexistent/helper.exe")
        .says("or `helper` in the configuration file");
}

/// What is said needs no knowledge of TOML's reader, and says what to do where that is known.
#[tokio::test]
async fn mistakes_are_told_in_words_of_people() {
    for (file, said) in [
        (
            "jobs = 'x'",
            "jobs: invalid type: text \"x\", expected a whole number of 1 or more.",
        ),
        (
            "max = -1",
            "max: invalid value: integer `-1`, expected a whole number of 1 or more.",
        ),
        (
            "max = 99999999999999999999999",
            "`99999999999999999999999` is too large a number.",
        ),
        (
            "idle = 15",
            "idle: invalid type: integer `15`, expected text in quotes.",
        ),
        (
            "timeout = '0s'",
            "\"0s\" is not a length of time above zero, such as 30s",
        ),
        (
            "[profile.x]\nservers = 'ex01'",
            "expected a list in square brackets.",
        ),
        (
            "[profile.x]\nservers = ['ex01:0']",
            "\"ex01:0\" is not a server name",
        ),
        ("[profile.x]\ndelegation = 'yes'", "expected true or false."),
        (
            "[profile.x]\ntransport = 'ftp'",
            "unknown value `ftp`, expected `http` or `https`.",
        ),
        (
            "[profile.x]\ndag = ''",
            "\"\" is not the name of a DAG: it is empty",
        ),
        (
            "[profile.x]\ndag = 'DAG*'",
            "\"DAG*\" is not the name of a DAG",
        ),
        (
            "[profile.x]\nca-file = '/nonexistent'",
            "Check --ca-file, or `ca-file` in the configuration file",
        ),
        (
            "user = 'CORP\\ann'",
            "\"user\" is unknown. It belongs to a profile: write it below a line [profile.NAME].",
        ),
        (
            "[profile.x]\njobs = 3",
            "\"jobs\" is unknown. It belongs to all profiles: write it above the first",
        ),
        (
            "[[protect]]\nreason = 'x'\n[[protect]]\nnetwork = '10.1.8.0/99'",
            "✗ line 1: protect: missing field `network`.\n✗ line 4: network: \"10.1.8.0/99\" is not an address",
        ),
        (
            "[[protect]]\nnetwork = '10.1.8.0/24'\njobs = 3",
            "\"jobs\" is unknown. It belongs to the whole file: write it above the first line in square",
        ),
        (
            "[profile.x]\nservers = []\n[profile.\"\"]\nuser = 'ann'",
            "✗ line 2: servers: a list that is empty names no server: leave it out.\n✗ line 3: profile: a name that is",
        ),
        (
            "[profile.x]\npassword = 'x'",
            "No password is kept in this file: `mapisweep login` puts it into the keyring.",
        ),
    ] {
        let run = Mapisweep::alone().config(file).args("config check");
        let ran = run.run().await.exits(2);
        assert!(ran.stdout().contains(said), "{file}: {said}\n{ran}");
    }
    // the place is what is wrong, and not the backslash
    let run = Mapisweep::alone()
        .config("user = 'CORP\\ann'")
        .args("config show");
    let ran = run
        .run()
        .await
        .exits(2)
        .says("`mapisweep config check --config ")
        .says("` names all mistakes");
    assert!(!ran.stderr().contains("single quotes"), "{ran}");
    let folder = Mapisweep::alone().args("config check --config /tmp");
    folder
        .run()
        .await
        .exits(2)
        .says("It has to be a file that you may read");
}

#[tokio::test]
async fn a_variable_that_is_empty_says_nothing_and_one_that_is_no_text_is_named() {
    let empty = Mapisweep::alone()
        .env("MAPISWEEP_USER", " ")
        .args("config show");
    empty.run().await.exits(0).prints("user               -");
    let broken = Mapisweep::alone().broken_env("MAPISWEEP_USER");
    let broken = broken.args("config show").run().await.exits(2);
    broken.says("MAPISWEEP_USER is no UTF-8");
    let staged = locked_out().await;
    let typed = Mapisweep::on(&staged.lab)
        .args("logons --server ex01")
        .arg("--user=");
    typed.run().await.exits(2).says("\"\" is not a user name");
}

/// As `--config <(…)` gives it: what is read once is there no more.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_configuration_may_come_through_a_pipe() {
    for (line, text, code, said) in [
        ("config show --profile branch", FILE, 0, "ex07"),
        ("config profiles", FILE, 0, "branch"),
        ("config check", FILE, 0, ""),
        ("config check", "idel = 1", 2, "idel"),
        ("config path", FILE, 0, "/dev/fd/3"),
        ("whoami --auth ntlm", FILE, 0, r"CORP\ann"),
    ] {
        let run = Mapisweep::alone().config_through_a_pipe(text).args(line);
        run.run().await.exits(code).prints(said);
    }
}
