//! Where the program is run: an empty home, no keyring, a configuration and a cache of its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use mapisweep_outside::skip;
use regex::Regex;
use tempfile::TempDir;

/// Whose GSSAPI the program uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    Mit,
    Heimdal,
}

impl Library {
    /// Those that are installed; the others are said to be skipped.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Mit, Self::Heimdal].into_iter().filter(|library| {
            let is_there = Path::new(library.path()).exists();
            if !is_there {
                skip("Kerberos", &format!("no {}", library.path()));
            }
            is_there
        })
    }

    fn path(self) -> &'static str {
        match self {
            Self::Mit => "/usr/lib/x86_64-linux-gnu/libgssapi_krb5.so.2",
            Self::Heimdal => "/usr/lib/x86_64-linux-gnu/libgssapi.so.3",
        }
    }
}

/// A folder that everybody may look into.
pub fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The program with these arguments, separated by blanks; a program in front of it may be named, too.
pub fn mapisweep(library: Library, before: &[&str], line: &str) -> Command {
    let program = env!("CARGO_BIN_EXE_mapisweep");
    let mut words = before
        .iter()
        .copied()
        .chain([program])
        .chain(line.split(' '));
    let mut command = Command::new(words.next().unwrap_or(program));
    command
        .args(words)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", "/nonexistent")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("MAPISWEEP_GSSAPI", library.path())
        .env("KRB5CCNAME", "FILE:/nonexistent/cache")
        .stdin(Stdio::null());
    command
}

/// Its exit code and what it said.
pub fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code();
    let code = code.unwrap_or_else(|| panic!("{}: {said}", output.status));
    let lines = said.lines().map(|line| format!("    {line}\n"));
    format!("exit {code}\n{}", lines.collect::<String>())
}

/// For a snapshot: without what differs from run to run.
pub fn without_places(text: &str) -> String {
    let places = Regex::new(r"/tmp/\.tmp\w+").unwrap();
    places.replace_all(text, "[folder]").into_owned()
}
