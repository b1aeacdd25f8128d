//! `mapisweep doctor`: faults planted in the lab, each named by the right check.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    time::Duration,
};

use mapisweep_lab::{
    Breakage, Certificate, Faults, HelperFault, Lab, Language, Quotas, Scenario, Scheme,
    ServerSpec, SnapIns, Staged, event::What,
};
use serde_json::Value;

use crate::{
    kerberos::{House, Proof, TO_EX01, requires_delegation},
    support::{Mapisweep, Ran, black_hole::BlackHole, records, stage},
};

/// A server that has all that is needed.
fn well(server: ServerSpec) -> ServerSpec {
    server.exchange_2007().keep_alive_time(900_000)
}

/// The same of Exchange 2010.
fn well_2010(server: ServerSpec) -> ServerSpec {
    server.exchange_2010().keep_alive_time(900_000)
}

fn with(faults: Faults) -> impl Fn(ServerSpec) -> ServerSpec {
    move |server| well(server).faults(faults.clone())
}

async fn one(describe: impl FnOnce(ServerSpec) -> ServerSpec) -> Staged {
    stage(Lab::builder().server("ex01", describe)).await
}

fn doctor(staged: &Staged, line: &str) -> Mapisweep {
    Mapisweep::on(&staged.lab).args(&format!("doctor --format json {line}"))
}

/// A check's record; of this computer where no server is named.
fn check<'j>(json: &'j Value, server: Option<&str>, check: &str) -> &'j Value {
    let records = json["records"].as_array().expect("records");
    let is_it = |record: &&Value| record["check"] == check && record["server"].as_str() == server;
    records.iter().find(is_it).expect(check)
}

/// It names the fault by this check alone: those before it are well.
#[track_caller]
fn names(ran: &Ran, (named, state): (&str, &str), found: &str) {
    let json = ran.json();
    let server = match named {
        "ticket" | "keyring" | "clock" | "proxy" => None,
        _ => json["servers"][0]["server"].as_str(),
    };
    let record = check(&json, server, named);
    assert_eq!(record["state"], state, "{named}\n{ran}");
    let text = record["found"].as_str().expect("text");
    assert!(text.contains(found), "{found}: {text}");
    let is_to_be_mended = ["warning", "failed"].contains(&state);
    let advice = record["advice"].as_str().expect("text");
    assert_eq!(!advice.is_empty(), is_to_be_mended, "{named}\n{ran}");
    let records = json["records"].as_array().expect("records");
    faults_are_errors(&json);
    let of_server = records.iter().filter(|record| !record["server"].is_null());
    let before = of_server.take_while(|record| record["check"] != named);
    if server.is_some() {
        for record in before {
            assert!(
                ["ok", "not_tried"].contains(&record["state"].as_str().expect("text")),
                "{record}"
            );
        }
    }
}

/// What decides about the exit code is among what went wrong, too, with where and what to do.
#[track_caller]
fn faults_are_errors(json: &Value) {
    let records = json["records"].as_array().expect("records").iter();
    let is_fault = |record: &&Value| record["state"] == "failed" || record["incomplete"] == true;
    let faults = records.filter(is_fault).map(|record| {
        let text = |field: &str| record[field].as_str().expect("text").to_owned();
        (record["server"].clone(), text("found"), text("advice"))
    });
    let errors = json["errors"].as_array().expect("errors").iter();
    let errors = errors.map(|error| {
        let what = error["what"].as_str().expect("text");
        let found = what.split_once(": ").expect("the check").1.to_owned();
        let to_do = error["to_do"].as_str().expect("text").to_owned();
        (error["where"].clone(), found, to_do)
    });
    let (faults, errors): (Vec<_>, Vec<_>) = (faults.collect(), errors.collect());
    assert_eq!(faults, errors, "{json:#}");
    assert_eq!(errors.is_empty(), json["exit_code"] == 0, "{json:#}");
}

/// What is planted on the only server, and which check names it.
struct Planted {
    name: &'static str,
    server: Box<dyn Fn(ServerSpec) -> ServerSpec>,
    line: &'static str,
    named: (&'static str, &'static str),
    found: &'static str,
    exit: i32,
}

fn planted(
    name: &'static str,
    server: impl Fn(ServerSpec) -> ServerSpec + 'static,
    named: (&'static str, &'static str),
    found: &'static str,
    exit: i32,
) -> Planted {
    Planted {
        name,
        server: Box::new(server),
        line: "",
        named,
        found,
        exit,
    }
}

const HTTPS: &str = "--transport https";

fn over_https(planted: Planted) -> Planted {
    Planted {
        line: HTTPS,
        ..planted
    }
}

fn of_helper(helper: HelperFault) -> impl Fn(ServerSpec) -> ServerSpec {
    with(Faults {
        helper,
        ..Faults::default()
    })
}

fn in_language(language: Language) -> impl Fn(ServerSpec) -> ServerSpec {
    with(Faults {
        language,
        ..Faults::default()
    })
}

fn of_scheme(scheme: Scheme) -> impl Fn(ServerSpec) -> ServerSpec {
    with(Faults {
        only_scheme: Some(scheme),
        ..Faults::default()
    })
}

fn of_snap_ins(
    well: fn(ServerSpec) -> ServerSpec,
    snap_ins: SnapIns,
) -> impl Fn(ServerSpec) -> ServerSpec {
    move |server| {
        well(server).faults(Faults {
            snap_ins,
            ..Faults::default()
        })
    }
}

fn of_certificate(certificate: Certificate) -> impl Fn(ServerSpec) -> ServerSpec {
    move |server| well(server).certificate(certificate)
}

/// On the way to the server.
fn on_the_way() -> Vec<Planted> {
    let untrusted = |name, certificate, found| {
        let server = of_certificate(certificate);
        over_https(planted(name, server, ("tls", "failed"), found, 1))
    };
    vec![
        untrusted(
            "expired certificate",
            Certificate::Expired,
            "it has expired",
        ),
        untrusted(
            "certificate of another",
            Certificate::OfAnother,
            "it is for another name",
        ),
        untrusted(
            "self-signed certificate",
            Certificate::SelfSigned,
            "it is self-signed",
        ),
        planted(
            "no Negotiate for who has no ticket",
            of_scheme(Scheme::Kerberos),
            ("schemes", "failed"),
            "offers no way to sign in",
            1,
        ),
        planted(
            "NTLM by its own name only",
            of_scheme(Scheme::Ntlm),
            ("schemes", "warning"),
            "NTLM and no Negotiate",
            0,
        ),
        planted(
            "another web server",
            with(Faults {
                plain_closed: true,
                ..Faults::default()
            }),
            ("schemes", "failed"),
            "HTTP 403",
            1,
        ),
        planted(
            "connections are pooled in between",
            with(Faults {
                close_between_ntlm_legs: true,
                ..Faults::default()
            }),
            ("sign_in", "failed"),
            "closed during sign-in",
            1,
        ),
        planted(
            "quota of shells",
            |server| {
                well(server).quotas(Quotas {
                    shells_per_user: 0,
                    ..Quotas::default()
                })
            },
            ("shell", "failed"),
            "as many remote shells open there as the server allows",
            1,
        ),
    ]
}

/// Of PowerShell and Exchange.
fn of_cmdlets() -> Vec<Planted> {
    vec![
        planted(
            "AllowUnencrypted",
            with(Faults {
                allows_unencrypted: true,
                ..Faults::default()
            }),
            ("winrm", "warning"),
            "takes messages that nothing seals",
            0,
        ),
        planted(
            "constrained language",
            in_language(Language::Constrained),
            ("language", "failed"),
            "the script was stopped: Cannot invoke method",
            1,
        ),
        planted(
            "no language",
            in_language(Language::None),
            ("language", "failed"),
            "takes single commands and no scripts",
            1,
        ),
        planted(
            "snap-in that cannot be loaded",
            of_snap_ins(well, SnapIns::Broken),
            ("snap_in", "failed"),
            "the Exchange snap-in cannot be loaded",
            1,
        ),
        planted(
            "snap-in of another version",
            of_snap_ins(well_2010, SnapIns::Of2007),
            ("snap_in", "warning"),
            "that of Exchange 2007, and the server runs Exchange 2010",
            0,
        ),
        planted(
            "no Exchange",
            of_snap_ins(well, SnapIns::None),
            ("exchange", "failed"),
            "no Exchange management tools",
            1,
        ),
        planted(
            "Exchange 2016",
            |server| well(server).exchange_2016(),
            ("exchange", "failed"),
            "it runs Exchange 2016",
            1,
        ),
        planted(
            "second hop",
            with(requires_delegation()),
            ("second_hop", "failed"),
            "could not reach Active Directory",
            1,
        ),
        planted(
            "Get-LogonStatistics denied",
            with(Faults {
                denies_logons: true,
                ..Faults::default()
            }),
            ("logon_statistics", "failed"),
            "Get-LogonStatistics was denied",
            1,
        ),
    ]
}

/// Of the helper and of the computer.
fn of_the_computer() -> Vec<Planted> {
    let helper = |name, fault, found| {
        let server = of_helper(fault);
        planted(name, server, ("helper", "failed"), found, 1)
    };
    vec![
        helper(
            "helper blocked by AppLocker",
            HelperFault::BlockedByPolicy,
            "a policy or security product blocks it",
        ),
        helper(
            "helper changed by a scanner",
            HelperFault::HashMismatch,
            "the helper was refused",
        ),
        helper(
            "helper not elevated",
            HelperFault::NotElevated,
            "not running as administrator",
        ),
        helper("helper ended by a scanner", HelperFault::Dies, "the helper"),
        planted(
            "registry denied",
            |server| well(server).denies_registry(),
            ("limits", "warning"),
            "Get-ItemProperty was denied",
            0,
        ),
        planted(
            "keep-alive of two hours",
            |server| server.exchange_2007(),
            ("keep_alive", "warning"),
            "dead connections stay for 2h, Windows' own",
            0,
        ),
        planted(
            "keep-alive of a day",
            |server| server.exchange_2007().keep_alive_time(86_400_000),
            ("keep_alive", "warning"),
            "dead connections stay for 1d",
            0,
        ),
        planted(
            "clocks that differ",
            with(Faults {
                // in whole seconds, and some time passes
                clock_ahead: Duration::from_secs(8 * 60 + 30),
                ..Faults::default()
            }),
            ("clock", "warning"),
            "ex01's is 8m ahead",
            0,
        ),
    ]
}

/// One after the other: each is named, and whatever else can be checked is.
async fn are_named(all: Vec<Planted>) {
    for Planted {
        name,
        server,
        line,
        named,
        found,
        exit,
    } in all
    {
        let staged = one(server).await;
        let mut run = doctor(&staged, &format!("--server ex01 {line}"));
        if line == HTTPS {
            run = trusting(run, &staged);
        }
        let ran = run.run().await;
        assert_eq!(ran.code(), Some(exit), "{name}\n{ran}");
        names(&ran, named, found);
        let server = staged.lab.server("ex01");
        let is_untouched = server.leftovers().is_empty() && server.resets().is_empty();
        assert!(is_untouched, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_on_the_way_are_named() {
    are_named(on_the_way()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_powershell_and_exchange_are_named() {
    are_named(of_cmdlets()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_helper_and_the_computer_are_named() {
    are_named(of_the_computer()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_named_by_where_the_way_ends() {
    let staged = one(well).await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let hole = BlackHole::new();
    for (server, argument, named, found) in [
        (
            "ex09",
            format!("--connect-to=ex09={free}"),
            "port",
            "nothing answers on",
        ),
        ("ex08", hole.instead_of("ex08"), "port", "within 1s"),
        (
            "ex07",
            format!("--connect-to=ex07={}", silent.local_addr().unwrap()),
            "schemes",
            "did not answer within 1s",
        ),
        (
            "no-such-host.invalid",
            "--jobs=1".to_owned(),
            "resolution",
            "cannot be resolved",
        ),
        (
            "ex01",
            "--proxy=http://127.0.0.1:1".to_owned(),
            "port",
            "proxy",
        ),
    ] {
        let ran = doctor(&staged, &format!("--server {server} --timeout 1s"))
            .arg(argument)
            .run()
            .await
            .exits(1);
        names(&ran, (named, "failed"), found);
        let json = ran.json();
        for after in ["sign_in", "shell", "helper", "keep_alive"] {
            let record = check(&json, Some(server), after);
            assert_eq!(record["state"], "not_tried", "{record}");
        }
    }
}

/// It offers what is tried, and goes no further: that is no fault of what it offers.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_breaks_off_what_it_offers_fails_at_the_sign_in() {
    let staged = one(well).await;
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let argument = format!("--connect-to=ex09={}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.unwrap();
            while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                let answer =
                    b"HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer).unwrap();
            }
        }
    });
    let ran = doctor(&staged, "--server ex09 --auth ntlm").arg(argument);
    let ran = ran.run().await.exits(1);
    names(&ran, ("sign_in", "failed"), "broke off the sign-in");
}

/// Nothing was asked of it, so nothing may have been done.
#[tokio::test(flavor = "multi_thread")]
async fn of_what_says_nothing_no_more_is_told_than_that() {
    let staged = one(well).await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let argument = format!("--connect-to=ex07={}", silent.local_addr().unwrap());
    let line = "close jsmith --dry-run --server ex07 --timeout 1s";
    let ran = Mapisweep::on(&staged.lab).args(line).arg(argument);
    let ran = ran.run().await.exits(1).says("no WinRM answers");
    assert!(!ran.stderr().contains("is not known"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_so() {
    let staged = one(well).await;
    let ran = doctor(&staged, "--server ex01")
        .password("wrong")
        .run()
        .await
        .exits(1);
    names(&ran, ("sign_in", "failed"), "was refused (HTTP 401)");
    let ran = doctor(&staged, "--server ex01")
        .env("MAPISWEEP_USER", r"CORP\user1")
        .run()
        .await
        .exits(1);
    names(&ran, ("administrator", "failed"), "not an administrator");
}

/// With a certificate authority that is trusted, where it is over HTTPS.
fn trusting(run: Mapisweep, staged: &Staged) -> Mapisweep {
    let authority = run.home().join("ca.pem");
    std::fs::write(&authority, staged.lab.ca_pem()).expect("writable");
    run.arg(format!("--ca-file={}", authority.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_credential_all_is_checked_that_needs_none() {
    let staged = one(well).await;
    let of_nobody = |run: Mapisweep| run.without_env("MAPISWEEP_USER");
    let of_ann = |run: Mapisweep| run;
    let empty = |run: Mapisweep| run.input("\n");
    type With = fn(Mapisweep) -> Mapisweep;
    for (line, with, found, advice) in [
        (
            "",
            of_ann as With,
            r"no password for CORP\ann",
            "--password-stdin",
        ),
        (
            "--auth ntlm",
            of_ann,
            r"no password for CORP\ann",
            "--password-stdin",
        ),
        (
            "",
            of_nobody,
            "nobody is named who signs in, and there is no ticket",
            "kinit -f",
        ),
        (
            "--auth ntlm",
            of_nobody,
            "nobody is named who signs in",
            "Give --user",
        ),
        (
            "--password-stdin",
            empty,
            "standard input holds no password",
            "first line",
        ),
    ] {
        let run = doctor(&staged, &format!("--server ex01 --transport https {line}"));
        let run = with(trusting(run, &staged).without_password());
        let ran = run.run().await.exits(1);
        names(&ran, ("sign_in", "failed"), found);
        let json = ran.json();
        let sign_in = check(&json, Some("ex01"), "sign_in");
        assert!(
            sign_in["advice"].as_str().unwrap().contains(advice),
            "{ran}"
        );
        for (seen, state) in [
            ("resolution", "ok"),
            ("port", "ok"),
            ("tls", "ok"),
            ("schemes", "ok"),
            ("administrator", "not_tried"),
            ("keep_alive", "not_tried"),
        ] {
            assert_eq!(
                check(&json, Some("ex01"), seen)["state"],
                state,
                "{seen}\n{ran}"
            );
        }
        assert_eq!(check(&json, None, "keyring")["state"], "warning", "{ran}");
        assert_eq!(check(&json, None, "clock")["state"], "ok", "{ran}");
    }
    let ran = doctor(
        &staged,
        "--server ex01 --server nowhere.invalid --connect-to nowhere.invalid=127.0.0.1:1",
    );
    let ran = ran.without_password().run().await.exits(1);
    assert_eq!(
        check(&ran.json(), Some("nowhere.invalid"), "port")["state"],
        "failed",
        "{ran}"
    );
    let signs_in = |what: &What| matches!(what, What::SignInRefused { .. } | What::SignedIn { .. });
    assert!(
        !staged
            .lab
            .events()
            .iter()
            .any(|event| signs_in(&event.what))
    );
}

/// Nothing but Kerberos is wanted, and its library cannot be used: the rest is checked all the same.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_kerberos_library_all_is_checked_that_needs_none() {
    let staged = one(well).await;
    let run = doctor(&staged, "--server ex01 --auth kerberos");
    let ran = run
        .env("MAPISWEEP_GSSAPI", "/dev/null")
        .run()
        .await
        .exits(1);
    let mending = "Check MAPISWEEP_GSSAPI, or unset it to take the system's.";
    let json = ran.json();
    for (server, seen, state) in [
        (None, "ticket", "failed"),
        (None, "keyring", "not_tried"),
        (None, "clock", "ok"),
        (Some("ex01"), "port", "ok"),
        (Some("ex01"), "schemes", "ok"),
        (Some("ex01"), "sign_in", "failed"),
        (Some("ex01"), "helper", "not_tried"),
    ] {
        let record = check(&json, server, seen);
        assert_eq!(record["state"], state, "{seen}\n{ran}");
        if state == "failed" {
            assert_eq!(record["advice"], mending, "{seen}\n{ran}");
        }
    }
    // what was written wrong is no check
    let run = doctor(&staged, "--server ex01 --auth kerberos --kdc dc1");
    run.run().await.exits(2);
}

/// Who wonders about a ticket learns whether it was asked for at all.
#[tokio::test(flavor = "multi_thread")]
async fn kerberos_that_is_not_wanted_is_not_called_missing() {
    let staged = one(well).await;
    for (line, library, said) in [
        ("--auth ntlm", "", "Kerberos is not wanted: "),
        ("--auth auto", "/dev/null", "Kerberos is not to be had: "),
    ] {
        let run = doctor(&staged, &format!("--server ex01 {line}"));
        let run = match library {
            "" => run,
            library => run.env("MAPISWEEP_GSSAPI", library),
        };
        names(&run.run().await, ("ticket", "not_tried"), said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_not_needed_is_no_warning() {
    let staged = one(well).await;
    let environment = doctor(&staged, "--server ex01");
    let input = doctor(&staged, "--server ex01 --password-stdin");
    let input = input.without_password().input(Scenario::PASSWORD);
    for (run, from) in [
        (environment, "MAPISWEEP_PASSWORD"),
        (input, "standard input"),
    ] {
        let ran = run.run().await.exits(0);
        let json = ran.json();
        let keyring = check(&json, None, "keyring");
        assert_eq!(keyring["state"], "not_tried", "{ran}");
        let found = keyring["found"].as_str().unwrap();
        let said = format!("not needed, for the password came from {from}; ");
        assert!(found.starts_with(&said), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_tried_at_one_server_and_the_others_are_looked_at_all_the_same() {
    let servers = Lab::builder().server("ex01", well).server("ex02", well);
    let staged = stage(servers).await;
    let ran = doctor(&staged, "--server ex01 --server ex02")
        .password("wrong")
        .run()
        .await
        .exits(1);
    let json = ran.json();
    let states = ["ex01", "ex02"].map(|server| {
        let port = check(&json, Some(server), "port");
        assert_eq!(port["state"], "ok", "{ran}");
        check(&json, Some(server), "sign_in")["state"].clone()
    });
    assert!(
        states == ["failed", "not_tried"] || states == ["not_tried", "failed"],
        "{ran}"
    );
    let refused = staged.lab.events().into_iter();
    let refused = refused.filter(|event| matches!(event.what, What::SignInRefused { .. }));
    assert_eq!(refused.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ill_server_hides_no_other_and_a_failure_no_other_check() {
    let servers = Lab::builder()
        .server("ex01", of_snap_ins(well, SnapIns::Broken))
        .server("ex02", well);
    let staged = stage(servers).await;
    let ran = doctor(&staged, "--server ex01 --server ex02")
        .run()
        .await
        .exits(1);
    let json = ran.json();
    for after in ["helper", "limits", "keep_alive"] {
        assert_eq!(check(&json, Some("ex01"), after)["state"], "ok", "{ran}");
    }
    let servers = &json["servers"];
    assert_eq!(servers[0]["state"], "failed", "{ran}");
    assert_eq!(servers[0]["failed"], 1, "{ran}");
    assert_eq!(servers[1]["state"], "ok", "{ran}");
    assert_eq!(json["kind"], "doctor");
}

/// What is asked for is asked once more; where that is in vain, too, it is not the fault of what is checked.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_goes_wrong_is_no_fault_of_what_was_asked_for() {
    for at in 3..=6 {
        let faults = Faults {
            at_exchange: Some((at, Breakage::Status500)),
            ..Faults::default()
        };
        let staged = one(with(faults)).await;
        let ran = doctor(&staged, "--server ex01").run().await.exits(0);
        let json = ran.json();
        for named in [
            "winrm",
            "language",
            "snap_in",
            "helper",
            "limits",
            "keep_alive",
        ] {
            assert_eq!(
                check(&json, Some("ex01"), named)["state"],
                "ok",
                "{at} {named}\n{ran}"
            );
        }
        ran.says("asking once more");
    }
    let staged = one(with(Faults {
        from_exchange: Some((3, Breakage::Status500)),
        ..Faults::default()
    }));
    let staged = staged.await;
    let ran = doctor(&staged, "--server ex01").run().await;
    let json = ran.json();
    for (named, state, found) in [
        ("winrm", "failed", "could not be asked: HTTP 500 came"),
        ("language", "not_tried", "could not be asked either"),
        ("snap_in", "failed", "could not be asked: HTTP 500 came"),
        ("limits", "not_tried", "could not be asked either"),
        ("keep_alive", "not_tried", "could not be asked either"),
    ] {
        let record = check(&json, Some("ex01"), named);
        assert_eq!(record["state"], state, "{named}\n{ran}");
        assert!(
            record["found"].as_str().unwrap().starts_with(found),
            "{named}\n{ran}"
        );
    }
}

/// It is named by what held it, and what is known of it since.
#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_hangs_is_not_called_a_slow_server() {
    let faults = Faults {
        helper: HelperFault::Hangs,
        ..Faults::default()
    };
    let staged = one(with(faults)).await;
    let ran = doctor(&staged, "--server ex01 --step-timeout 3s")
        .run()
        .await;
    names(
        &ran,
        ("helper", "failed"),
        "the helper did not end within 3s, and was ended and removed",
    );
    let ran = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes --step-timeout 3s")
        .run()
        .await
        .exits(1)
        .says("ex01: the helper did not end within 3s, and was ended and removed. A security product on ex01 may hold it")
        .says("Nothing was closed.");
    assert!(!ran.stderr().contains("overloaded"), "{ran}");
    assert!(staged.lab.server("ex01").leftovers().is_empty(), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_server_does_not_tell_all_the_exit_code_says_so() {
    let staged = one(well).await;
    let server = staged.lab.server("ex01");
    server.lose_sight_of("EX01 Mailbox Database");
    let ran = doctor(&staged, "--server ex01").run().await.exits(5);
    names(&ran, ("logon_statistics", "warning"), "some may be missing");
    let json = ran.json();
    let record = check(&json, Some("ex01"), "logon_statistics");
    assert_eq!(record["incomplete"], true, "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_helper_nothing_is_written_there() {
    let staged = one(well).await;
    let ran = doctor(&staged, "--server ex01 --no-helper")
        .run()
        .await
        .exits(0);
    names(&ran, ("helper", "not_tried"), "--no-helper");
    assert!(ran.audit().is_empty());
    let server = staged.lab.server("ex01");
    let events = server.events();
    let is_of_the_helper = |what: &What| matches!(what, What::Helper { .. });
    assert!(!events.iter().any(is_of_the_helper), "{events:?}");
    doctor(&staged, "--server ex01 --no-helper --helper x.exe")
        .run()
        .await
        .exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_the_helper_ran_is_recorded() {
    let staged = one(well).await;
    let run = doctor(&staged, "--server ex01");
    let home = run.home().to_owned();
    let ran = run.run().await.exits(0);
    let events: Vec<_> = records(&home)
        .into_iter()
        .map(|record| record["event"].clone())
        .collect();
    assert_eq!(events, ["looked", "ended"]);
    drop(ran);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_format_has_the_same_records() {
    let staged = one(well).await;
    let run = |format: &str| doctor_in(format, &staged).run();
    let json = run("json").await.exits(0).json();
    let number = json["records"].as_array().expect("records").len();
    assert_eq!(number, 4 + 7 + 10);
    let csv = run("csv").await.exits(0);
    assert!(
        csv.stdout()
            .starts_with("server,check,state,found,advice,incomplete\n"),
        "{csv}"
    );
    assert_eq!(csv.stdout().lines().count(), 1 + number);
    let ndjson = run("ndjson").await.exits(0);
    let lines = ndjson.stdout().lines();
    let told = lines.filter(|line| line.contains(r#""event":"check""#));
    assert_eq!(told.count(), number);
    let staged = one(with(Faults {
        helper: HelperFault::BlockedByPolicy,
        ..Faults::default()
    }))
    .await;
    let ndjson = doctor_in("ndjson", &staged).run().await.exits(1);
    let errors = ndjson.events("error");
    assert_eq!(errors.len(), 1, "{ndjson}");
    assert_eq!(errors[0]["where"], "ex01", "{ndjson}");
    let what = errors[0]["what"].as_str().expect("text");
    assert!(what.starts_with("helper: "), "{what}");
}

fn doctor_in(format: &str, staged: &Staged) -> Mapisweep {
    let line = format!("doctor --server ex01 --format {format}");
    Mapisweep::on(&staged.lab).args(&line)
}

/// What a person sees on a terminal of 80 columns.
#[cfg(target_os = "linux")]
fn seen(run: Mapisweep) -> String {
    let mut terminal = run.on_terminal_of_width(80, None);
    terminal.exits();
    terminal.resize(200);
    let lines = terminal.seen();
    let table: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
    // a command is there to be copied
    for line in table.iter().filter(|line| !line.starts_with("  `")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let text = table.join("\n");
    let port = regex::Regex::new(r"127\.0\.0\.1:\d{5}").expect("valid");
    port.replace_all(&text, "127.0.0.1:NNNNN").into_owned()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_server_and_an_ill_one_on_80_columns() {
    let staged = one(well).await;
    let run = || Mapisweep::on(&staged.lab).args("doctor --server ex01 --quiet");
    let healthy = run();
    insta::assert_snapshot!("healthy", tokio::task::block_in_place(|| seen(healthy)));
    let ill = Faults {
        allows_unencrypted: true,
        helper: HelperFault::BlockedByPolicy,
        ..requires_delegation()
    };
    let staged = one(|server| server.exchange_2007().faults(ill)).await;
    let ill = Mapisweep::on(&staged.lab).args("doctor --server ex01 --quiet");
    insta::assert_snapshot!("ill", tokio::task::block_in_place(|| seen(ill)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_may_not_be_passed_on_is_named() {
    let server = |server: ServerSpec| well(server).faults(requires_delegation());
    let Some(house) = House::of(Lab::builder().server("ex01", server)).await else {
        return;
    };
    let run = |option| {
        let run = house.run(Proof::Ticket(option));
        run.args(&format!("doctor --format json {TO_EX01}")).run()
    };
    let ran = run("-f").await.exits(0);
    names(&ran, ("ticket", "ok"), "ann@CORP.EXAMPLE, good for ");
    names(&ran, ("second_hop", "ok"), "Active Directory");
    let ran = run("-F").await.exits(1);
    names(&ran, ("ticket", "warning"), "it did not go along");
    names(&ran, ("second_hop", "failed"), "Active Directory");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exchanges_own_endpoint_makes_up_for_is_a_warning() {
    let server = |server: ServerSpec| well_2010(server).faults(requires_delegation());
    let Some(house) = House::of(Lab::builder().server("ex01", server)).await else {
        return;
    };
    let ran = house
        .run(Proof::Ticket("-F"))
        .args(&format!("doctor --format json {TO_EX01}"))
        .run()
        .await
        .exits(0);
    let found = "Exchange's own endpoint is asked instead";
    names(&ran, ("second_hop", "warning"), found);
    let json = ran.json();
    let server = Some("ex01.corp.example");
    for check_after in ["exchange", "logon_statistics", "helper"] {
        assert_eq!(check(&json, server, check_after)["state"], "ok", "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_dag_each_member_is_checked_or_it_is_said_what_keeps_the_first_from_naming_them() {
    let member = |server: ServerSpec| well_2010(server).dag("DAG1");
    let servers = Lab::builder().server("ex01", member).server("ex02", member);
    let staged = stage(servers).await;
    let line = "--server ex01 --dag DAG1";
    let ran = doctor(&staged, line).run().await.exits(0);
    let json = ran.json();
    for server in ["ex01", "ex02.corp.example"] {
        let record = check(&json, Some(server), "logon_statistics");
        assert_eq!(record["state"], "ok", "{ran}");
    }
    staged.lab.server("ex01").set_faults(requires_delegation());
    let ran = doctor(&staged, line).run().await.exits(1);
    names(&ran, ("second_hop", "failed"), "Active Directory");
}
