//! Somebody on the way spoils a sealed answer: the program refuses it, whichever library opens it, and shows nothing.

use mapisweep_outside::say;
use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, is_clean, realm},
    runs::Run as _,
};

/// What is tried (`../witnesses/server/tamper.py`), and how the refusal is worded.
const ATTACKS: [(&str, &str); 11] = [
    ("no_key", CANNOT_BE_OPENED),
    ("flipped_byte", CANNOT_BE_OPENED),
    ("flipped_signature", CANNOT_BE_OPENED),
    ("flipped_sequence_number", CANNOT_BE_OPENED),
    ("cut_short", CANNOT_BE_OPENED),
    ("announced_shorter", CANNOT_BE_OPENED),
    ("announced_longer", CANNOT_BE_OPENED),
    ("replayed", OUT_OF_ORDER),
    ("reordered", OUT_OF_ORDER),
    ("withheld", OUT_OF_ORDER),
    ("in_clear", "an unsealed message"),
];

const CANNOT_BE_OPENED: &str = "the server's sealed answer cannot be opened";
const OUT_OF_ORDER: &str = "a sealed message is out of order";

/// The answer to spoil, counted from the first: one in the middle, where they come in small pieces.
const MOMENT: u32 = 9;

#[test]
fn no_spoiled_answer_is_taken() {
    let mut refused = 0;
    for realm in [realm(), realm().rc4_only()] {
        let Some(house) = House::of(realm) else {
            return;
        };
        for library in Library::BOTH {
            for (attack, sentence) in ATTACKS {
                let spoilt =
                    json!({"tamper": attack, "tamper_at": MOMENT, "lines": 5, "piece": 1000});
                let server = house.server(spoilt);
                let run = house.run(&server).library(library).password(PASSWORD);
                let ran = run.mapisweep("close jsmith --dry-run");
                let what = format!("{attack}, {library:?}: {}{}", ran.stdout, ran.stderr);
                assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{what}");
                assert!(ran.stderr.contains(sentence), "{what}");
                is_clean(&server.report(), &what);
                refused += 1;
            }
        }
    }
    say(&format!(
        "Kerberos: {refused} spoiled answers, {refused} refused"
    ));
}
