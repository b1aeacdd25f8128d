//! Answers sealed as WinRM seals them, see `winrm_rc4.py`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use mapisweep_gssapi::{Context, Initiator, Layout};
use mapisweep_outside::skip;

/// The acceptor's process.
pub struct WinRm {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl WinRm {
    /// Starts it; nothing where it cannot be run, which is said.
    pub fn start() -> Option<Self> {
        if !Path::new("/usr/lib/python3/dist-packages/gssapi").is_dir() {
            skip(
                "RC4-HMAC as WinRM seals it",
                "Debian's python3-gssapi is not installed",
            );
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kerberos/winrm_rc4.py");
        let mut process = Command::new("/usr/bin/python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Debian's Python");
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().expect("its output"));
        Some(Self {
            process,
            input,
            output,
        })
    }

    /// Signs in at it.
    pub fn accept(&mut self, mut initiator: Initiator) -> Context {
        let token = initiator
            .step(None)
            .expect("a ticket")
            .token
            .expect("a token");
        let [answer] = self.ask(&hex(&token));
        initiator.step(Some(&answer)).expect("an answer");
        let mut context = initiator.into_context().expect("a context");
        let [probe] = self.read();
        let (header, data) = probe.split_at(probe.len() - "probe".len() - 1);
        context
            .open_parts(header, data, Layout::HeaderDataPadding)
            .expect("MIT's own message");
        context
    }

    /// The header and the data of a sealed message.
    pub fn seal(&mut self, how: &str, message: &[u8]) -> [Vec<u8>; 2] {
        self.ask(&format!("{how} {}", hex(message)))
    }

    fn ask<const N: usize>(&mut self, line: &str) -> [Vec<u8>; N] {
        let input = self.input.as_mut().expect("it is open");
        writeln!(input, "{line}").expect("it listens");
        self.read()
    }

    fn read<const N: usize>(&mut self) -> [Vec<u8>; N] {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("an answer");
        let parts: Vec<_> = line.split_whitespace().map(unhex).collect();
        parts.try_into().expect("as many parts as it says")
    }
}

impl Drop for WinRm {
    fn drop(&mut self) {
        drop(self.input.take());
        _ = self.process.wait();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("hexadecimal"))
        .collect()
}
