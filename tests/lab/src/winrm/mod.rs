//! The WinRM service of one server: who may do what, how much of it, and in which shell.

mod shell;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use uuid::Uuid;

use self::shell::Shell;
use crate::{
    event::What,
    fault::{Breakage, Faults},
    organization::{ExchangeVersion, ServerSpec},
    powershell::Runspace,
    site::{self, OwnEndpointFault, Running, Site},
    soap::{Fault, Node, Request, action, envelope, upper},
    world::World,
};

/// One server's WinRM, on one of its endpoints.
pub(crate) struct WinRm {
    pub world: Arc<World>,
    pub server: ServerSpec,
    pub site: Site,
    /// Ends all connections and has new ones refused.
    pub refuses: Notify,
    state: Mutex<State>,
}

/// Who asks for something.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub account: &'a str,
    /// Whether the sign-in brought a ticket in the caller's name.
    pub is_delegated: bool,
}

#[derive(Default)]
struct State {
    shells: BTreeMap<String, Arc<Shell>>,
    /// Requests being worked on, by account.
    operations: BTreeMap<String, usize>,
    /// Requests that a throttling policy has refused.
    throttled: u32,
}

impl WinRm {
    pub fn new(world: Arc<World>, server: ServerSpec, site: Site) -> Self {
        Self {
            world,
            server,
            site,
            refuses: Notify::new(),
            state: Mutex::default(),
        }
    }

    pub fn faults(&self) -> Faults {
        self.world.state().machine(&self.server).faults().clone()
    }

    /// Counts a signed-in request; says how this one is to break.
    pub fn count_exchange(&self) -> Option<Breakage> {
        self.world.state().machine(&self.server).count_exchange()
    }

    pub fn serves(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.eq_ignore_ascii_case(self.site.path())
    }

    /// How IIS or HTTP.SYS turns everybody away, before anybody has signed in.
    pub fn turns_away(&self) -> Option<u16> {
        let faults = self.faults();
        match (self.site, faults.own_endpoint) {
            (Site::Plain, _) => faults.plain_closed.then_some(403),
            (Site::Exchange, OwnEndpointFault::Closed) => Some(403),
            (Site::Exchange, OwnEndpointFault::Missing) => Some(404),
            (Site::Exchange, _) => None,
        }
    }

    /// The server whose cmdlets are run.
    pub fn serving(&self) -> &ServerSpec {
        let other = match self.faults().own_endpoint {
            OwnEndpointFault::PassedOnTo(name) => Some(name),
            _ => self.server.served_by.as_deref(),
        };
        let other = other.filter(|_| self.site == Site::Exchange);
        let other = other.and_then(|name| self.world.organization.server(name));
        other.unwrap_or(&self.server)
    }

    /// Whether those are another server's.
    pub fn is_passed_on(&self) -> bool {
        self.serving().name != self.server.name
    }

    /// Shells one user may have.
    fn shells_per_user(&self) -> usize {
        match self.site {
            Site::Plain => self.server.quotas.shells_per_user,
            Site::Exchange => site::SHELLS,
        }
    }

    /// What a throttling policy says to who would start something.
    fn throttle(&self, request: &Request) -> Result<(), Fault> {
        let starts = [action::CREATE, action::COMMAND].contains(&request.action.as_str());
        if self.site == Site::Plain || !starts {
            return Ok(());
        }
        match self.faults().own_endpoint {
            OwnEndpointFault::CountsWrong => Err(Fault::system_load()),
            OwnEndpointFault::UserLoad(times, wait) => {
                let mut state = self.state();
                if state.throttled >= times {
                    return Ok(());
                }
                state.throttled += 1;
                Err(Fault::user_load(wait))
            }
            _ => Ok(()),
        }
    }

    /// Counts a pipeline, where a policy does; it is counted until what is returned is dropped.
    fn begin(&self) -> Result<Option<Running>, Fault> {
        match self.faults().own_endpoint {
            OwnEndpointFault::AtOnce(at_once, wait) if self.site == Site::Exchange => {
                let running = Running::begin(&self.world.asked_there, at_once);
                running.map(Some).ok_or_else(|| Fault::user_load(wait))
            }
            _ => Ok(None),
        }
    }

    /// All shells idle out.
    pub fn end_shells(&self) {
        self.state().shells.clear();
    }

    /// Ids of the shells that are open.
    pub fn open_shells(&self) -> Vec<String> {
        self.state().shells.keys().cloned().collect()
    }

    /// Answers a request; `false` means that the answer is a fault.
    pub async fn answer(&self, caller: Caller<'_>, soap: &str) -> (bool, String) {
        let outcome = match Request::parse(soap) {
            Err(fault) => Err(fault),
            Ok(request) => {
                let response = self.perform(caller, &request).await;
                response.map_err(|fault| fault.relating_to(&request.message_id))
            }
        };
        match outcome {
            Ok(xml) => (true, xml),
            Err(fault) => (false, fault.to_xml(&self.server.fqdn(), !self.is_winrm_2())),
        }
    }

    async fn perform(&self, caller: Caller<'_>, request: &Request) -> Result<String, Fault> {
        let Caller { account, .. } = caller;
        let verb = request.verb().to_owned();
        self.world
            .tell(&self.server, What::Request { action: verb });
        if !self
            .world
            .organization
            .user(account)
            .is_some_and(|user| match self.site {
                Site::Plain => user.administrator,
                Site::Exchange => user.may_ask_exchange(),
            })
        {
            return Err(Fault::access_denied());
        }
        self.throttle(request)?;
        if request.resource_uri != self.site.resource() {
            return Err(Fault::resource_not_found(&request.resource_uri));
        }
        let _operation = Operation::begin(self, account, request)?;
        let body = match request.action.as_str() {
            action::CREATE => self.create(caller, request)?,
            action::DELETE => {
                self.delete(account, request)?;
                Vec::new()
            }
            action::COMMAND => {
                let running = self.begin()?;
                vec![self.shell(account, request)?.command(request, running)?]
            }
            action::SEND => vec![self.shell(account, request)?.send(request)?],
            action::RECEIVE => {
                let shell = self.shell(account, request)?;
                vec![
                    shell
                        .receive(request, self.server.quotas.envelope_size)
                        .await?,
                ]
            }
            action::SIGNAL => vec![self.shell(account, request)?.signal(request)?],
            _ => return Err(Fault::action_not_supported()),
        };
        Ok(envelope(
            &format!("{}Response", request.action),
            &request.message_id,
            body,
        ))
    }

    fn create(&self, caller: Caller<'_>, request: &Request) -> Result<Vec<Node>, Fault> {
        let Caller {
            account,
            is_delegated,
        } = caller;
        let asked = request
            .shell_element("Shell")?
            .attribute("ShellId")
            .map(str::to_owned);
        let version = request
            .options
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("protocolversion"));
        if !version.is_some_and(|(_, version)| version.starts_with("2.")) {
            return Err(Fault::protocol_version());
        }
        // WinRM 2.0 chooses the id, whatever the client would like
        let id = asked
            .filter(|_| !self.is_winrm_2())
            .unwrap_or_else(|| upper(Uuid::new_v4()));
        let mut state = self.state();
        let held = state
            .shells
            .values()
            .filter(|shell| shell.account == account)
            .count();
        let quota = self.shells_per_user();
        let others = match self.faults().own_endpoint {
            OwnEndpointFault::ShellsOpen(others) if self.site == Site::Exchange => others,
            _ => 0,
        };
        if held + others >= quota {
            return Err(Fault::shells_exhausted(quota));
        }
        let serving = self.serving();
        let runspace = Runspace::new(self.world.clone(), serving.clone(), self.site, is_delegated);
        let shell = Shell::open(id.clone(), account, runspace, request)?;
        state.shells.insert(id.clone(), Arc::new(shell));
        drop(state);
        self.world
            .tell(&self.server, What::ShellOpened { shell: id.clone() });
        Ok(self.resource_created(&id, account, request))
    }

    fn resource_created(&self, id: &str, account: &str, request: &Request) -> Vec<Node> {
        let selector = Node::leaf("w:Selector", id).attribute("Name", "ShellId");
        let parameters = Node::new("a:ReferenceParameters")
            .child(Node::leaf("w:ResourceURI", &request.resource_uri))
            .child(Node::new("w:SelectorSet").child(selector));
        let created = Node::new("x:ResourceCreated")
            .child(Node::leaf("a:Address", &request.to))
            .child(parameters);
        if self.is_winrm_2() {
            return vec![created];
        }
        let owner = format!("{}\\{account}", crate::DOMAIN);
        let shell = Node::new("rsp:Shell")
            .child(Node::leaf("rsp:ShellId", id))
            .child(Node::leaf("rsp:ResourceUri", &request.resource_uri))
            .child(Node::leaf("rsp:Owner", owner))
            .child(Node::leaf("rsp:ClientIP", "127.0.0.1"))
            .child(Node::leaf("rsp:IdleTimeOut", "PT7200.000S"))
            .child(Node::leaf("rsp:InputStreams", "stdin pr"))
            .child(Node::leaf("rsp:OutputStreams", "stdout"));
        vec![created, shell]
    }

    fn delete(&self, account: &str, request: &Request) -> Result<(), Fault> {
        let shell = self.shell(account, request)?;
        self.state().shells.remove(&shell.id);
        shell.close();
        let shell = shell.id.clone();
        self.world.tell(&self.server, What::ShellDeleted { shell });
        Ok(())
    }

    fn shell(&self, account: &str, request: &Request) -> Result<Arc<Shell>, Fault> {
        let id = request.shell.as_deref().unwrap_or_default();
        let state = self.state();
        let shell = state
            .shells
            .get(id)
            .filter(|shell| shell.account == account);
        shell.cloned().ok_or_else(|| Fault::shell_not_found(id))
    }

    fn is_winrm_2(&self) -> bool {
        self.server.version < ExchangeVersion::Exchange2013
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How many commands a user's shells have, ended ones among them.
    fn commands_of(&self, account: &str) -> usize {
        let shells = self.shells.values();
        let own = shells.filter(|shell| shell.account == account);
        own.map(|shell| shell.commands()).sum()
    }
}

/// One request being worked on, which counts against its user's quota until it is dropped.
struct Operation<'a> {
    winrm: &'a WinRm,
    account: String,
}

impl<'a> Operation<'a> {
    fn begin(winrm: &'a WinRm, account: &str, request: &Request) -> Result<Self, Fault> {
        let quota = winrm.server.quotas.operations_per_user;
        let mut state = winrm.state();
        // whoever has too many commands could not get rid of them
        let commands = match request.action.as_str() {
            action::SIGNAL | action::DELETE => 0,
            _ => state.commands_of(account),
        };
        let running = state.operations.entry(account.to_owned()).or_default();
        if *running + commands >= quota {
            return Err(Fault::operations_exhausted(quota));
        }
        *running += 1;
        Ok(Self {
            winrm,
            account: account.to_owned(),
        })
    }
}

impl Drop for Operation<'_> {
    fn drop(&mut self) {
        if let Some(running) = self.winrm.state().operations.get_mut(&self.account) {
            *running -= 1;
        }
    }
}
