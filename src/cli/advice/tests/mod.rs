//! Every sentence an admin may read when something goes wrong, in one snapshot each, so that they can be judged.

mod kerberos;
mod own;
mod proxy;
mod recorded;
mod second_hop;
mod tickets;
mod tls;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use super::*;
use crate::{
    config,
    connection::{self, Connection, Peer, Refusal},
    credentials::{self, Account, KeyringError, Source},
    servers::Leftovers,
    shell,
};
use mapisweep_core::{
    config::{Config, NoSuchProfile},
    exchange::{Failure, Gap, Version},
    helper_run::{ReportError, RunError},
};
use mapisweep_winrm::{
    auth::{Credential, UserName, ntlm},
    endpoint::{Endpoint, Scheme},
    psrp::client::{self, Operation},
    wsman::{Fault, names, number},
    xml::Name,
};

/// One sentence a line, with the case it belongs to.
fn sentences<'a, E>(cases: impl IntoIterator<Item = (&'a str, E)>) -> String
where
    for<'e> Advice: From<&'e E>,
{
    let line = |(case, error): (&str, E)| format!("{case}\n    {}\n", Advice::from(&error));
    cases.into_iter().map(line).collect()
}

fn no_service() -> KeyringError {
    let cause = "I/O error: No such file or directory (os error 2)".into();
    KeyringError::NoService { cause }
}

#[test]
fn configuration() {
    let path = PathBuf::from("/home/ann/.config/mapisweep/config.toml");
    let source = Box::new(toml::from_str::<Config>("idel = '15m'").unwrap_err());
    let missing = |known: &[&str]| NoSuchProfile {
        name: "brunch".into(),
        known: known.iter().map(|name| (*name).to_owned()).collect(),
    };
    let file = sentences([
        (
            "unreadable",
            config::Error::Read {
                path: path.clone(),
                source: io::ErrorKind::NotFound.into(),
            },
        ),
        (
            "invalid",
            config::Error::Parse {
                path: path.clone(),
                source: source.clone(),
                first: None,
                at_backslash: false,
            },
        ),
        (
            "invalid, and known why",
            config::Error::Parse {
                path,
                source,
                first: config::check::mistakes("[profile.x]\npassword = 'x'")
                    .into_iter()
                    .next()
                    .map(Box::new),
                at_backslash: false,
            },
        ),
    ]);
    let profile = sentences([
        ("no such profile", missing(&["branch", "default"])),
        ("no profiles", missing(&[])),
    ]);
    insta::assert_snapshot!(file + &profile);
}

#[test]
fn password() {
    use credentials::Error;
    let nowhere = |keyring| Error::Nowhere {
        user: r"CORP\ann".into(),
        is_variable_empty: false,
        keyring,
    };
    insta::assert_snapshot!(sentences([
        ("nowhere", nowhere(None)),
        (
            "nowhere, the variable is empty",
            Error::Nowhere {
                user: "ann".into(),
                is_variable_empty: true,
                keyring: None
            }
        ),
        ("nowhere, no keyring service", nowhere(Some(no_service()))),
        (
            "nowhere, the keyring is locked",
            nowhere(Some(KeyringError::Locked))
        ),
        ("nobody to ask", Error::NobodyToAsk),
        ("stdin is a terminal", Error::StandardInputIsTerminal),
        ("stdin is closed", Error::StandardInputEmpty),
        ("stdin is binary", Error::StandardInputNul),
        (
            "stdin fails",
            Error::StandardInput(io::ErrorKind::BrokenPipe.into())
        ),
        ("environment is not text", Error::NotUtf8),
        (
            "prompt fails",
            Error::Prompt(io::ErrorKind::UnexpectedEof.into())
        ),
    ]));
}

#[test]
fn keyring() {
    let cause = || "the window was closed".to_owned();
    let after = Duration::from_secs(3);
    insta::assert_snapshot!(sentences([
        ("no service", no_service()),
        ("locked", KeyringError::Locked),
        ("not allowed", KeyringError::NoAccess { cause: cause() }),
        ("silent", KeyringError::Silent { after }),
        ("two entries", KeyringError::Ambiguous { count: 2 }),
        ("not text", KeyringError::NotText),
        ("not kept", KeyringError::NotKept),
        (
            "other",
            KeyringError::Other {
                cause: "timed out".into()
            }
        ),
    ]));
}

#[test]
fn where_a_refused_password_came_from() {
    let keyring = |profile: Option<&str>| Source::Keyring {
        profile: profile.map(str::to_owned),
    };
    let said = |user: &str, source: Source| {
        let account = Account {
            user: user.into(),
            profile: None,
        };
        let advice = Advice::new("refused", "It was tried once.");
        format!("{}\n", advice.on_password_from(&source, &account))
    };
    insta::assert_snapshot!(
        [
            said(r"CORP\ann", keyring(None)),
            said("ann@corp.example", keyring(Some("branch"))),
            said(r"CORP\o'brien", keyring(None)),
            said("ann", Source::Environment),
            said("ann", Source::StandardInput),
            said("ann", Source::Prompt),
        ]
        .concat()
    );
}

/// What CORP\ann reads about ex02, a case a line.
fn about_ex02<C: fmt::Display, E: Into<ServerError>>(
    cases: impl IntoIterator<Item = (C, E)>,
) -> String {
    about("ex02", cases)
}

/// The same about a server that was given so.
fn about<C: fmt::Display, E: Into<ServerError>>(
    server: &str,
    cases: impl IntoIterator<Item = (C, E)>,
) -> String {
    let scene = Scene {
        server,
        user: r"CORP\ann",
        way: None,
    };
    let line = |(case, error): (C, E)| {
        let advice = Advice::on_server(&error.into(), scene);
        format!("{case}\n    {server}: {advice}\n")
    };
    cases.into_iter().map(line).collect()
}

#[test]
fn way_to_the_server() {
    use connection::Error;
    let address = || "ex02:5985".to_owned();
    let lost = |maybe_delivered| Error::Lost { maybe_delivered };
    let silent = || Error::ClosedDuringSignIn {
        attempts: 3,
        heard: false,
    };
    let not_winrm = |status, location: Option<&str>| Error::NotWinRm {
        status,
        content_type: Some("text/html".into()),
        location: location.map(str::to_owned),
    };
    insta::assert_snapshot!(about_ex02([
        ("basic over HTTP", Error::BasicOverHttp),
        (
            "mute",
            Error::Mute {
                address: address(),
                after: Duration::from_secs(3)
            }
        ),
        (
            "unknown name",
            Error::Unresolved {
                host: "ex02".into(),
                source: io::Error::other(
                    "failed to lookup address information: Name or service not known"
                ),
            }
        ),
        (
            "no answer",
            Error::ConnectTimeout {
                address: address(),
                after: Duration::from_secs(15),
                over_tls: false
            }
        ),
        (
            "no answer to TLS",
            Error::ConnectTimeout {
                address: address(),
                after: Duration::from_secs(15),
                over_tls: true
            }
        ),
        (
            "HTTP 500 in the middle",
            Error::NoLonger(Box::new(not_winrm(500, None)))
        ),
        (
            "NTLM challenge is no message",
            Error::SignIn(ntlm::Error::Malformed("too short".into()).into())
        ),
        (
            "closed during sign-in",
            Error::ClosedDuringSignIn {
                attempts: 3,
                heard: true,
            }
        ),
        ("closed without a word", silent()),
        ("no HTTP", Error::NotHttp { address: address() }),
        ("lost before sending", lost(false)),
        ("lost after sending", lost(true)),
        (
            "silent",
            Error::Silent {
                after: Duration::from_secs(90)
            }
        ),
        (
            "redirected",
            not_winrm(302, Some("https://mail.example/owa"))
        ),
        ("HTTP 400", not_winrm(400, None)),
        ("HTTP 404", not_winrm(404, None)),
        ("HTTP 407", not_winrm(407, None)),
        ("HTTP 413", not_winrm(413, None)),
        ("HTTP 415", not_winrm(415, None)),
        ("HTTP 500, empty", not_winrm(500, None)),
        ("HTTP 502", not_winrm(502, None)),
        ("HTTP 503", not_winrm(503, None)),
        ("HTTP 504", not_winrm(504, None)),
        ("unsealed", Error::Unsealed { status: 200 }),
        (
            "too large",
            Error::TooLarge {
                limit: 16 * 1024 * 1024
            }
        ),
    ]));
}

/// A port that was given is no part of a name, and may tell what went wrong.
#[test]
fn a_server_with_its_port() {
    use connection::Error;
    let unresolved = || Error::Unresolved {
        host: "nosuch".into(),
        source: io::Error::other("Name or service not known"),
    };
    let silent = || Error::ClosedDuringSignIn {
        attempts: 3,
        heard: false,
    };
    let bad_request = || Error::NotWinRm {
        status: 400,
        content_type: None,
        location: None,
    };
    let broken_off = || Error::TlsBrokenOff;
    let no_tls = || Error::Tls {
        host: "ex02".into(),
        source: rustls::InvalidMessage::InvalidContentType.into(),
    };
    let denied = || {
        let fault = Fault {
            number: Some(number::ACCESS_DENIED),
            ..Fault::default()
        };
        shell::Error::from(client::Error::Refused {
            operation: Operation::Create,
            fault: Box::new(fault),
        })
    };
    insta::assert_snapshot!(
        [
            about("nosuch:5985", [("unknown name", unresolved())]),
            about("ex02:15985", [("no administrator", denied())]),
            about(
                "[2001:db8::1]:5985",
                [("no administrator, by address", denied())]
            ),
            about("ex02:5986", [("HTTP to the port of HTTPS", silent())]),
            about(
                "ex02:443",
                [("HTTP to the port of HTTPS, answered", bad_request())]
            ),
            about(
                "ex02:5985",
                [("HTTPS to the port of HTTP, silent", broken_off())]
            ),
            about("ex02:5985", [("HTTPS to the port of HTTP", no_tls())]),
        ]
        .concat()
    );
}

#[tokio::test]
async fn nothing_listens() {
    let endpoint = Endpoint::new(Scheme::Http, "127.0.0.1")
        .unwrap()
        .with_port(1);
    let credential = Credential::new(UserName::parse(r"CORP\ann").unwrap(), "");
    let peer = Peer::new(endpoint, None, credential, connection::Options::default());
    let mut connection = Connection::new(Arc::new(peer.unwrap()));
    let error = connection.exchange("").await.unwrap_err();
    insta::assert_snapshot!(about("ex02:1", [("nothing listens", error)]));
}

#[test]
fn sign_in_refused() {
    let judged = Refusal {
        user: UserName::parse(r"CORP\ann").unwrap(),
        scheme: "Negotiate",
        offered: vec!["Negotiate".into(), "Kerberos".into()],
        challenged: true,
        password_sent: true,
        sealed: true,
        channel_bound: false,
        ticket_for: None,
    };
    let unjudged = |offered: &[&str]| Refusal {
        offered: offered.iter().map(|scheme| (*scheme).to_owned()).collect(),
        challenged: false,
        password_sent: false,
        ..judged.clone()
    };
    let cases = [
        ("sealed", judged.clone()),
        (
            "no domain",
            Refusal {
                user: UserName::parse("ann").unwrap(),
                ..judged.clone()
            },
        ),
        (
            "over TLS, bound",
            Refusal {
                sealed: false,
                channel_bound: true,
                ..judged.clone()
            },
        ),
        (
            "over TLS, not bound",
            Refusal {
                sealed: false,
                ..judged.clone()
            },
        ),
        ("nothing offered", unjudged(&[])),
        ("Kerberos only", unjudged(&["Kerberos"])),
        ("Kerberos and Basic", unjudged(&["Kerberos", "Basic"])),
        ("no challenge", unjudged(&["Negotiate"])),
        (
            "Basic, which is not offered",
            Refusal {
                scheme: "Basic",
                sealed: false,
                ..judged.clone()
            },
        ),
        (
            "Basic",
            Refusal {
                scheme: "Basic",
                sealed: false,
                offered: vec!["Negotiate".into(), "Basic".into()],
                ..judged.clone()
            },
        ),
    ];
    insta::assert_snapshot!(about_ex02(
        cases.map(|(case, refusal)| (case, connection::Error::Refused(refusal)))
    ));
}

#[test]
fn faults_of_winrm() {
    let fault = |number: u32, words: &str| Fault {
        code: "Receiver".into(),
        number: Some(number),
        message: (!words.is_empty()).then(|| words.to_owned()),
        ..Fault::default()
    };
    let unreachable = Fault {
        subcode: Some(Name {
            namespace: names::ADDRESSING.into(),
            local: "DestinationUnreachable".into(),
        }),
        ..Fault::default()
    };
    let cases = [
        (
            "access denied",
            fault(number::ACCESS_DENIED, "Zugriff verweigert"),
        ),
        ("too many shells", fault(number::TOO_MANY_SHELLS, "")),
        (
            "too many operations",
            fault(number::TOO_MANY_OPERATIONS, ""),
        ),
        ("another PSRP version", fault(number::PROTOCOL_VERSION, "")),
        ("shell gone", fault(number::SHELL_NOT_FOUND, "")),
        ("busy", fault(number::BUSY, "")),
        ("aborted", fault(number::ABORTED, "")),
        (
            "bad parameter",
            fault(number::INVALID_PARAMETER, "Falscher Parameter."),
        ),
        ("timed out", fault(number::TIMED_OUT, "")),
        ("no remoting", unreachable),
        (
            "localised and unknown",
            fault(
                0x8033_8123,
                "Der WS-Verwaltungsdienst kann die Anforderung nicht verarbeiten.",
            ),
        ),
        ("nothing said", Fault::default()),
    ];
    let refused = |fault| {
        shell::Error::from(client::Error::Refused {
            operation: Operation::Create,
            fault: Box::new(fault),
        })
    };
    insta::assert_snapshot!(about_ex02(
        cases.map(|(case, fault)| (case, refused(fault)))
    ));
}

#[test]
fn session_broken() {
    use client::Error;
    insta::assert_snapshot!(about_ex02(
        [
            ("old protocol", Error::Version("1.1".into())),
            ("ended silently", Error::EndedSilently),
            ("nothing said", Error::NothingSaid),
            (
                "too much output",
                Error::TooMuchOutput {
                    limit: 64 * 1024 * 1024
                }
            ),
        ]
        .map(|(case, error)| (case, shell::Error::from(error)))
    ));
}

#[test]
fn exchange_and_helper() {
    let cmdlet = |failure, message: &str| ServerError::Cmdlet {
        cmdlet: "Get-LogonStatistics",
        failure,
        message: message.into(),
    };
    let not_started = |code, message: &str| RunError::NotStarted {
        code,
        message: message.into(),
    };
    let may_be_left = |what| {
        let limit = Duration::from_secs(30);
        let cause = ServerError::from(shell::Error::NotClosed { limit });
        ServerError::MayBeLeft {
            what,
            cause: Box::new(cause),
        }
    };
    insta::assert_snapshot!(about_ex02([
        ("not an Exchange server", ServerError::NotExchange),
        (
            "too new",
            ServerError::TooNew {
                version: Version::parse("15.1.2507.6")
            }
        ),
        (
            "too new, version unknown",
            ServerError::TooNew { version: None }
        ),
        (
            "not found",
            cmdlet(Failure::NotFound, "\"ex09\" was not found.")
        ),
        (
            "unknown cmdlet",
            cmdlet(Failure::UnknownCommand, "The term is not recognized")
        ),
        (
            "no snap-in",
            cmdlet(Failure::NoSnapIn, "No snap-ins have been registered")
        ),
        (
            "no right",
            cmdlet(Failure::AccessDenied, "Access is denied.")
        ),
        (
            "store down",
            cmdlet(Failure::StoreOutOfReach, "MapiExceptionNetworkError")
        ),
        (
            "stopped there",
            ServerError::CutShort {
                cmdlet: "Get-ExchangeServer",
                gap: Gap::Stopped,
            }
        ),
        (
            "a command of the script's own is missing",
            ServerError::Cmdlet {
                cmdlet: "the script",
                failure: Failure::UnknownCommand,
                message: "Die Benennung \"New-Object\" wurde nicht als Name eines Cmdlet erkannt."
                    .into(),
            },
        ),
        (
            "another one than was asked for is missing",
            cmdlet(
                Failure::UnknownCommand,
                "The term 'Select-Object' is not recognized as the name of a cmdlet"
            )
        ),
        (
            "Windows denies",
            ServerError::Cmdlet {
                cmdlet: "Get-ItemProperty",
                failure: Failure::AccessDenied,
                message: "Requested registry access is not allowed.".into(),
            },
        ),
        (
            "a restricted endpoint",
            ServerError::Cmdlet {
                cmdlet: "Get-Item",
                failure: Failure::UnknownCommand,
                message: "The term 'Get-Item' is not recognized".into(),
            },
        ),
        (
            "no scripts there",
            cmdlet(
                Failure::NoScripts,
                "At line:4 char:1\n+ param([object[]]$Requests)\n+ ~~~~~~~~~\nis not allowed in a Data section."
            )
        ),
        (
            "constrained language",
            cmdlet(Failure::ConstrainedLanguage, "Cannot invoke method.")
        ),
        (
            "other, localised",
            cmdlet(Failure::Other, "Unerwarteter Fehler.")
        ),
        (
            "returned nothing",
            ServerError::NoAnswer { cmdlet: "Get-Date" }
        ),
        (
            "another computer",
            ServerError::AnotherComputer {
                expected: "EX02".into(),
                answered: "EX03\u{202e}".into(),
            }
        ),
        (
            "helper: another run is at work",
            RunError::AtWork("it has not ended within 15 s".into()).into()
        ),
        (
            "helper: no turn",
            RunError::NoTurn("Access is denied.".into()).into()
        ),
        (
            "helper: no place for it",
            RunError::NotCleared("Access is denied.".into()).into()
        ),
        (
            "helper: another run",
            RunError::AlreadyThere("in use".into()).into()
        ),
        (
            "helper: not written",
            RunError::NotWritten("There is not enough space on the disk.".into()).into()
        ),
        (
            "helper: not checked",
            RunError::NotChecked("Could not find file".into()).into()
        ),
        (
            "helper: hash differs",
            RunError::HashDiffers("hash e3b0 instead of 9f86".into()).into()
        ),
        (
            "helper: virus scanner",
            not_started(225, "Operation did not complete successfully").into()
        ),
        (
            "helper: not started",
            not_started(193, "not a valid Win32 application").into()
        ),
        (
            "helper: did not finish",
            RunError::DidNotFinish("killed after 60 s".into()).into()
        ),
        (
            "helper: not elevated",
            RunError::Report(ReportError::NotElevated).into()
        ),
        (
            "helper: other protocol",
            RunError::Report(ReportError::OtherProtocol(2)).into()
        ),
        (
            "helper: table",
            RunError::Report(ReportError::TableUnreadable).into()
        ),
        (
            "helper: cut short",
            RunError::Report(ReportError::Truncated { lines: 3 }).into()
        ),
        (
            "helper: ended",
            RunError::Report(ReportError::Ended { code: 1, lines: 3 }).into()
        ),
        (
            "helper: crashed",
            RunError::Report(ReportError::Ended {
                code: -1_073_741_819,
                lines: 3
            })
            .into()
        ),
        (
            "helper: crashed while listing",
            ServerError::Listing(RunError::Report(ReportError::Ended {
                code: -1_073_741_819,
                lines: 3
            }))
        ),
        (
            "helper: told of none, and looked at afterwards",
            ServerError::SeenAfterwards(RunError::Report(ReportError::FewerTargets {
                told: 0,
                planned: 31,
            })),
        ),
        (
            "helper: told of others",
            RunError::Report(ReportError::OtherTargets).into(),
        ),
        (
            "helper: cut short, and looked at afterwards",
            ServerError::SeenAfterwards(RunError::Report(ReportError::Truncated { lines: 3 }))
        ),
        (
            "closing: lost, and looked at afterwards",
            ServerError::EndSeenAfterwards(Box::new(
                connection::Error::Silent {
                    after: Duration::from_secs(90)
                }
                .into()
            ))
        ),
        (
            "helper: too slow",
            ServerError::HelperTooSlow {
                limit: Duration::from_secs(3),
                is_it: true,
                is_gone: true,
            }
        ),
        (
            "helper, or what comes before it: too slow",
            ServerError::HelperTooSlow {
                limit: Duration::from_secs(3),
                is_it: false,
                is_gone: false,
            }
        ),
        (
            "helper left",
            ServerError::HelperLeft {
                path: r"C:\Program Files\mapisweep\mapisweep-helper.exe".into()
            }
        ),
        ("shell left", may_be_left(Leftovers::Shell)),
        ("helper not looked for", may_be_left(Leftovers::Helper)),
        ("helper and shell", may_be_left(Leftovers::HelperAndShell)),
        (
            "not tried",
            ServerError::NotTried {
                server: "ex01".into()
            }
        ),
        ("no credential", ServerError::NoCredential),
        ("interrupted", ServerError::Interrupted),
        (
            "interrupted while closing",
            ServerError::InterruptedWhileClosing
        ),
    ]));
}

#[test]
fn the_words_of_others_are_safe_for_people_and_whole_for_programs() {
    let scene = Scene {
        server: "ex02",
        user: "ann",
        way: None,
    };
    let words = "Zeile eins\r\nZeile zwei\u{1b}[2J";
    let fault = Fault {
        message: Some(words.into()),
        ..Fault::default()
    };
    let cmdlet = ServerError::Cmdlet {
        cmdlet: "Get-Mailbox",
        failure: Failure::Other,
        message: words.into(),
    };
    let refused = shell::Error::from(client::Error::Refused {
        operation: Operation::Create,
        fault: Box::new(fault),
    });
    for error in [cmdlet, refused.into()] {
        let advice = Advice::on_server(&error, scene);
        assert!(advice.what.contains(words), "{:?}", advice.what);
        let shown = advice.to_string();
        assert!(
            shown.contains("Zeile eins  Zeile zwei<U+001B>[2J"),
            "{shown:?}"
        );
    }
}
