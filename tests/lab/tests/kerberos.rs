//! The lab's Kerberos by clients that others wrote: pypsrp, and MIT's library by itself.
#![cfg(unix)]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use mapisweep_lab::{Faults, Lab, NoKerberos, Scenario, Scheme, Staged, event::What};
use mapisweep_outside::{Kdc, skip};
use serde_json::json;

const HOST: &str = "ex01.corp.example";
const SERVICE: &str = "HTTP/ex01.corp.example";
const SCHEMES: [(&str, Scheme); 2] = [
    ("Negotiate", Scheme::Negotiate),
    ("Kerberos", Scheme::Kerberos),
];

/// A realm in which `ann`, whom the lab knows, has a ticket, and so has `eve`, whom it does not know.
fn realm() -> Option<Kdc> {
    let kdc = Kdc::builder()
        .person("ann", "Unwort-7!")
        .person("eve", "Unwort-8!");
    let kdc = kdc.service(SERVICE).start()?;
    for person in ["ann", "eve"] {
        kdc.kinit(person, &kdc.cache(person));
    }
    Some(kdc)
}

/// A lab that takes tickets for what is in the keytab; `None` after saying why it does not.
async fn lab(keytab: PathBuf, faults: Faults) -> Option<Staged> {
    let server = Lab::builder().server("ex01", |server| server.exchange_2007().faults(faults));
    let staged = Scenario::locked_out_user()
        .stage(server.kerberos(keytab))
        .await;
    let staged = staged.expect("the lab starts");
    match staged.lab.kerberos() {
        Ok(()) => Some(staged),
        Err(why) => {
            skip("the lab's Kerberos", &why.to_string());
            None
        }
    }
}

/// What a client of others prints, which has this person's ticket.
fn client(kdc: &Kdc, person: &str, python: &Path, script: &str, arguments: &[&str]) -> String {
    let witnesses = Path::new(env!("CARGO_MANIFEST_DIR")).join("../witnesses");
    let mut command = Command::new(python);
    command.arg(witnesses.join(script)).args(arguments);
    command.env("KRB5_CONFIG", kdc.krb5_conf());
    command.env("KRB5CCNAME", kdc.cache(person));
    let output = command.output().expect("Python");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_held_to_the_rules() {
    let python = Path::new("/usr/bin/python3");
    if !Path::new("/usr/lib/python3/dist-packages/gssapi").is_dir() {
        return skip(
            "Kerberos by MIT's library",
            "Debian's python3-gssapi is not installed",
        );
    }
    let Some(kdc) = realm() else { return };
    for (scheme, only) in SCHEMES {
        // where another scheme is offered, too, nothing changes
        for only_scheme in [None, Some(only)] {
            let faults = Faults {
                only_scheme,
                ..Faults::default()
            };
            let Some(staged) = lab(kdc.keytab(), faults).await else {
                return;
            };
            let port = staged.lab.server("ex01").winrm().port().to_string();
            let arguments = [&*port, HOST, scheme];
            let said = client(&kdc, "ann", python, "kerberos_strict.py", &arguments);
            // NTLM travels under Negotiate, and never under Kerberos's own name
            let ntlm = match only {
                Scheme::Kerberos => "NTLM: 401 refused\n",
                _ => "NTLM: 401 challenged\n",
            };
            let expected = "right: 500 Fault\n\
                            another protocol: 415\n\
                            changed: 400\n\
                            not turned: 400\n\
                            cut elsewhere: 400\n\
                            sent twice: 400\n\
                            of nobody's connection: 401\n\
                            in clear: 401\n";
            assert_eq!(said, [expected, ntlm].concat(), "{scheme}, {only_scheme:?}");
        }
    }
}

/// How pypsrp goes about it, and what comes of it.
struct Case {
    person: &'static str,
    delegates: bool,
    /// Over HTTPS, and whether it binds itself to the channel.
    binds: Option<bool>,
    gets: Gets,
}

#[derive(Debug, PartialEq, Eq)]
enum Gets {
    Rows,
    SecondHop,
    Refused,
}

const CASES: [Case; 5] = [
    case("ann", true, None, Gets::Rows),
    case("ann", false, None, Gets::SecondHop),
    case("ann", true, Some(true), Gets::Rows),
    case("ann", true, Some(false), Gets::Refused),
    case("eve", true, None, Gets::Refused),
];

const fn case(person: &'static str, delegates: bool, binds: Option<bool>, gets: Gets) -> Case {
    Case {
        person,
        delegates,
        binds,
        gets,
    }
}

/// How pypsrp fares.
fn pypsrp(python: &Path, kdc: &Kdc, staged: &Staged, scheme: &str, case: &Case) -> Gets {
    let authority = kdc.folder().join("ca.pem");
    std::fs::write(&authority, staged.lab.ca_pem()).expect("a certificate");
    let settings = json!({
        "port": staged.lab.server("ex01").winrm().port(),
        "host": HOST,
        "service": "HTTP",
        "scheme": scheme.to_lowercase(),
        "delegate": case.delegates,
        "bind": case.binds.unwrap_or(true),
        "ca": case.binds.map(|_| authority),
        "snap_in": "Microsoft.Exchange.Management.PowerShell.Admin",
    });
    let arguments = [&*settings.to_string()];
    let said = client(kdc, case.person, python, "kerberos_client.py", &arguments);
    match said.trim() {
        "0 ADTransientException" => Gets::SecondHop,
        said if said.starts_with("refused") => Gets::Refused,
        said => match said.parse::<usize>() {
            Ok(1..) => Gets::Rows,
            _ => panic!("{said}"),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pypsrp_signs_in_and_is_passed_on() {
    let Some(python) = python() else { return };
    let Some(kdc) = realm() else { return };
    for (scheme, only) in SCHEMES {
        let faults = Faults {
            only_scheme: Some(only),
            requires_delegation: true,
            strict_channel_binding: true,
            ..Faults::default()
        };
        let Some(staged) = lab(kdc.keytab(), faults).await else {
            return;
        };
        for case in &CASES {
            let gets = pypsrp(&python, &kdc, &staged, scheme, case);
            let Case { person, binds, .. } = case;
            assert_eq!(gets, case.gets, "{scheme}, {person}, {binds:?}");
        }
        let leftovers = staged.lab.server("ex01").leftovers();
        assert!(leftovers.is_empty(), "{leftovers:?}");
    }
}

/// The name of the service belongs to another account.
#[tokio::test(flavor = "multi_thread")]
async fn keys_of_another_account_open_no_ticket() {
    let Some(python) = python() else { return };
    let Some(kdc) = realm() else { return };
    for (scheme, only) in SCHEMES {
        let faults = Faults {
            only_scheme: Some(only),
            ..Faults::default()
        };
        let Some(staged) = lab(kdc.keytab_of_another(SERVICE), faults).await else {
            return;
        };
        let gets = pypsrp(&python, &kdc, &staged, scheme, &CASES[0]);
        assert_eq!(gets, Gets::Refused, "{scheme}");
        let events = staged.lab.server("ex01").events();
        let was_refused = |what: &What| matches!(what, What::SignInRefused { .. });
        assert!(events.iter().any(was_refused), "{events:?}");
    }
}

#[tokio::test]
async fn without_keys_there_is_ntlm_only_and_it_is_said_why() {
    let bare = Lab::builder().start().await.expect("a lab");
    assert!(matches!(bare.kerberos(), Err(NoKerberos::NoKeytab)));
    let keyless = Lab::builder().kerberos("/nowhere/keytab").start().await;
    let keyless = keyless.expect("a lab");
    let why = keyless.kerberos().expect_err("no keys");
    assert!(
        matches!(why, NoKerberos::Keys(_) | NoKerberos::NoLibrary(_)),
        "{why}"
    );
}

/// The interpreter that `scripts/witnesses` installed; says loudly when there is none.
fn python() -> Option<PathBuf> {
    let folder = std::env::var_os("MAPISWEEP_WITNESSES").map(PathBuf::from);
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/witnesses");
    let python = folder.unwrap_or(here).join("bin/python");
    if python.is_file() {
        return Some(python);
    }
    let why = format!("no {}: run scripts/witnesses", python.display());
    skip("clients of others", &why);
    None
}
