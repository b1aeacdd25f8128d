//! Which ended commands are given up, and when.

use std::collections::VecDeque;

/// How many are kept. An ended command still takes up one of the places that a user has on a server, fifteen with WinRM
/// 2.0 (`MaxConcurrentOperationsPerUser`), and giving one up costs a round trip: so few that nobody runs out of places,
/// so many that most shells are deleted before it comes to that.
const MOST: usize = 4;

/// Commands of the shell's that have ended and have not been given up. Deleting the shell gives up all.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Those that are due come first.
    there: VecDeque<String>,
    due: usize,
}

impl Ended {
    /// A command that the server said has ended. It does nothing any more, and can wait until it is one of many.
    pub fn add(&mut self, command: String) {
        self.there.push_back(command);
    }

    /// A command that nobody waits for any longer. It may still run, in the only runspace there is, so it has to go
    /// before another one begins.
    pub fn add_due(&mut self, command: String) {
        self.there.push_front(command);
        self.due += 1;
    }

    /// The next command to be given up before another one begins; nothing until there are [`MOST`], then all of them.
    /// It is forgotten with that, whatever comes of it.
    pub fn take_due(&mut self) -> Option<String> {
        if self.there.len() >= MOST {
            self.due = self.there.len();
        }
        self.due = self.due.checked_sub(1)?;
        self.there.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_are_given_up_at_once_and_what_may_still_run_before_anything_else() {
        // before each command: what had ended since the last one ("!": nobody waited for it), and what is given up
        for (story, given_up) in [
            (["a", "b", "c", "d", "e"], ["", "", "", "a b c d", ""]),
            (
                ["ab", "cd", "", "e", "fgh"],
                ["", "a b c d", "", "", "e f g h"],
            ),
            (["a", "b!", "c", "d", "e"], ["", "b", "", "", "a c d e"]),
            (["a!", "b!", "", "c", "d"], ["a", "b", "", "", ""]),
            (["abc", "d!", "", "", ""], ["", "d a b c", "", "", ""]),
        ] {
            let mut ended = Ended::default();
            for (ends, gone) in story.into_iter().zip(given_up) {
                match ends.strip_suffix('!') {
                    Some(unheard) => ended.add_due(unheard.to_owned()),
                    None => ends.chars().for_each(|one| ended.add(one.to_string())),
                }
                let taken: Vec<_> = std::iter::from_fn(|| ended.take_due()).collect();
                assert_eq!(taken.join(" "), gone, "{story:?}");
            }
        }
    }
}
