//! Somebody on the way who spoils one sealed answer: the program refuses it, says so, and claims nothing.

use serde_json::json;

use crate::server::{Server, python, say};

/// What is tried (`server/tamper.py`), and how the program words its refusal.
const ATTACKS: [(&str, &str); 10] = [
    ("wrong_sign_key", SIGNATURE),
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
];

const SIGNATURE: &str = "the signature of a sealed message is wrong";
const ORDER: &str = "a sealed message is out of order";

/// The answers to spoil, counted from the first: early, in the middle of a result, and late.
const MOMENTS: [u32; 3] = [2, 9, 24];

#[test]
fn no_spoiled_answer_is_taken() {
    let Some(python) = python() else { return };
    let mut refused = 0;
    for (attack, sentence) in ATTACKS {
        for moment in MOMENTS {
            let settings = json!({"tamper": attack, "tamper_at": moment});
            let server = Server::start(&python, settings, false);
            let ran = server.mapisweep("close jsmith --dry-run");
            let what = format!("{attack} at answer {moment}: {}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.exit, 1, "{what}");
            assert_eq!(ran.stdout, "", "{what}");
            assert!(ran.stderr.contains(sentence), "{what}");
            let report = server.report();
            assert_eq!(report.complaints, [""; 0], "{attack} at answer {moment}");
            assert_eq!(report.shells_left, 0, "{attack} at answer {moment}");
            refused += 1;
        }
    }
    say(&format!(
        "their server: {refused} spoiled answers, {refused} refused"
    ));
}
