//! The questions a server is asked.

use mapisweep_core::{
    exchange::{
        Dag, ExchangeServer, Failure, Gap, Generation, Logon, Mailbox, SessionLimit, SnapIn,
        Version, limit, server,
    },
    helper_run::{HelperRequest, Listed},
    plan::ServerSnapshot,
};
use mapisweep_winrm::psrp::pipeline::PipelineResult;

use super::{Server, ServerError, Step, name::is_name_of, server::check};

impl Server {
    /// Reads the logons and what is needed to judge them; connections are not listed.
    pub async fn read_logons(&mut self) -> Result<ServerSnapshot, ServerError> {
        let about = self.recognise().await?;
        self.compare_names(&about);
        self.tell(Step::ReadingLogons);
        let limit = self.limit().await?;
        let now = self.only("Get-Date", server::clock()).await?;
        let taken_at = server::clock_from_value(&now)?;
        let (logons, gaps) = self.logons(&about).await?;
        Ok(ServerSnapshot {
            server: self.name().to_owned(),
            display_name: about.display_name().to_owned(),
            version: about.version,
            limit,
            taken_at,
            logons,
            gaps,
            connections: Vec::new(),
            connections_left_out: 0,
        })
    }

    /// Says where a name leads to a computer of another name.
    fn compare_names(&self, about: &ExchangeServer) {
        if !is_name_of(self.name(), &about.name) {
            self.remark(&format!(
                "{} answers to this name: an alias, or a load balancer; nothing else is looked at or acted on",
                about.name
            ));
        }
    }

    /// Reads the logons and what is needed to judge them, and lists the Exchange processes' connections.
    pub async fn read_all(&mut self) -> Result<ServerSnapshot, ServerError> {
        let mut snapshot = self.read_logons().await?;
        let listed = self.list_connections(false).await?;
        snapshot.connections = listed.connections;
        snapshot.connections_left_out = listed.left_out;
        Ok(snapshot)
    }

    /// Lists the connections of the Exchange processes, or of all processes.
    pub async fn list_connections(&mut self, all: bool) -> Result<Listed, ServerError> {
        self.tell(Step::ListingConnections);
        let run = self.run_helper(&HelperRequest::List { all }).await?;
        let report = run.report.map_err(ServerError::Helper)?;
        if !run.removed {
            return Err(ServerError::HelperLeft { path: run.path });
        }
        Ok(report.into_listed())
    }

    /// Reads only the logons again, to see what became of them, and why some may be missing.
    pub(super) async fn read_logons_again(
        &mut self,
    ) -> Result<(Vec<Logon>, Vec<Gap>), ServerError> {
        self.tell(Step::Verifying);
        let about = self.recognise().await?;
        self.logons(&about).await
    }

    /// Finds the mailbox of each user; `None` where Exchange knows no such user.
    pub(super) async fn find_mailboxes(
        &mut self,
        identities: &[String],
    ) -> Result<Vec<(String, Option<Mailbox>)>, ServerError> {
        self.recognise().await?;
        self.tell(Step::FindingUsers);
        let mut found = Vec::new();
        for identity in identities {
            found.push((identity.clone(), self.find_mailbox(identity).await?));
        }
        Ok(found)
    }

    async fn find_mailbox(&mut self, identity: &str) -> Result<Option<Mailbox>, ServerError> {
        let found = self
            .ask("Get-Mailbox", Mailbox::identified_by(identity))
            .await;
        match found {
            Ok(outcome) => {
                let found = outcome.output.iter().map(Mailbox::from_value);
                the_only(found.collect::<Result<_, _>>()?)
            }
            Err(ServerError::Cmdlet {
                failure: Failure::NotFound,
                ..
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The members of a DAG, sorted by name.
    pub(super) async fn dag_members(
        &mut self,
        dag: &str,
    ) -> Result<Vec<ExchangeServer>, ServerError> {
        // a server that knows a DAG is most likely of the generation that brought them
        if self.load(Generation::Exchange2010).await.is_err() {
            self.recognise().await?;
        }
        self.tell(Step::AskingForMembers);
        let object = self
            .only("Get-DatabaseAvailabilityGroup", Dag::named(dag))
            .await?;
        let names = Dag::from_value(&object)?.servers;
        let all = self.all_servers().await?;
        let all: Result<Vec<_>, _> = all.output.iter().map(ExchangeServer::from_value).collect();
        self.described = all?;
        let member = |name: String| {
            let is_it = |server: &&ExchangeServer| server.name.eq_ignore_ascii_case(&name);
            let described = self.described.iter().find(is_it).cloned();
            described.unwrap_or_else(|| ExchangeServer::only_named(name))
        };
        Ok(names.into_iter().map(member).collect())
    }

    async fn all_servers(&mut self) -> Result<PipelineResult, ServerError> {
        const CMDLET: &str = "Get-ExchangeServer";
        match self.ask(CMDLET, ExchangeServer::all_in_brief()).await {
            // it may be about Select-Object, whose columns a restricted endpoint refuses
            Err(ServerError::Cmdlet {
                failure: Failure::Other | Failure::UnknownCommand,
                ..
            }) => self.ask(CMDLET, ExchangeServer::all()).await,
            outcome => outcome,
        }
    }

    /// Finds out which Exchange this is, once, and stops where mapisweep cannot help.
    pub(super) async fn recognise(&mut self) -> Result<ExchangeServer, ServerError> {
        if let Some(about) = &self.about {
            return Ok(about.clone());
        }
        self.tell(Step::Recognising);
        self.load_cmdlets().await?;
        let object = self.only("Get-Item", server::computer_name()).await?;
        let computer = server::computer_name_from_value(&object)?;
        let is_it = |server: &&ExchangeServer| server.name.eq_ignore_ascii_case(&computer);
        let about = match self.described.iter().find(is_it) {
            Some(described) => described.clone(),
            None => {
                let named = ExchangeServer::named(&computer);
                ExchangeServer::from_value(&self.only("Get-ExchangeServer", named).await?)?
            }
        };
        if let Some(version) = about.version
            && version.generation() == Generation::Newer
        {
            return Err(ServerError::TooNew {
                version: Some(version),
            });
        }
        self.described.clear();
        self.about = Some(about.clone());
        Ok(about)
    }

    /// Loads the Exchange cmdlets: those of the generation that is known, or else of the newest that is registered.
    async fn load_cmdlets(&mut self) -> Result<(), ServerError> {
        if self.has_cmdlets {
            return Ok(());
        }
        let generation = match &self.described[..] {
            [only] => only.version.map(Version::generation),
            _ => None,
        };
        if let Some(generation) = generation.filter(|known| *known != Generation::Newer)
            && self.load(generation).await.is_ok()
        {
            return Ok(());
        }
        let registered = self.ask("Get-PSSnapin", SnapIn::registered()).await?;
        let snap_in = SnapIn::newest_of(&registered.output).ok_or(ServerError::NotExchange)?;
        if snap_in.generation == Generation::Newer {
            return Err(ServerError::TooNew { version: None });
        }
        self.load(snap_in.generation).await
    }

    async fn load(&mut self, generation: Generation) -> Result<(), ServerError> {
        let snap_in = SnapIn::of(generation).ok_or(ServerError::NotExchange)?;
        let loaded = self.remote.begin_with(snap_in.load()).await?;
        let loaded = check("Add-PSSnapin", loaded)?;
        self.pass_on("Add-PSSnapin", &loaded);
        self.has_cmdlets = true;
        Ok(())
    }

    async fn limit(&mut self) -> Result<SessionLimit, ServerError> {
        let outcome = self
            .ask("Get-ItemProperty", SessionLimit::from_registry())
            .await?;
        let values = outcome.output.first();
        Ok(values.map_or(limit::DEFAULT, SessionLimit::from_value))
    }

    /// The logons, and why some may be missing: with some to show, whatever else was said means no more than that.
    async fn logons(
        &mut self,
        about: &ExchangeServer,
    ) -> Result<(Vec<Logon>, Vec<Gap>), ServerError> {
        let request = Logon::on_server(about.display_name());
        let mut outcome = self.run(request).await?;
        if outcome.output.is_empty() {
            outcome = check("Get-LogonStatistics", outcome)?;
        }
        let logons: Vec<_> = outcome
            .output
            .iter()
            .filter_map(Logon::from_value)
            .collect();
        let mut gaps = Gap::of(&outcome);
        let foreign = outcome.output.len() - logons.len();
        gaps.extend((foreign > 0).then_some(Gap::Foreign(foreign)));
        Ok((logons, gaps))
    }
}

/// Who is meant; nobody is guessed at.
fn the_only(mut found: Vec<Mailbox>) -> Result<Option<Mailbox>, ServerError> {
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => {
            let accounts = found.into_iter().map(|mailbox| mailbox.account_name);
            let accounts = accounts.collect();
            Err(ServerError::SeveralMailboxes { accounts })
        }
    }
}
