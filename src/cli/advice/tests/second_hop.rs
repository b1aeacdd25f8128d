//! The ways out of the second hop, by how the server was signed in to.

use crate::kerberos::Delegation;

use super::*;
use crate::{connection::Way, kerberos};

#[test]
fn ways_out() {
    let kerberos = |delegation| Way::Kerberos {
        principal: "ann@CORP.EXAMPLE".into(),
        realm_from: None,
        service: "HTTP/ex02".into(),
        delegation,
    };
    let ntlm = |error: kerberos::Error| Way::Ntlm {
        instead: Some(Arc::new(error)),
    };
    let no_realm = kerberos::Error::NoRealm {
        user: r"CORP\ann".into(),
    };
    let silent = kerberos::Error::Silent {
        after: Duration::from_secs(15),
    };
    let ways = [
        ("NTLM, as was asked for", Some(Way::Ntlm { instead: None })),
        ("NTLM, for no realm was known", Some(ntlm(no_realm))),
        ("NTLM, for no KDC answered", Some(ntlm(silent))),
        (
            "nothing was to be passed on",
            Some(kerberos(Delegation::NotAsked)),
        ),
        (
            "nothing could be passed on",
            Some(kerberos(Delegation::Withheld)),
        ),
        ("a ticket went along", Some(kerberos(Delegation::Given))),
        ("Basic", Some(Way::Basic)),
        // a DAG's member that was reached by the DAG's own name
        ("not known", None),
    ];
    let line = |(case, way): (&str, Option<Way>)| {
        let scene = Scene {
            server: "ex02",
            user: r"CORP\ann",
            way: way.as_ref(),
        };
        let error = ServerError::Cmdlet {
            cmdlet: "Get-LogonStatistics",
            failure: Failure::DirectoryOutOfReach,
            message: "Active Directory server is not available.".into(),
        };
        format!("{case}\n    ex02: {}\n", Advice::on_server(&error, scene))
    };
    insta::assert_snapshot!(ways.map(line).concat());
}
