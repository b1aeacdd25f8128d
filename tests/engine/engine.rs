//! Microsoft's PowerShell, where it is to be found.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The programs, and what was made with them.
pub struct Engine {
    pub linux: PathBuf,
    /// For Wine.
    pub windows: Option<PathBuf>,
    /// A folder with the assemblies of the stand-ins for Exchange's types.
    pub types: PathBuf,
}

impl Engine {
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
        let types = build_types(&linux);
        let windows = windows.filter(|program| program.is_file());
        Some(Self {
            linux,
            windows,
            types,
        })
    }
}

/// Where it is as published for these tests, unpacked into a folder that Git ignores.
fn unpacked() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let unpack = root.join("../shared/pwsh/unpack");
    let folder = root.join("target/pwsh");
    for kind in ["linux", "windows"] {
        let mut unpack = Command::new(&unpack);
        unpack
            .arg(kind)
            .arg(&folder)
            .status()
            .ok()?
            .success()
            .then_some(())?;
    }
    Some(folder)
}

fn on_the_path() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let mut programs = env::split_paths(&folders).map(|folder| folder.join("pwsh"));
    programs.find(|program| program.is_file())
}

fn build_types(pwsh: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exchange-types");
    std::fs::create_dir_all(&folder).unwrap();
    let mut build = Command::new(pwsh);
    build
        .args(["-NoLogo", "-NoProfile", "-File"])
        .arg(stand_ins().join("build.ps1"))
        .arg(&folder)
        // nothing here depends on a culture, and not everybody has ICU
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    assert!(build.status().unwrap().success(), "{build:?}");
    folder
}

/// The scripts that stand in for Exchange.
pub fn stand_ins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/exchange")
}
