//! Two network namespaces, the server's and the clients', joined by a virtual cable.

use std::{
    collections::BTreeSet,
    fs::File,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
    process::{self, Command},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::run;

/// The server's IPv4 address.
pub const SERVER_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 5));
/// The server's IPv6 address.
pub const SERVER_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 5));
/// Some IPv4 addresses for clients; any other will do.
pub const CLIENTS_V4: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(10, 77, 4, 23)),
    IpAddr::V4(Ipv4Addr::new(10, 77, 9, 80)),
    IpAddr::V4(Ipv4Addr::new(10, 77, 4, 77)),
];
/// Some IPv6 addresses for clients; any other will do.
pub const CLIENTS_V6: [IpAddr; 2] = [
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 4, 0x23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 9, 0x80)),
];

/// In front of the name of every namespace made here; the number of the process that made it follows.
const PREFIX: &str = "mapisweep-";

/// The namespaces; dropping removes them, and with them the cable.
pub(crate) struct Network {
    server: String,
    clients: String,
    /// The addresses that clients have so far.
    addresses: Mutex<BTreeSet<IpAddr>>,
}

impl Network {
    pub fn new() -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        remove_orphans()?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = |role| format!("{PREFIX}{}-{number}-{role}", process::id());
        let network = Network {
            server: name("server"),
            clients: name("clients"),
            addresses: Mutex::default(),
        };
        let Network {
            server, clients, ..
        } = &network;
        ip(&["netns", "add", server])?;
        ip(&["netns", "add", clients])?;
        let cable = [
            "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns",
        ];
        ip(&[&["-n", server][..], &cable, &[clients]].concat())?;
        for namespace in [server, clients] {
            let ip = |rest: &[&str]| ip(&[&["-n", namespace][..], rest].concat());
            ip(&["link", "set", "lo", "up"])?;
            ip(&["link", "set", "eth0", "up"])?;
        }
        for address in [SERVER_V4, SERVER_V6] {
            add(address, server)?;
        }
        // whatever address a client has, it is at the other end of the cable
        for namespace in [server, clients] {
            let add = ["route", "add", "default", "dev", "eth0"];
            ip(&[&["-4", "-n", namespace][..], &add].concat())?;
            ip(&[&["-6", "-n", namespace][..], &add].concat())?;
        }
        Ok(network)
    }

    /// A command that runs in the server's namespace.
    pub fn on_server(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.server, program]);
        command
    }

    /// The server's namespace, to be entered by a thread.
    pub fn server(&self) -> io::Result<File> {
        open(&self.server)
    }

    /// The clients' namespace, to be entered by a thread, where a client has this address.
    pub fn clients(&self, address: IpAddr) -> io::Result<File> {
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !addresses.contains(&address) {
            add(address, &self.clients)?;
            addresses.insert(address);
        }
        open(&self.clients)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in [&self.server, &self.clients] {
            // the next one removes it, should that fail
            let _ = ip(&["netns", "delete", name]);
        }
    }
}

fn open(namespace: &str) -> io::Result<File> {
    File::open(Path::new("/run/netns").join(namespace))
}

fn add(address: IpAddr, namespace: &str) -> io::Result<()> {
    let text = address.to_string();
    let add = ["-n", namespace, "address", "add", &text, "dev", "eth0"];
    match address {
        IpAddr::V4(_) => ip(&add),
        // without the check for duplicates, which takes a second
        IpAddr::V6(_) => ip(&[&add[..], &["nodad"]].concat()),
    }
    .map(drop)
}

/// Removes namespaces of processes that were killed before they could.
fn remove_orphans() -> io::Result<()> {
    for line in ip(&["netns", "list"])?.lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        let owner = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            ip(&["netns", "delete", name])?;
        }
    }
    Ok(())
}

fn ip(arguments: &[&str]) -> io::Result<String> {
    run(Command::new("ip").args(arguments))
}
