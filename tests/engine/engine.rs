//! Microsoft's PowerShell, and what is made with it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use mapisweep_outside::Pwsh;

/// The programs, and the stand-ins.
pub struct Engine {
    pub linux: PathBuf,
    /// For Wine.
    pub windows: PathBuf,
    /// A folder with the assemblies of the stand-ins for Exchange's types.
    pub types: PathBuf,
}

impl Engine {
    /// Or what is missing.
    pub fn find() -> Result<Self, &'static str> {
        let Pwsh { linux, windows } =
            Pwsh::find().ok_or("no MAPISWEEP_PWSH, no ../shared/pwsh, and no pwsh on the path")?;
        let windows = windows.ok_or("no PowerShell for Windows, as ../shared/pwsh has it")?;
        let types = build_types(&linux);
        Ok(Self {
            linux,
            windows,
            types,
        })
    }
}

fn build_types(pwsh: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exchange-types");
    fs::create_dir_all(&folder).unwrap();
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
