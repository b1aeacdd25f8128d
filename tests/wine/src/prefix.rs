//! A Wine prefix: a `C:` drive, and the processes that Wine runs for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use tempfile::TempDir;

use crate::{network::Network, run};

pub(crate) const COMPILER: &str = "x86_64-w64-mingw32-gcc";
const WINE: [&str; 3] = ["/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine"];
const WINESERVER: [&str; 2] = ["/usr/lib/wine/wineserver64", "/usr/bin/wineserver"];

/// Wine itself, where it is installed.
pub(crate) fn wine() -> Option<&'static str> {
    WINE.into_iter().find(|path| Path::new(path).exists())
}

/// Dropping ends its processes and removes it.
pub(crate) struct Prefix {
    directory: TempDir,
    network: Arc<Network>,
}

impl Prefix {
    pub fn new(network: Arc<Network>) -> io::Result<Self> {
        let prefix = Self::empty(network)?;
        run(prefix.wine()?.args(["wineboot", "--init"]))?;
        prefix.build_library("iphlpapi")?;
        prefix.build_library("nsi")?;
        prefix.build_program("store")?;
        Ok(prefix)
    }

    /// The same as this one, in a fraction of the time. Waits until nothing runs in this one.
    pub fn copy(&self, network: Arc<Network>) -> io::Result<Self> {
        self.wineserver("--wait");
        let copy = Self::empty(network)?;
        let mut from = self.directory.path().as_os_str().to_owned();
        from.push("/.");
        let mut copying = Command::new("cp");
        run(copying
            .arg("--archive")
            .arg(from)
            .arg(copy.directory.path()))?;
        Ok(copy)
    }

    fn empty(network: Arc<Network>) -> io::Result<Self> {
        let prefix = Prefix {
            directory: tempfile::tempdir()?,
            network,
        };
        // what a test mounts in there later is to be seen by Wine's server, which then lives in a mount namespace already
        run(mount().arg("--bind").args([prefix.directory.path(); 2]))?;
        run(mount().arg("--make-shared").arg(prefix.directory.path()))?;
        Ok(prefix)
    }

    /// A command that runs under Wine, with Wine's own libraries, on the server.
    pub fn wine(&self) -> io::Result<Command> {
        let wine = wine().ok_or_else(|| io::Error::other("Wine is not installed"))?;
        let mut command = self.network.on_server(wine);
        self.set_environment(&mut command);
        Ok(command)
    }

    fn wineserver(&self, order: &str) {
        let wineserver = WINESERVER.into_iter().find(|path| Path::new(path).exists());
        if let Some(wineserver) = wineserver {
            let mut command = Command::new(wineserver);
            self.set_environment(&mut command);
            // it fails when nothing runs
            let _ = run(command.arg(order));
        }
    }

    fn set_environment(&self, command: &mut Command) {
        command
            .env("WINEPREFIX", self.directory.path())
            .env("WINEDEBUG", "-all")
            // where Debian's wineserver leaves a folder behind
            .env("TMPDIR", self.directory.path())
            // neither .NET nor an HTML engine is needed, and Wine would ask to download them
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=;iphlpapi,nsi=b")
            .env_remove("DISPLAY");
    }

    /// What only its processes have in their environment.
    pub fn environment(&self) -> String {
        format!("WINEPREFIX={}", self.directory.path().display())
    }

    /// What is `C:\` there.
    pub fn drive_c(&self) -> PathBuf {
        self.directory.path().join("drive_c")
    }

    /// What is `C:\lab` there, where the lab's programs are.
    pub fn lab(&self) -> PathBuf {
        self.drive_c().join("lab")
    }

    /// Puts a stand-in in the place of one of Wine's own libraries, and that aside, where the stand-in finds it. Which
    /// of them a process gets is said when it is started.
    fn build_library(&self, name: &str) -> io::Result<()> {
        let library = format!("{name}.dll");
        let installed = self.drive_c().join("windows/system32").join(&library);
        fs::create_dir_all(self.lab())?;
        fs::rename(&installed, self.lab().join(&library))?;
        let (code, exports) = (source(name, "c"), source(name, "def"));
        compile(&[Path::new("-shared"), &code, &exports], &installed)
    }

    fn build_program(&self, name: &str) -> io::Result<()> {
        let program = self.lab().join(name).with_extension("exe");
        compile(&[&source(name, "c")], &program)
    }
}

fn mount() -> Command {
    Command::new("mount")
}

fn source(name: &str, extension: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("c");
    directory.join(name).with_extension(extension)
}

fn compile(sources: &[&Path], output: &Path) -> io::Result<()> {
    let mut compiler = Command::new(COMPILER);
    compiler.args([
        "-O1",
        "-s",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-D_WIN32_WINNT=0x0601",
    ]);
    compiler.args(sources).arg("-o").arg(output);
    run(compiler.args(["-lws2_32", "-lntdll"])).map(drop)
}

impl Drop for Prefix {
    fn drop(&mut self) {
        self.wineserver("--kill");
        self.wineserver("--wait");
        let _ = run(Command::new("umount")
            .arg("--lazy")
            .arg(self.directory.path()));
    }
}
