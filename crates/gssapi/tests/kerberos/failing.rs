//! What each library says of what can go wrong, in numbers.

use std::{sync::mpsc, thread, time::Duration};

use mapisweep_gssapi::{Credential, Error};

use crate::{
    case::{Case, Realm},
    place::{ANN, PASSWORD},
    stage::{Stage, principal},
};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("a_password_that_is_refused", refused_password).seen(|log, family| {
            let person = format!("own-{family}");
            // Heimdal's second try is its own
            let expected = if family == "heimdal" { 2 } else { 1 };
            assert_eq!(log.refused_passwords(&person), expected, "{}", log.text());
        }),
        Case::new("an_account_that_gets_no_ticket", accounts),
        Case::new("a_service_that_nobody_knows", unknown_service),
        Case::new("a_realm_that_nobody_knows", unknown_realm),
        Case::new("nobody_says_where_the_kdc_is", no_kdc).realm(Realm::Lost),
        Case::new("a_kdc_that_does_not_answer", silent_kdc).realm(Realm::Silent),
        Case::new("a_name_that_is_none", no_name),
    ]
}

/// Where the library does not say anything better, `GSS_S_NO_CRED` or `GSS_S_FAILURE`.
const NO_CREDENTIAL: u32 = 7 << 16;
const FAILURE: u32 = 13 << 16;

/// An error that RFC 4120 numbers (section 7.5.9), as a minor status.
const fn kdc(error: i32) -> i32 {
    -1_765_328_384 + error
}

const NO_KDC_ANSWERS: i32 = -1_765_328_228;
const REALM_UNKNOWN: i32 = -1_765_328_230;

fn numbers<T>(outcome: Result<T, Error>) -> (u32, i32) {
    let error = outcome.map(|_| ()).expect_err("it fails");
    let said = error.to_string();
    assert!(!said.contains(PASSWORD), "{said}");
    (error.major(), error.minor())
}

fn refused_password(stage: &Stage) {
    let person = principal(&format!("{}@CORP.EXAMPLE", stage.own()));
    let refused = Credential::from_password(&stage.library, &person, &"Unwort-9!".into());
    assert_eq!(numbers(refused), (NO_CREDENTIAL, kdc(24)));
}

fn accounts(stage: &Stage) {
    for (person, expected) in [
        ("nobody", 6),
        ("disabled", 18),
        ("expired", 1),
        ("stale", 23),
        ("new", 23),
    ] {
        let refused = stage.password(&format!("{person}@CORP.EXAMPLE"));
        assert_eq!(numbers(refused), (NO_CREDENTIAL, kdc(expected)), "{person}");
    }
}

fn unknown_service(stage: &Stage) {
    let ann = stage.password(ANN).expect("a ticket");
    for service in ["HTTP@ex02.corp.example", "HTTP@ex01", "HTTP@10.1.4.23"] {
        let step = stage.initiator_at(Some(&ann), service).step(None);
        assert_eq!(numbers(step), (FAILURE, kdc(7)), "{service}");
    }
}

/// Its case matters, too.
fn unknown_realm(stage: &Stage) {
    for person in ["ann@ELSEWHERE.EXAMPLE", "ann@corp.example"] {
        let minor = stage.differs(REALM_UNKNOWN, NO_KDC_ANSWERS);
        assert_eq!(
            numbers(stage.password(person)),
            (NO_CREDENTIAL, minor),
            "{person}"
        );
    }
}

fn no_kdc(stage: &Stage) {
    let minor = stage.differs(REALM_UNKNOWN, NO_KDC_ANSWERS);
    assert_eq!(numbers(stage.password(ANN)), (NO_CREDENTIAL, minor));
}

/// MIT 1.20 gave up after 27 s, Heimdal 7.8 after 33 s. Who does not wait for it can leave: the process ends while the
/// thread is inside the library.
fn silent_kdc(stage: &Stage) {
    let (told, asked) = mpsc::channel();
    let library = stage.library.clone();
    thread::spawn(move || {
        told.send(Credential::from_password(
            &library,
            &principal(ANN),
            &PASSWORD.into(),
        ))
    });
    let outcome = asked.recv_timeout(Duration::from_secs(1));
    assert!(outcome.is_err(), "{outcome:?}");
}

fn no_name(stage: &Stage) {
    const BAD_NAME: u32 = 2 << 16;
    assert_eq!(numbers(stage.password("")).0, BAD_NAME);
    assert_eq!(numbers(stage.password("a@b@c")).0, BAD_NAME);
}
