//! Somebody on the way, or a server that means no good: the program refuses, says so, and claims nothing.

use serde_json::{Value, json};

use crate::server::{Ran, Report, Server, python};
use mapisweep_outside::say;

/// What is tried with a sealed answer (`server/tamper.py`), and how the program words its refusal.
const ATTACKS: [(&str, &str); 10] = [
    ("flipped_byte", SIGNATURE),
    ("flipped_signature", SIGNATURE),
    ("cut_short", SIGNATURE),
    ("no_key", ORDER),
    ("flipped_sequence_number", ORDER),
    ("replayed", ORDER),
    ("reordered", ORDER),
    ("withheld", ORDER),
    (
        "in_clear",
        "the server answered HTTP 200 with an unsealed message",
    ),
    // needs pyspnego: gss-ntlmssp does not let its key be changed
    ("wrong_sign_key", SIGNATURE),
];

const SIGNATURE: &str = "the signature of a sealed message is wrong";
const ORDER: &str = "a sealed message is out of order";

/// A server whose answers are so small that there are enough of them to spoil.
const IN_PIECES: &str = r#"{"lines": 5, "piece": 1000}"#;

/// The answers to spoil, counted from the first, and who seals them: early, in the middle of a result, and late.
const MOMENTS: [(u32, &str); 4] = [
    (2, "pyspnego"),
    (9, "pyspnego"),
    (24, "pyspnego"),
    (14, "gss-ntlmssp"),
];

#[test]
fn no_spoiled_answer_is_taken() {
    let Some(python) = python() else { return };
    let mut refused = 0;
    for (attack, sentence) in ATTACKS {
        for (moment, acceptor) in MOMENTS {
            if (attack, acceptor) == ("wrong_sign_key", "gss-ntlmssp") {
                continue;
            }
            let server = Server::start(&python, spoiling(attack, moment, acceptor), false);
            let ran = server.mapisweep("close jsmith --dry-run");
            is_refused(&ran, sentence, &format!("{attack} at answer {moment}"));
            is_clean(&server.report(), attack);
            refused += 1;
        }
    }
    say(&format!(
        "their server: {refused} spoiled answers, {refused} refused"
    ));
}

const UNOPENED: &str = "the server's sealed answer cannot be opened";

/// From the plan to the proof: whichever answer is spoiled, the program claims nothing of it. It may look once more.
#[test]
fn closing_is_not_claimed_after_a_spoiled_answer() {
    let Some(python) = python() else { return };
    let moments = (40..=68).step_by(4);
    let count = moments.clone().count();
    for moment in moments {
        let mut settings = spoiling("flipped_byte", moment, "pyspnego");
        settings["heap"] = json!(100);
        let server = Server::start(&python, settings, false);
        let ran = server.mapisweep("close heap --yes");
        let what = format!("answer {moment}: {}{}", ran.stdout, ran.stderr);
        // a later look may open, and is believed
        let is_seen = ran.stdout.contains("(as seen afterwards)");
        assert_eq!(ran.exit, if is_seen { 0 } else { 1 }, "{what}");
        assert_eq!(ran.stdout.contains('✓'), is_seen, "{what}");
        assert!((ran.stdout + &ran.stderr).contains(UNOPENED), "{what}");
        is_clean(&server.report(), "close");
    }
    say(&format!(
        "their server: {count} spoiled answers while closing, nothing claimed"
    ));
}

/// The sign-in is for the certificate that was shown; passed on to a server with another it is worth nothing.
#[test]
fn a_sign_in_cannot_be_relayed() {
    let Some(python) = python() else { return };
    for acceptor in ["pyspnego", "gss-ntlmssp"] {
        let settings = json!({"acceptor": acceptor, "relay": true});
        let server = Server::start(&python, settings, true);
        let ran = server.mapisweep("logons");
        is_refused(&ran, "something in between ends TLS", acceptor);
        let report = server.report();
        is_clean(&report, acceptor);
        let sign_ins = (report.count("refused_sign_ins"), report.count("sign_ins"));
        assert_eq!(sign_ins, (1, 0), "{acceptor}: the password is tried once");
    }
    say("their server: 2 relayed sign-ins, 2 refused");
}

#[test]
fn a_server_that_never_says_anything_is_given_up() {
    let Some(python) = python() else { return };
    let server = Server::start(&python, json!({"mute": true}), false);
    let ran = server.mapisweep("logons");
    is_refused(&ran, "has said nothing for too long", "mute");
    is_clean(&server.report(), "mute");
}

fn spoiling(attack: &str, moment: u32, acceptor: &str) -> Value {
    let mut settings: Value = serde_json::from_str(IN_PIECES).unwrap();
    settings["acceptor"] = json!(acceptor);
    settings["tamper"] = json!(attack);
    settings["tamper_at"] = json!(moment);
    settings
}

fn is_refused(ran: &Ran, sentence: &str, what: &str) {
    let what = format!("{what}: {}{}", ran.stdout, ran.stderr);
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{what}");
    assert!(ran.stderr.contains(sentence), "{what}");
}

fn is_clean(report: &Report, what: &str) {
    assert_eq!(report.complaints, [""; 0], "{what}");
    assert_eq!(report.shells_left, 0, "{what}");
}
