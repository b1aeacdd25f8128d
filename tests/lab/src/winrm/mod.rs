//! The WinRM service of one server: who may do what, how much of it, and in which shell.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    event::What,
    fault::{Breakage, Faults},
    organization::{ExchangeVersion, ServerSpec},
    soap::{Fault, Request},
    world::World,
};

/// Every server's own PowerShell.
const POWERSHELL: &str = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell";

/// One server's WinRM.
pub(crate) struct WinRm {
    pub world: Arc<World>,
    pub server: ServerSpec,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Requests being worked on, by account.
    operations: BTreeMap<String, usize>,
}

impl WinRm {
    pub fn new(world: Arc<World>, server: ServerSpec) -> Self {
        Self {
            world,
            server,
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
        path.trim_end_matches('/').eq_ignore_ascii_case("/wsman")
    }

    /// Answers a request; `false` means that the answer is a fault.
    pub async fn answer(&self, account: &str, soap: &str) -> (bool, String) {
        let outcome = match Request::parse(soap) {
            None => Err(Fault::schema("not a SOAP envelope")),
            Some(Err(fault)) => Err(fault),
            Some(Ok(request)) => {
                let response = self.perform(account, &request).await;
                response.map_err(|fault| fault.relating_to(&request.message_id))
            }
        };
        match outcome {
            Ok(xml) => (true, xml),
            Err(fault) => (false, fault.to_xml(&self.server.fqdn(), !self.is_winrm_2())),
        }
    }

    async fn perform(&self, account: &str, request: &Request) -> Result<String, Fault> {
        let verb = request.verb().to_owned();
        self.world
            .tell(&self.server, What::Request { action: verb });
        if !self
            .world
            .organization
            .user(account)
            .is_some_and(|user| user.administrator)
        {
            return Err(Fault::access_denied());
        }
        if request.resource_uri != POWERSHELL {
            return Err(Fault::resource_not_found(&request.resource_uri));
        }
        let _operation = Operation::begin(self, account)?;
        match request.shell.as_deref() {
            Some(shell) => Err(Fault::shell_not_found(shell)),
            None => Err(Fault::action_not_supported()),
        }
    }

    fn is_winrm_2(&self) -> bool {
        self.server.version < ExchangeVersion::Exchange2013
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request being worked on, which counts against its user's quota until it is dropped.
struct Operation<'a> {
    winrm: &'a WinRm,
    account: String,
}

impl<'a> Operation<'a> {
    fn begin(winrm: &'a WinRm, account: &str) -> Result<Self, Fault> {
        let quota = winrm.server.quotas.operations_per_user;
        let mut state = winrm.state();
        let running = state.operations.entry(account.to_owned()).or_default();
        if *running >= quota {
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
