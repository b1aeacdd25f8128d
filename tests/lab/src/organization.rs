//! The simulated Exchange organisation: who has a mailbox, in which database, on which servers.

use std::net::Ipv4Addr;

use secrecy::SecretString;

use crate::{fault::Faults, http::tls::Certificate, quota::Quotas};

/// NetBIOS name of the lab's only domain.
pub const DOMAIN: &str = "CORP";
/// DNS name of the lab's only domain.
pub const DNS_DOMAIN: &str = "corp.example";

/// What the lab is built from; nothing in it changes once the lab runs.
#[derive(Debug, Default)]
pub(crate) struct Organization {
    pub servers: Vec<ServerSpec>,
    pub users: Vec<UserSpec>,
}

impl Organization {
    pub fn server(&self, name: &str) -> Option<&ServerSpec> {
        self.servers.iter().find(|server| server.is_called(name))
    }

    pub fn user(&self, account: &str) -> Option<&UserSpec> {
        self.users
            .iter()
            .find(|user| user.account.eq_ignore_ascii_case(account))
    }

    /// Finds users by whatever Exchange accepts as an identity: account, `DOMAIN\account`, display name, which several
    /// may share, legacy DN or mail address.
    pub fn recipients(&self, identity: &str) -> impl Iterator<Item = &UserSpec> {
        let is_meant = move |user: &&UserSpec| user.is_known_as(identity);
        self.users.iter().filter(is_meant)
    }

    /// The servers that have a copy of a server's databases.
    pub fn copies_of(&self, server: &ServerSpec) -> Vec<&ServerSpec> {
        let is_one = |other: &&ServerSpec| {
            other.name == server.name || (other.dag.is_some() && other.dag == server.dag)
        };
        self.servers.iter().filter(is_one).collect()
    }

    pub fn members(&self, dag: &str) -> impl Iterator<Item = &ServerSpec> {
        self.servers
            .iter()
            .filter(move |server| server.dag.as_deref() == Some(dag))
    }
}

/// The Exchange versions that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExchangeVersion {
    /// 8.3: clients connect to the mailbox server's store.exe.
    Exchange2007,
    /// 14.3: clients connect to the RPC Client Access service.
    Exchange2010,
    /// 15.0: HTTPS only; `Get-LogonStatistics` has no data.
    Exchange2013,
    /// 15.1: the same.
    Exchange2016,
}

impl ExchangeVersion {
    /// As `Get-ExchangeServer` shows it.
    pub fn admin_display(self) -> String {
        let [major, minor, build, revision] = self.build();
        format!("Version {major}.{minor} (Build {build}.{revision})")
    }

    pub(crate) fn build(self) -> [i32; 4] {
        match self {
            Self::Exchange2007 => [8, 3, 83, 6],
            Self::Exchange2010 => [14, 3, 123, 4],
            Self::Exchange2013 => [15, 0, 1497, 2],
            Self::Exchange2016 => [15, 1, 2507, 6],
        }
    }

    /// The process in which clients' connections end.
    pub fn client_process(self) -> (&'static str, u32) {
        match self {
            Self::Exchange2007 => ("store.exe", 2316),
            _ => ("Microsoft.Exchange.RpcClientAccess.Service.exe", 3140),
        }
    }

    /// The snap-in that holds the management cmdlets.
    pub fn snap_in(self) -> &'static str {
        match self {
            Self::Exchange2007 => "Microsoft.Exchange.Management.PowerShell.Admin",
            Self::Exchange2010 => "Microsoft.Exchange.Management.PowerShell.E2010",
            Self::Exchange2013 | Self::Exchange2016 => {
                "Microsoft.Exchange.Management.PowerShell.SnapIn"
            }
        }
    }

    /// The PowerShell on this version's Windows.
    pub(crate) fn powershell(self) -> &'static str {
        match self {
            Self::Exchange2007 | Self::Exchange2010 => "2.0",
            Self::Exchange2013 => "4.0",
            Self::Exchange2016 => "5.1",
        }
    }

    /// What this version's Windows answers in PSRP's session capability.
    pub(crate) fn protocol_version(self) -> &'static str {
        match self {
            Self::Exchange2007 | Self::Exchange2010 => "2.1",
            Self::Exchange2013 | Self::Exchange2016 => "2.3",
        }
    }
}

/// One simulated server, described as a sentence: `s.exchange_2010().dag("DAG1").database("DB1")`.
#[derive(Debug, Clone)]
pub struct ServerSpec {
    pub(crate) name: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) version: ExchangeVersion,
    pub(crate) roles: Option<String>,
    pub(crate) dag: Option<String>,
    pub(crate) is_operational: bool,
    pub(crate) array: Option<String>,
    pub(crate) databases: Vec<String>,
    pub(crate) session_limit: Option<u32>,
    pub(crate) denies_registry: bool,
    pub(crate) keep_alive_time: Option<u32>,
    pub(crate) quotas: Quotas,
    pub(crate) faults: Faults,
    pub(crate) port: Option<u16>,
    pub(crate) names_ipv6_clients: bool,
    pub(crate) runs_on_server_2003: bool,
    pub(crate) speaks_german: bool,
    pub(crate) opens_in_its_own_name: bool,
    pub(crate) logs_no_addresses: bool,
    pub(crate) served_by: Option<String>,
    pub(crate) certificate: Certificate,
}

impl ServerSpec {
    pub(crate) fn new(name: &str, address: Ipv4Addr) -> Self {
        Self {
            name: name.to_owned(),
            address,
            version: ExchangeVersion::Exchange2007,
            roles: None,
            dag: None,
            is_operational: true,
            array: None,
            databases: Vec::new(),
            session_limit: None,
            denies_registry: false,
            keep_alive_time: None,
            quotas: Quotas::default(),
            faults: Faults::default(),
            port: None,
            names_ipv6_clients: false,
            runs_on_server_2003: false,
            speaks_german: false,
            opens_in_its_own_name: false,
            logs_no_addresses: false,
            served_by: None,
            certificate: Certificate::default(),
        }
    }

    /// Exchange 2007 SP3 on Windows Server 2008 with PowerShell 2.0; the default.
    pub fn exchange_2007(self) -> Self {
        self.exchange(ExchangeVersion::Exchange2007)
    }

    /// Exchange 2010 SP3, Mailbox and Client Access on one machine.
    pub fn exchange_2010(self) -> Self {
        self.exchange(ExchangeVersion::Exchange2010)
    }

    /// Exchange 2013, which mapisweep must decline.
    pub fn exchange_2013(self) -> Self {
        self.exchange(ExchangeVersion::Exchange2013)
    }

    /// Exchange 2016, which it must decline as well.
    pub fn exchange_2016(self) -> Self {
        self.exchange(ExchangeVersion::Exchange2016)
    }

    /// Any of the versions.
    pub fn exchange(mut self, version: ExchangeVersion) -> Self {
        self.version = version;
        self
    }

    /// The fictional address clients connect to; default 10.0.0.11 and up.
    pub fn address(mut self, address: Ipv4Addr) -> Self {
        self.address = address;
        self
    }

    /// Makes the server a member of a database availability group.
    pub fn dag(mut self, name: &str) -> Self {
        self.dag = Some(name.to_owned());
        self
    }

    /// As Active Directory names its roles: `Edge`, `ClientAccess, HubTransport`, `None` for one that is being removed. Without
    /// the mailbox role it gets no database by itself.
    pub fn roles(mut self, roles: &str) -> Self {
        self.roles = Some(roles.to_owned());
        self
    }

    /// Its DAG does without it: the cluster service does not run there.
    pub fn out_of_operation(mut self) -> Self {
        self.is_operational = false;
        self
    }

    /// Its site has a client access array of this name, for clients of its databases; the same at all servers there.
    pub fn client_access_array(mut self, fqdn: &str) -> Self {
        self.array = Some(fqdn.to_owned());
        self
    }

    /// Mounts a mailbox database here when the lab starts. A server without any gets one called
    /// `<NAME> Mailbox Database`.
    pub fn database(mut self, name: &str) -> Self {
        self.databases.push(name.to_owned());
        self
    }

    /// Writes `Maximum Allowed Sessions Per User` into the registry; absent means 32.
    pub fn session_limit(mut self, sessions: u32) -> Self {
        self.session_limit = Some(sessions);
        self
    }

    /// Nobody may read Exchange's values in the registry.
    pub fn denies_registry(mut self) -> Self {
        self.denies_registry = true;
        self
    }

    /// Writes `KeepAliveTime`, in milliseconds, into the registry; absent means two hours.
    pub fn keep_alive_time(mut self, milliseconds: u32) -> Self {
        self.keep_alive_time = Some(milliseconds);
        self
    }

    /// What its HTTPS shows; the default is what the lab's authority signed for its names.
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificate = certificate;
        self
    }

    /// WinRM's limits; the default is WinRM 2.0's.
    pub fn quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// What goes wrong on this server from the start; see also `ServerHandle::set_faults`.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// The real loopback port of its WinRM; any free one unless said otherwise.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// `Get-LogonStatistics` names IPv6 clients, too, where every known Exchange says 0.0.0.0.
    pub fn names_ipv6_clients(mut self) -> Self {
        self.names_ipv6_clients = true;
        self
    }

    /// Windows Server 2003, which has no `Get-WinEvent`.
    pub fn on_server_2003(mut self) -> Self {
        self.runs_on_server_2003 = true;
        self
    }

    /// Its events are worded in German.
    pub fn german(mut self) -> Self {
        self.speaks_german = true;
        self
    }

    /// As a client access server it opens clients' sessions in its own name: the mailbox server is told its address, and
    /// never theirs. Whether Exchange 2010 does so is not known.
    pub fn opens_sessions_in_its_own_name(mut self) -> Self {
        self.opens_in_its_own_name = true;
        self
    }

    /// Its log of the RPC Client Access service has no addresses of clients, as is said of Exchange 2010.
    pub fn logs_no_addresses(mut self) -> Self {
        self.logs_no_addresses = true;
        self
    }

    /// Exchange's own endpoint is passed on to another server, as Exchange 2013 does by the mailbox of who asks.
    pub fn passes_own_endpoint_on_to(mut self, server: &str) -> Self {
        self.served_by = Some(server.to_owned());
        self
    }

    /// What the computer calls itself (`COMPUTERNAME`).
    pub fn computer_name(&self) -> String {
        self.name.to_ascii_uppercase()
    }

    /// The name with the domain's.
    pub fn fqdn(&self) -> String {
        format!("{}.{DNS_DOMAIN}", self.name.to_ascii_lowercase())
    }

    /// Its roles, as `Get-ExchangeServer` shows them.
    pub(crate) fn role_names(&self) -> &str {
        self.roles.as_deref().unwrap_or(match self.version {
            ExchangeVersion::Exchange2007 => "Mailbox",
            _ => "Mailbox, ClientAccess",
        })
    }

    pub(crate) fn has_role(&self, role: &str) -> bool {
        self.role_names().split(", ").any(|own| own == role)
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.fqdn().eq_ignore_ascii_case(name)
    }

    /// Sessions one user may hold in this server's store.
    pub(crate) fn effective_session_limit(&self) -> usize {
        self.session_limit.unwrap_or(32) as usize
    }
}

/// One user, described as a sentence: `u.named("John Smith").mailbox_in("DB1")`.
#[derive(Debug, Clone)]
pub struct UserSpec {
    pub(crate) account: String,
    pub(crate) display_name: String,
    pub(crate) password: SecretString,
    pub(crate) database: Option<String>,
    pub(crate) administrator: bool,
    pub(crate) has_exchange_role: bool,
    pub(crate) former_dns: Vec<String>,
    pub(crate) is_of_another_domain: bool,
}

impl UserSpec {
    pub(crate) fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            display_name: account.to_owned(),
            password: format!("{account}'s password").into(),
            database: None,
            administrator: false,
            has_exchange_role: false,
            former_dns: Vec::new(),
            is_of_another_domain: false,
        }
    }

    /// The display name; the account's name unless said otherwise.
    pub fn named(mut self, display_name: &str) -> Self {
        self.display_name = display_name.to_owned();
        self
    }

    /// The password; unless said otherwise it is `<account>'s password`.
    pub fn password(mut self, password: &str) -> Self {
        self.password = password.into();
        self
    }

    /// The database that holds the mailbox; unless said otherwise the lab's first.
    pub fn mailbox_in(mut self, database: &str) -> Self {
        self.database = Some(database.to_owned());
        self
    }

    /// Makes the user a member of Administrators on every server. Others are refused by WinRM.
    pub fn administrator(mut self) -> Self {
        self.administrator = true;
        self
    }

    /// Gives the user a role of Exchange's, which administrators have as well: Exchange's own endpoint asks for no more.
    pub fn exchange_role(mut self) -> Self {
        self.has_exchange_role = true;
        self
    }

    pub(crate) fn may_ask_exchange(&self) -> bool {
        self.administrator || self.has_exchange_role
    }

    /// The mailbox had this legacyExchangeDN before, and keeps it among its addresses.
    pub fn formerly(mut self, dn: &str) -> Self {
        self.former_dns.push(dn.to_owned());
        self
    }

    /// Exchange sees the mailbox only where it looks through the whole forest. The user's names stay those of the lab's one
    /// domain.
    pub fn of_another_domain(mut self) -> Self {
        self.is_of_another_domain = true;
        self
    }

    /// `DOMAIN\account`.
    pub fn qualified(&self) -> String {
        format!("{DOMAIN}\\{}", self.account)
    }

    pub(crate) fn legacy_dn(&self) -> String {
        format!(
            "/o=Example/ou=First Administrative Group/cn=Recipients/cn={}",
            self.account
        )
    }

    pub(crate) fn had(&self, dn: &str) -> bool {
        let mut former = self.former_dns.iter();
        former.any(|former| former.eq_ignore_ascii_case(dn))
    }

    pub(crate) fn mail_address(&self) -> String {
        format!("{}@{DNS_DOMAIN}", self.account)
    }

    fn is_known_as(&self, identity: &str) -> bool {
        [
            &self.account,
            &self.display_name,
            &self.qualified(),
            &self.legacy_dn(),
            &self.mail_address(),
        ]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(identity))
    }
}
