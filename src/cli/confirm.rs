//! The one question: shall this be done?

use std::io::{self, BufRead};

use tokio_util::sync::CancellationToken;

use super::printer::Printer;

/// Asks on standard error and reads one line of standard input. Anything but a yes is a no, and so is the end of
/// input or an interruption.
pub async fn confirm(printer: &Printer, question: &str, cancel: &CancellationToken) -> bool {
    printer.question(&format!("{question} [y/N] "));
    // a blocked read cannot be cancelled; the thread is left behind and ends with the process
    let (send, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || send.send(is_yes(&mut io::stdin().lock())));
    tokio::select! {
        biased;
        () = cancel.cancelled() => false,
        yes = answer => yes.unwrap_or(false),
    }
}

fn is_yes(input: &mut impl BufRead) -> bool {
    let mut line = String::new();
    let read = input.read_line(&mut line);
    let answer = line.trim();
    read.is_ok() && (answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (line, yes) in [
            ("y\n", true),
            ("YES\r\n", true),
            (" y ", true),
            ("\n", false),
            ("", false),
            ("n\n", false),
            ("yesterday\n", false),
            ("\u{0}y\n", false),
        ] {
            assert_eq!(is_yes(&mut line.as_bytes()), yes, "{line:?}");
        }
        assert!(!is_yes(&mut &b"\xff\n"[..]), "not text");
    }
}
