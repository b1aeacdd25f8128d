//! Sign-ins with a password.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use mapisweep_gssapi::{Acceptor, Credential, Error, Flags, Initiator, Library, Principal};

use crate::{
    case::Case,
    place::{ANN, BOB, BOBS_PASSWORD, MIT, PASSWORD},
    stage::{SERVICE, Stage, principal},
};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("a_password", a_password),
        Case::new("two_people_in_one_process", two_people),
        Case::new("one_ticket_for_many_sign_ins", many_sign_ins).seen(|log, family| {
            let (person, service) = (format!("own-{family}"), format!("HTTP/own-{family}"));
            assert_eq!(log.ticket_granting_tickets(&person), 1, "{}", log.text());
            assert_eq!(log.service_tickets(&service), 1, "{}", log.text());
        }),
        Case::new("a_port_is_a_part_of_the_name", a_port).seen(|log, family| {
            let service = format!("HTTP/own-{family}:5985");
            assert_eq!(log.service_tickets(&service), 1, "{}", log.text());
        }),
        Case::new("a_delegated_ticket_gets_others", a_delegated_ticket),
        Case::new("nothing_is_delegated_unasked", nothing_unasked),
        Case::new("a_sensitive_account_is_not_delegated", a_sensitive_account),
        Case::new("the_channel_is_bound", the_channel_is_bound),
        Case::new("keys_are_read_from_any_key_table", any_key_table),
        Case::new("an_enterprise_name", an_enterprise_name),
        Case::new("a_sign_in_ends_once", a_sign_in_ends_once),
        Case::new("nothing_is_left_open", nothing_is_left_open),
    ]
}

const PROTECTED: Flags = Flags {
    delegated: false,
    mutual: true,
    replay: true,
    sequence: true,
    confidential: true,
    integrity: true,
    channel_bound: false,
};

fn a_password(stage: &Stage) {
    let credential = stage.password(ANN).expect("a ticket");
    assert_eq!(credential.name().expect("a name"), ANN);
    let lifetime = credential.lifetime().expect("a lifetime").expect("an end");
    let hours = Duration::from_secs(60 * 60);
    assert!(
        hours * 9 < lifetime && lifetime <= hours * 10,
        "{lifetime:?}"
    );
    let signed_in = stage.sign_in(stage.initiator(Some(&credential)));
    assert_eq!(signed_in.name, ANN);
    assert_eq!(signed_in.client.flags(), PROTECTED);
    assert_eq!(signed_in.server.flags(), PROTECTED);
}

fn two_people(stage: &Stage) {
    let ann = stage.password(ANN).expect("a ticket");
    let bob = Credential::from_password(&stage.library, &principal(BOB), &BOBS_PASSWORD.into())
        .expect("a ticket");
    for _ in 0..3 {
        for (credential, name) in [(&ann, ANN), (&bob, BOB)] {
            assert_eq!(credential.name().expect("a name"), name);
            assert_eq!(stage.sign_in(stage.initiator(Some(credential))).name, name);
        }
    }
}

/// One after the other, and then on many threads at once.
fn many_sign_ins(stage: &Stage) {
    let own = stage.own();
    let (person, service) = (format!("{own}@CORP.EXAMPLE"), format!("HTTP@{own}"));
    let credential = stage.password(&person).expect("a ticket");
    let sign_in = || stage.sign_in(stage.initiator_at(Some(&credential), &service));
    for _ in 0..5 {
        assert_eq!(sign_in().name, person);
    }
    let names: BTreeSet<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| sign_in().name)).collect();
        let joined = threads.into_iter();
        joined
            .map(|thread| thread.join().expect("a name"))
            .collect()
    });
    assert_eq!(names, BTreeSet::from([person]));
}

fn a_port(stage: &Stage) {
    let credential = stage.password(ANN).expect("a ticket");
    let service = format!("HTTP@{}:5985", stage.own());
    stage.sign_in(stage.initiator_at(Some(&credential), &service));
}

fn a_delegated_ticket(stage: &Stage) {
    let credential = stage.password(ANN).expect("a ticket");
    let mut signed_in = stage.sign_in(stage.delegating(Some(&credential)));
    let granted = Flags {
        delegated: true,
        ..PROTECTED
    };
    assert_eq!(signed_in.client.flags(), granted);
    let delegated = signed_in.delegated.take().expect("a ticket came along");
    assert_eq!(delegated.name().expect("a name"), ANN);
    assert_eq!(
        stage.second_hop(&delegated, "ldap@dc1.corp.example"),
        Ok(())
    );
}

fn nothing_unasked(stage: &Stage) {
    let credential = stage.password(ANN).expect("a ticket");
    let signed_in = stage.sign_in(stage.initiator(Some(&credential)));
    assert!(!signed_in.client.flags().delegated);
    assert!(signed_in.delegated.is_none());
}

/// The sign-in stands all the same.
fn a_sensitive_account(stage: &Stage) {
    let credential = stage.password("sensitive@CORP.EXAMPLE").expect("a ticket");
    let signed_in = stage.sign_in(stage.delegating(Some(&credential)));
    assert_eq!(signed_in.client.flags(), PROTECTED);
    assert!(signed_in.delegated.is_none());
}

fn the_channel_is_bound(stage: &Stage) {
    const BAD_BINDINGS: u32 = 4 << 16;
    let credential = stage.password(ANN).expect("a ticket");
    let right = b"tls-server-end-point:one certificate".as_slice();
    let wrong = b"tls-server-end-point:another".as_slice();
    for (client, server, expected) in [
        (Some(right), Some(right), Ok(())),
        (Some(right), Some(wrong), Err((BAD_BINDINGS, 0))),
        // as with Windows where it is not told to insist
        (None, Some(right), Ok(())),
        (Some(right), None, Ok(())),
    ] {
        let initiator = Initiator::new(&stage.library, Some(&credential), SERVICE, false, client);
        let signed_in = stage.sign_in_at(stage.acceptor(server), initiator.expect("a name"));
        let outcome = signed_in
            .map(|signed_in| signed_in.server.flags().channel_bound)
            .map_err(|error| (error.major(), error.minor()));
        let expected = expected.map(|()| client.is_some() && client == server);
        assert_eq!(outcome, expected, "{client:?} {server:?}");
    }
}

/// By MIT's library, which can, and without a record of what was seen: a token is taken twice.
fn any_key_table(stage: &Stage) {
    let server = Library::open(MIT).expect("MIT's library");
    let keytab = PathBuf::from(env::var_os("KRB5_KTNAME").expect("it is set"));
    let keys = Credential::from_keytab(&server, &keytab).expect("the keytab");
    let ann = stage.password(ANN).expect("a ticket");
    let token = stage.initiator(Some(&ann)).step(None).expect("a ticket");
    let token = token.token.expect("a token");
    for _ in 0..2 {
        let mut acceptor = Acceptor::new(&server, &keys, None);
        assert!(acceptor.step(&token).expect("an answer").is_established);
        assert_eq!(acceptor.initiator().expect("a name"), ANN);
    }
    assert!(Credential::from_keytab(&server, Path::new("/nowhere")).is_err());
    let lacks = Credential::from_keytab(&stage.library, &keytab).err();
    let lacks = lacks.map(|error| matches!(error, Error::Lacks { .. }));
    assert_eq!(lacks, stage.differs(None, Some(true)));
}

/// MIT sends it as one: its KDC looks for just this name, and has none. Heimdal says that it cannot.
fn an_enterprise_name(stage: &Stage) {
    const CLIENT_UNKNOWN: i32 = -1_765_328_378;
    let upn = Principal {
        name: "ann@corp.example".to_owned(),
        is_enterprise: true,
    };
    let error = Credential::from_password(&stage.library, &upn, &PASSWORD.into());
    let error = error.expect_err("nobody of that name");
    match error {
        Error::Refused { minor, text, .. } => {
            assert_eq!(minor, stage.differs(CLIENT_UNKNOWN, 0), "{text}");
            assert!(text.contains(r"ann\@corp.example@CORP.EXAMPLE"), "{text}");
        }
        Error::NoEnterpriseNames { library } => {
            assert_eq!(library, stage.differs("", "libgssapi.so.3"));
        }
        other => panic!("{other:?}"),
    }
}

fn a_sign_in_ends_once(stage: &Stage) {
    let credential = stage.password(ANN).expect("a ticket");
    let mut unfinished = stage.initiator(Some(&credential));
    let token = unfinished
        .step(None)
        .expect("a ticket")
        .token
        .expect("a token");
    assert_eq!(
        unfinished.into_context().map(|_| ()),
        Err(Error::Incomplete)
    );

    let mut acceptor = stage.acceptor(None);
    acceptor.step(&token).expect("a sign-in");
    assert_eq!(acceptor.step(&token), Err(Error::Over));

    let no_answer = framed(b"\x02\x00nothing that can be read");
    for (answer, is_asked) in [
        (None, false),
        (Some(&b""[..]), false),
        (Some(b"no token"), false),
        (Some(&token), false),
        (Some(&no_answer), true),
    ] {
        let mut failed = stage.initiator(Some(&credential));
        failed.step(None).expect("a ticket");
        let error = failed.step(answer).expect_err("no answer");
        assert_eq!(error == Error::NoAnswer, !is_asked, "{error}");
        assert_eq!(failed.step(answer), Err(Error::Over));
        assert_eq!(failed.into_context().map(|_| ()), Err(Error::Over));
    }
}

/// As RFC 4121 section 4.1 has it.
fn framed(token: &[u8]) -> Vec<u8> {
    let mechanism = b"\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
    let length = u8::try_from(mechanism.len() + token.len()).expect("a short one");
    [&[0x60, length], &mechanism[..], token].concat()
}

fn nothing_is_left_open(stage: &Stage) {
    let open = || fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let sign_in = |person| {
        let credential = stage.password(person).expect("a ticket");
        stage.sign_in(stage.delegating(Some(&credential)));
    };
    sign_in(ANN);
    let before = open();
    for _ in 0..50 {
        sign_in(ANN);
    }
    assert_eq!(open(), before);
}
