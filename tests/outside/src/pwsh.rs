//! Microsoft's PowerShell, where it is to be found.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Its programs.
pub struct Pwsh {
    /// For the system that the tests run on.
    pub linux: PathBuf,
    /// For Wine.
    pub windows: Option<PathBuf>,
}

impl Pwsh {
    /// `MAPISWEEP_PWSH` is a program, or a folder as `../shared/pwsh/unpack` lays it. Otherwise that is asked for both
    /// engines, and otherwise the path for the one it has.
    pub fn find() -> Option<Self> {
        let named = env::var_os("MAPISWEEP_PWSH").map(PathBuf::from);
        let (linux, windows) = match named.or_else(unpacked) {
            Some(folder) if folder.is_dir() => (
                folder.join("linux/pwsh"),
                Some(folder.join("windows/pwsh.exe")),
            ),
            Some(program) => (program, None),
            None => (on_the_path()?, None),
        };
        let windows = windows.filter(|program| program.is_file());
        linux.is_file().then_some(Self { linux, windows })
    }
}

/// Where it is as published for these tests, unpacked once into a folder that Git ignores.
fn unpacked() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let unpack = root.join("../shared/pwsh/unpack");
    let folder = root.join("target/pwsh");
    for kind in ["linux", "windows"] {
        let mut unpack = Command::new(&unpack);
        let unpacked = unpack.arg(kind).arg(&folder).status().ok()?;
        unpacked.success().then_some(())?;
    }
    folder.canonicalize().ok()
}

fn on_the_path() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let mut programs = env::split_paths(&folders).map(|folder| folder.join("pwsh"));
    programs.find(|program| program.is_file())
}
