//! Who signs in is not whose sessions it is about.

use mapisweep_lab::event::What;

use crate::support::{Mapisweep, locked_out};

const SAID: &str = "--user says who signs in, here jsmith.";

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_is_said_before_a_password_is_asked_for_that_may_be_of_somebody_else() {
    let staged = locked_out().await;
    let screen = |line: &str, config: &str, variable: Option<&str>| {
        let run = Mapisweep::on(&staged.lab);
        let run = run.args(line).config(config).without_password();
        let run = run.env("MAPISWEEP_USER", variable.unwrap_or_default());
        tokio::task::block_in_place(|| {
            let mut terminal = run.on_terminal();
            terminal.shows("Password for ");
            terminal.type_in("\u{3}");
            terminal.screen()
        })
    };
    for (line, said) in [
        ("logons --server ex01 --user jsmith", true),
        ("logons --server ex01 --user jsmith --quiet", true),
        ("victims --server ex01 --user=jsmith", true),
        ("sweep --server ex01 -u jsmith", true),
        ("logons jsmith --server ex01 --user jsmith", true),
        ("logons mjones --server ex01 --user jsmith", false),
        ("dag --server ex01 --user jsmith", false),
    ] {
        let shown = screen(line, "", Some("ann"));
        let before = shown.split("Password for").next().unwrap();
        assert_eq!(before.contains(SAID), said, "{line}\n{shown}");
    }
    let shown = screen("logons --server ex01 --user jsmith", "", Some("ann"));
    let tip = "To see the sessions of jsmith: mapisweep logons jsmith";
    assert!(shown.contains(tip), "{shown}");
    let of_profile = "[profile.default]\nuser = 'JSmith'\n";
    for (config, line, variable) in [
        (of_profile, "logons --server ex01 --user jsmith", "ann"),
        ("", "logons --server ex01", "jsmith"),
    ] {
        let shown = screen(line, config, Some(variable));
        assert!(!shown.contains("--user says"), "{shown}");
    }
}

/// That is the ordinary way to see everybody, and no password is about to be typed for somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_who_signs_in_where_no_password_is_asked_for() {
    let staged = locked_out().await;
    let line = r"logons --server ex01 --user CORP\ann";
    let by_environment = Mapisweep::on(&staged.lab).args(line);
    let screen = tokio::task::block_in_place(|| {
        let terminal = by_environment.on_terminal();
        terminal.shows("HOLDS");
        terminal.screen()
    });
    assert!(!screen.contains("--user says"), "{screen}");
    let by_input = Mapisweep::on(&staged.lab).args(line).without_password();
    let by_input = by_input.arg("--password-stdin");
    let ran = by_input
        .input(mapisweep_lab::Scenario::PASSWORD)
        .run()
        .await;
    ran.exits(0).says_nothing();
}

/// A password in the environment is theirs whom the environment names.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_not_tried_for_somebody_else_than_it_stands_beside() {
    let staged = locked_out().await;
    for (user, variable, refused) in [
        ("jsmith", r"CORP\ann", true),
        (r"CORP\jsmith", "ann@corp.example", true),
        (r"CORP\ann", "ann", false),
        (r"CORP\ann", "", false),
    ] {
        let run = Mapisweep::on(&staged.lab).env("MAPISWEEP_USER", variable);
        let run = run.args(&format!("logons --server ex01 --user={user}"));
        let ran = run.run().await.exits(if refused { 2 } else { 0 });
        if refused {
            ran.says("MAPISWEEP_PASSWORD is ")
                .says("as in `mapisweep logons ");
        }
    }
    let tried = staged.lab.server("ex01").events();
    let refusals = tried
        .iter()
        .filter(|what| matches!(what, What::SignInRefused { .. }));
    assert_eq!(refusals.count(), 0, "{tried:?}");
}

#[tokio::test]
async fn a_user_to_close_is_no_option() {
    for flag in ["--user jsmith", "--user=jsmith", "-u jsmith"] {
        let run = Mapisweep::alone().args(&format!("close --server ex01 {flag}"));
        let ran = run.run().await.exits(2);
        ran.says("<USER>").says(
            "tip: --user says who signs in, here jsmith. To close the sessions of jsmith: mapisweep close jsmith",
        );
    }
    let ran = Mapisweep::alone().args("close --server ex01").run().await;
    assert!(!ran.exits(2).stderr().contains("tip: --user"));
}

/// Whoever asks for a password has the terminal show nothing; a shell that does not mend that itself would stay so.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_the_question_for_a_password_leaves_a_terminal_that_shows_what_is_typed() {
    let staged = locked_out().await;
    tokio::task::block_in_place(|| {
        let run = Mapisweep::on(&staged.lab)
            .args("logons --server ex01 --auth ntlm")
            .without_password();
        let mut terminal = run.on_terminal_of_a_shell();
        terminal.shows("Password for ");
        terminal.type_in("\u{3}");
        assert_eq!(terminal.exits(), Some(0), "{}", terminal.screen());
        let screen = terminal.screen();
        for said in ["interrupted. Nothing was done.", "code 130", "\r\necho"] {
            assert!(screen.contains(said), "{said}: {screen}");
        }
    });
}

/// Ctrl-D at the question for a password is a no, and so is an empty line: neither is shown to a server, nor asked about again.
#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_no_attempt() {
    let staged = locked_out().await;
    for answer in ["\u{4}", "\n"] {
        let screen = tokio::task::block_in_place(|| {
            let mut terminal = Mapisweep::on(&staged.lab)
                .args("logons --server ex01 --auth ntlm")
                .without_password()
                .on_terminal();
            terminal.shows("Password for ");
            terminal.type_in(answer);
            assert_eq!(terminal.exits(), Some(2), "{}", terminal.screen());
            terminal.screen()
        });
        let said = "no password was typed. Nothing was done.";
        assert!(screen.contains(said), "{answer:?}\n{screen}");
        assert_eq!(screen.matches("Password for ").count(), 1, "{screen}");
    }
    let events = staged.lab.server("ex01").events();
    let is_tried = |what: &What| matches!(what, What::SignedIn { .. } | What::SignInRefused { .. });
    assert!(!events.iter().any(is_tried), "{events:?}");
}
