//! Over HTTPS the sign-in is for the channel that it came by (RFC 5929, RFC 4121 4.1.1.2), and worth nothing on another.

use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, is_clean, realm},
    runs::Run as _,
};

/// Passed on to a server with another certificate, or to one that insists on what is left out.
const ELSEWHERE: &str = "refused the ticket";

#[test]
fn a_sign_in_is_good_for_its_channel_only() {
    let Some(house) = House::of(realm()) else {
        return;
    };
    for library in Library::BOTH {
        for (relayed, strict, flag, refusal) in [
            (false, true, None, None),
            (false, false, None, None),
            (true, true, None, Some(ELSEWHERE)),
            (true, false, None, Some(ELSEWHERE)),
            (false, true, Some("--no-channel-binding"), Some(ELSEWHERE)),
            (false, false, Some("--no-channel-binding"), None),
        ] {
            let what = format!("{library:?}, relayed: {relayed}, strict: {strict}, {flag:?}");
            let settings = json!({"relay": relayed, "kerberos": {"strict_binding": strict}});
            let server = house.https_server(settings);
            let mut run = house.run(&server).library(library).password(PASSWORD);
            if let Some(flag) = flag {
                run = run.flags(flag);
            }
            let ran = run.mapisweep("logons");
            let report = server.report();
            is_clean(&report, &what);
            let outcome = (
                ran.exit,
                report.count("sign_ins"),
                report.count("refused_sign_ins"),
            );
            match refusal {
                None => assert_eq!(outcome, (0, 1, 0), "{what}: {}", ran.stderr),
                Some(said) => {
                    assert_eq!(outcome, (1, 0, 1), "{what}: {}", ran.stderr);
                    assert!(ran.stderr.contains(said), "{what}: {}", ran.stderr);
                }
            }
        }
    }
}
