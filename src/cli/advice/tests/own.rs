//! Exchange's own endpoint: closed, missing, or enough of it.

use super::*;
use crate::servers::NoOwnEndpoint;

fn there(cause: ServerError) -> ServerError {
    ServerError::OwnEndpoint {
        host: "ex02.corp.example".into(),
        cause: Box::new(cause),
    }
}

fn answered(status: u16) -> ServerError {
    there(ServerError::Connection(connection::Error::NotWinRm {
        status,
        content_type: Some("text/html".into()),
        location: None,
    }))
}

fn refused(number: u32, message: &str) -> ServerError {
    let fault = Fault {
        number: Some(number),
        message: Some(message.into()),
        ..Fault::default()
    };
    there(ServerError::Shell(shell::Error::Remoting(
        client::Error::Refused {
            operation: Operation::Create,
            fault: Box::new(fault),
        },
    )))
}

#[test]
fn own_endpoint() {
    let out_of_reach = ServerError::Cmdlet {
        cmdlet: "Get-ExchangeServer",
        failure: Failure::DirectoryOutOfReach,
        message: "Active Directory server is not available.".into(),
    };
    let ticket = Refusal {
        user: UserName::parse(r"CORP\ann").unwrap(),
        scheme: "Negotiate",
        offered: vec!["Basic".into()],
        challenged: false,
        password_sent: false,
        sealed: false,
        channel_bound: false,
        ticket_for: None,
    };
    let cases = [
        ("closed", answered(403)),
        ("missing", answered(404)),
        (
            "no way in",
            there(ServerError::Connection(connection::Error::Refused(ticket))),
        ),
        (
            "shells",
            refused(number::TOO_MANY_SHELLS, "a maximum of 18 concurrent shells"),
        ),
        (
            "a user's load",
            refused(number::USER_LOAD, "1 in 60 s, not for 45000 ms"),
        ),
        (
            "everybody's, absurdly",
            refused(number::SYSTEM_LOAD, "1000 in 2 s, not for 1566021120 ms"),
        ),
        (
            "no role",
            refused(number::ACCESS_DENIED, "Access is denied."),
        ),
        (
            "another server answers",
            there(ServerError::ServedByAnother {
                server: "ex01.corp.example".into(),
            }),
        ),
        ("NTLM", ServerError::NoOwnEndpoint(NoOwnEndpoint::Ntlm)),
        (
            "a short name",
            ServerError::NoOwnEndpoint(NoOwnEndpoint::NoFullName),
        ),
        (
            "neither way",
            ServerError::NeitherWay {
                snap_in: Box::new(out_of_reach),
                own: Box::new(answered(403)),
            },
        ),
    ];
    let line = |(case, error): (&str, ServerError)| {
        let scene = Scene {
            server: "ex02",
            user: r"CORP\ann",
            way: None,
        };
        format!("{case}\n    ex02: {}\n", Advice::on_server(&error, scene))
    };
    insta::assert_snapshot!(cases.map(line).concat());
}
