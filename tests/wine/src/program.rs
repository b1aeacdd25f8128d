//! A program on the server that holds connections.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout},
    sync::{Mutex, PoisonError},
    thread,
};

/// A program that holds connections; dropping ends it.
#[derive(Debug)]
pub struct Program {
    process: Child,
    input: Mutex<ChildStdin>,
}

/// What a program tells of one of its connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The client said this line.
    Said(String),
    /// The client hung up.
    HungUp,
    /// The connection was ended from outside: by the system, with this error of winsock.
    Ended(u32),
}

impl Program {
    /// Waits until a process of `c/store.c` is ready, then has everything that it tells, with the connection's number,
    /// passed on by a thread.
    pub(crate) fn of(
        mut process: Child,
        hear: impl FnMut(u32, Told) + Send + 'static,
    ) -> io::Result<Self> {
        let no_pipe = || io::Error::other("a program without pipes");
        let input = Mutex::new(process.stdin.take().ok_or_else(no_pipe)?);
        let output = process.stdout.take().ok_or_else(no_pipe)?;
        let program = Program { process, input };
        let mut lines = BufReader::new(output).lines();
        match lines.next().transpose()?.as_deref().map(str::trim) {
            Some("ready") => {}
            said => {
                let said = said.unwrap_or("nothing");
                return Err(io::Error::other(format!("it did not start, saying {said}")));
            }
        }
        thread::spawn(move || pass_on(lines, hear));
        Ok(program)
    }

    /// Whether it has not ended: a crash of Wine's server ends all that is there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Sends a line to the client of a connection, if it is still there.
    pub fn say(&self, connection: u32, line: impl fmt::Display) -> io::Result<()> {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(input, "{connection} {line}")
    }
}

fn pass_on(lines: Lines<BufReader<ChildStdout>>, mut hear: impl FnMut(u32, Told)) {
    for line in lines.map_while(Result::ok) {
        let (number, told) = read(line.trim_end()).expect("a line as c/store.c writes them");
        hear(number, told);
    }
}

/// Reads `3 said hello` or `3 gone 10053`.
fn read(line: &str) -> Option<(u32, Told)> {
    let mut words = line.splitn(3, ' ');
    let number = words.next()?.parse().ok()?;
    let told = match (words.next()?, words.next()?) {
        ("said", text) => Told::Said(text.to_owned()),
        ("gone", "0") => Told::HungUp,
        ("gone", code) => Told::Ended(code.parse().ok()?),
        _ => return None,
    };
    Some((number, told))
}

impl Drop for Program {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
