//! The Python server, and the program run against it.

use mapisweep_outside::skip;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
    sync::Mutex,
    thread,
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the server's one account is called, and its password, which no output may show.
const USER: &str = r"CORP\ann";
pub const PASSWORD: &str = "Unwort-7!";

/// The server, under the name of `ex01`.
pub struct Server {
    /// Taken on ending.
    interpreter: Option<Interpreter>,
    port: u16,
    /// The program's home, and the server's certificate.
    folder: TempDir,
}

/// What one run of the program printed.
pub struct Ran {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// What a run came to that has ended by itself.
    pub fn of(output: Output) -> Self {
        let ran = Self {
            exit: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD));
        ran
    }
}

/// What the server saw.
#[derive(Debug, Deserialize)]
pub struct Report {
    counts: BTreeMap<String, u64>,
    /// What no correct client does.
    pub complaints: Vec<String>,
    /// Who signed in, and how often.
    pub people: BTreeMap<String, u64>,
    /// Why others did not.
    pub refusals: Vec<String>,
    /// Shells that were not deleted.
    pub shells_left: u64,
}

impl Report {
    /// How often something happened.
    pub fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }
}

impl Server {
    /// Starts it with these settings (`server/settings.py`), a JSON object. `https` gives it a certificate.
    pub fn start(python: &Path, mut settings: Value, https: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        settings["user"] = json!(USER);
        settings["password"] = json!(PASSWORD);
        if https {
            settings["certificate"] = json!(make_certificate(folder.path()));
        }
        let mut interpreter = Interpreter::idle(python);
        let started = interpreter.say(&settings.to_string());
        Self {
            port: started["port"].as_u64().unwrap().try_into().unwrap(),
            interpreter: Some(interpreter),
            folder,
        }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its certificate, where it speaks HTTPS.
    pub fn certificate(&self) -> Option<PathBuf> {
        let certificate = certificate_in(self.folder.path());
        certificate.exists().then_some(certificate)
    }

    /// Runs the program against it: a verb and its arguments, separated by blanks.
    pub fn mapisweep(&self, line: &str) -> Ran {
        Ran::of(self.command(line).output().unwrap())
    }

    /// The program, to be run against it.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapisweep"));
        command
            .args(line.split(' '))
            .args(["--server", "ex01", "--connect-to"])
            .arg(format!("ex01=127.0.0.1:{}", self.port))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("MAPISWEEP_USER", USER)
            .env("MAPISWEEP_PASSWORD", PASSWORD)
            // no keyring of the person who runs the tests is asked
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            // nor is Kerberos looked for beyond what a test names
            .env("KRB5_CONFIG", "/dev/null")
            .env("KRB5CCNAME", "FILE:/nonexistent/tickets")
            .stdin(Stdio::null());
        if let Some(certificate) = self.certificate() {
            command.args(["--transport", "https", "--ca-file"]);
            command.arg(certificate);
        }
        command
    }

    /// Ends it.
    pub fn report(mut self) -> Report {
        let mut interpreter = self.interpreter.take().unwrap();
        let report = interpreter.say("");
        IDLE.lock().unwrap().push(interpreter);
        serde_json::from_value(report).expect("the server's report")
    }
}

impl Drop for Server {
    /// A test that has failed tells what the server saw.
    fn drop(&mut self) {
        if let Some(interpreter) = self.interpreter.as_mut().filter(|_| thread::panicking()) {
            mapisweep_outside::say(&interpreter.say("").to_string());
        }
    }
}

/// A process that serves one server after the other, for starting one takes a third of a second of a processor.
struct Interpreter {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Those that serve nobody. They end with the tests, when their input does.
static IDLE: Mutex<Vec<Interpreter>> = Mutex::new(Vec::new());

impl Interpreter {
    fn idle(python: &Path) -> Self {
        let idle = IDLE.lock().unwrap().pop();
        idle.unwrap_or_else(|| Self::start(python))
    }

    fn start(python: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witnesses/server");
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    fn say(&mut self, line: &str) -> Value {
        writeln!(self.input, "{line}").unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).expect("the server answers")
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        // after a failed assertion it would live on, and so would its server
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A certificate for the server and its key in one file; returns that file.
fn make_certificate(folder: &Path) -> PathBuf {
    // the address is for clients that cannot be told to connect elsewhere
    let names = ["ex01", "ex01.corp.example", "127.0.0.1"].map(str::to_owned);
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    fs::write(certificate_in(folder), cert.pem()).unwrap();
    let both = folder.join("server.pem");
    fs::write(&both, signing_key.serialize_pem() + &cert.pem()).unwrap();
    both
}

fn certificate_in(folder: &Path) -> PathBuf {
    folder.join("certificate.pem")
}

/// The interpreter that runs the server; says loudly when something is missing.
pub fn python() -> Option<PathBuf> {
    let folder = env::var_os("MAPISWEEP_WITNESSES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/witnesses"),
        PathBuf::from,
    );
    let python = folder.join("bin/python");
    let missing = if !python.is_file() {
        format!("no {}: run scripts/witnesses", python.display())
    } else if !Path::new("/usr/lib/python3/dist-packages/gssapi").is_dir()
        || !Path::new("/etc/gss/mech.d/mech.ntlmssp.conf").is_file()
    {
        "Debian's gss-ntlmssp and python3-gssapi are not installed".to_owned()
    } else {
        return Some(python);
    };
    skip("servers of others", &missing);
    None
}
