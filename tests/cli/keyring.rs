//! What the keyring holds: stored, listed, found by others and whatever the case, forgotten; and a keyring that is locked
//! or does not answer.
#![cfg(target_os = "linux")]

use std::{
    os::unix::net::UnixListener,
    time::{Duration, Instant},
};

use mapisweep_lab::Scenario;

use crate::support::{Mapisweep, keyring::Session, locked_out};

#[test]
fn a_password_is_kept_found_by_others_and_forgotten() {
    let Some(session) = Session::new() else {
        return;
    };
    insta::assert_snapshot!(session.run(
        r#"echo secret | "$M" login --auth ntlm --user 'CORP\ann' --password-stdin; echo "login: $?"
        "$M" whoami --auth ntlm; echo "whoami: $?"
        echo "secret-tool: $(secret-tool lookup service mapisweep username 'CORP\ann')"
        "$M" logout; echo "logout: $?"
        "$M" logout --user 'CORP\ann'; echo "again: $?"
        "$M" login --list; echo "list: $?"
        "$M" whoami; echo "whoami: $?""#,
    ));
}

#[test]
fn case_does_not_matter_and_nobody_is_stored_twice() {
    let Some(session) = Session::new() else {
        return;
    };
    insta::assert_snapshot!(session.run(
        r#"look() { secret-tool lookup service mapisweep username "$1"; echo; }
        printf byhand | secret-tool store --label x service mapisweep username 'CORP\ann'
        "$M" whoami --auth ntlm --user 'corp\Ann'
        echo newer | "$M" login --no-verify --user 'corp\ANN' --password-stdin
        look 'CORP\ann'
        "$M" login --list
        echo "another program makes a second one:"
        printf other | secret-tool store --label x service mapisweep username 'CORP\ann' by hand
        "$M" whoami --auth ntlm --user 'CORP\ann'
        echo one | "$M" login --no-verify --user 'CORP\ann' --password-stdin
        "$M" login --list --format csv
        look 'CORP\ann'"#,
    ));
}

#[test]
fn a_profile_has_its_own_password_where_it_differs() {
    let Some(session) = Session::new() else {
        return;
    };
    let session = session.config("[profile.branch]\nuser = 'CORP\\ann'\n");
    insta::assert_snapshot!(session.run(
        r#"echo plain | "$M" login --no-verify --user 'CORP\ann' --password-stdin
        "$M" whoami --auth ntlm --profile branch
        echo branch | "$M" login --no-verify --profile branch --password-stdin
        "$M" whoami --auth ntlm --profile branch
        "$M" whoami --auth ntlm --user 'CORP\ann'
        echo "secret-tool: $(secret-tool lookup service mapisweep username 'CORP\ann')"
        echo "secret-tool: $(secret-tool lookup service mapisweep username 'CORP\ann/branch')"
        "$M" login --list
        "$M" login --list --format json
        "$M" logout --profile branch; echo "logout: $?"
        "$M" logout --profile branch; echo "again: $?"
        "$M" whoami --auth ntlm --profile branch"#,
    ));
}

/// As after a restart without anybody at the screen.
const LOCK: &str = r#"
    echo secret | "$M" login --no-verify --user 'CORP\ann' --password-stdin
    before=$(keyring)
    gnome-keyring-daemon --replace --components=secrets </dev/null >/dev/null 2>&1
    another $before
"#;

#[test]
fn locked_is_not_absent() {
    let Some(session) = Session::new() else {
        return;
    };
    let script = r#"
        "$M" whoami --auth ntlm; echo "whoami: $?"
        "$M" logons --auth ntlm --server ex01 </dev/null; echo "logons: $?"
        echo other | "$M" login --no-verify --user 'CORP\bob' --password-stdin; echo "login: $?"
        "$M" login --list; echo "list: $?"
        "$M" logout; echo "logout: $?""#;
    insta::assert_snapshot!(session.run(&format!("{LOCK}{script}")));
}

/// No more than is allowed for a keyring, and something for the program itself on a machine that has much to do.
const AT_MOST: Duration = Duration::from_secs(3 + 5);

#[tokio::test]
async fn a_bus_that_never_answers_ends_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("bus");
    let _bus = UnixListener::bind(&socket).unwrap();
    for (line, code) in [
        ("whoami --user ann --auth ntlm", 0),
        ("login --user ann --no-verify --password-stdin", 1),
        ("login --list", 1),
        ("logout --user ann", 1),
        ("logons --server ex01 --user ann --auth ntlm", 2),
    ] {
        let began = Instant::now();
        let ran = Mapisweep::alone()
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                &format!("unix:path={}", socket.display()),
            )
            .args(line)
            .input("secret\n")
            .run()
            .await
            .exits(code)
            .says("the keyring has not answered within 3s");
        let said = ran.shown().matches("has not answered").count();
        assert_eq!(said, 1, "{ran}");
        assert!(began.elapsed() < AT_MOST, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_a_terminal_the_password_is_asked_for_after_a_sentence() {
    let staged = locked_out().await;
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("bus");
    let _bus = UnixListener::bind(&socket).unwrap();
    let mut terminal = Mapisweep::on(&staged.lab)
        .without_password()
        .env(
            "DBUS_SESSION_BUS_ADDRESS",
            &format!("unix:path={}", socket.display()),
        )
        .args("logons --server ex01")
        .on_terminal();
    terminal
        .shows("The keyring has not answered within 3s. It counts as absent.")
        .shows(r"Password for CORP\ann")
        .hides_what_is_typed();
    terminal.type_in(&format!("{}\n", Scenario::PASSWORD));
    assert_eq!(terminal.exits(), Some(0), "{}", terminal.screen());
    let without = Mapisweep::on(&staged.lab).without_password();
    let mut terminal = without.args("logons --server ex01").on_terminal();
    terminal.shows(r"Password for CORP\ann");
    let screen = terminal.screen();
    let mut before = screen.lines().take_while(|line| !line.contains("Password"));
    let is_sentence = |line: &str| {
        line.starts_with("No keyring service is running (") && line.trim_end().ends_with(").")
    };
    assert!(before.any(is_sentence), "{screen}");
    terminal.hides_what_is_typed();
    terminal.type_in(&format!("{}\n", Scenario::PASSWORD));
    assert_eq!(terminal.exits(), Some(0), "{}", terminal.screen());
}

#[test]
fn a_keyring_that_stops_answering_counts_as_absent() {
    let Some(session) = Session::new() else {
        return;
    };
    let began = Instant::now();
    let said = session.run(
        r#"echo secret | "$M" login --no-verify --user 'CORP\ann' --password-stdin
        K=$(keyring); kill -STOP $K
        "$M" whoami --auth ntlm; echo "whoami: $?"
        kill -CONT $K
        "$M" whoami --auth ntlm"#,
    );
    assert!(began.elapsed() < AT_MOST, "{said}");
    insta::assert_snapshot!(said);
}
