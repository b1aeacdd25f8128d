//! Describing a lab.

use std::{io, net::Ipv4Addr};

use crate::{
    Lab,
    event::Event,
    organization::{Organization, ServerSpec, UserSpec},
    world::Observer,
};

/// A lab being described; [`start`](Self::start) brings it to life.
#[derive(Default)]
pub struct Builder {
    organization: Organization,
    observer: Option<Observer>,
}

impl Builder {
    /// Adds a server: `.server("ex01", |s| s.exchange_2010().dag("DAG1"))`.
    ///
    /// # Panics
    /// At the 245th, for want of addresses.
    pub fn server(mut self, name: &str, describe: impl FnOnce(ServerSpec) -> ServerSpec) -> Self {
        let servers = &mut self.organization.servers;
        let host = 11 + u8::try_from(servers.len()).expect("fewer than 245 servers");
        let mut server = describe(ServerSpec::new(name, Ipv4Addr::new(10, 0, 0, host)));
        if server.databases.is_empty() {
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

    /// Starts every server on free loopback ports.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(self) -> io::Result<Lab> {
        Lab::start(self.organization, self.observer).await
    }
}
