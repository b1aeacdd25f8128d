//! Kerberos at the lab, by a client that others wrote: what it takes and how it refuses the rest.

use std::path::{Path, PathBuf};

use mapisweep_lab::{
    Lab,
    event::{Event, What},
};
use mapisweep_outside::{Kdc, skip};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{python, workspace};

const HOST: &str = "ex01.corp.example";

/// So many the client signs in on by each scheme.
const CONNECTIONS: usize = 8;

#[tokio::test]
async fn bodies_are_taken_as_strictly_as_by_winrm() {
    let Some(python) = python_with_gssapi() else {
        return;
    };
    let realm = Kdc::builder().person("ann", "Unwort-7!");
    let Some(kdc) = realm.service(&format!("HTTP/{HOST}")).start() else {
        return;
    };
    let lab = Lab::builder().server("ex01", |server| server.exchange_2007());
    let lab = lab.user("ann", |ann| ann.administrator());
    let lab = lab.kerberos(kdc.keytab()).start().await.unwrap();
    if let Err(why) = lab.kerberos() {
        return skip("the lab's Kerberos", &why.to_string());
    }
    let cache = kdc.cache("ann");
    kdc.kinit("ann", &cache);
    // NTLM travels under Negotiate, and never under Kerberos's own name
    for (scheme, challenges_ntlm) in [("Negotiate", true), ("Kerberos", false)] {
        let settings = json!({
            "port": lab.server("ex01").winrm().port(),
            "host": HOST,
            "scheme": scheme,
        });
        let client = Command::new(&python)
            .arg(workspace().join("tests/witnesses/kerberos_bodies.py"))
            .arg(settings.to_string())
            .env("KRB5_CONFIG", kdc.krb5_conf())
            .env("KRB5CCNAME", &cache)
            .output();
        let output = client.await.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{scheme}: {stderr}{:?}",
            lab.events()
        );
        let statuses: Value = serde_json::from_slice(&output.stdout).unwrap();
        let expected = json!({
            "as it should be": 500,
            "the other scheme's protocol": 415,
            "a flipped bit": 400,
            "cut in another place": 400,
            "another length": 400,
            "another context": 400,
            "unsealed": 401,
            "NTLM": [401, challenges_ntlm],
        });
        assert_eq!(statuses, expected, "{scheme}");
    }
    let is_anns = |event: &Event| match &event.what {
        What::SignedIn {
            user, mechanism, ..
        } => user == r"CORP\ann" && *mechanism == "Kerberos",
        _ => false,
    };
    let events = lab.events();
    let anns = events.iter().filter(|event| is_anns(event));
    assert_eq!(anns.count(), 2 * CONNECTIONS);
}

/// The interpreter with PyPI's pyspnego and Debian's binding to MIT's library; says loudly when there is none.
fn python_with_gssapi() -> Option<PathBuf> {
    let python = python()?;
    if Path::new("/usr/lib/python3/dist-packages/gssapi").is_dir() {
        return Some(python);
    }
    skip(
        "clients of others, by Kerberos",
        "Debian's python3-gssapi is not installed",
    );
    None
}
