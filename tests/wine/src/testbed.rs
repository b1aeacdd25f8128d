//! A server under Wine, and its clients.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    client::Client,
    closer::Closer,
    network::Network,
    prefix::{self, COMPILER, Prefix},
    program::{Program, Told},
    run,
};

/// The helper's file name.
const HELPER: &str = "mapisweep-helper.exe";

/// How much of Windows there is below the helper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Wine's own libraries: connections have no owners, and nothing is ever closed.
    Bare,
    /// Owners are known, but `SetTcpEntry` is Wine's own, which says yes and does nothing; IPv6 cannot be closed.
    Pretending,
    /// Owners are known, and connections are really closed.
    Closing,
    /// Connections are never listed: a program that asks for them does not end.
    Stuck,
}

/// A server and its clients.
pub struct Testbed {
    // in the order in which they are put away
    closer: Closer,
    prefix: Prefix,
    network: Arc<Network>,
}

/// What is not there that a [`Testbed`] needs; `None` when all is.
pub fn missing() -> Option<&'static str> {
    if !nix::unistd::geteuid().is_root() {
        Some("not root, who can make network namespaces")
    } else if !can_run("unshare", &["--net", "--mount", "true"]) {
        Some("no right to make network namespaces (a container without CAP_SYS_ADMIN?)")
    } else if prefix::wine().is_none() {
        Some("no Wine (Debian: wine64)")
    } else if !can_run(COMPILER, &["--version"]) {
        Some("no x86_64-w64-mingw32-gcc (Debian: gcc-mingw-w64-x86-64)")
    } else if !can_run("ip", &["-Version"]) || !can_run("ss", &["--version"]) {
        Some("no ip and ss (Debian: iproute2)")
    } else {
        None
    }
}

fn can_run(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Testbed {
    /// Makes it: some ten seconds, most of which Wine takes for its `C:` drive.
    pub fn new() -> io::Result<Self> {
        let network = Arc::new(Network::new()?);
        Ok(Testbed {
            closer: Closer::start(Arc::clone(&network))?,
            prefix: Prefix::new(Arc::clone(&network))?,
            network,
        })
    }

    /// So many of them, in little more time than one takes.
    pub fn several(count: usize) -> io::Result<Vec<Self>> {
        let first = Self::new()?;
        let copy = |_| {
            let network = Arc::new(Network::new()?);
            Ok(Testbed {
                closer: Closer::start(Arc::clone(&network))?,
                prefix: first.prefix.copy(Arc::clone(&network))?,
                network,
            })
        };
        let copies: io::Result<Vec<_>> = (1..count).map(copy).collect();
        let mut all = copies?;
        all.push(first);
        Ok(all)
    }

    /// Starts a program of this name that accepts connections on these ports, IPv4 and IPv6, and holds them.
    pub fn start(&self, image: &str, ports: &[u16]) -> io::Result<Program> {
        self.start_and_hear(image, ports, |_, _| {})
    }

    /// The same, and is told what happens on its connections, which are numbered as they come.
    pub fn start_and_hear(
        &self,
        image: &str,
        ports: &[u16],
        hear: impl FnMut(u32, Told) + Send + 'static,
    ) -> io::Result<Program> {
        let program = self.prefix.lab().join(image);
        if !program.exists() {
            fs::copy(self.prefix.lab().join("store.exe"), &program)?;
        }
        let mut command = self.prefix.wine()?;
        command.arg(program).args(ports.iter().map(u16::to_string));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let program = Program::of(command.spawn()?, hear);
        program.map_err(|error| io::Error::other(format!("{image}: {error}")))
    }

    /// Connects a client of this address to the server.
    pub fn connect(&self, from: IpAddr, to: (IpAddr, u16)) -> io::Result<Client> {
        Client::connect(self.network.clients(from)?, from, to.into())
    }

    /// Connects the server to itself.
    pub fn connect_inside(&self, from: IpAddr, to: (IpAddr, u16)) -> io::Result<Client> {
        Client::connect(self.network.server()?, from, SocketAddr::from(to))
    }

    /// Whether a program runs here with this in its command line: its name, or an argument.
    pub fn runs(&self, image: &str) -> bool {
        self.processes(image).next().is_some()
    }

    /// Kills every program of this name, as the task manager does.
    pub fn kill(&self, image: &str) -> io::Result<()> {
        let mut kill = self.windows("taskkill", System::Bare)?;
        run(kill.args(["/f", "/im", image])).map(drop)
    }

    /// The same from outside: of an engine, `taskkill` has left one on a busy machine that neither ran nor ended. Whoever
    /// waits for its output is not told of it by Wine.
    pub fn kill_outright(&self, image: &str) -> io::Result<()> {
        for process in self.processes(image) {
            match kill(process, Signal::SIGKILL) {
                // it has ended meanwhile
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The processes of this testbed with that in their command line.
    fn processes(&self, word: &str) -> impl Iterator<Item = Pid> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(move |entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            // what has ended meanwhile has neither
            let read = |name| fs::read(entry.path().join(name)).unwrap_or_default();
            let environment = self.prefix.environment();
            let is_here = has(&read("environ"), environment.as_bytes());
            (is_here && has(&read("cmdline"), word.as_bytes())).then_some(Pid::from_raw(number))
        })
    }

    /// A command that runs a program of Windows on the server; what it starts has the same system below it.
    pub fn windows(&self, program: impl AsRef<OsStr>, system: System) -> io::Result<Command> {
        let mut command = self.prefix.wine()?;
        if system != System::Bare {
            command.env("WINEDLLOVERRIDES", "mshtml=;iphlpapi,nsi=n,b");
        }
        if system == System::Closing {
            let orders = self.closer.orders().display().to_string();
            let orders = format!("Z:{}", orders.replace('/', "\\"));
            command.env("MAPISWEEP_LAB_ORDERS", orders);
        }
        if system == System::Stuck {
            command.env("MAPISWEEP_LAB_NEVER_LISTS", "1");
        }
        command.arg(program.as_ref());
        Ok(command)
    }

    /// What is `C:\` there.
    pub fn drive_c(&self) -> PathBuf {
        self.prefix.drive_c()
    }

    /// Puts a helper exe where mapisweep puts it.
    pub fn install(&self, exe: &[u8]) -> io::Result<Installed<'_>> {
        let folder = self.prefix.drive_c().join("Program Files/mapisweep");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(HELPER), exe)?;
        Ok(Installed {
            testbed: self,
            folder,
        })
    }

    /// Runs a helper exe where mapisweep puts it, and removes it.
    pub fn run_helper(
        &self,
        exe: &[u8],
        arguments: &[&str],
        input: &[u8],
        system: System,
    ) -> io::Result<Output> {
        let installed = self.install(exe)?;
        let mut process = installed.command(arguments, system)?.spawn()?;
        if let Some(mut pipe) = process.stdin.take() {
            match pipe.write_all(input) {
                // it need not read to the end
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
                _ => {}
            }
        }
        process.wait_with_output()
    }
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// A helper exe that is where mapisweep puts it; dropping removes it.
pub struct Installed<'a> {
    testbed: &'a Testbed,
    folder: PathBuf,
}

impl Installed<'_> {
    /// A command that runs it, with pipes.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S], system: System) -> io::Result<Command> {
        let mut command = self.testbed.windows(self.folder.join(HELPER), system)?;
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        Ok(command)
    }
}

impl Drop for Installed<'_> {
    fn drop(&mut self) {
        // the whole drive goes with the testbed
        let _ = fs::remove_dir_all(&self.folder);
    }
}
