//! Describing a lab.

use std::{io, net::Ipv4Addr, path::PathBuf, sync::Arc};

use crate::{
    Lab,
    event::Event,
    kerberos::{Keys, NoKerberos},
    organization::{Organization, ServerSpec, UserSpec},
    wine::{self, Testbed},
    world::{Observer, World},
};

/// A lab being described; [`start`](Self::start) brings it to life.
#[derive(Default)]
pub struct Builder {
    organization: Organization,
    observer: Option<Observer>,
    testbed: Option<Arc<Testbed>>,
    keytab: Option<PathBuf>,
}

impl Builder {
    /// Adds a server: `.server("ex01", |s| s.exchange_2010().dag("DAG1"))`.
    ///
    /// # Panics
    /// At the 65,000th, for want of addresses.
    pub fn server(mut self, name: &str, describe: impl FnOnce(ServerSpec) -> ServerSpec) -> Self {
        let servers = &mut self.organization.servers;
        let place = u16::try_from(servers.len()).expect("fewer than 65,000 servers");
        let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 11)) + u32::from(place));
        let mut server = describe(ServerSpec::new(name, address));
        if server.databases.is_empty() && server.has_role("Mailbox") {
            let name = format!("{} Mailbox Database", name.to_ascii_uppercase());
            server.databases.push(name);
        }
        servers.push(server);
        self
    }

    /// Adds a user with a mailbox: `.user("jsmith", |u| u.named("John Smith"))`.
    pub fn user(mut self, account: &str, describe: impl FnOnce(UserSpec) -> UserSpec) -> Self {
        self.organization
            .users
            .push(describe(UserSpec::new(account)));
        self
    }

    /// Is told each event as it happens.
    pub fn observe(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Puts the lab's only server under Wine: mail clients connect to a process there, from real addresses, and the
    /// very helper that is sent runs there. WinRM stays on a loopback port.
    pub fn on_testbed(mut self, testbed: Arc<Testbed>) -> Self {
        self.testbed = Some(testbed);
        self
    }

    /// Has the servers take tickets for the services in this keytab, too; `ann@CORP.EXAMPLE` is `CORP\ann`. By the
    /// system's library: where it does not do, [`Lab::kerberos`] says so and there is NTLM only.
    pub fn kerberos(mut self, keytab: impl Into<PathBuf>) -> Self {
        self.keytab = Some(keytab.into());
        self
    }

    /// Starts every server on free loopback ports.
    ///
    /// # Errors
    /// When no port can be had; on a testbed, when that cannot be what is described.
    pub async fn start(mut self) -> io::Result<Lab> {
        if self.testbed.is_some() {
            let [server] = &mut self.organization.servers[..] else {
                return Err(io::Error::other("under Wine there is exactly one server"));
            };
            if !server.faults.helper.can_be_had_under_wine() {
                let fault = server.faults.helper;
                return Err(io::Error::other(format!(
                    "{fault:?} is not to be had under Wine"
                )));
            }
            server.address = wine::ADDRESS;
        }
        let kerberos = self
            .keytab
            .ok_or(NoKerberos::NoKeytab)
            .and_then(|keytab| Keys::read(&keytab));
        let world = World::new(self.organization, self.observer, self.testbed, kerberos);
        Lab::start(Arc::new(world)).await
    }
}
