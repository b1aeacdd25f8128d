//! `login` tries a password before it stores it: at a server, or at a KDC.
#![cfg(target_os = "linux")]

use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};

use mapisweep_lab::{Lab, Scenario, event::What};
use mapisweep_outside::{Kdc, KdcBuilder, skip};

use crate::support::{keyring::Session, locked_out, stage};

/// With `ann` and a server in it.
fn realm() -> KdcBuilder {
    let realm = Kdc::builder().person("ann", Scenario::PASSWORD);
    realm.service("HTTP/ex01.corp.example")
}

/// Run on a thread for what blocks, while the lab answers.
async fn say(session: Session, script: &'static str) -> String {
    let run = tokio::task::spawn_blocking(move || session.run(script));
    run.await.unwrap()
}

/// With where the lab's servers are, and one that is not there.
fn at(lab: &Lab, session: Session) -> Session {
    let servers = lab.connect_to_args().join(" ");
    session
        .env("MAPISWEEP_USER", &lab.administrator().qualified())
        .env("RIGHT", Scenario::PASSWORD)
        .env("AT", &format!("{servers} --connect-to gone=127.0.0.1:1"))
}

/// What a run says of ports, which are others each time.
fn without_ports(said: &str) -> String {
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    port.replace_all(said, "127.0.0.1:PORT").into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_whether_the_password_is_right() {
    let Some(session) = Session::new() else {
        return;
    };
    let staged = locked_out().await;
    let said = say(
        at(&staged.lab, session),
        r#"login() { "$M" login --password-stdin $AT "$@"; echo "login: $?"; }
        echo wrong | login --server ex01
        "$M" login --list
        echo "$RIGHT" | login --server gone
        "$M" login --list
        echo "$RIGHT" | login --server gone --server ex01
        "$M" login --list
        echo wrong | login --server gone --no-verify
        "$M" logons --server ex01 $AT; echo "logons: $?""#,
    );
    insta::assert_snapshot!(without_ports(&said.await));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_only_asked_what_it_is() {
    let Some(session) = Session::new() else {
        return;
    };
    let staged = locked_out().await;
    say(
        at(&staged.lab, session),
        r#"echo "$RIGHT" | "$M" login --password-stdin $AT --server ex01"#,
    )
    .await;
    let events = staged.lab.server("ex01").events();
    let signed_in = |what: &What| matches!(what, What::SignedIn { .. });
    assert_eq!(events.iter().filter(|what| signed_in(what)).count(), 1);
    assert!(
        !events
            .iter()
            .any(|what| matches!(what, What::ShellOpened { .. })),
        "{events:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_tickets_is_given_one() {
    let (Some(session), Some(kdc)) = (Session::new(), realm().start()) else {
        return;
    };
    let lab = Lab::builder().server("ex01", |server| server.exchange_2007());
    let staged = stage(lab.kerberos(kdc.keytab())).await;
    if let Err(why) = staged.lab.kerberos() {
        return skip("the lab's Kerberos", &why.to_string());
    }
    let session = at(&staged.lab, session)
        .env("KRB5_CONFIG", &kdc.krb5_conf().display().to_string())
        .env("MAPISWEEP_USER", "ann@CORP.EXAMPLE");
    let said = say(
        session,
        r#"login() { "$M" login -v --password-stdin --server ex01.corp.example $AT; echo "login: $?"; }
        echo wrong | login
        echo "$RIGHT" | login"#,
    );
    insta::assert_snapshot!(said.await);
    assert_eq!(kdc.log().refused_passwords("ann"), 1);
}

#[test]
fn a_kdc_that_says_nothing_is_not_waited_for() {
    let Some(session) = Session::new() else {
        return;
    };
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let session = session.env("KDC", &silent.local_addr().unwrap().to_string());
    let began = Instant::now();
    insta::assert_snapshot!(session.run(
        r#"echo any | "$M" login --user 'CORP\ann' --realm CORP.EXAMPLE --kdc "$KDC" --timeout 1s --password-stdin
        echo "login: $?""#,
    ));
    assert!(began.elapsed() < Duration::from_secs(6));
}

#[test]
fn a_kdc_says_whether_the_password_is_right() {
    let Some(session) = Session::new() else {
        return;
    };
    let Some(kdc) = Kdc::builder().person("ann", "Unwort-7!").start() else {
        return;
    };
    let session = session
        .env("KRB5_CONFIG", &kdc.krb5_conf().display().to_string())
        .env("TICKETS", &kdc.cache("ann"));
    kdc.kinit("ann", &kdc.cache("ann"));
    insta::assert_snapshot!(session.run(
        r#"login() { "$M" login --password-stdin "$@"; echo "login: $?"; }
        echo wrong | login --user ann@CORP.EXAMPLE
        echo any | login --user nobody@CORP.EXAMPLE
        "$M" login --list
        echo 'Unwort-7!' | login --user ann@CORP.EXAMPLE
        echo 'Unwort-7!' | login --user ann@CORP.EXAMPLE --server ex01 --connect-to ex01=127.0.0.1:1
        echo any | login --user ann@NOWHERE.EXAMPLE
        echo any | login --user local
        "$M" login --list
        "$M" whoami --user ann@CORP.EXAMPLE
        export KRB5CCNAME="$TICKETS"
        "$M" whoami --user ann@CORP.EXAMPLE | sed 's/good for .*/good for a while/'
        HOME=/nonexistent "$M" whoami | sed 's/good for .*/good for a while/'
        "$M" whoami --user ann@CORP.EXAMPLE --format json | sed 's/"ticket_expires": "2.*"/a time/'"#,
    ));
}
