//! A realm, a server in it, and the program's runs.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use mapisweep_outside::{Kdc, KdcBuilder, skip};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    runs,
    server::{Ran, Report, Server, python},
};

/// What the server is called, and what its tickets are for.
pub const HOST: &str = "ex01.corp.example";
pub const SERVICE: &str = "HTTP/ex01.corp.example";
/// What a delegated ticket has to be good for.
pub const DIRECTORY: &str = "ldap/dc1.corp.example";
/// No output may show it.
pub const PASSWORD: &str = "Unwort-7!";

/// Whose GSSAPI the program uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    Mit,
    Heimdal,
}

impl Library {
    pub const BOTH: [Self; 2] = [Self::Mit, Self::Heimdal];

    fn path(self) -> &'static str {
        match self {
            Self::Mit => "/usr/lib/x86_64-linux-gnu/libgssapi_krb5.so.2",
            Self::Heimdal => "/usr/lib/x86_64-linux-gnu/libgssapi.so.3",
        }
    }
}

/// `ann`'s realm, with a server.
pub fn realm() -> KdcBuilder {
    let realm = Kdc::builder().person("ann", PASSWORD);
    realm.service(SERVICE).service(DIRECTORY)
}

/// Everything that is there: the realm and the interpreter that runs servers.
pub struct House {
    pub kdc: Kdc,
    python: PathBuf,
}

impl House {
    /// `None` after saying what is missing.
    pub fn of(realm: KdcBuilder) -> Option<Self> {
        for library in Library::BOTH {
            if !Path::new(library.path()).exists() {
                skip("Kerberos", &format!("no {}", library.path()));
                return None;
            }
        }
        let python = python()?;
        let kdc = realm.start()?;
        Some(Self { kdc, python })
    }

    /// A server that takes Kerberos and nothing else, and whose cmdlets need a delegated ticket; but for what these
    /// settings say (`../witnesses/server/settings.py`).
    pub fn server(&self, settings: Value) -> Server {
        self.serve(settings, false)
    }

    /// The same by HTTPS.
    pub fn https_server(&self, settings: Value) -> Server {
        self.serve(settings, true)
    }

    fn serve(&self, settings: Value, https: bool) -> Server {
        let mut all = json!({
            "name": HOST,
            "acceptor": "none",
            "requires_delegation": true,
            "kerberos": {
                "krb5_conf": self.kdc.krb5_conf(),
                "keytab": self.kdc.keytab(),
                "second_hop": DIRECTORY,
            },
        });
        lay_over(&mut all, settings);
        Server::start(&self.python, all, https)
    }

    /// A run of the program against a server, as `ann` and with nothing yet that proves it.
    pub fn run<'s>(&self, server: &'s Server) -> Run<'s> {
        let run = Run {
            server,
            arguments: Vec::new(),
            environment: Vec::new(),
            home: tempfile::tempdir().unwrap(),
        };
        run.configuration(&self.kdc.krb5_conf())
            .cache(&self.kdc.cache("nothing"))
            .user("ann@CORP.EXAMPLE")
    }
}

/// Objects in objects are laid over each other, everything else is replaced.
fn lay_over(below: &mut Value, above: Value) {
    match above {
        Value::Object(above) if below.is_object() => {
            for (name, value) in above {
                lay_over(&mut below[name], value);
            }
        }
        above => *below = above,
    }
}

/// How the program is to be run.
pub struct Run<'s> {
    server: &'s Server,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    home: TempDir,
}

impl Run<'_> {
    /// With a password in the environment.
    pub fn password(self, password: &str) -> Self {
        self.env("MAPISWEEP_PASSWORD", password)
    }

    /// With the tickets of this cache.
    pub fn cache(self, cache: &str) -> Self {
        self.env("KRB5CCNAME", cache)
    }

    /// With another configuration of Kerberos.
    pub fn configuration(self, file: &Path) -> Self {
        self.env("KRB5_CONFIG", file.display().to_string())
    }

    /// As somebody else.
    pub fn user(self, user: &str) -> Self {
        self.env("MAPISWEEP_USER", user)
    }

    pub fn library(self, library: Library) -> Self {
        self.env("MAPISWEEP_GSSAPI", library.path())
    }

    /// Sets or replaces an environment variable.
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.into()));
        self
    }

    /// With more arguments than the verb's, separated by blanks.
    pub fn flags(mut self, line: &str) -> Self {
        self.arguments.extend(line.split(' ').map(str::to_owned));
        self
    }

    /// The program, to be run: a verb and its arguments, separated by blanks.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mapisweep"));
        command
            .args(line.split(' '))
            .args(["--server", HOST, "--connect-to"])
            .arg(format!("{HOST}=127.0.0.1:{}", self.server.port()))
            .args(&self.arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        if let Some(certificate) = self.server.certificate() {
            command.args(["--transport", "https", "--ca-file"]);
            command.arg(certificate);
        }
        command
    }
}

impl runs::Run for Run<'_> {
    fn mapisweep(&self, line: &str) -> Ran {
        Ran::of(self.command(line).output().unwrap())
    }
}

/// What no server may have to complain of.
pub fn is_clean(report: &Report, what: &str) {
    assert_eq!(report.complaints, [""; 0], "{what}");
    assert_eq!(report.shells_left, 0, "{what}");
}
