//! A server under Wine, and its clients.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::{IpAddr, SocketAddr},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use crate::{
    client::Client,
    closer::Closer,
    network::Network,
    prefix::{self, COMPILER, Prefix},
};

/// How much of Windows there is below the helper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Wine's own libraries: connections have no owners, and nothing is ever closed.
    Bare,
    /// Owners are known, but `SetTcpEntry` is Wine's own, which says yes and does nothing; IPv6 cannot be closed.
    Pretending,
    /// Owners are known, and connections are really closed.
    Closing,
}

/// A server and its clients.
pub struct Site {
    // in the order in which they are put away
    closer: Closer,
    prefix: Prefix,
    network: Arc<Network>,
}

/// What is not there that a [`Site`] needs; `None` when all is.
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

impl Site {
    /// Makes it: some ten seconds, most of which Wine takes for its `C:` drive.
    pub fn new() -> io::Result<Self> {
        let network = Arc::new(Network::new()?);
        Ok(Site {
            closer: Closer::start(Arc::clone(&network))?,
            prefix: Prefix::new(Arc::clone(&network))?,
            network,
        })
    }

    /// Starts a program of this name that accepts connections on these ports, IPv4 and IPv6, and holds them.
    pub fn start(&self, image: &str, ports: &[u16]) -> io::Result<Program> {
        let program = self.prefix.lab().join(image);
        if !program.exists() {
            fs::copy(self.prefix.lab().join("store.exe"), &program)?;
        }
        let mut command = self.prefix.wine()?;
        command.arg(program).args(ports.iter().map(u16::to_string));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut said = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut said)?;
        }
        let program = Program { process };
        match said.trim() {
            "ready" => Ok(program),
            said => Err(io::Error::other(format!("{image} did not start: {said}"))),
        }
    }

    /// Connects a client of this address to the server.
    pub fn connect(&self, from: IpAddr, to: (IpAddr, u16)) -> io::Result<Client> {
        Client::connect(self.network.clients()?, from, to.into())
    }

    /// Connects the server to itself.
    pub fn connect_inside(&self, from: IpAddr, to: (IpAddr, u16)) -> io::Result<Client> {
        Client::connect(self.network.server()?, from, SocketAddr::from(to))
    }

    /// Runs a helper exe where mapisweep puts it, and removes it.
    pub fn run_helper(
        &self,
        exe: &[u8],
        arguments: &[&str],
        input: &[u8],
        system: System,
    ) -> io::Result<Output> {
        let folder = self.prefix.drive_c().join("Program Files/mapisweep");
        let path = folder.join("mapisweep-helper.exe");
        fs::create_dir_all(&folder)?;
        fs::write(&path, exe)?;
        let output = self.run(&path, arguments, input, system);
        fs::remove_dir_all(&folder)?;
        output
    }

    fn run(
        &self,
        path: &Path,
        arguments: &[&str],
        input: &[u8],
        system: System,
    ) -> io::Result<Output> {
        let mut command = self.prefix.wine()?;
        if system != System::Bare {
            command.env("WINEDLLOVERRIDES", "mscoree,mshtml=;iphlpapi,nsi=n,b");
        }
        if system == System::Closing {
            let orders = self.closer.orders().display().to_string();
            let orders = format!("Z:{}", orders.replace('/', "\\"));
            command.env("MAPISWEEP_LAB_ORDERS", orders);
        }
        command.arg(path).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::piped()).spawn()?;
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

/// A program that holds connections; dropping ends it.
#[derive(Debug)]
pub struct Program {
    process: Child,
}

impl Drop for Program {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
