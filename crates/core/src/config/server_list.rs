//! A list of servers in a file: one a line.

use super::value::{InvalidValue, ServerAddress};

/// A line that names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}")]
pub struct BadLine {
    /// Which, counted from 1.
    pub line: usize,
    /// Why not.
    #[source]
    pub why: InvalidValue,
}

/// Reads one: `NAME` or `NAME:PORT` a line; what follows a `#` is a comment, and empty lines mean nothing.
pub fn server_list(text: &str) -> Result<Vec<ServerAddress>, BadLine> {
    // Windows' editors begin a file with it
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim());
    let lines = lines.enumerate().filter(|(_, name)| !name.is_empty());
    let read = |(index, name): (usize, &str)| {
        let line = index + 1;
        name.parse().map_err(|why| BadLine { line, why })
    };
    lines.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_a_line() {
        for (text, expected) in [
            (
                "ex01\nex02.corp.example:15985\n",
                Ok(vec!["ex01", "ex02.corp.example:15985"]),
            ),
            ("\u{feff}ex01\r\n\r\n  ex02  \r\n", Ok(vec!["ex01", "ex02"])),
            (
                "# all of them\nex01 # the first\n#ex02\n\t\n",
                Ok(vec!["ex01"]),
            ),
            ("[2001:db8::1]:5985", Ok(vec!["[2001:db8::1]:5985"])),
            ("", Ok(vec![])),
            ("# nobody", Ok(vec![])),
            ("ex01\n\nex 02\n", Err(3)),
            ("ex01 ex02", Err(1)),
            ("ex01,ex02", Err(1)),
            ("http://ex01", Err(1)),
            ("ex01\u{1b}[2J", Err(1)),
        ] {
            let names = |list: Vec<ServerAddress>| -> Vec<_> {
                list.iter().map(ToString::to_string).collect()
            };
            let read = server_list(text).map(names).map_err(|error| error.line);
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
            assert_eq!(read, expected, "{text:?}");
        }
    }
}
