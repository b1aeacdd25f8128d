//! What an admin reads where there is no ticket, and where Kerberos cannot be had.

use mapisweep_gssapi as gssapi;

use super::*;
use crate::kerberos::{CacheState, NoTicket, StartError};

fn states() -> Vec<CacheState> {
    let bob = || "bob@CORP.EXAMPLE".to_owned();
    vec![
        CacheState::Missing,
        CacheState::Anothers,
        CacheState::Closed,
        CacheState::OpenToOthers,
        CacheState::Link,
        CacheState::Folder,
        CacheState::NoFolder,
        CacheState::Empty,
        CacheState::Foreign,
        CacheState::Version,
        CacheState::Damaged,
        CacheState::Bare,
        CacheState::NoDefault("tktx1".into()),
        CacheState::NoService,
        CacheState::UnknownKind,
        CacheState::Stale { principal: bob() },
        CacheState::OfSomebodyElse { principal: bob() },
        CacheState::OthersOutOfReach { principal: bob() },
        CacheState::Other("its own words".into()),
    ]
}

fn of(state: CacheState) -> NoTicket {
    NoTicket {
        cache: "X:cache".into(),
        state,
    }
}

#[test]
fn neither_a_ticket_nor_a_password() {
    let no_password = credentials::Error::Nowhere {
        user: r"CORP\ann".into(),
        is_variable_empty: false,
        keyring: None,
    };
    let line = |state| {
        let advice = Advice::neither(&of(state), "kinit -f ann@CORP.EXAMPLE", &no_password);
        format!("{advice}\n")
    };
    insta::assert_snapshot!(states().into_iter().map(line).collect::<String>());
}

#[test]
fn nobody_is_named() {
    let line = |state| format!("{}\n", Advice::nobody_signs_in(&of(state), &Ok(())));
    insta::assert_snapshot!(states().into_iter().map(line).collect::<String>());
}

#[test]
fn login_is_named_where_it_can_keep_something() {
    let none = KeyringError::NoService {
        cause: "nothing listens".into(),
    };
    for (keyring, is_named) in [
        (Ok(()), true),
        (Err(KeyringError::Locked), true),
        (Err(none), false),
    ] {
        let advice = Advice::nobody_signs_in(&of(CacheState::Missing), &keyring).to_string();
        assert_eq!(advice.contains("mapisweep login"), is_named, "{advice}");
        assert_eq!(advice.contains("--password-stdin"), !is_named, "{advice}");
    }
}

#[test]
fn no_kerberos() {
    let unreadable = |fault| StartError::Unreadable {
        fault,
        source: gssapi::Error::Refused {
            call: "krb5_init_context",
            major: 0,
            minor: -1_765_328_248,
            text: "the library cannot be set up".into(),
        },
    };
    let fault = crate::kerberos::Fault {
        file: "/etc/krb5.conf.d/corp".into(),
        line: 12,
        flaw: crate::kerberos::Flaw::NoRelation,
    };
    insta::assert_snapshot!(sentences([
        ("no library", StartError::Missing(gssapi::Missing::NotFound)),
        (
            "no room",
            StartError::Configuration(io::ErrorKind::StorageFull.into())
        ),
        ("a fault that was found", unreadable(Some(fault))),
        ("a fault that was not", unreadable(None)),
        (
            "threads",
            StartError::Environment(gssapi::environment::Error::Threads)
        ),
    ]));
}
