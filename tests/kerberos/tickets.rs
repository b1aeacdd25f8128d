//! Why no ticket is to be had, planted one by one, and what the admin is told of it, by either library.

use std::{fs, thread, time::Duration};

use mapisweep_outside::Account;
use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, Run, realm},
    runs::Run as _,
    said::{Said, told},
};

/// The account, as the KDC has it. A password is tried once.
#[test]
fn accounts() {
    let cases = [
        ("a disabled account", Account::Disabled),
        ("an account that has run out", Account::Expired),
        ("an expired password", Account::PasswordExpired),
        ("a password to be changed", Account::MustChangePassword),
    ];
    let mut realm = realm();
    for (_, state) in cases {
        realm = realm.account(&format!("{state:?}"), PASSWORD, state);
    }
    let Some(house) = House::of(realm) else {
        return;
    };
    for library in Library::BOTH {
        let mut said = Said::default();
        for (what, state) in cases {
            let user = format!("{state:?}@CORP.EXAMPLE");
            let ran = told(&house, json!({}), |run| {
                run.library(library).user(&user).password(PASSWORD)
            });
            said.add(what, &ran);
        }
        let ran = told(&house, json!({}), |run| {
            run.library(library).password("wrong")
        });
        said.add("a wrong password", &ran);
        let ran = told(&house, json!({}), |run| {
            run.library(library)
                .flags("--auth kerberos")
                .user("nobody@CORP.EXAMPLE")
                .password(PASSWORD)
        });
        said.add("an unknown person", &ran);
        insta::assert_snapshot!(format!("accounts_{library:?}"), said.text());
    }
    // each library once; Heimdal by itself twice
    let refused = house.kdc.log().refused_passwords("ann");
    assert!(refused <= 3, "{refused}");
}

/// The realm, its KDC, and the service.
#[test]
fn domains() {
    let Some(house) = House::of(realm()) else {
        return;
    };
    let fine = house.kdc.krb5_conf();
    let other_encryption = house.kdc.folder().join("rc4.conf");
    let text = fs::read_to_string(&fine).unwrap();
    let rc4 = "[libdefaults]\n allow_weak_crypto = true\n permitted_enctypes = arcfour-hmac\n \
               default_etypes = arcfour-hmac-md5\n";
    fs::write(&other_encryption, text.replace("[libdefaults]\n", rc4)).unwrap();
    let unknown = house.kdc.krb5_conf_without_kdc();
    let broken = house.kdc.folder().join("broken.conf");
    fs::write(&broken, "[libdefaults\n default_realm = CORP.EXAMPLE\n").unwrap();
    for library in Library::BOTH {
        let mut said = Said::default();
        let mut add = |what: &str, how: &dyn Fn(Run<'_>) -> Run<'_>| {
            let ran = told(&house, json!({}), |run| {
                how(run
                    .library(library)
                    .flags("--auth kerberos")
                    .password(PASSWORD))
            });
            said.add(what, &ran);
        };
        add("a realm without a KDC", &|run| run.configuration(&unknown));
        add("a KDC that does not answer", &|run| {
            run.configuration(&unknown)
                .flags("--realm CORP.EXAMPLE --kdc 127.0.0.1:9")
        });
        add("a KDC without an address", &|run| {
            run.configuration(&unknown)
                .flags("--realm CORP.EXAMPLE --kdc nowhere.invalid")
        });
        add("a service that nobody holds", &|run| {
            run.flags("--spn WSMAN")
        });
        add("no encryption in common", &|run| {
            run.configuration(&other_encryption)
        });
        add("a configuration that cannot be read", &|run| {
            run.configuration(&broken)
        });
        insta::assert_snapshot!(format!("domains_{library:?}"), said.text());
    }
}

/// The clock of the KDC is another.
#[test]
fn clocks() {
    let Some(house) = House::of(realm().clock_ahead(Duration::from_secs(1000))) else {
        return;
    };
    for library in Library::BOTH {
        let mut said = Said::default();
        let ran = told(&house, json!({}), |run| {
            run.library(library)
                .flags("--auth kerberos")
                .password(PASSWORD)
        });
        said.add("a KDC whose clock is ahead", &ran);
        insta::assert_snapshot!(format!("clocks_{library:?}"), said.text());
    }
}

/// Where there is no ticket, or another person's, nobody signs in.
#[test]
fn caches() {
    let Some(house) = House::of(realm().person("bob", PASSWORD)) else {
        return;
    };
    let kdc = &house.kdc;
    let put = |name: &str, text: &str| {
        fs::write(kdc.folder().join(name), text).unwrap();
        kdc.cache(name)
    };
    let (bobs, run_out) = (kdc.cache("bob"), kdc.cache("run-out"));
    kdc.kinit("bob", &bobs);
    kdc.kinit_with(&["-f", "-l", "1"], "ann", &run_out);
    thread::sleep(Duration::from_secs(2));
    for cache in [
        kdc.cache("nothing"),
        put("empty", ""),
        put("something-else", "root:x:0:0\n"),
        bobs,
        run_out,
        kdc.collection("without-tickets"),
        format!("DIR:{}", kdc.folder().join("missing").display()),
        "KCM:".to_owned(),
        "UNKNOWN:cache".to_owned(),
        "FILE:%{no-such-thing}".to_owned(),
    ] {
        for library in Library::BOTH {
            let server = house.server(json!({}));
            let run = house.run(&server).library(library).cache(&cache);
            let ran = run.flags("--auth kerberos").mapisweep("logons");
            let what = format!("{cache}, {library:?}: {}", ran.stderr);
            assert_eq!(ran.exit, 2, "{what}");
            assert_eq!(server.report().count("sign_ins"), 0, "{what}");
        }
    }
}

/// Without a library.
#[test]
fn libraries() {
    let Some(house) = House::of(realm()) else {
        return;
    };
    let mut said = Said::default();
    for (what, path) in [
        ("no such file", "/nonexistent/libgssapi.so"),
        ("something else", "/usr/lib/x86_64-linux-gnu/libm.so.6"),
    ] {
        let ran = told(&house, json!({}), |run| {
            let run = run.env("MAPISWEEP_GSSAPI", path).flags("--auth kerberos");
            run.password(PASSWORD)
        });
        said.add(what, &ran);
    }
    insta::assert_snapshot!(said.text());
}
