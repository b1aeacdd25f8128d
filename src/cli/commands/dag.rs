//! `mapisweep dag`

use mapisweep_core::{
    config::ServerAddress,
    exchange::{ExchangeServer, Organization, Standing, Telling},
};

use crate::{
    cli::{
        Context,
        advice::Advice,
        args,
        error::CommandError,
        exit::Exit,
        on_servers::{Asked, OnServers, on_selection},
        render::dag::Dags,
        text::{list_first, plain},
    },
    servers::{PerServer, Server, ServerError, may_be_same_server},
};

/// Shows the members of a DAG, or of all, and what is mounted where.
pub fn run(context: &Context, args: &args::Dag) -> Result<Exit, CommandError> {
    let name = args.name.as_deref().or(args.servers.dag.as_deref());
    let selection = context.settings.selection_to_ask(&args.servers, name)?;
    let asked = Asked::with_directory(&args.servers.identity, selection, None);
    on_selection(context, asked, async |run| {
        run.fleet.takes_any_version(true);
        let mut asking = Asking {
            named: run.fleet.names(),
            asked: Vec::new(),
            silent: Vec::new(),
            organization: Organization::default(),
            run,
            name,
        };
        let is_over = asking.whoever_is_needed().await;
        asking.tell_of_those_named();
        Ok(match is_over {
            true => asking.show(),
            false => Exit::Interrupted,
        })
    })
}

/// So many servers are named.
const NAMED: usize = 4;

/// The servers that are asked one after the other.
struct Asking<'a, 'b> {
    run: &'a mut OnServers<'b>,
    /// The DAG that is meant; all without.
    name: Option<&'a str>,
    /// The servers that the admin named.
    named: Vec<String>,
    /// Those that were asked, by the names they were asked by, whatever came of it.
    asked: Vec<String>,
    /// Those named that told nothing, and why, while another may tell all that they would have.
    silent: Vec<(String, ServerError)>,
    organization: Organization,
}

impl Asking<'_, '_> {
    /// Asks one of the servers named, and then a member of each DAG, and whoever is named of a release that has not been
    /// heard; false where the admin interrupts.
    async fn whoever_is_needed(&mut self) -> bool {
        let mut named = self.named.clone().into_iter();
        while self.organization.tellings().is_empty() {
            let next = match self.run.is_refused() {
                true => named.by_ref().collect(),
                false => Vec::from_iter(named.next()),
            };
            if next.is_empty() {
                return true;
            }
            if !self.ask(next).await {
                return false;
            }
        }
        loop {
            let is_named = |server: &ExchangeServer| is_among(&self.named, server);
            let was_asked = |server: &ExchangeServer| is_among(&self.asked, server);
            let next = self.organization.to_ask(self.name, is_named, was_asked);
            if next.is_empty() {
                break;
            }
            let next = next.iter().filter_map(|server| self.add(server));
            let next = next.collect();
            if !self.ask(next).await {
                return false;
            }
        }
        self.ask_those_of_the_same_release().await
    }

    /// Puts a server among those that can be asked, if it is meant.
    fn add(&mut self, server: &ExchangeServer) -> Option<String> {
        let mut named = self.named.iter();
        match named.find(|name| is_called(server, name)) {
            Some(name) => Some(name.clone()),
            None => {
                self.asked.push(server.display_name().to_owned());
                self.run.add_member(server)
            }
        }
    }

    async fn ask(&mut self, servers: Vec<String>) -> bool {
        let (name, organization) = (self.name, &self.organization);
        let told = self.run.try_some(&servers, async |server: &mut Server| {
            let directory = server.read_directory().await?;
            let own = directory.own_dag();
            let own =
                own.filter(|own| name.is_none_or(|name| name.eq_ignore_ascii_case(&own.name)));
            let mut databases: Vec<_> =
                own.map_or(Vec::new(), |own| directory.databases_of(own).collect());
            // one server of a release is enough for those that are in no DAG
            let release = directory.by.version;
            if name.is_none() && !release.is_some_and(|release| organization.has_heard_of(release))
            {
                databases.extend(directory.databases_of_none());
            }
            let standing = server.read_standing(own.as_slice(), &databases).await?;
            let server = server.name().to_owned();
            Ok(Telling {
                server,
                standing,
                directory,
            })
        });
        let told = told.await;
        let told = match self.organization.tellings().is_empty() {
            true => self.keep_silent(told),
            false => told,
        };
        for (_, telling) in self.run.successes(told) {
            self.organization.learn(telling);
        }
        self.asked.extend(servers);
        !self.run.cancel.is_cancelled()
    }

    /// Keeps back what is no failure if another tells.
    fn keep_silent(&mut self, told: PerServer<Telling>) -> PerServer<Telling> {
        let may_be_replaced = |error: &ServerError| {
            !error.is_refused_password()
                && !error.leaves_something()
                && !matches!(
                    error,
                    ServerError::Interrupted | ServerError::NotTried { .. }
                )
        };
        let mut others = Vec::new();
        for (server, told) in told {
            match told {
                Err(error) if may_be_replaced(&error) => self.silent.push((server, error)),
                told => others.push((server, told)),
            }
        }
        others
    }

    /// Of those that the admin named: who told nothing, and who was not asked, for one that answers is enough. The order in
    /// which they were named makes no difference to the exit code.
    fn tell_of_those_named(&mut self) {
        let tellings = self.organization.tellings();
        let by = tellings.first().map(|telling| telling.server.clone());
        let unheard = self.organization.unheard();
        let is_missed = |name: &str| unheard.iter().any(|server| is_called(server, name));
        let (failed, replaced): (Vec<_>, Vec<_>) = std::mem::take(&mut self.silent)
            .into_iter()
            .partition(|(name, _)| by.is_none() || is_missed(name));
        for (server, error) in failed {
            self.run.report(&server, &error);
        }
        let Some(by) = by else { return };
        for (server, error) in &replaced {
            self.run.report_replaced(server, error, &by);
        }
        let was_asked = |name: &&String| self.asked.contains(*name);
        let not_asked: Vec<_> = self.named.iter().filter(|name| !was_asked(name)).collect();
        let were = match not_asked.len() {
            0 => return,
            1 => "was",
            _ => "were",
        };
        let not_asked = list_first(not_asked.into_iter().map(|name| plain(name)), NAMED);
        let printer = &self.run.context.printer;
        printer.note(&format!(
            "{not_asked} {were} not asked: {} answered.",
            plain(&by)
        ));
    }

    /// Where none of a DAG's members could be asked, another server of their release can say how it stands.
    async fn ask_those_of_the_same_release(&mut self) -> bool {
        let open = self.organization.dags(self.name).into_iter();
        let open = open.filter(|known| {
            known.is_of_its_release && !known.is_told_by_a_member() && !known.is_told_whole()
        });
        let open: Vec<_> = open.collect();
        let mut servers: Vec<_> = open.iter().map(|known| known.told.server.clone()).collect();
        servers.dedup();
        let told = self.run.visit_some(&servers, async |server: &mut Server| {
            let of_it = open
                .iter()
                .filter(|known| known.told.server == server.name());
            let dags: Vec<_> = of_it.clone().map(|known| known.dag).collect();
            let databases: Vec<_> = of_it
                .flat_map(|known| known.databases.iter().copied())
                .collect();
            server.read_standing(&dags, &databases).await
        });
        let told: Vec<(String, Standing)> = told.await;
        drop(open);
        for (server, standing) in told {
            self.organization.learn_more(&server, standing);
        }
        !self.run.cancel.is_cancelled()
    }

    fn show(self) -> Exit {
        let Self {
            run,
            name,
            organization,
            ..
        } = self;
        if organization.tellings().is_empty() {
            return Exit::Done;
        }
        let dags = Dags::new(&organization, name);
        match name.filter(|_| !dags.has_any()) {
            Some(name) => {
                let others = organization.dags(None);
                let others: Vec<_> = others.iter().map(|known| known.dag.name.as_str()).collect();
                let advice = Advice::unknown_dag(name, &others, dags.unheard());
                run.context.output.failed(&advice);
                Exit::NothingMatched.and(Exit::of_whole(dags.are_all()))
            }
            None => {
                run.show(&dags);
                Exit::of_whole(dags.is_whole())
            }
        }
    }
}

fn is_among(names: &[String], server: &ExchangeServer) -> bool {
    names.iter().any(|name| is_called(server, name))
}

/// Whether it is the server that this name, with a port or without, stands for.
fn is_called(server: &ExchangeServer, name: &str) -> bool {
    let host = name.parse().map(|address: ServerAddress| address.host);
    let host = host.unwrap_or_else(|_| name.to_owned());
    may_be_same_server(&host, server.display_name())
}
