//! One server, from first contact to leaving it.

use std::sync::Arc;

use mapisweep_core::{exchange::ExchangeServer, helper_run::HelperExe};

use super::{Observer, Patience, ServerError, Step, lookup::Users, remote::Remote};
use crate::connection::{Peer, Way};

/// One server: its remote shell and what was found out about it. What it is asked stands in `look` and
/// `recognise`, what is done there in `act`, `helper` and `leave`.
pub struct Server {
    name: String,
    observer: Arc<dyn Observer>,
    pub(super) remote: Remote,
    pub(super) patience: Patience,
    pub(super) exe: HelperExe,
    /// Set while the helper may be on the server.
    pub(super) helper_pushed: bool,
    /// The same before the last run of it began.
    pub(super) pushed_before: bool,
    /// Found out once, and does not change.
    pub(super) about: Option<ExchangeServer>,
    /// What another server read of it in Active Directory.
    pub(super) described: Option<ExchangeServer>,
    /// What it calls itself, where that was asked for by itself.
    pub(super) this_computer: Option<String>,
    /// Newer releases than those whose sessions can be closed are of use, too.
    pub(super) takes_newer: bool,
    /// Its name is a DAG's, and leads to one of its members.
    pub(super) goes_by_a_dags_name: bool,
    /// It runs commands only.
    pub(super) runs_no_scripts: bool,
    /// Users that the next look is to find as well, and what came of it.
    pub(super) wanted: Vec<String>,
    pub(super) found: Option<Users>,
    /// How often it was asked once more, because an answer was lost.
    pub(super) asked_again: usize,
    /// Something was sent, and nothing was cleaned up since.
    pub(super) in_use: bool,
    /// What could not be cleaned up.
    pub(super) left_behind: Vec<ServerError>,
}

impl Server {
    /// A server by the name the admin gave; nothing is sent yet.
    pub fn new(
        name: String,
        peer: Arc<Peer>,
        observer: Arc<dyn Observer>,
        exe: HelperExe,
        patience: Patience,
    ) -> Self {
        Self {
            name,
            observer,
            remote: Remote::new(peer, patience),
            patience,
            exe,
            helper_pushed: false,
            pushed_before: false,
            about: None,
            described: None,
            this_computer: None,
            takes_newer: false,
            goes_by_a_dags_name: false,
            runs_no_scripts: false,
            wanted: Vec::new(),
            found: None,
            asked_again: 0,
            in_use: false,
            left_behind: Vec::new(),
        }
    }

    /// What another server read of it in Active Directory: which cmdlets it has is known then.
    pub fn described_as(mut self, server: ExchangeServer) -> Self {
        self.described = Some(server);
        self
    }

    /// Its name is that of a DAG: which of the members answers to it does not matter.
    pub fn by_a_dags_name(mut self) -> Self {
        self.goes_by_a_dags_name = true;
        self
    }

    /// The name the admin gave.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is signed in to, as far as that was chosen.
    pub fn way(&self) -> Option<Way> {
        self.remote.way()
    }

    /// From now on goes by another of its names; the open shell stays.
    pub(super) fn rename(&mut self, other: &Self) {
        self.tell(Step::Finished);
        self.name = other.name.clone();
        self.remote.rename(&other.remote);
    }

    /// Connects, and does what of the sign-in needs no password.
    pub(super) async fn reach(&mut self) -> Result<(), ServerError> {
        self.begin(Step::Connecting);
        self.remote.reach().await
    }

    /// Signs in and opens the remote shell.
    pub(super) async fn sign_in(&mut self) -> Result<(), ServerError> {
        self.begin(Step::SigningIn);
        self.remote.sign_in().await
    }

    /// Tells whoever watches what a person may want to know.
    pub(super) fn remark(&self, what: &str) {
        self.observer.remark(&self.name, what);
    }

    /// Tells whoever watches what is being done now.
    pub(super) fn tell(&self, step: Step) {
        self.observer.step(&self.name, step);
    }

    fn begin(&mut self, step: Step) {
        self.in_use = true;
        self.tell(step);
    }
}
