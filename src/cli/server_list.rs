//! Servers from a file or from standard input, one a line.

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::Path,
};

use mapisweep_core::config::{ServerAddress, server_list};

use super::{advice::with_causes, error::CommandError};

/// Tens of thousands of names; what is longer is something else.
const MOST: u64 = 1 << 20;

/// Those in a file.
pub fn in_file(path: &Path) -> Result<Vec<ServerAddress>, CommandError> {
    let whence = path.display().to_string();
    match File::open(path) {
        Ok(file) => read(file, &whence),
        Err(error) => Err(cannot_be_read(&whence, error)),
    }
}

/// Those on standard input, to its end.
pub fn on_standard_input() -> Result<Vec<ServerAddress>, CommandError> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(CommandError::usage(
            "standard input is a terminal, and no list of servers",
            "Pipe the names in, one a line, or give --servers-from a file.",
        ));
    }
    read(stdin.lock(), "standard input")
}

fn read(input: impl Read, whence: &str) -> Result<Vec<ServerAddress>, CommandError> {
    let mut text = String::new();
    let length = input.take(MOST + 1).read_to_string(&mut text);
    let length = length.map_err(|error| cannot_be_read(whence, error))?;
    if length as u64 > MOST {
        let what = format!("{whence} is longer than any list of servers");
        return Err(CommandError::usage(what, FORM));
    }
    let servers = server_list(&text).map_err(|error| {
        let what = format!("{whence}: {}", with_causes(&error));
        CommandError::usage(what, FORM).because(error)
    })?;
    match servers.is_empty() {
        true => Err(CommandError::usage(
            format!("{whence} names no server"),
            FORM,
        )),
        false => Ok(servers),
    }
}

const FORM: &str = "It takes one server a line, NAME or NAME:PORT; what follows a # is a comment.";

fn cannot_be_read(whence: &str, error: io::Error) -> CommandError {
    let what = format!("{whence} cannot be read: {error}");
    CommandError::usage(
        what,
        "Check --servers-from, or `servers-from` in the configuration file.",
    )
    .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_refused_with_what_is_wrong() {
        let long = "ex01\n".repeat(300_000);
        for (bytes, said) in [
            (
                &b"ex01\nex 02\n"[..],
                "x: line 2: \"ex 02\" is not a server name",
            ),
            (b"# nobody\n", "x names no server"),
            (b"", "x names no server"),
            (
                b"\xff\xfe",
                "x cannot be read: stream did not contain valid UTF-8",
            ),
            (long.as_bytes(), "x is longer than any list of servers"),
        ] {
            let error = read(bytes, "x").unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        assert_eq!(read(&b"ex01\nex02:99"[..], "x").unwrap().len(), 2);
    }
}
