//! What goes wrong, the sentence for it, and the exit code.

use std::net::TcpListener;

use mapisweep_lab::{Faults, Lab};

use crate::support::{Mapisweep, locked_out, stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password() {
    let staged = locked_out().await;
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .password("wrong")
        .run()
        .await
        .exits(1)
        .prints_nothing()
        .says(r"error: ex01: the sign-in of CORP\ann was refused (HTTP 401). Most likely the password is wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_administrator() {
    let staged = locked_out().await;
    Mapisweep::on(&staged.lab)
        .args("logons --server ex01")
        .env("MAPISWEEP_USER", r"CORP\user1")
        .run()
        .await
        .exits(1)
        .says("ex01: signed in, but not an administrator there (access denied, WSMan 5). For a local account:")
        .says(r"add CORP\user1 to ex01's Administrators.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_host() {
    let staged = locked_out().await;
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex09 --yes")
        .arg(format!("--connect-to=ex09={free}"))
        .run()
        .await
        .exits(1)
        .says("error: ex09: nothing answers on 127.0.0.1:")
        .says("run `winrm quickconfig` on ex09");
    Mapisweep::on(&staged.lab)
        .args("logons --server no-such-host.invalid")
        .run()
        .await
        .exits(1)
        .says("the name no-such-host.invalid cannot be resolved");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate() {
    let staged = locked_out().await;
    Mapisweep::on(&staged.lab)
        .args("logons --server ex01 --transport https")
        .run()
        .await
        .exits(1)
        .says("error: ex01: the certificate of ex01 is not trusted: its issuer is unknown (CN=")
        .says("give its issuer's certificate with --ca-file");
    let run = Mapisweep::on(&staged.lab).args("logons --server ex01 --transport https");
    let authority = run.home().join("ca.pem");
    std::fs::write(&authority, staged.lab.ca_pem()).unwrap();
    run.arg(format!("--ca-file={}", authority.display()))
        .run()
        .await
        .exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_is_for_https_only() {
    let staged = locked_out().await;
    for line in [
        "logons --server ex01 --auth basic",
        "logons --server ex01:5985 --auth basic",
        "close jsmith --server ex01:5986 --transport http --auth basic --yes",
    ] {
        Mapisweep::on(&staged.lab)
            .args(line)
            .run()
            .await
            .exits(2)
            .says("basic authentication is refused over plain HTTP")
            .says("Add --transport https");
    }
    let signed_in = staged.lab.server("ex01").events();
    assert!(
        !format!("{signed_in:?}").contains("SignedIn"),
        "{signed_in:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_user() {
    let staged = locked_out().await;
    Mapisweep::on(&staged.lab)
        .args("close nobody --server ex01 --yes")
        .run()
        .await
        .exits(3)
        .prints_nothing()
        .says("error: Exchange knows no mailbox \"nobody\".");
    Mapisweep::on(&staged.lab)
        .args("close nobody jsmith --server ex01 --yes")
        .run()
        .await
        .exits(1)
        .says("error: Exchange knows no mailbox \"nobody\".")
        .prints("31 closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_people_of_one_name() {
    let named_alike = ["roe1", "roe2"].into_iter().fold(
        Lab::builder().server("ex01", |server| server.exchange_2007()),
        |lab, account| lab.user(account, |user| user.named("Richard Roe")),
    );
    let servers = named_alike.server("ex02", |server| server.exchange_2007());
    let staged = stage(servers).await;
    let server = staged.lab.server("ex01");
    let _outlook = server.outlook("roe1").from("10.1.4.60").connect().await;
    for line in [
        "close --server ex01 --server ex02 --yes --all",
        "close jsmith --server ex01 --yes",
        "close --server ex01 --dry-run",
        "logons --server ex01 --format csv --no-header",
    ] {
        Mapisweep::on(&staged.lab)
            .args(line)
            .arg("Richard Roe")
            .run()
            .await
            .exits(2)
            .prints_nothing()
            .says("error: 2 mailboxes are called \"Richard Roe\", so nothing was done. Name the one that is meant")
            .says("\n  roe1  /o=")
            .says("\n  roe2  /o=")
            .says("  in EX01 Mailbox Database");
    }
    assert!(server.resets().is_empty() && server.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_everybody_are_refused_before_anything_is_sent() {
    let staged = locked_out().await;
    for (name, said) in [
        (
            "*",
            "it a pattern, which may fit others as well; name one person by",
        ),
        ("j*", "it a pattern"),
        ("jsmit?", "it a pattern"),
        ("[j]smith", "it a pattern"),
        (
            "",
            "it is empty; name one person by account, e-mail address",
        ),
        (" \t ", "it is empty"),
        ("\u{200b}", "it holds <U+200B>, which nobody sees"),
    ] {
        for verb in ["close", "logons"] {
            Mapisweep::on(&staged.lab)
                .args(verb)
                .arg("--server=ex01")
                .arg("jsmith")
                .arg(name)
                .run()
                .await
                .exits(2)
                .prints_nothing()
                .says(said);
        }
    }
    let events = format!("{:?}", staged.lab.server("ex01").events());
    assert!(!events.contains("SignedIn"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_sessions() {
    let staged = locked_out().await;
    Mapisweep::on(&staged.lab)
        .args("close ann --server ex01 --yes")
        .run()
        .await
        .exits(3)
        .says("holds no session on ex01, so there is nothing to close.");
    Mapisweep::on(&staged.lab)
        .args("logons ann --server ex01")
        .run()
        .await
        .exits(3)
        .prints("no logons");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_to_ask() {
    let staged = locked_out().await;
    for run in [
        Mapisweep::on(&staged.lab),
        Mapisweep::on(&staged.lab).closed_stdin(),
    ] {
        run.args("close jsmith --server ex01")
            .run()
            .await
            .exits(2)
            .prints_nothing()
            .says("there is no terminal to ask on, so nothing was done. Add --yes");
    }
    // who sits at a terminal is told what is not there
    for (how, said) in [
        (
            "2>said.txt",
            "it would be asked on standard error, which goes elsewhere than to the terminal, so nothing was done. Add --yes",
        ),
        (
            "</dev/null 2>said.txt",
            "there is no terminal to ask on, so nothing was done. Add --yes",
        ),
        (
            "</dev/null",
            "the answer would be read from standard input, which is not the terminal, so nothing was done. Add --yes",
        ),
    ] {
        let run = Mapisweep::on(&staged.lab).args("close jsmith --server ex01");
        let file = run.home().join("said.txt");
        let mut terminal = run.redirected(how).on_terminal();
        assert_eq!(terminal.exits(), Some(2), "{how}\n{}", terminal.screen());
        let told = std::fs::read_to_string(file).unwrap_or_else(|_| terminal.screen());
        assert!(told.contains(said), "{how}\n{told}");
    }
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .without_password()
        .closed_stdin()
        .run()
        .await
        .exits(2)
        .says(r"no password for CORP\ann: MAPISWEEP_PASSWORD is empty");
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --password-stdin")
        .closed_stdin()
        .run()
        .await
        .exits(2)
        .says("standard input holds no password");
    assert!(
        staged
            .lab
            .server("ex01")
            .events()
            .iter()
            .all(|event| !format!("{event:?}").contains("Request"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_too_new() {
    let staged = stage(Lab::builder().server("ex01", |server| server.exchange_2013())).await;
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .run()
        .await
        .exits(1)
        .says("Exchange 2013")
        .says("There is nothing to close");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_hop() {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        requires_delegation: true,
        ..Faults::default()
    });
    Mapisweep::on(&staged.lab)
        .args("logons --server ex01")
        .run()
        .await
        .exits(1)
        .says("could not reach Active Directory")
        .says("This is the second hop: ex01 knows CORP\\ann by NTLM")
        .says("Kerberos was tried first: nothing tells the Kerberos realm of CORP\\ann. Give --realm REALM")
        .says("Or run the cmdlet on ex01 itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_leaves_changes_nothing() {
    let staged = locked_out().await;
    let running = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .start()
        .await;
    running.stop_reading().ends().await.exits(0);
    assert_eq!(staged.lab.server("ex01").resets().len(), 31);
}
