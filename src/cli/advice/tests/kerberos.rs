//! What an admin reads about Kerberos, by the library's number and by the step at which it came.

use std::sync::Arc;

use mapisweep_gssapi as gssapi;
use mapisweep_winrm::auth::{UserName, spnego};

use super::*;
use crate::{
    connection::{Error as ConnectionError, Refusal, Way},
    kerberos::Error,
};

/// What the numbers of RFC 4120 are counted from.
const FIRST: i32 = -1_765_328_384;

fn said(minor: i32) -> gssapi::Error {
    gssapi::Error::Refused {
        call: "gss_something",
        major: 0xd_0000,
        minor,
        text: "the library's own words".into(),
    }
}

fn person(minor: i32) -> Error {
    Error::Person {
        principal: "ann@CORP.EXAMPLE".into(),
        twice: false,
        source: said(minor),
    }
}

fn service(minor: i32) -> Error {
    Error::Service {
        person: "ann@CORP.EXAMPLE".into(),
        service: "HTTP/ex02".into(),
        source: said(minor),
    }
}

fn answer(minor: i32) -> Error {
    Error::Answer {
        service: "HTTP/ex02".into(),
        source: said(minor),
    }
}

/// Those of RFC 4120 that each step may meet.
const PROTOCOL: &[i32] = &[
    1, 6, 7, 8, 12, 13, 14, 18, 20, 23, 24, 31, 32, 33, 37, 41, 52, 60, 68,
];

/// The libraries' own.
const LIBRARY: &[i32] = &[
    -1_765_328_243,
    -1_765_328_237,
    -1_765_328_236,
    -1_765_328_234,
    -1_765_328_230,
    -1_765_328_228,
    -1_765_328_199,
    -1_765_328_189,
    -1_765_328_174,
    -1_765_328_164,
    -1_765_328_160,
    -1_765_328_248,
    2,
    0,
    42,
];

/// What is read for each number at one step.
fn numbers(of: fn(i32) -> Error) -> String {
    let protocol = PROTOCOL.iter().map(|number| (*number, of(FIRST + number)));
    let library = LIBRARY.iter().map(|number| (*number, of(*number)));
    about_ex02(protocol.chain(library).map(kerberos))
}

fn kerberos<C>((case, error): (C, Error)) -> (C, ConnectionError) {
    (case, ConnectionError::Kerberos(error))
}

#[test]
fn no_ticket_for_a_person() {
    insta::assert_snapshot!(numbers(person));
}

#[test]
fn no_ticket_for_a_server() {
    insta::assert_snapshot!(numbers(service));
}

#[test]
fn a_ticket_that_a_server_does_not_take() {
    insta::assert_snapshot!(numbers(answer));
}

#[test]
fn other_ends_of_a_sign_in() {
    let sent_twice = Error::Person {
        principal: "ann@CORP.EXAMPLE".into(),
        twice: true,
        source: said(FIRST + 24),
    };
    // GSS_S_CREDENTIALS_EXPIRED
    let ran_out = Error::Person {
        principal: "ann@CORP.EXAMPLE".into(),
        twice: false,
        source: gssapi::Error::Refused {
            call: "gss_inquire_cred",
            major: 0xb_0000,
            minor: 0,
            text: "its own words".into(),
        },
    };
    let after = Duration::from_secs(15);
    insta::assert_snapshot!(about_ex02(
        [
            ("a password that Heimdal sent", sent_twice),
            ("a ticket that ran out meanwhile", ran_out),
            (
                "nobody tells the realm",
                Error::NoRealm {
                    user: r"CORP\ann".into()
                }
            ),
            ("no KDC answers", Error::Silent { after }),
            (
                "no proof",
                Error::NotProven {
                    service: "HTTP/ex02".into()
                }
            ),
            (
                "declined",
                Error::Declined {
                    service: "HTTP/ex02".into()
                }
            ),
            ("no SPNEGO", Error::Malformed(spnego::Error::NotSpnego)),
            ("no seals", Error::Lacks("seal messages")),
            ("asked before", Error::Shared(Arc::new(person(FIRST + 23)))),
            (
                "a library that binds to no channel",
                Error::Service {
                    person: "ann@CORP.EXAMPLE".into(),
                    service: "HTTP/ex02".into(),
                    source: gssapi::Error::Refused {
                        call: "gss_init_sec_context",
                        major: 4 << 16,
                        minor: 0,
                        text: "channel bindings".into(),
                    },
                }
            ),
            (
                "hostile words",
                Error::Answer {
                    service: "HTTP/ex02\x1b[2J".into(),
                    source: said(7777)
                }
            ),
        ]
        .map(kerberos)
    ));
}

#[test]
fn tickets_and_http() {
    let too_large = |bytes, delegates| ConnectionError::TicketTooLarge {
        bytes,
        status: 400,
        delegates,
    };
    let refused = |channel_bound, offered: &[&str]| {
        ConnectionError::Refused(Refusal {
            user: UserName::parse(r"CORP\ann").unwrap(),
            scheme: "Negotiate",
            offered: offered.iter().map(|scheme| (*scheme).to_owned()).collect(),
            challenged: true,
            password_sent: false,
            sealed: true,
            channel_bound,
            ticket_for: Some("HTTP/ex02".into()),
        })
    };
    insta::assert_snapshot!(about_ex02([
        ("large", too_large(12_000, false)),
        ("large, delegated", too_large(30_000, true)),
        ("larger than Windows takes", too_large(70_000, true)),
        ("refused", refused(false, &["Negotiate", "Kerberos"])),
        ("refused, bound", refused(true, &["Negotiate", "Kerberos"])),
        ("no Kerberos is offered", refused(false, &["NTLM", "Basic"])),
        ("nothing is offered", refused(false, &[])),
    ]));
}

/// Kerberos did not come about, and there is no NTLM either.
#[test]
fn neither_kerberos_nor_ntlm() {
    let after = Duration::from_secs(15);
    let way = Way::Ntlm {
        instead: Some(Arc::new(Error::Silent { after })),
    };
    let scene = Scene {
        server: "ex02",
        user: r"CORP\ann",
        way: Some(&way),
    };
    let refused = ConnectionError::Refused(Refusal {
        user: UserName::parse(r"CORP\ann").unwrap(),
        scheme: "Negotiate",
        offered: vec!["Negotiate".into()],
        challenged: false,
        password_sent: false,
        sealed: false,
        channel_bound: false,
        ticket_for: None,
    });
    insta::assert_snapshot!(Advice::on_server(&refused.into(), scene).to_string());
}

/// No sentence is a bare number, and each says what to do or whose words are all there is.
#[test]
fn every_sentence_says_something() {
    for of in [person, service, answer] {
        for number in PROTOCOL
            .iter()
            .map(|number| FIRST + number)
            .chain(LIBRARY.iter().copied())
        {
            let error = of(number);
            let Advice { what, to_do } = Advice::on_kerberos(&Arc::new(of(number)), "ex02");
            let is_told = !to_do.is_empty() || what.contains("the library's own words");
            assert!(is_told, "{number}: {what}");
            assert!(
                !what.contains("WHO") && !what.contains("WHAT"),
                "{error}: {what}"
            );
        }
    }
}

#[test]
fn a_password_that_ntlm_took_instead() {
    let refused = || {
        let refusal = Refusal {
            user: UserName::parse(r"CORP\ann").unwrap(),
            scheme: "Negotiate",
            offered: vec!["Negotiate".into()],
            challenged: true,
            password_sent: true,
            sealed: true,
            channel_bound: false,
            ticket_for: None,
        };
        ServerError::Connection(ConnectionError::Refused(refusal))
    };
    let user = || r"CORP\ann".to_owned();
    let line = |error: Error| {
        let way = Way::Ntlm {
            instead: Some(Arc::new(error)),
        };
        let scene = Scene {
            server: "ex02",
            user: r"CORP\ann",
            way: Some(&way),
        };
        format!("{}\n", Advice::on_server(&refused(), scene))
    };
    let after = std::time::Duration::from_secs(15);
    let lines = [
        line(Error::Silent { after }),
        line(Error::NoRealm { user: user() }),
    ];
    insta::assert_snapshot!(lines.concat());
}
