//! What a simulated server does with a pipeline.
//!
//! The lab does not interpret PowerShell. A pipeline is one command, known by name with typed parameters, or the one
//! script that mapisweep sends, known by its whole text. Everything else fails as an unknown command does.

mod command;
mod exception;
pub(crate) mod object;
mod record;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use mapisweep_winrm::psrp::{clixml::Value, secure::SessionKey};
use tokio::sync::mpsc::UnboundedReceiver;

pub(crate) use command::Command;
pub(crate) use record::{Category, ErrorRecord};

use crate::{
    cmdlets, fault::Faults, organization::ServerSpec, psrp::Voice, site::Site, world::World,
};

/// Where pipelines run: what a session remembers from one to the next.
pub(crate) struct Runspace {
    pub world: Arc<World>,
    pub server: ServerSpec,
    /// On which of its endpoints.
    pub site: Site,
    /// Whether who opened it gave the server a ticket to go on with.
    pub is_delegated: bool,
    snap_ins: Mutex<BTreeSet<String>>,
    sees_whole_forest: AtomicBool,
    session_key: OnceLock<SessionKey>,
}

/// The objects that a client feeds to a pipeline; ends when it says so.
pub(crate) type Input = UnboundedReceiver<Value>;

/// How one command went: `Err` is a terminating error.
pub(crate) type Outcome = Result<(), ErrorRecord>;

impl Runspace {
    pub fn new(world: Arc<World>, server: ServerSpec, site: Site, is_delegated: bool) -> Self {
        Self {
            world,
            server,
            site,
            is_delegated,
            snap_ins: Mutex::default(),
            sees_whole_forest: AtomicBool::default(),
            session_key: OnceLock::new(),
        }
    }

    /// What goes wrong on its server now.
    pub fn faults(&self) -> Faults {
        let mut state = self.world.state();
        state.machine(&self.server).faults().clone()
    }

    /// Names of the snap-ins that this session has loaded.
    pub fn snap_ins(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.snap_ins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether recipients are sought beyond the server's own domain.
    pub fn sees_whole_forest(&self) -> bool {
        self.sees_whole_forest.load(Ordering::Relaxed)
    }

    /// Has them sought there, or no more.
    pub fn see_whole_forest(&self, sees: bool) {
        self.sees_whole_forest.store(sees, Ordering::Relaxed);
    }

    /// Agrees on a key for secure strings; a second one is ignored.
    pub fn share(&self, key: SessionKey) {
        let _ = self.session_key.set(key);
    }

    /// The key for secure strings, once there is one.
    pub fn session_key(&self) -> Option<&SessionKey> {
        self.session_key.get()
    }

    /// Runs a pipeline to its end.
    pub async fn run(&self, commands: &[Command], input: Input, voice: &Voice) -> Outcome {
        if self.site == Site::Exchange {
            return cmdlets::run_restricted(self, commands, voice);
        }
        match commands {
            [command] => cmdlets::run(self, command, input, voice).await,
            [command, select] if select.text.eq_ignore_ascii_case("Select-Object") => {
                let voice = voice.selecting(select.texts("Property"));
                cmdlets::run(self, command, input, &voice).await
            }
            _ => Err(ErrorRecord::new(
                "System.NotSupportedException",
                "LabPipeline",
                "The lab runs pipelines of one command, with Select-Object -Property behind it or not.",
            )),
        }
    }
}
