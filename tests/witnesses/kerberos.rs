//! The server's Kerberos, before anything here is measured by it: with a client of others, pypsrp on MIT's library.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use mapisweep_outside::{Kdc, KdcBuilder, say};
use serde_json::{Value, json};

use crate::server::{Report, Server, python};

const HOST: &str = "ex01.corp.example";
const SERVICE: &str = "HTTP/ex01.corp.example";

/// So many logons there are, unless Active Directory is out of reach.
const LOGONS: &str = "45";
const SECOND_HOP: &str = "0 ADTransientException";
const REFUSED: &str = "refused";

/// The interpreter and a realm, in which `ann` has a ticket.
struct House {
    python: PathBuf,
    kdc: Kdc,
}

impl House {
    fn new(realm: impl Fn(KdcBuilder) -> KdcBuilder) -> Option<Self> {
        let python = python()?;
        let realm = realm(Kdc::builder().person("ann", "Unwort-7!"));
        let realm = realm.service(SERVICE).service("ldap/dc1.corp.example");
        let kdc = realm.start()?;
        kdc.kinit("ann", &kdc.cache("ann"));
        Some(Self { python, kdc })
    }

    /// A server whose Kerberos is peculiar in this way.
    fn server(&self, scheme: &str, kerberos: Value, https: bool) -> Server {
        let mut settings = json!({
            "krb5_conf": self.kdc.krb5_conf(),
            "keytab": self.kdc.keytab(),
            "second_hop": "ldap/dc1.corp.example",
        });
        for (name, value) in kerberos.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let settings = json!({
            "name": HOST,
            "schemes": [scheme],
            "requires_delegation": true,
            "kerberos": settings,
        });
        Server::start(&self.python, settings, https)
    }

    /// What came of the client's run.
    fn run(&self, server: &Server, client: Client) -> String {
        let script = "tests/witnesses/kerberos_client.py";
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
        let settings = json!({
            "port": server.port(),
            "host": HOST,
            "service": "HTTP",
            "scheme": client.scheme.to_lowercase(),
            "delegate": client.delegates,
            "bind": client.binds,
            "ca": server.certificate(),
        });
        let mut command = Command::new(&self.python);
        command.arg(script).arg(settings.to_string());
        command.env("KRB5_CONFIG", self.kdc.krb5_conf());
        command.env("KRB5CCNAME", self.kdc.cache("ann"));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

#[derive(Clone, Copy)]
struct Client {
    scheme: &'static str,
    delegates: bool,
    binds: bool,
}

const CLIENT: Client = Client {
    scheme: "Negotiate",
    delegates: true,
    binds: true,
};

#[test]
fn pypsrp_signs_in_and_is_passed_on() {
    for encryption in ["AES", "RC4"] {
        let house = House::new(|realm| match encryption {
            "RC4" => realm.rc4_only(),
            _ => realm,
        });
        let Some(house) = house else { return };
        for (scheme, delegates, rows) in [
            ("Negotiate", true, LOGONS),
            ("Negotiate", false, SECOND_HOP),
            ("Kerberos", true, LOGONS),
            ("Kerberos", false, SECOND_HOP),
        ] {
            let what = format!("{encryption}, {scheme}, delegates: {delegates}");
            let server = house.server(scheme, json!({}), false);
            let client = Client {
                scheme,
                delegates,
                ..CLIENT
            };
            assert_eq!(house.run(&server, client), rows, "{what}");
            let report = server.report();
            knows(&report, "ann@CORP.EXAMPLE", &what);
            assert_eq!(report.count("second_hops"), u64::from(delegates), "{what}");
            assert!(report.count("sealed_answers") > 3, "{what}: {report:?}");
            say(&format!("their server by pypsrp: {what}"));
        }
    }
}

/// A channel that is not the client's is refused by any server, none only by a strict one.
#[test]
fn the_channel_is_looked_at() {
    let Some(house) = House::new(|realm| realm) else {
        return;
    };
    for (binds, strict, outcome) in [
        (true, true, LOGONS),
        (true, false, LOGONS),
        (false, false, LOGONS),
        (false, true, REFUSED),
    ] {
        let server = house.server("Negotiate", json!({"strict_binding": strict}), true);
        let said = house.run(&server, Client { binds, ..CLIENT });
        assert_eq!(said, outcome, "binds: {binds}, strict: {strict}");
        let refused = u64::from(outcome == REFUSED);
        assert_eq!(server.report().count("refused_sign_ins"), refused);
    }
}

/// The name of the service belongs to another account.
#[test]
fn keys_of_another_account_open_no_ticket() {
    let Some(house) = House::new(|realm| realm) else {
        return;
    };
    let keytab = house.kdc.keytab_of_another(SERVICE);
    for scheme in ["Negotiate", "Kerberos"] {
        let server = house.server(scheme, json!({"keytab": keytab}), false);
        let said = house.run(&server, Client { scheme, ..CLIENT });
        // AP_ERR_MODIFIED, in the token that came with the refusal
        let why = "Message stream modified";
        assert!(said.starts_with(REFUSED) && said.contains(why), "{said}");
        let report = server.report();
        assert!(
            report.refusals[0].contains("cannot decrypt ticket"),
            "{report:?}"
        );
    }
}

fn knows(report: &Report, person: &str, what: &str) {
    let people: Vec<_> = report.people.keys().collect();
    assert_eq!(people, [person], "{what}");
}
