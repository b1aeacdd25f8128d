//! A login session with a keyring nobody here wrote: gnome-keyring, on a message bus of its own.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// A session to run a script in, `$M` being mapisweep.
pub struct Session {
    command: Command,
    home: tempfile::TempDir,
}

/// Begins a script, whose errors are shown, too: the keyring is unlocked; `keyring` tells its process, and `another` waits
/// until it is another one than that. At the end it is ended, which it would be a moment later anyway.
const BEGIN: &str = r#"
    exec >"$HOME/said" 2>&1
    keyring() {
        dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null |
            sed 's/.* //'
    }
    another() {
        for try in $(seq 200); do
            case $(keyring) in '' | "$1") sleep 0.05 ;; *) return ;; esac
        done
    }
    trap 'kill $(keyring)' EXIT
    printf master | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
    another none
"#;

impl Session {
    /// `None` after saying what is missing.
    pub fn new() -> Option<Self> {
        let exists = |program: &str| {
            let found = Command::new("sh")
                .args(["-c", &format!("command -v {program}")])
                .output();
            found.is_ok_and(|found| found.status.success())
        };
        let needed = [
            "dbus-run-session",
            "dbus-send",
            "gnome-keyring-daemon",
            "secret-tool",
        ];
        if !needed.into_iter().all(exists) {
            mapisweep_outside::skip("the keyring", &format!("{needed:?} are not all installed"));
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new("dbus-run-session");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("M", env!("CARGO_BIN_EXE_mapisweep"))
            .env("KRB5_CONFIG", "/dev/null")
            .env("KRB5CCNAME", "FILE:/nonexistent/tickets");
        Some(Self { command, home })
    }

    /// Sets or replaces an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// With a configuration file.
    pub fn config(self, text: &str) -> Self {
        let file = self.home().join(".config/mapisweep/config.toml");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self
    }

    /// Its home directory.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What a script says.
    pub fn run(mut self, script: &str) -> String {
        self.command
            .args(["--", "sh", "-c", &format!("{BEGIN}{script}")]);
        // the bus and what it starts speak, too
        let quiet = self.command.stdout(Stdio::null()).stderr(Stdio::null());
        let status = quiet.status().unwrap();
        let said = std::fs::read_to_string(self.home().join("said"));
        said.unwrap_or_else(|error| panic!("{status}: {error}"))
    }
}
