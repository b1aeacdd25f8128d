//! `login`, `whoami` and `logout` with a keyring nobody here wrote: gnome-keyring, on a message bus of its own.
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

/// Runs a script in a session with an unlocked keyring, `$M` being mapisweep; `None` where there is no keyring.
fn in_session(script: &str) -> Option<Output> {
    let exists = |program: &str| {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output();
        found.is_ok_and(|found| found.status.success())
    };
    let needed = ["dbus-run-session", "gnome-keyring-daemon", "secret-tool"];
    if !needed.into_iter().all(exists) {
        mapisweep_outside::skip("the keyring", &format!("{needed:?} are not all installed"));
        return None;
    }
    let home = tempfile::tempdir().unwrap();
    let unlock =
        "printf master | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1";
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", &format!("{unlock}\n{script}")]);
    session
        .env("M", env!("CARGO_BIN_EXE_mapisweep"))
        .env("HOME", home.path());
    for variable in [
        "MAPISWEEP_USER",
        "MAPISWEEP_PASSWORD",
        "XDG_STATE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    ] {
        session.env_remove(variable);
    }
    Some(session.output().unwrap())
}

#[test]
fn a_password_is_kept_found_by_others_and_forgotten() {
    let Some(output) = in_session(
        r#"exec 2>&1
        echo secret | "$M" login --user 'CORP\ann' --password-stdin; echo "login: $?"
        "$M" whoami; echo "whoami: $?"
        echo "secret-tool: $(secret-tool lookup service mapisweep username 'CORP\ann')"
        "$M" logout; echo "logout: $?"
        "$M" logout --user 'CORP\ann'; echo "again: $?"
        "$M" whoami; echo "whoami: $?""#,
    ) else {
        return;
    };
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
}
