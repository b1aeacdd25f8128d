//! Sign-ins with tickets that are there already.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, thread, time::Duration};

use mapisweep_gssapi::{Credential, Error, Family};

use crate::{
    case::Case,
    place::{ANN, BOB},
    stage::{Stage, principal},
};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("a_ticket_cache", a_ticket_cache).tickets(|kdc, cache| kdc.kinit("ann", cache)),
        Case::new("of_several_caches_the_named_one", of_several_caches).collection(|kdc, cache| {
            for person in ["ann", "bob"] {
                kdc.kinit(person, cache);
            }
        }),
        Case::new("a_ticket_that_is_not_forwardable", not_forwardable)
            .tickets(|kdc, cache| kdc.kinit_with(&["-F"], "ann", cache)),
        Case::new("a_ticket_that_ran_out", ran_out)
            .tickets(|kdc, cache| kdc.kinit_with(&["-l", "1s"], "ann", cache)),
        Case::new("no_ticket_cache", no_ticket_cache),
        Case::new("a_cache_that_is_none", not_a_cache),
        Case::new(
            "a_folder_of_caches_without_its_default_one",
            no_default_cache,
        )
        .collection(|_, _| ()),
    ]
}

const NO_CREDENTIAL: u32 = 7 << 16;
const NOT_FOUND: i32 = -1_765_328_243;

fn a_ticket_cache(stage: &Stage) {
    for who in [None, Some(principal(ANN))] {
        let credential = Credential::from_cache(&stage.library, who.as_ref()).expect("a ticket");
        assert_eq!(credential.name().expect("a name"), ANN);
        assert_ne!(credential.lifetime(), Ok(Some(Duration::ZERO)));
        let signed_in = stage.sign_in(stage.delegating(Some(&credential)));
        assert_eq!(signed_in.name, ANN);
        assert!(signed_in.client.flags().delegated);
    }
    assert_eq!(stage.sign_in(stage.initiator(None)).name, ANN);
    assert_eq!(stage.library.default_principal(), Ok(Some(ANN.to_owned())));
    let cache = std::env::var("KRB5CCNAME").expect("the case's");
    assert_eq!(stage.library.default_cache(), Some(cache));

    let bobs = Credential::from_cache(&stage.library, Some(&principal(BOB)));
    let error = bobs.expect_err("there is no other person's ticket");
    assert_eq!(
        (error.major(), error.minor()),
        (NO_CREDENTIAL, stage.differs(NOT_FOUND, 0)),
        "{error}"
    );
}

/// Who came last is the default. Heimdal would crash at the other.
fn of_several_caches(stage: &Stage) {
    let default = Credential::from_cache(&stage.library, None).expect("a ticket");
    assert_eq!(default.name().expect("a name"), BOB);
    let named = |name| Credential::from_cache(&stage.library, Some(&principal(name)));
    for name in [BOB].iter().chain(stage.differs(&[ANN][..], &[])) {
        let credential = named(name).expect("a ticket");
        assert_eq!(credential.name().expect("a name"), *name);
        assert_eq!(
            stage.sign_in(stage.initiator(Some(&credential))).name,
            *name
        );
    }
    if let Err(error) = named(ANN) {
        assert_eq!(stage.library.family(), Family::Heimdal, "{error}");
        assert!(matches!(error, Error::CannotSearch { .. }), "{error}");
    }
}

fn not_forwardable(stage: &Stage) {
    let credential = Credential::from_cache(&stage.library, None).expect("a ticket");
    let signed_in = stage.sign_in(stage.delegating(Some(&credential)));
    assert!(!signed_in.client.flags().delegated);
    assert!(signed_in.delegated.is_none());
}

/// MIT takes it and says that no time is left, Heimdal does not take it. Whose it is both tell.
fn ran_out(stage: &Stage) {
    const EXPIRED: i32 = -1_765_328_352;
    thread::sleep(Duration::from_secs(2));
    assert_eq!(stage.library.default_principal(), Ok(Some(ANN.to_owned())));
    for who in [None, Some(principal(ANN))] {
        let taken = Credential::from_cache(&stage.library, who.as_ref());
        let is_mit = stage.differs(true, false);
        assert_eq!(taken.is_ok(), is_mit, "{taken:?}");
        match taken {
            Ok(credential) => {
                assert_eq!(credential.lifetime(), Ok(Some(Duration::ZERO)));
                let step = stage.initiator(Some(&credential)).step(None);
                assert_eq!(step.expect_err("no time is left").minor(), EXPIRED);
            }
            Err(error) => {
                let numbers = (error.major(), error.minor());
                assert_eq!(numbers, (NO_CREDENTIAL, 0), "{error}");
            }
        }
    }
}

/// Why there is none is said by the cache's own number.
fn no_ticket_cache(stage: &Stage) {
    const NO_FILE: i32 = -1_765_328_189;
    const ENOENT: i32 = 2;
    for who in [None, Some(principal(ANN))] {
        let error = Credential::from_cache(&stage.library, who.as_ref()).expect_err("no cache");
        assert_eq!(
            (error.major(), error.minor()),
            (NO_CREDENTIAL, stage.differs(NOT_FOUND, 0)),
            "{error}"
        );
    }
    let error = stage.library.default_principal().expect_err("no cache");
    assert_eq!(error.minor(), stage.differs(NO_FILE, ENOENT), "{error}");
}

/// MIT would crash at it, often.
fn not_a_cache(stage: &Stage) {
    const VERSION: i32 = -1_765_328_172;
    const CLOSED_TO_OTHERS: u32 = 0o600;
    let cache = std::env::var("KRB5CCNAME").expect("the case's");
    let file = cache.strip_prefix("FILE:").expect("a file");
    fs::write(file, "no cache").expect("a file");
    fs::set_permissions(file, fs::Permissions::from_mode(CLOSED_TO_OTHERS)).expect("ours");
    let said = stage.library.default_principal().expect_err("no cache");
    if stage.library.family() == Family::Mit {
        assert_eq!(said.minor(), VERSION, "{said}");
    }
    let error = Credential::from_cache(&stage.library, None).expect_err("no cache");
    assert_eq!(error, said);
    Credential::from_cache(&stage.library, Some(&principal(ANN))).expect_err("no cache");
}

/// MIT would go on to the others, and crash at one that cannot be read.
fn no_default_cache(stage: &Stage) {
    let cache = std::env::var("KRB5CCNAME").expect("the case's");
    let folder = Path::new(cache.strip_prefix("DIR:").expect("a folder"));
    fs::write(folder.join("primary"), "tktgone\n").expect("a file");
    fs::write(folder.join("tktother"), "").expect("a file");
    let said = stage.library.default_principal().expect_err("no cache");
    let error = Credential::from_cache(&stage.library, None).expect_err("no cache");
    assert_eq!(error, said);
}
