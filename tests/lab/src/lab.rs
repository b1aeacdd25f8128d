//! A running lab, and what one may ask it.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    event::{Event, What},
    fault::Faults,
    http::{self, tls::Authority},
    kerberos::NoKerberos,
    mapi::{
        self,
        outlook::{Field, OutlookSpec, Route},
    },
    organization::{ExchangeVersion, ServerSpec, UserSpec},
    site::{AskedThere, Site},
    windows::{helper, tcp_table::TcpRow},
    wine::Store,
    winrm::WinRm,
    world::World,
};

/// Simulated Exchange servers on loopback ports. Dropping it ends every connection.
pub struct Lab {
    world: Arc<World>,
    field: Arc<Field>,
    servers: Vec<Listening>,
    authority: Authority,
    _store: Option<Store>,
    _tasks: JoinSet<()>,
}

/// One server's processes, and where they really listen.
struct Listening {
    server: String,
    mail: Route,
    web: SocketAddr,
    winrm: Arc<WinRm>,
    /// Exchange's own endpoint, and where it really listens; from Exchange 2010 on.
    own: Option<(SocketAddr, Arc<WinRm>)>,
}

impl Lab {
    /// Begins the description of a lab.
    pub fn builder() -> crate::Builder {
        crate::Builder::default()
    }

    #[cfg(test)]
    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    pub(crate) async fn start(world: Arc<World>) -> io::Result<Self> {
        let mut tasks = JoinSet::new();
        let mut servers = Vec::new();
        let mut store = None;
        let authority = Authority::new()?;
        for server in &world.organization.servers {
            let mail = match &world.testbed {
                Some(testbed) => {
                    let started = Store::start(testbed.clone(), world.clone(), server.clone());
                    let (process, serving) = started.await?;
                    store = Some(process);
                    tasks.spawn(serving);
                    Route::Testbed(testbed.clone())
                }
                None => {
                    let mail = TcpListener::bind("127.0.0.1:0").await?;
                    let address = mail.local_addr()?;
                    tasks.spawn(mapi::listener::serve(world.clone(), server.clone(), mail));
                    Route::Loopback(address)
                }
            };
            let web = TcpListener::bind(("127.0.0.1", server.port.unwrap_or(0))).await?;
            let winrm = Arc::new(WinRm::new(world.clone(), server.clone(), Site::Plain));
            let own = match server.version > ExchangeVersion::Exchange2007 {
                true => {
                    let iis = TcpListener::bind("127.0.0.1:0").await?;
                    let address = iis.local_addr()?;
                    let own = WinRm::new(world.clone(), server.clone(), Site::Exchange);
                    let own = Arc::new(own);
                    tasks.spawn(http::serve(own.clone(), authority.certify(server)?, iis));
                    Some((address, own))
                }
                false => None,
            };
            servers.push(Listening {
                server: server.name.clone(),
                mail,
                web: web.local_addr()?,
                winrm: winrm.clone(),
                own,
            });
            tasks.spawn(http::serve(winrm, authority.certify(server)?, web));
        }
        Ok(Self {
            world,
            field: Arc::default(),
            servers,
            authority,
            _store: store,
            _tasks: tasks,
        })
    }

    /// A mail client of this user, which will connect to the server where the user's mailbox is mounted.
    ///
    /// # Panics
    /// When the lab has no such user, or the mailbox is not mounted.
    pub fn outlook(&self, account: &str) -> OutlookSpec {
        let user = self.user(account);
        let database = self
            .world
            .database_of(user)
            .expect("the user has a mailbox");
        let server = self.world.state().mounted.get(&database).cloned();
        let server = server.expect("the mailbox's database is mounted");
        self.server(&server).outlook(account)
    }

    /// One server, by its short or full name.
    ///
    /// # Panics
    /// When the lab has no such server.
    pub fn server(&self, name: &str) -> Server<'_> {
        let spec = self
            .world
            .organization
            .server(name)
            .unwrap_or_else(|| panic!("the lab has no server {name}"));
        let processes = self
            .servers
            .iter()
            .find(|processes| processes.server == spec.name)
            .expect("every server listens");
        Server {
            lab: self,
            spec,
            processes,
        }
    }

    /// The first user described as an administrator.
    ///
    /// # Panics
    /// When the lab has none.
    pub fn administrator(&self) -> &UserSpec {
        let users = &self.world.organization.users;
        let found = users.iter().find(|user| user.administrator);
        found.expect("the lab has an administrator")
    }

    /// How a client reaches every server: pairs of a name and where it really listens, for `--connect-to`. Both
    /// HTTP and HTTPS are spoken there; short and full names are included.
    pub fn connect_to(&self) -> Vec<(String, SocketAddr)> {
        self.servers
            .iter()
            .flat_map(|processes| {
                let spec = self.server(&processes.server).spec;
                [spec.name.clone(), spec.fqdn()].map(|name| (name, processes.web))
            })
            .collect()
    }

    /// [`connect_to`](Self::connect_to) as command-line arguments: `--connect-to ex01=127.0.0.1:40123 ...`; and the same
    /// of Exchange's own endpoints: `--connect-to ex01.corp.example:80=127.0.0.1:40124`.
    pub fn connect_to_args(&self) -> Vec<String> {
        let plain = self.connect_to().into_iter();
        let plain = plain.map(|(name, address)| format!("{name}={address}"));
        let own = self.servers.iter().flat_map(|processes| {
            let name = self.server(&processes.server).spec.fqdn();
            let own = processes.own.iter();
            own.flat_map(move |(address, _)| {
                [80, 443].map(|port| format!("{name}:{port}={address}"))
            })
        });
        plain
            .chain(own)
            .flat_map(|rule| ["--connect-to".to_owned(), rule])
            .collect()
    }

    /// Whether its servers take tickets.
    ///
    /// # Errors
    /// Why not.
    pub fn kerberos(&self) -> Result<(), &NoKerberos> {
        self.world.kerberos.as_ref().map(drop)
    }

    /// The certificate of the authority that signed every server's, PEM.
    pub fn ca_pem(&self) -> &str {
        self.authority.pem()
    }

    /// Everything that has happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.world.events()
    }

    /// What all servers were asked at Exchange's own endpoints, where a policy counts it.
    pub fn asked_there(&self) -> AskedThere {
        *self
            .world
            .asked_there
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn user(&self, account: &str) -> &UserSpec {
        self.world
            .organization
            .user(account)
            .unwrap_or_else(|| panic!("the lab has no user {account}"))
    }
}

/// One server of a running lab.
#[derive(Clone, Copy)]
pub struct Server<'a> {
    lab: &'a Lab,
    spec: &'a ServerSpec,
    processes: &'a Listening,
}

impl<'a> Server<'a> {
    /// A mail client of this user which connects to this server, wherever the mailbox is.
    pub fn outlook(self, account: &str) -> OutlookSpec {
        OutlookSpec::new(self.lab.field.clone(), self.processes.mail.clone(), account)
    }

    /// Where its WinRM really listens.
    pub fn winrm(self) -> SocketAddr {
        self.processes.web
    }

    /// Where Exchange's own endpoint really listens, both HTTP and HTTPS; from Exchange 2010 on.
    pub fn own_endpoint(self) -> Option<SocketAddr> {
        self.processes.own.as_ref().map(|(address, _)| *address)
    }

    /// The machine's connection table; under Wine the store's own book of connections, with made-up process ids.
    pub fn connections(self) -> Vec<TcpRow> {
        self.lab.world.state().machine(self.spec).tcp.rows()
    }

    /// How many sessions a user holds in this server's store.
    pub fn sessions_of(self, account: &str) -> usize {
        self.lab
            .world
            .state()
            .sessions
            .held_by(account, &self.spec.name)
    }

    /// The clients' endpoints of the connections that were closed through the connection table, in order.
    pub fn resets(self) -> Vec<SocketAddr> {
        self.events()
            .into_iter()
            .filter_map(|what| match what {
                What::Reset { remote } => Some(remote),
                _ => None,
            })
            .collect()
    }

    /// How many signed-in requests came since its faults were set.
    pub fn exchanges(self) -> u64 {
        self.lab.world.state().machine(self.spec).exchanges()
    }

    /// What mapisweep has left on this machine, as of now.
    pub fn leftovers(self) -> Leftovers {
        // first: who holds an endpoint's lock may want the world's, and never the other way round
        let shells = self.endpoints().flat_map(WinRm::open_shells).collect();
        let mut state = self.lab.world.state();
        let machine = state.machine(self.spec);
        Leftovers {
            files: machine.files.all(),
            processes: machine.helpers_running,
            shells,
        }
    }

    /// Puts a copy of the helper there, as a run leaves it that was cut short; `running` keeps it in use.
    pub fn leave_helper(self, running: bool) {
        let path = helper::path();
        let mut state = self.lab.world.state();
        let machine = state.machine(self.spec);
        machine.files.write(&path, b"MZ");
        machine.files.hold(&path, running);
    }

    /// What happened on this server so far.
    pub fn events(self) -> Vec<What> {
        self.lab
            .events()
            .into_iter()
            .filter(|event| event.server == self.spec.name)
            .map(|event| event.what)
            .collect()
    }

    /// Writes event 9646 with this data into the log, as if so long ago.
    pub fn log_9646<const N: usize>(self, ago: Duration, data: [&str; N]) {
        let mut state = self.lab.world.state();
        let log = &mut state.machine(self.spec).log;
        log.write(Timestamp::now() - ago, data.map(str::to_owned).into());
    }

    /// The log goes back so far only: what is older was overwritten.
    pub fn overwrite_log(self, older_than: Duration) {
        let mut state = self.lab.world.state();
        state.machine(self.spec).log.begins = Timestamp::now() - older_than;
    }

    /// Changes what goes wrong from now on.
    ///
    /// # Panics
    /// Under Wine, when the helper is to go wrong as only the native one can.
    pub fn set_faults(self, faults: Faults) {
        let can_be_had = self.lab.world.testbed.is_none() || faults.helper.can_be_had_under_wine();
        assert!(
            can_be_had,
            "{:?} is not to be had under Wine",
            faults.helper
        );
        self.lab.world.state().machine(self.spec).set_faults(faults);
    }

    /// All remote shells idle out.
    pub fn end_shells(self) {
        self.endpoints().for_each(WinRm::end_shells);
    }

    fn endpoints(self) -> impl Iterator<Item = &'a WinRm> {
        let Listening { winrm, own, .. } = self.processes;
        let own = own.iter().map(|(_, own)| &**own);
        std::iter::once(&**winrm).chain(own)
    }

    /// Dismounts a database of this server. Its sessions end.
    pub fn dismount(self, database: &str) {
        let mut state = self.lab.world.state();
        state.sessions.dismount(database);
        state.mounted.remove(database);
    }

    /// Has a database of this server be out of reach: its sessions stay, and nobody is told of them.
    pub fn lose_sight_of(self, database: &str) {
        let mut state = self.lab.world.state();
        state.out_of_reach.insert(database.to_owned());
    }

    /// Mounts a database here, dismounting it elsewhere: a fail-over. Its sessions end.
    pub fn mount(self, database: &str) {
        let mut state = self.lab.world.state();
        state.sessions.dismount(database);
        state
            .mounted
            .insert(database.to_owned(), self.spec.name.clone());
    }
}

/// What is on a machine that was not there before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leftovers {
    /// Files and folders.
    pub files: Vec<String>,
    /// Processes of the helper.
    pub processes: usize,
    /// Ids of open remote shells.
    pub shells: Vec<String>,
}

impl Leftovers {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
