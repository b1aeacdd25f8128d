//! Runs the real program and looks at what it says, as sentences:
//!
//! ```ignore
//! let staged = Scenario::locked_out_user().stage(one_server()).await?;
//! Mapisweep::on(&staged.lab)
//!     .args("close jsmith --server ex01 --yes")
//!     .run()
//!     .await
//!     .exits(0)
//!     .prints("CORP\\jsmith can log on again.");
//! ```

pub mod black_hole;
pub mod browser;
pub mod contract;
#[cfg(target_os = "linux")]
pub mod keyring;
pub mod proxy;
pub mod screen;
pub mod terminal;
pub mod tmux;

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use contract::Written;
use mapisweep_lab::{Builder, Lab, Scenario, Staged};
pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
};

/// No run takes longer; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// `jsmith` locked out of ex01, an Exchange 2007 server.
pub async fn locked_out() -> Staged {
    let server = Lab::builder().server("ex01", |server| server.exchange_2007());
    stage(server).await
}

/// `jsmith` locked out, on the servers described.
pub async fn stage(servers: Builder) -> Staged {
    let staged = Scenario::locked_out_user().stage(servers).await;
    staged.expect("the lab starts")
}

/// One run of the program, in an empty home directory and a bare environment.
pub struct Mapisweep {
    args: Vec<String>,
    environment: Vec<(String, String)>,
    input: Input,
    /// A shell's line that becomes the program, where it is not started directly.
    by_shell: Option<String>,
    /// Nobody will see its standard output.
    is_unheard: bool,
    home: TempDir,
}

/// What standard input is.
enum Input {
    Nothing,
    Text(String),
}

impl Mapisweep {
    /// On a lab's servers, as its administrator, with the password in the environment.
    pub fn on(lab: &Lab) -> Self {
        let mut run = Self::alone()
            .env("MAPISWEEP_USER", &lab.administrator().qualified())
            .env("MAPISWEEP_PASSWORD", Scenario::PASSWORD);
        run.args.extend(lab.connect_to_args());
        run
    }

    /// With no server and no user.
    pub fn alone() -> Self {
        let home = tempfile::tempdir().expect("a directory for the run");
        let path = std::env::var("PATH").unwrap_or_default();
        Self {
            args: Vec::new(),
            environment: vec![
                ("PATH".into(), path),
                ("HOME".into(), home.path().display().to_string()),
                // no keyring of the person who runs the tests is asked
                (
                    "DBUS_SESSION_BUS_ADDRESS".into(),
                    "unix:path=/nonexistent".into(),
                ),
                // nor is Kerberos looked for beyond what a test names
                ("KRB5_CONFIG".into(), "/dev/null".into()),
                ("KRB5CCNAME".into(), "FILE:/nonexistent/tickets".into()),
            ],
            input: Input::Nothing,
            by_shell: None,
            is_unheard: false,
            home,
        }
    }

    /// The verb and what follows, separated by blanks.
    pub fn args(mut self, line: &str) -> Self {
        let line = line.split_whitespace().map(str::to_owned);
        self.args = line.chain(self.args).collect();
        self
    }

    /// One argument that may contain blanks.
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.args.push(argument.into());
        self
    }

    /// Sets or replaces an environment variable.
    pub fn env(self, name: &str, value: &str) -> Self {
        let mut run = self.without_env(name);
        run.environment.push((name.into(), value.into()));
        run
    }

    /// Without an environment variable.
    pub fn without_env(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// With another password in the environment.
    pub fn password(self, password: &str) -> Self {
        self.env("MAPISWEEP_PASSWORD", password)
    }

    /// With no password anywhere.
    pub fn without_password(self) -> Self {
        self.password("")
    }

    /// With a configuration file.
    pub fn config(self, text: &str) -> Self {
        let file = self.home.path().join(".config/mapisweep/config.toml");
        std::fs::create_dir_all(file.parent().expect("it has one")).expect("writable");
        std::fs::write(file, text).expect("writable");
        self
    }

    /// With this text as the configuration, through a pipe, as a shell's `--config <(…)` makes one.
    pub fn config_through_a_pipe(mut self, text: &str) -> Self {
        let line = r#"printf '%s' "$CONFIG" | { exec 3<&0 </dev/null; exec "$0" "$@" --config /dev/fd/3; }"#;
        self.by_shell = Some(line.into());
        self.env("CONFIG", text)
    }

    /// With this on standard input.
    pub fn input(mut self, text: &str) -> Self {
        self.input = Input::Text(text.into());
        self
    }

    /// With standard input closed, as `<&-` leaves it.
    pub fn closed_stdin(mut self) -> Self {
        self.by_shell = Some(r#"exec "$0" "$@" <&-"#.into());
        self
    }

    /// With standard input or standard error elsewhere, as a shell writes that: `2>said.txt`.
    pub fn redirected(mut self, how: &str) -> Self {
        self.by_shell = Some(format!(r#"cd "$HOME"; exec "$0" "$@" {how}"#));
        self
    }

    /// With an environment variable that is no text.
    pub fn broken_env(mut self, name: &str) -> Self {
        let line = format!(r#"{name}="$(printf 'a\377')" exec "$0" "$@""#);
        self.by_shell = Some(line);
        self
    }

    /// In its home directory, which the environment gives by this name.
    pub fn home_by_name(mut self, name: &str) -> Self {
        let line = format!(r#"cd "$HOME"; HOME='{name}' exec "$0" "$@""#);
        self.by_shell = Some(line);
        self
    }

    /// In its home directory, where files go that are named without a folder.
    pub fn at_home(mut self) -> Self {
        self.by_shell = Some(r#"cd "$HOME"; exec "$0" "$@""#.into());
        self
    }

    /// With standard output on a disk that is full.
    pub fn full_output(mut self) -> Self {
        self.by_shell = Some(r#"exec "$0" "$@" >/dev/full"#.into());
        self.is_unheard = true;
        self
    }

    /// On a disk that is full once a file has so many blocks of 512 bytes.
    pub fn on_a_small_disk(mut self, blocks: usize) -> Self {
        let line = format!(r#"trap "" XFSZ; ulimit -f {blocks}; exec "$0" "$@""#);
        self.by_shell = Some(line);
        self
    }

    /// On a computer whose DNS knows these: lines of a hosts file. Nothing where that cannot be had, which is said.
    #[cfg(target_os = "linux")]
    pub fn hosts(mut self, lines: &str) -> Option<Self> {
        let unshare = ["-m", "-rm"].into_iter().find(|flags| {
            let tried = std::process::Command::new("unshare")
                .args([flags, "mount", "--bind", "/etc/hosts", "/etc/hosts"])
                .stderr(Stdio::null())
                .status();
            tried.is_ok_and(|status| status.success())
        });
        let Some(flags) = unshare else {
            mapisweep_outside::skip(
                "a hosts file of one's own",
                "unshare cannot make a mount namespace",
            );
            return None;
        };
        std::fs::write(self.home.path().join("hosts"), lines).expect("writable");
        self.by_shell = Some(format!(
            r#"exec unshare {flags} sh -c 'mount --bind "$HOME/hosts" /etc/hosts && exec "$0" "$@"' "$0" "$@""#
        ));
        Some(self)
    }

    /// Its home directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs it to its end.
    pub async fn run(self) -> Ran {
        self.start().await.ends().await
    }

    /// Starts it.
    pub async fn start(self) -> Running {
        let program = env!("CARGO_BIN_EXE_mapisweep");
        let mut command = match self.by_shell {
            Some(line) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &line, program]);
                shell
            }
            None => Command::new(program),
        };
        command.args(&self.args).env_clear().envs(self.environment);
        command.stdin(match self.input {
            Input::Text(_) => Stdio::piped(),
            Input::Nothing => Stdio::null(),
        });
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("the program starts");
        if let Input::Text(text) = self.input {
            let mut stdin = child.stdin.take().expect("piped");
            // it may end without having read it
            _ = stdin.write_all(text.as_bytes()).await;
        }
        Running {
            child,
            args: self.args,
            is_unheard: self.is_unheard,
            read: Vec::new(),
            home: self.home,
        }
    }
}

/// A run under way.
pub struct Running {
    child: Child,
    args: Vec<String>,
    is_unheard: bool,
    /// What was read of its standard output so far.
    read: Vec<u8>,
    home: TempDir,
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it ran").is_none()
    }

    /// With room for a page of standard output that nobody has read.
    #[cfg(target_os = "linux")]
    pub fn with_a_small_pipe(self) -> Self {
        let stdout = self.child.stdout.as_ref().expect("piped");
        rustix::pipe::fcntl_setpipe_size(stdout, 4096).expect("a pipe");
        self
    }

    /// The next line of standard output, as soon as it is there.
    pub async fn line(&mut self) -> String {
        let stdout = self.child.stdout.as_mut().expect("piped");
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.push(stdout.read_u8().await.expect("more output"));
        }
        self.read.extend(&line);
        String::from_utf8(line).expect("UTF-8")
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        self::signal(self.pid(), signal);
    }

    /// Ends it at once, as a lack of power does.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Nobody will look at what it has told.
    pub fn unheard(mut self) -> Self {
        self.is_unheard = true;
        self
    }

    /// Stops reading its standard output, as `| head` does.
    pub fn stop_reading(mut self) -> Self {
        drop(self.child.stdout.take());
        self.is_unheard = true;
        self
    }

    /// Waits for its end.
    pub async fn ends(self) -> Ran {
        self.ends_within(PATIENCE).await.expect("it ends in time")
    }

    /// Waits for its end; `None` where it does not come in time.
    pub async fn ends_within(self, limit: Duration) -> Option<Ran> {
        let ended = tokio::time::timeout(limit, self.child.wait_with_output()).await;
        let output = ended.ok()?.expect("it ran");
        let ran = Ran {
            line: self.args.join(" "),
            status: output.status,
            stdout: String::from_utf8([self.read, output.stdout].concat()).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
            home: self.home,
        };
        if !self.is_unheard {
            ran.keeps_the_contract(&self.args);
        }
        Some(ran)
    }
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it runs");
}

/// Where a run with this home directory has its audit log.
pub fn audit_log(home: &Path) -> PathBuf {
    home.join(".local/state/mapisweep/audit.jsonl")
}

/// The records that are in it.
#[track_caller]
pub fn records(home: &Path) -> Vec<serde_json::Value> {
    let lines = std::fs::read_to_string(audit_log(home)).unwrap_or_default();
    let records = lines.lines().map(serde_json::from_str);
    records
        .collect::<Result<_, _>>()
        .expect("each line is JSON")
}

/// A run that has ended.
pub struct Ran {
    line: String,
    status: ExitStatus,
    stdout: String,
    stderr: String,
    home: TempDir,
}

impl Ran {
    /// What it wrote for programs is what they were promised, whatever the test is about.
    #[track_caller]
    fn keeps_the_contract(&self, args: &[String]) {
        let has = |flag: &str| args.iter().any(|arg| arg == flag);
        let format = args.iter().position(|arg| arg == "--format");
        let format = format.and_then(|at| args.get(at + 1));
        // who is killed, or did not understand, writes none
        let is_understood = !self.stderr.contains("try '--help'");
        if let (Some(format), Some(exit), true) = (format, self.code(), is_understood) {
            let written = Written {
                format,
                has_head: !has("--no-header"),
                text: &self.stdout,
                exit,
            };
            if let Some(breach) = written.breach() {
                panic!("not as promised: {breach}\n{self}");
            }
        }
        let lines = std::fs::read_to_string(audit_log(self.home.path())).unwrap_or_default();
        // what a test has put there may be of another version, or no record
        let lines = lines
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        for line in lines.filter(|line| line["schema"] == 2) {
            if let Some(breach) = contract::audit_breach(&line) {
                panic!("the audit log is not as promised: {breach}\n{line:#}\n{self}");
            }
        }
    }

    /// It ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(self.code() == Some(code), "does not exit {code}\n{self}");
        self
    }

    /// The exit code; a signal has none.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output contains this.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "does not print {text:?}\n{self}"
        );
        self
    }

    /// Standard output is empty.
    #[track_caller]
    pub fn prints_nothing(self) -> Self {
        assert_eq!(self.stdout, "", "{self}");
        self
    }

    /// Standard error contains this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "does not say {text:?}\n{self}");
        self
    }

    /// Standard error is empty.
    #[track_caller]
    pub fn says_nothing(self) -> Self {
        assert_eq!(self.stderr, "", "{self}");
        self
    }

    /// Standard output and standard error, for a snapshot: ages and durations differ from run to run.
    pub fn shown(&self) -> String {
        let shown = format!("{}{}", self.stdout, self.stderr);
        let ages = regex::Regex::new(r"\d+[dhms]( \d+[hms])? +").expect("valid");
        let seconds = regex::Regex::new(r"\d+\.\d s").expect("valid");
        let shown = ages.replace_all(&shown, "AGE  ");
        let shown = shown.replace("in use now", "in use AGE  ago");
        seconds.replace_all(&shown, "N s").into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The events of this name that were told as NDJSON.
    #[track_caller]
    pub fn events(&self, name: &str) -> Vec<serde_json::Value> {
        let events = self.stdout.lines().map(serde_json::from_str);
        let events: Result<Vec<serde_json::Value>, _> = events.collect();
        let events = events.unwrap_or_else(|error| panic!("{error}\n{self}"));
        let events = events.into_iter();
        events.filter(|event| event["event"] == name).collect()
    }

    /// Standard output.
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Standard error.
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The records of the audit log.
    #[track_caller]
    pub fn audit(&self) -> Vec<serde_json::Value> {
        records(self.home.path())
    }

    /// Everything it has left for anybody to read: its output and the files in its home directory.
    pub fn traces(&self) -> Vec<(String, Vec<u8>)> {
        let mut traces = vec![
            ("standard output".into(), self.stdout.clone().into_bytes()),
            ("standard error".into(), self.stderr.clone().into_bytes()),
        ];
        let mut directories = vec![PathBuf::from(self.home.path())];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).expect("readable") {
                let path = entry.expect("readable").path();
                match path.is_dir() {
                    true => directories.push(path),
                    false => {
                        let bytes = std::fs::read(&path).expect("readable");
                        traces.push((path.display().to_string(), bytes));
                    }
                }
            }
        }
        traces
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            line,
            status,
            stdout,
            stderr,
            ..
        } = self;
        write!(
            f,
            "mapisweep {line}\n{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}
