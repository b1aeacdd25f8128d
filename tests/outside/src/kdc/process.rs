//! The KDC's process, and its tools.

use std::{
    fs,
    io::Write as _,
    net::{TcpListener, UdpSocket},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::config;

/// Where Debian has them; a user's path may not name the second.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/// Runs the KDC until standard input ends, which it does with whoever holds the other end, even if that is killed.
const KEEPER: &str = r#"
folder=$1; shift
krb5kdc -n "$@" & kdc=$!
cat
kill $kdc; wait $kdc
rm -rf "$folder"
"#;

/// Debian's package libfaketime.
const CLOCK: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// It listens within a fraction of this.
const PATIENCE: Duration = Duration::from_secs(20);

/// The shell that keeps the KDC.
pub struct Process(Child);

impl Process {
    /// Starts it on a free port, which `configure` writes down.
    pub fn start(
        folder: &Path,
        realms: &[&str],
        clock_ahead: Option<Duration>,
        configure: impl Fn(u16),
    ) -> (Self, u16) {
        let log = folder.join(config::LOG);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let port = free_port();
            configure(port);
            _ = fs::remove_file(&log);
            let process = Self::spawn(folder, realms, clock_ahead);
            while Instant::now() < deadline {
                let said = fs::read_to_string(&log).unwrap_or_default();
                if said.contains("commencing operation") {
                    return (process, port);
                }
                if said.contains("Error setting up network") {
                    // somebody else took the port meanwhile
                    break;
                }
                thread::sleep(Duration::from_millis(5));
            }
            let said = fs::read_to_string(&log).unwrap_or_default();
            assert!(Instant::now() < deadline, "the KDC does not start: {said}");
        }
    }

    fn spawn(folder: &Path, realms: &[&str], clock_ahead: Option<Duration>) -> Self {
        let mut command = tool(folder, "sh", None);
        command.args(["-c", KEEPER, "sh"]).arg(folder);
        for realm in realms {
            command.args(["-r", realm]);
        }
        if let Some(ahead) = clock_ahead {
            command
                .env("LD_PRELOAD", CLOCK)
                .env("FAKETIME", format!("+{}s", ahead.as_secs()));
        }
        command.stdin(Stdio::piped());
        // who interrupts the tests ends it by ending them
        command.process_group(0);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("a shell"))
    }

    /// Ends the KDC.
    pub fn end(&mut self) {
        drop(self.0.stdin.take());
        _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port that is free on loopback for UDP and TCP, at this moment.
fn free_port() -> u16 {
    loop {
        let tcp = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = tcp.local_addr().expect("its number").port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Whether everything is there.
pub fn is_installed() -> bool {
    let exists = |tool: &&str| {
        PATH.split(':')
            .any(|folder| Path::new(folder).join(tool).is_file())
    };
    [
        "krb5kdc",
        "kdb5_util",
        "kadmin.local",
        "kinit",
        "kvno",
        "ktutil",
    ]
    .iter()
    .all(exists)
}

/// Whether its clock can be another than the computer's.
pub fn can_set_clocks() -> bool {
    Path::new(CLOCK).is_file()
}

/// Runs one of MIT's tools with this standard input.
///
/// # Panics
///
/// Where it fails or complains.
pub fn run(folder: &Path, name: &str, arguments: &[&str], cache: Option<&str>, input: &str) {
    let mut command = tool(folder, name, cache);
    command.args(arguments).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect(name);
    let mut stdin = child.stdin.take().expect("its input");
    // one that fails early does not read all
    _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect(name);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaint.trim().is_empty(),
        "{name} {arguments:?}: {complaint}"
    );
}

/// One of MIT's tools, in the folder, for its realms and no others.
fn tool(folder: &Path, name: &str, cache: Option<&str>) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", PATH)
        .env("KRB5_CONFIG", folder.join(config::CLIENT))
        .env("KRB5_KDC_PROFILE", folder.join(config::KDC))
        .envs(cache.map(|cache| ("KRB5CCNAME", cache)));
    command
}
