//! The examples for other programs do what they say, against the lab: Ansible's playbook run by Ansible, the workflow's steps
//! run by the shell that a runner has.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use mapisweep_lab::{Lab, Scenario, Staged};
use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

use crate::support::stage;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// jsmith is locked out of ex01; of the two servers nobody else needs help.
async fn locked_out() -> Staged {
    let mut servers = Lab::builder();
    for name in ["ex01", "ex02"] {
        servers = servers.server(name, |server| server.exchange_2010());
    }
    stage(servers).await
}

/// The computer on which the program is called: it is on the path, and the lab is where its configuration says.
struct Computer(TempDir);

impl Computer {
    fn of(lab: &Lab) -> Self {
        let home = tempfile::tempdir().unwrap();
        let targets = lab.connect_to_args();
        let targets = targets.iter().filter_map(|target| target.split_once('='));
        let targets = targets.map(|(name, target)| format!("\"{name}\" = \"{target}\"\n"));
        let config = format!("[connect-to]\n{}", targets.collect::<String>());
        let folder = home.path().join(".config/mapisweep");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), config).unwrap();
        Self(home)
    }

    fn run(&self, lab: &Lab, program: &Path, arguments: &[&str]) -> Output {
        let here = Path::new(env!("CARGO_BIN_EXE_mapisweep")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", format!("{}:{path}", here.display()))
            .env("HOME", self.0.path())
            .env("LC_ALL", "C.UTF-8")
            .env("ANSIBLE_PYTHON_INTERPRETER", "/usr/bin/python3")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .env("KRB5_CONFIG", "/dev/null")
            .env("MAPISWEEP_USER", lab.administrator().qualified())
            .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD)
            .env("MAPISWEEP_SERVER", "ex01.corp.example ex02.corp.example")
            .current_dir(self.0.path());
        command.output().unwrap()
    }
}

/// What `scripts/witnesses` installed.
fn ansible() -> Option<PathBuf> {
    let folder = std::env::var_os("MAPISWEEP_WITNESSES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(ROOT).join("target/witnesses"));
    let program = folder.join("bin/ansible-playbook");
    if program.exists() {
        return Some(program);
    }
    let why = format!("no {}: run scripts/witnesses", program.display());
    mapisweep_outside::skip("the playbook", &why);
    None
}

async fn is_let_in(staged: &Staged) -> bool {
    let outlook = staged.lab.outlook("jsmith").from("10.1.4.77");
    outlook.connect().await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_playbook_lets_people_in_and_changes_nothing_the_second_time() {
    let Some(ansible) = ansible() else {
        return;
    };
    let staged = locked_out().await;
    assert!(!is_let_in(&staged).await);
    let computer = Computer::of(&staged.lab);
    let playbook = format!("{ROOT}/examples/ansible/sweep.yml");
    let servers = r#"{"exchange_servers": ["ex01.corp.example", "ex02.corp.example"]}"#;
    let line = ["-i", "localhost,", &playbook, "--extra-vars", servers];
    for (changed, told) in [
        ("changed=1", "31 connections closed"),
        ("changed=0", "nothing_matched: 0"),
    ] {
        let run = || computer.run(&staged.lab, &ansible, &line);
        let ran = tokio::task::block_in_place(run);
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains(changed), "{ran:#?}");
        assert!(said.contains(told), "{said}");
    }
    assert!(is_let_in(&staged).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workflow_lets_people_in() {
    let staged = locked_out().await;
    let computer = Computer::of(&staged.lab);
    let workflow = include_str!("../../examples/github-actions/sweep.yml");
    let workflow = Yaml::load_from_str(workflow).unwrap();
    let steps = &workflow[0]["jobs"]["sweep"]["steps"];
    let scripts = steps.as_sequence().unwrap().iter();
    let scripts: Vec<_> = scripts.map(|step| step["run"].as_str().unwrap()).collect();
    assert_eq!(scripts.len(), 2);
    // the second time nobody is left to be helped
    for script in [&scripts[..], &scripts[1..]].concat() {
        let arguments = ["--noprofile", "--norc", "-eo", "pipefail", "-c", script];
        let run = || computer.run(&staged.lab, Path::new("bash"), &arguments);
        let ran = tokio::task::block_in_place(run);
        assert!(ran.status.success(), "{script}\n{ran:#?}");
    }
    assert!(is_let_in(&staged).await);
}
