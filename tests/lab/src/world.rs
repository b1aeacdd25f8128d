//! The state that all of a lab's servers share.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    event::{Event, What},
    fault::{Breakage, Faults},
    kerberos::{Keys, NoKerberos},
    mapi::sessions::Sessions,
    organization::{Organization, ServerSpec, UserSpec},
    site::AskedThere,
    windows::{
        client_log::ClientLog,
        event_log::EventLog,
        files::Files,
        tcp_table::{ESTABLISHED, LISTEN, TcpRow, TcpTable},
    },
    wine::Testbed,
};

/// Called with each event as it happens.
pub(crate) type Observer = Box<dyn Fn(&Event) + Send + Sync>;

/// What the lab is, and how it stands.
pub(crate) struct World {
    pub organization: Organization,
    /// Where its server is, if that is under Wine.
    pub testbed: Option<Arc<Testbed>>,
    /// What its servers take tickets with.
    pub kerberos: Result<Keys, NoKerberos>,
    state: Mutex<State>,
    events: Mutex<Vec<Event>>,
    /// At Exchange's own endpoints.
    pub asked_there: Arc<Mutex<AskedThere>>,
    observer: Option<Observer>,
}

/// What changes while the lab runs.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub sessions: Sessions,
    /// Where each database is mounted, by database name; absent when dismounted.
    pub mounted: BTreeMap<String, String>,
    /// Databases that are mounted and cannot be asked.
    pub out_of_reach: BTreeSet<String>,
    machines: BTreeMap<String, Machine>,
}

/// One simulated Windows machine.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    pub tcp: TcpTable,
    pub files: Files,
    pub log: EventLog,
    pub client_log: ClientLog,
    /// Processes of the helper.
    pub helpers_running: usize,
    /// Whoever has it may put the helper there: Windows' mutex.
    pub turn: Arc<tokio::sync::Mutex<()>>,
    faults: Faults,
    /// Signed-in requests since the faults were set.
    exchanges: u64,
}

impl Machine {
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
        self.exchanges = 0;
    }

    /// Counts a signed-in request; says how this one is to break.
    pub fn count_exchange(&mut self) -> Option<Breakage> {
        self.exchanges += 1;
        let at = self.faults.at_exchange;
        let at = at.filter(|(at, _)| *at == self.exchanges);
        let from = self.faults.from_exchange;
        let from = from.filter(|(from, _)| *from <= self.exchanges);
        at.or(from).map(|(_, breakage)| breakage)
    }

    /// Signed-in requests since the faults were set.
    pub fn exchanges(&self) -> u64 {
        self.exchanges
    }
}

impl World {
    pub fn new(
        organization: Organization,
        observer: Option<Observer>,
        testbed: Option<Arc<Testbed>>,
        kerberos: Result<Keys, NoKerberos>,
    ) -> Self {
        let mut state = State::default();
        for server in &organization.servers {
            for database in &server.databases {
                state
                    .mounted
                    .entry(database.clone())
                    .or_insert_with(|| server.name.clone());
            }
            let mut machine = Machine::default();
            machine.set_faults(server.faults.clone());
            for row in scenery(server) {
                machine.tcp.add_scenery(row);
            }
            state.machines.insert(server.name.clone(), machine);
        }
        Self {
            organization,
            testbed,
            kerberos,
            state: Mutex::new(state),
            events: Mutex::default(),
            asked_there: Arc::default(),
            observer,
        }
    }

    /// Nothing that holds this may wait for anything.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn tell(&self, server: &ServerSpec, what: What) {
        let event = Event {
            server: server.name.clone(),
            what,
        };
        if let Some(observer) = &self.observer {
            observer(&event);
        }
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event);
    }

    pub fn events(&self) -> Vec<Event> {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The database of a user's mailbox.
    pub fn database_of(&self, user: &UserSpec) -> Option<String> {
        user.database.clone().or_else(|| {
            self.organization
                .servers
                .iter()
                .find_map(|server| server.databases.first().cloned())
        })
    }
}

impl State {
    /// The machine of a server; every server has one.
    pub fn machine(&mut self, server: &ServerSpec) -> &mut Machine {
        self.machines.entry(server.name.clone()).or_default()
    }

    /// The connection of a client access server to the store of another, by its own end: one, which all of its clients'
    /// sessions there share.
    pub fn leg(
        &mut self,
        organization: &Organization,
        access: &ServerSpec,
        store: &str,
    ) -> Option<SocketAddr> {
        let mut servers = organization.servers.iter();
        let place = servers.position(|server| server.is_called(store))?;
        let store = organization.servers.get(place)?;
        if store.name == access.name {
            return None;
        }
        // each of its connections has an end of its own
        let port = LEG_PORT.saturating_add(u16::try_from(place).unwrap_or_default());
        let row = TcpRow {
            local: (store.address, STORE_PORT).into(),
            remote: (access.address, port).into(),
            state: ESTABLISHED,
            pid: STORE.1,
            image: STORE.0.to_owned(),
        };
        let remote = row.remote;
        let tcp = &mut self.machine(store).tcp;
        if !tcp.rows().contains(&row) {
            tcp.add_scenery(row);
        }
        Some(remote)
    }

    /// `SetTcpEntry`: ends a connection, and the sessions that lived on it. `false` when there is no such row.
    pub fn delete_connection(
        &mut self,
        server: &ServerSpec,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> bool {
        let found = self.machine(server).tcp.delete(local, remote);
        if found {
            self.sessions.lose(remote);
        }
        found
    }
}

/// The port of a store that client access servers connect to, and theirs.
const STORE_PORT: u16 = 6020;
const LEG_PORT: u16 = 61234;
const STORE: (&str, u32) = ("store.exe", 2316);

/// The port that mail clients connect to.
pub(crate) const MAIL_PORT: u16 = 6001;

/// A server's own address of the family its client uses.
pub(crate) fn address_facing(server: &ServerSpec, client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => server.address.into(),
        IpAddr::V6(_) => {
            Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, server.address.octets()[3].into()).into()
        }
    }
}

/// Rows that every such machine has and that are nobody's business.
fn scenery(server: &ServerSpec) -> Vec<TcpRow> {
    let (image, pid) = server.version.client_process();
    let any = IpAddr::from([0, 0, 0, 0]);
    let listener = |port, image: &str, pid| TcpRow {
        local: (any, port).into(),
        remote: (any, 0).into(),
        state: LISTEN,
        pid,
        image: image.to_owned(),
    };
    vec![
        listener(135, "svchost.exe", 880),
        listener(5985, "System", 4),
        listener(MAIL_PORT, image, pid),
    ]
}
