//! The one question: shall this be done?

use std::{
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal},
    os::fd::AsFd,
};

use rustix::termios::{QueueSelector, tcflush};

use super::{printer::Printer, progress::Progress};
use crate::servers::Interruption;

/// Where a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyboard {
    /// On standard input.
    StandardInput,
    /// On the terminal itself, for standard input holds the password, or the servers.
    Terminal,
}

/// Why there is nobody to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nobody {
    /// No terminal is seen.
    Here,
    /// There is one, but not where the question is asked.
    SeesTheQuestion,
    /// There is one, but not where the answer is read.
    CanAnswer,
}

impl Nobody {
    /// As an error says it.
    pub fn what(self) -> &'static str {
        match self {
            Self::Here => "there is no terminal to ask on",
            Self::SeesTheQuestion => {
                "it would be asked on standard error, which goes elsewhere than to the terminal"
            }
            Self::CanAnswer => {
                "the answer would be read from standard input, which is not the terminal"
            }
        }
    }
}

/// The terminal that a process belongs to.
const TERMINAL: &str = "/dev/tty";

impl Keyboard {
    /// Where there is a person to ask; the question goes to standard error.
    ///
    /// # Errors
    /// There is none.
    pub fn find(stdin_is_taken: bool) -> Result<Self, Nobody> {
        let keyboard = match io::stdin().is_terminal() {
            true => Some(Self::StandardInput),
            false => (stdin_is_taken && File::open(TERMINAL).is_ok()).then_some(Self::Terminal),
        };
        match (io::stderr().is_terminal(), keyboard) {
            (true, Some(keyboard)) => Ok(keyboard),
            (true, None) if stdin_is_taken => Err(Nobody::Here),
            (true, None) => Err(Nobody::CanAnswer),
            (false, Some(_)) => Err(Nobody::SeesTheQuestion),
            (false, None) => Err(Nobody::Here),
        }
    }

    /// Throws away what was typed before the question was seen: it is no answer to it.
    fn forget_typed(self) {
        let forget = |terminal: &dyn AsFd| {
            // what is no terminal has nobody who could have typed
            _ = tcflush(terminal.as_fd(), QueueSelector::IFlush);
        };
        match self {
            Self::StandardInput => forget(&io::stdin()),
            Self::Terminal => {
                if let Ok(terminal) = File::open(TERMINAL) {
                    forget(&terminal);
                }
            }
        }
    }

    fn answer(self) -> Answer {
        match self {
            Self::StandardInput => answer(&mut io::stdin().lock()),
            Self::Terminal => match File::open(TERMINAL).map(BufReader::new) {
                Ok(mut terminal) => answer(&mut terminal),
                Err(_) => Answer::default(),
            },
        }
    }
}

/// Asks on standard error and reads one line that is typed from then on. Anything but a yes is a no, and so is the end
/// of input or an interruption. No progress is drawn meanwhile: it would run over what is typed.
pub async fn confirm(
    printer: &Printer,
    progress: &Progress,
    question: &str,
    keyboard: Keyboard,
    cancel: &Interruption,
) -> bool {
    let _open = progress.hold_back();
    keyboard.forget_typed();
    printer.question(&format!("{question} [y/N] "));
    // a blocked read cannot be cancelled; the thread is left behind and ends with the process
    let (send, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || send.send(keyboard.answer()));
    tokio::select! {
        biased;
        () = cancel.cancelled() => false,
        answer = answer => {
            let Answer { is_yes, ends_line } = answer.unwrap_or_default();
            if !ends_line {
                printer.question("\n");
            }
            is_yes
        }
    }
}

/// What was typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Answer {
    is_yes: bool,
    /// The line of the question ends with it: not with Ctrl-D.
    ends_line: bool,
}

fn answer(input: &mut impl BufRead) -> Answer {
    let mut line = String::new();
    let read = input.read_line(&mut line);
    let answer = line.trim();
    let is_yes = answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes");
    Answer {
        is_yes: read.is_ok() && is_yes,
        ends_line: read.is_err() || line.ends_with('\n'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (line, is_yes, ends_line) in [
            ("y\n", true, true),
            ("YES\r\n", true, true),
            (" y ", true, false),
            ("\n", false, true),
            ("", false, false),
            ("n\n", false, true),
            ("yesterday\n", false, true),
            ("\u{0}y\n", false, true),
        ] {
            let expected = Answer { is_yes, ends_line };
            assert_eq!(answer(&mut line.as_bytes()), expected, "{line:?}");
        }
        assert!(!answer(&mut &b"\xff\n"[..]).is_yes, "not text");
    }
}
