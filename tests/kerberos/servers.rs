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
