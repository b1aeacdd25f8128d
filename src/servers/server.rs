//! One server, from first contact to leaving it.

use std::sync::Arc;

use mapisweep_core::{
    exchange::{ExchangeServer, Failure, Gap},
    helper_run::HelperExe,
};
use mapisweep_winrm::psrp::{
    clixml::Value,
    pipeline::{Pipeline, PipelineResult},
};

use super::{Observer, ServerError, Step, remote::Remote};
use crate::connection::{Peer, Way};

/// One server: its remote shell and what was found out about it. What it is asked stands in `look`, what is done there
/// in `act`, `helper` and `leave`.
pub struct Server {
    name: String,
    observer: Arc<dyn Observer>,
    pub(super) remote: Remote,
    pub(super) exe: HelperExe,
    /// Set while the helper may be on the server.
    pub(super) helper_pushed: bool,
    /// Found out once, and does not change.
    pub(super) about: Option<ExchangeServer>,
    /// The Exchange cmdlets are loaded into its shells.
    pub(super) has_cmdlets: bool,
    /// Servers described by Active Directory, this one among them.
    pub(super) described: Vec<ExchangeServer>,
    /// Something was sent, and nothing was cleaned up since.
    pub(super) in_use: bool,
    /// What could not be cleaned up.
    pub(super) left_behind: Option<ServerError>,
}

impl Server {
    /// A server by the name the admin gave; nothing is sent yet.
    pub fn new(name: String, peer: Arc<Peer>, observer: Arc<dyn Observer>, exe: HelperExe) -> Self {
        Self {
            name,
            observer,
            remote: Remote::new(peer),
            exe,
            helper_pushed: false,
            about: None,
            has_cmdlets: false,
            described: Vec::new(),
            in_use: false,
            left_behind: None,
        }
    }

    /// What another server read of it in Active Directory, which spares asking again.
    pub(super) fn described_as(mut self, server: ExchangeServer) -> Self {
        self.described = vec![server];
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
        self.remote.open().await.map(drop)
    }

    /// Runs a pipeline that must return one object.
    pub(super) async fn only(
        &mut self,
        what: &'static str,
        pipeline: Pipeline,
    ) -> Result<Value, ServerError> {
        let outcome = self.ask(what, pipeline).await?;
        only(what, outcome)
    }

    /// Runs a pipeline that must come to its end; an error record without any output is a failure. What it says
    /// besides is passed on to whoever watches.
    pub(super) async fn ask(
        &mut self,
        what: &'static str,
        pipeline: Pipeline,
    ) -> Result<PipelineResult, ServerError> {
        let outcome = check(what, self.run(pipeline).await?)?;
        self.pass_on(what, &outcome);
        Ok(outcome)
    }

    /// Runs a pipeline, whatever comes of it.
    pub(super) async fn run(&mut self, pipeline: Pipeline) -> Result<PipelineResult, ServerError> {
        self.in_use = true;
        self.remote.run(pipeline).await
    }

    /// Passes on what a cmdlet said besides its answer.
    pub(super) fn pass_on(&self, what: &str, outcome: &PipelineResult) {
        for gap in Gap::of(outcome) {
            self.observer.remark(&self.name, &format!("{what}: {gap}"));
        }
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

/// Takes an outcome for a failure where it is one.
pub(super) fn check(
    what: &'static str,
    outcome: PipelineResult,
) -> Result<PipelineResult, ServerError> {
    let error = match &outcome.failure {
        Some(failure) => Some(failure),
        None if outcome.output.is_empty() => outcome.errors.first(),
        None => None,
    };
    if let Some(error) = error {
        return Err(ServerError::Cmdlet {
            cmdlet: what,
            failure: Failure::of(error),
            message: error.message.clone(),
        });
    }
    match Gap::of_end(&outcome) {
        Some(gap) => Err(ServerError::CutShort { cmdlet: what, gap }),
        None => Ok(outcome),
    }
}

/// The one object that an outcome must consist of.
pub(super) fn only(cmdlet: &'static str, outcome: PipelineResult) -> Result<Value, ServerError> {
    let count = outcome.output.len();
    let mut output = outcome.output.into_iter();
    match (output.next(), count) {
        (Some(object), 1) => Ok(object),
        (Some(_), count) => Err(ServerError::SeveralAnswers { cmdlet, count }),
        (None, _) => Err(ServerError::NoAnswer { cmdlet }),
    }
}
