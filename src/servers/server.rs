//! One server, from first contact to leaving it.

use std::{sync::Arc, time::Instant};

use mapisweep_core::{exchange::ExchangeServer, helper_run::HelperExe};

use super::{
    Observer, Patience, ServerError, Step, lookup::Users, own::Own, remote::Remote, visit::Needed,
};
use crate::connection::{self, Knocked, Peer, Probe, Way};

/// One server: its remote shell and what was found out about it. What it is asked stands in `look` and
/// `recognise`, what is done there in `act`, `helper` and `leave`.
pub struct Server {
    name: String,
    observer: Arc<dyn Observer>,
    pub(super) remote: Remote,
    /// The second way to Exchange's cmdlets.
    pub(super) own: Own,
    pub(super) patience: Patience,
    pub(super) exe: HelperExe,
    /// Set while the helper may be on the server.
    pub(super) helper_pushed: bool,
    /// The same before the last run of it began.
    pub(super) pushed_before: bool,
    /// It may be on a computer that is not reached any more.
    pub(super) helper_lost: bool,
    /// Found out once, and does not change.
    pub(super) about: Option<ExchangeServer>,
    /// The DAG that it is to name the members of, where it has no name but the DAG's.
    pub(super) stands_for: Option<String>,
    /// What another server read of it in Active Directory.
    pub(super) described: Option<ExchangeServer>,
    /// What the computer that answered first calls itself: no other is asked anything.
    pub(super) computer: Option<String>,
    /// Whether it was said that this is not the name it was asked by.
    pub(super) is_name_compared: bool,
    /// Which of its shells has said so last, where nothing but single questions can be asked.
    pub(super) named_in_shell: usize,
    /// Why it runs commands only, where it does.
    pub(super) runs_no_scripts: Option<ServerError>,
    /// What is needed of it.
    pub(super) needed: Needed,
    /// Why its plain endpoint is not asked, where it is done without.
    pub(super) plain_failed: Option<ServerError>,
    /// What it showed before anybody signed in, where that was wanted.
    pub(super) probe: Option<Probe>,
    /// Users that the next look is to find as well, and what came of it.
    pub(super) wanted: Vec<String>,
    pub(super) found: Option<Users>,
    /// The Exchange servers there are, where it was asked.
    pub(super) exchange_servers: Option<Vec<ExchangeServer>>,
    /// Its next looks are to tell them.
    pub(super) tells_servers: bool,
    /// When its logons and connections were read last.
    pub(super) read_at: Option<Instant>,
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
            own: Own::none(),
            patience,
            exe,
            helper_pushed: false,
            pushed_before: false,
            helper_lost: false,
            about: None,
            stands_for: None,
            described: None,
            computer: None,
            is_name_compared: false,
            named_in_shell: 0,
            runs_no_scripts: None,
            needed: Needed::default(),
            plain_failed: None,
            probe: None,
            wanted: Vec::new(),
            found: None,
            tells_servers: false,
            exchange_servers: None,
            read_at: None,
            asked_again: 0,
            in_use: false,
            left_behind: Vec::new(),
        }
    }

    /// It is one of this DAG's members, whichever the DAG's own name leads to.
    pub fn standing_for(mut self, dag: &str) -> Self {
        self.stands_for = Some(dag.to_owned());
        self
    }

    /// What another server read of it in Active Directory: which cmdlets it has is known then.
    pub fn described_as(mut self, server: ExchangeServer) -> Self {
        self.described = Some(server);
        self
    }

    /// Whether its next looks are to tell which Exchange servers there are, where no users are looked up.
    pub fn tells_servers(&mut self, tells: bool) {
        self.tells_servers = tells;
    }

    /// The name the admin gave.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it calls itself, where that is known.
    pub(super) fn own_name(&self) -> Option<&str> {
        let about = self.about.as_ref().or(self.described.as_ref());
        about.map(ExchangeServer::display_name)
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
        self.own.rename(&other.own);
    }

    /// What it showed to whoever has not signed in.
    pub(super) fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    /// Looks at what it shows to whoever has not signed in, where that is wanted; an error is one of the way there, and
    /// connecting would end so, too.
    pub(super) async fn look_from_outside(&mut self) -> Result<(), ServerError> {
        if !self.needed.probed || self.probe.is_some() {
            return Ok(());
        }
        self.tell(Step::Connecting);
        let probe = self.probe.insert(Probe::default());
        match self.remote.probe(probe).await {
            // another connection may hold
            Err(ServerError::Connection(connection::Error::Lost { .. })) => Ok(()),
            probed => probed,
        }
    }

    /// Connects, and does what of the sign-in needs no password; what came of looking from outside says whether there is any
    /// use in that.
    pub(super) async fn reach(&mut self, seen: Result<(), ServerError>) -> Result<(), ServerError> {
        self.begin(Step::Connecting);
        let reached = match seen {
            Ok(()) => self.remote.reach().await,
            Err(error) => Err(error),
        };
        let reached = self.or_without_plain(reached).await;
        reached.map_err(|cause| match &self.stands_for {
            Some(dag) if cause.is_nobody_there() => ServerError::NoMember {
                dag: dag.clone(),
                cause: Box::new(cause),
            },
            _ => cause,
        })
    }

    /// Whether its machine is there at all; nobody signs in.
    pub async fn knock(&self) -> Knocked {
        self.tell(Step::Connecting);
        let knocked = self.remote.knock().await;
        self.tell(Step::Finished);
        knocked
    }

    /// Signs in and opens the remote shell.
    pub(super) async fn sign_in(&mut self) -> Result<(), ServerError> {
        self.begin(Step::SigningIn);
        if self.plain_failed.is_some() {
            return self.sign_in_there().await;
        }
        let signed_in = self.remote.sign_in().await;
        self.or_without_plain(signed_in).await?;
        match self.plain_failed {
            Some(_) => self.sign_in_there().await,
            None => Ok(()),
        }
    }

    /// Tells whoever watches what a person may want to know.
    pub(super) fn remark(&self, what: &str) {
        self.observer.remark(&self.name, what);
    }

    /// The same, for whoever wants to know all.
    pub(super) fn detail(&self, what: &str) {
        self.observer.detail(&self.name, what);
    }

    /// Tells whoever watches what is being done now.
    pub(super) fn tell(&self, step: Step) {
        self.observer.step(&self.name, step);
    }

    /// Remembers whether the helper may be there, and tells whoever watches.
    pub(super) fn may_hold_helper(&mut self, may: bool) {
        self.helper_pushed = may;
        self.observer.helper(&self.name, may);
    }

    fn begin(&mut self, step: Step) {
        self.in_use = true;
        self.tell(step);
    }
}
