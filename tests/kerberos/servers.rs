//! What servers do with a good ticket, and what is said of it.

use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, SERVICE, is_clean, realm},
    runs::Run as _,
    said::{Said, told},
};

/// What the server does with a ticket.
#[test]
fn refusals() {
    let Some(house) = House::of(realm()) else {
        return;
    };
    let keytab = house.kdc.keytab_of_another(SERVICE);
    let envelope =
        "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body/></s:Envelope>";
    let cases = [
        (
            "keys of another account",
            json!({"kerberos": {"keytab": keytab}}),
        ),
        (
            "refused for no reason",
            json!({"kerberos": {"refuses": true}}),
        ),
        (
            "no proof of who it is",
            json!({"kerberos": {"reply": "missing"}}),
        ),
        (
            "a proof that is none",
            json!({"kerberos": {"reply": "garbage"}}),
        ),
        (
            "a no without a reason",
            json!({"kerberos": {"reply": "reject"}}),
        ),
        ("NTLM is asked for", json!({"kerberos": {"reply": "ntlm"}})),
        (
            "an answer instead of a proof",
            json!({"kerberos": {"reply": "missing"}, "early_body": envelope}),
        ),
    ];
    for library in Library::BOTH {
        let mut said = Said::default();
        for scheme in ["Negotiate", "Kerberos"] {
            for (what, settings) in &cases {
                let mut settings = settings.clone();
                settings["schemes"] = json!([scheme]);
                let ran = told(&house, settings, |run| {
                    run.library(library).password(PASSWORD)
                });
                said.add(&format!("{what}, {scheme}"), &ran);
            }
        }
        insta::assert_snapshot!(format!("refusals_{library:?}"), said.text());
    }
}

/// Something is said beside the proof, or the sign-in is forgotten: nobody notices.
#[test]
fn what_does_not_matter() {
    let Some(house) = House::of(realm()) else {
        return;
    };
    for library in Library::BOTH {
        for (settings, sign_ins) in [
            (json!({"early_body": "<believe-me/>"}), 1),
            (json!({"forgets_at": 3}), 2),
        ] {
            let what = format!("{library:?}, {settings}");
            let server = house.server(settings);
            let run = house.run(&server).library(library).password(PASSWORD);
            let ran = run.mapisweep("logons");
            assert_eq!(ran.exit, 0, "{what}: {}", ran.stderr);
            let report = server.report();
            is_clean(&report, &what);
            assert_eq!(
                report.count("kerberos_sign_ins"),
                sign_ins,
                "{what}: {report:?}"
            );
        }
    }
}

/// A ticket is nothing that a server could judge: a server that says nothing holds up none of the others.
#[test]
fn with_a_ticket_no_server_waits_for_another() {
    const OTHER: &str = "ex02.corp.example";
    let Some(house) = House::of(realm().service(&format!("HTTP/{OTHER}"))) else {
        return;
    };
    let cache = house.kdc.cache("ann");
    house.kdc.kinit("ann", &cache);
    let mute = house.server(json!({"mute": true}));
    let other = house.server(json!({"name": OTHER, "computer": "EX02"}));
    let to_other = format!(
        "--server {OTHER} --connect-to {OTHER}=127.0.0.1:{}",
        other.port()
    );
    let run = house.run(&mute).cache(&cache).flags(&to_other);
    let ran = run.mapisweep("logons -v");
    assert!(ran.stdout.contains(OTHER), "{}", ran.stderr);
    assert!(
        !ran.stderr.contains("to judge the password"),
        "{}",
        ran.stderr
    );
    is_clean(&mute.report(), "mute");
    is_clean(&other.report(), "other");
}
