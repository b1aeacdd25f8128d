//! The KDC does what tests will rely on, by MIT's own tools.
#![cfg(unix)]

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

use mapisweep_outside::{Account, Kdc};

const PASSWORD: &str = "Unwort-7!";
const SERVICE: &str = "HTTP/ex01.corp.example";

#[test]
fn a_person_gets_tickets_and_the_log_tells() {
    let began = Instant::now();
    let kdc = Kdc::builder()
        .person("ann", PASSWORD)
        .service(SERVICE)
        .service("HTTP/ex01:5985");
    let Some(kdc) = kdc.start() else { return };
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let cache = kdc.cache("ann");
    kdc.kinit("ann", &cache);
    kdc.kvno(SERVICE, &cache);
    kdc.kvno("HTTP/ex01:5985", &cache);
    let log = kdc.log();
    assert_eq!(log.ticket_granting_tickets("ann"), 1, "{}", log.text());
    assert_eq!(log.refused_passwords("ann"), 0, "{}", log.text());
    assert_eq!(log.service_tickets(SERVICE), 1, "{}", log.text());
    assert_eq!(log.forwarded_tickets("ann"), 0, "{}", log.text());
    assert!(log.text().contains("aes256-cts"), "{}", log.text());
}

#[test]
fn an_old_domain_has_only_rc4() {
    let kdc = Kdc::builder()
        .person("ann", PASSWORD)
        .service(SERVICE)
        .rc4_only();
    let Some(kdc) = kdc.start() else { return };
    let cache = kdc.cache("ann");
    kdc.kinit("ann", &cache);
    kdc.kvno(SERVICE, &cache);
    let rc4 = "etypes {rep=DEPRECATED:arcfour-hmac(23), tkt=DEPRECATED:arcfour-hmac(23), ses=DEPRECATED:arcfour-hmac(23)}";
    assert_eq!(
        kdc.log().text().matches(rc4).count(),
        2,
        "{}",
        kdc.log().text()
    );
}

/// What `kinit` says to each account.
#[test]
fn accounts_are_in_the_state_that_was_asked_for() {
    let states = [
        (Account::Fine, ""),
        (Account::WithoutPreauthentication, ""),
        (Account::NotDelegable, ""),
        (Account::Disabled, "Client's credentials have been revoked"),
        (Account::Expired, "Client's entry in database has expired"),
        (
            Account::PasswordExpired,
            "Password expired.  You must change it now.",
        ),
        (
            Account::MustChangePassword,
            "Password expired.  You must change it now.",
        ),
    ];
    let mut kdc = Kdc::builder();
    for (state, _) in states {
        kdc = kdc.account(&format!("{state:?}"), PASSWORD, state);
    }
    let Some(kdc) = kdc.start() else { return };
    for (state, said) in states {
        let output = kinit(&kdc, &format!("{state:?}"), PASSWORD);
        assert!(output.contains(said), "{state:?}: {output}");
        assert_eq!(
            output.contains("kinit:"),
            !said.is_empty(),
            "{state:?}: {output}"
        );
    }
    assert!(flags(&kdc, "Fine").contains('F'));
    assert!(!flags(&kdc, "NotDelegable").contains('F'));
    let wrong = kinit(&kdc, "Fine", "wrong");
    assert!(wrong.contains("Password incorrect"), "{wrong}");
    assert_eq!(kdc.log().refused_passwords("Fine"), 1);
    // the password has to be proved by all but one
    let asked = |state: &str| {
        kdc.log()
            .text()
            .contains(&format!("NEEDED_PREAUTH: {state}@"))
    };
    assert!(asked("Fine") && asked("NotDelegable") && !asked("WithoutPreauthentication"));
}

/// A person of one realm uses a service of another, where that realm lets them in.
#[test]
fn a_trust_goes_one_way() {
    let kdc = Kdc::builder().person("ann", PASSWORD).service(SERVICE);
    let kdc = kdc.trusts("PARTNER.EXAMPLE").realm("PARTNER.EXAMPLE");
    let kdc = kdc
        .person("bob", PASSWORD)
        .service("HTTP/mail.partner.example");
    let Some(kdc) = kdc.start() else { return };
    let (ann, bob) = (kdc.cache("ann"), kdc.cache("bob"));
    kdc.kinit("ann", &ann);
    kdc.kinit("bob@PARTNER.EXAMPLE", &bob);
    kdc.kvno(&format!("{SERVICE}@CORP.EXAMPLE"), &bob);
    assert_eq!(
        kdc.log()
            .service_tickets("krbtgt/CORP.EXAMPLE@PARTNER.EXAMPLE"),
        1
    );
    assert_eq!(kdc.log().service_tickets(SERVICE), 1);
    let back = tool(&kdc, "kvno")
        .env("KRB5CCNAME", &ann)
        .arg("HTTP/mail.partner.example@PARTNER.EXAMPLE")
        .output();
    assert!(!back.unwrap().status.success());
}

#[test]
fn a_collection_holds_the_tickets_of_several() {
    let kdc = Kdc::builder()
        .person("ann", PASSWORD)
        .person("bob", PASSWORD);
    let Some(kdc) = kdc.start() else { return };
    let caches = kdc.collection("caches");
    kdc.kinit("ann", &caches);
    kdc.kinit("bob", &caches);
    let listed = tool(&kdc, "klist")
        .arg("-l")
        .env("KRB5CCNAME", &caches)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.contains("ann@CORP.EXAMPLE") && listed.contains("bob@CORP.EXAMPLE"),
        "{listed}"
    );
}

#[test]
fn tickets_are_as_large_as_was_asked_for() {
    const SIZE: usize = 70_000;
    let kdc = Kdc::builder()
        .person("ann", PASSWORD)
        .service(SERVICE)
        .ticket_size(SIZE);
    let Some(kdc) = kdc.start() else { return };
    let cache = kdc.cache("ann");
    kdc.kinit("ann", &cache);
    kdc.kvno(SERVICE, &cache);
    let both = kdc.folder().join("ann").metadata().unwrap().len();
    assert!(both > 2 * SIZE as u64, "{both}");
}

/// Nobody is left who does not know that the test has ended.
#[test]
fn nothing_is_left_of_several() {
    let start = || Kdc::builder().start();
    let starting: Vec<_> = (0..4).map(|_| thread::spawn(start)).collect();
    for kdc in starting {
        let Some(kdc) = kdc.join().unwrap() else {
            return;
        };
        let (folder, port) = (kdc.folder().to_owned(), kdc.port());
        drop(kdc);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}

/// What `kinit` says, to a person who does not change the password.
fn kinit(kdc: &Kdc, person: &str, password: &str) -> String {
    let script = format!("echo '{password}' | kinit -f {person} 2>&1");
    let output = tool(kdc, "sh")
        .args(["-c", &script])
        .env("KRB5CCNAME", kdc.cache(person))
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// The flags of a person's ticket, a letter each: `F` may be delegated.
fn flags(kdc: &Kdc, person: &str) -> String {
    let listed = tool(kdc, "klist")
        .arg("-f")
        .env("KRB5CCNAME", kdc.cache(person))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    listed
        .rsplit("Flags: ")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn tool(kdc: &Kdc, name: &str) -> Command {
    let mut command = Command::new(name);
    command.env("KRB5_CONFIG", kdc.krb5_conf());
    command
}
