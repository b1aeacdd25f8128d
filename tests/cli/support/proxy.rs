//! Proxies that nobody here wrote, on free loopback ports.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A proxy that runs until this is dropped.
pub struct Proxy {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Proxy {
    /// tinyproxy, which speaks HTTP, with these lines in its configuration; `None` where it is not installed.
    pub fn tinyproxy(configuration: &str) -> Option<Self> {
        Self::start("tinyproxy", |folder, port| {
            let file = folder.path().join("tinyproxy.conf");
            let text = format!(
                "Port {port}\nListen 127.0.0.1\nMaxClients 50\nTimeout 60\nLogLevel Connect\n{configuration}"
            );
            std::fs::write(&file, text).expect("writable");
            let mut command = Command::new("tinyproxy");
            command.arg("-d").arg("-c").arg(file);
            command
        })
    }

    /// microsocks, which speaks SOCKS 5; `None` where it is not installed.
    pub fn microsocks(arguments: &[&str]) -> Option<Self> {
        Self::start("microsocks", |_, port| {
            let mut command = Command::new("microsocks");
            command
                .args(["-i", "127.0.0.1", "-p", &port.to_string()])
                .args(arguments);
            command
        })
    }

    fn start(program: &str, command: impl Fn(&TempDir, u16) -> Command) -> Option<Self> {
        // another process may take the free port first
        for _ in 0..5 {
            let folder = tempfile::tempdir().expect("a folder for the proxy");
            let port = free_port();
            let log = File::create(folder.path().join("log")).expect("writable");
            let mut command = command(&folder, port);
            command
                .stdin(Stdio::null())
                .stdout(log.try_clone().expect("a copy"))
                .stderr(log);
            let Ok(child) = command.spawn() else {
                mapisweep_outside::skip("a way through a proxy", &format!("no {program}"));
                return None;
            };
            let mut proxy = Self {
                child,
                port,
                folder,
            };
            if proxy.listens() {
                return Some(proxy);
            }
        }
        panic!("{program} does not start");
    }

    fn listens(&mut self) -> bool {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if self.child.try_wait().expect("a child").is_some() {
                return false;
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Where it listens, `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it was asked for: the end of each line of its log that has this in it.
    pub fn asked(&self, mark: &str) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("log")).expect("a log");
        let asked = log.lines().filter_map(|line| line.split_once(mark));
        asked.map(|(_, asked)| asked.to_owned()).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // it may have ended by itself
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A port on which nothing listens.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
