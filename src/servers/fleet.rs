//! Many servers at once: a bounded number in parallel, each with its own fate.

use std::num::NonZeroUsize;

use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use super::{
    act::{ServerResult, act},
    error::ServerError,
    host::Host,
};
use mapisweep_core::{
    exchange::Mailbox,
    helper_run::Listed,
    plan::{Plan, ServerSnapshot},
};

/// The servers of one run.
pub struct Fleet {
    hosts: Vec<Host>,
    jobs: NonZeroUsize,
    cancel: CancellationToken,
}

/// How one server fared, by the name the admin gave.
pub type Fates<T> = Vec<(String, Result<T, ServerError>)>;

impl Fleet {
    /// The hosts in the order they are shown; `jobs` of them are worked on at a time. When `cancel` fires, every
    /// step under way ends with [`ServerError::Interrupted`] and [`Fleet::finish`] should follow.
    pub fn new(hosts: Vec<Host>, jobs: NonZeroUsize, cancel: CancellationToken) -> Self {
        Self {
            hosts,
            jobs,
            cancel,
        }
    }

    /// Signs in everywhere, first to one server alone: a wrong password must count once against the account, not
    /// once a server. Servers that do not sign in leave the fleet; their fate is returned.
    pub async fn sign_in(&mut self) -> Fates<()> {
        let mut fates = Vec::new();
        let mut waiting = self.hosts.iter_mut();
        while let Some(host) = waiting.next() {
            let fate = until(&self.cancel, host.sign_in()).await;
            let accepted = fate.is_ok();
            let refused = fate.as_ref().is_err_and(ServerError::is_refused_password);
            fates.push((host.name().to_owned(), fate));
            if refused {
                let server = host.name();
                let not_tried = |host: &mut Host| {
                    let server = server.to_owned();
                    (
                        host.name().to_owned(),
                        Err(ServerError::NotTried { server }),
                    )
                };
                fates.extend(waiting.by_ref().map(not_tried));
            }
            if accepted {
                break;
            }
        }
        let others = waiting.map(|host| (host.name().to_owned(), host));
        fates.extend(each(others, self.jobs, &self.cancel, Host::sign_in).await);
        self.keep_successful(&fates);
        fates
    }

    /// Finds each user's mailbox, asking the first server that is left.
    pub async fn find_mailboxes(
        &mut self,
        identities: &[String],
    ) -> Result<Vec<(String, Option<Mailbox>)>, ServerError> {
        let Some(host) = self.hosts.first_mut() else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for identity in identities {
            let mailbox = until(&self.cancel, host.find_mailbox(identity)).await?;
            found.push((identity.clone(), mailbox));
        }
        Ok(found)
    }

    /// Reads the logons everywhere, and with `connections` lists the Exchange processes' connections too.
    pub async fn read(&mut self, connections: bool) -> Fates<ServerSnapshot> {
        let hosts = self.hosts.iter_mut().map(named);
        each(hosts, self.jobs, &self.cancel, async |host: &mut Host| {
            let mut snapshot = host.read().await?;
            if connections {
                let listed = host.list_connections(false).await?;
                snapshot.connections = listed.connections;
                snapshot.connections_left_out = listed.left_out;
            }
            Ok(snapshot)
        })
        .await
    }

    /// Lists the connections of the Exchange processes everywhere, or of all processes.
    pub async fn list_connections(&mut self, all: bool) -> Fates<Listed> {
        let hosts = self.hosts.iter_mut().map(named);
        each(hosts, self.jobs, &self.cancel, async |host: &mut Host| {
            host.list_connections(all).await
        })
        .await
    }

    /// Carries the plan out on every server where it closes something.
    pub async fn act(&mut self, plan: &Plan, users: &[Mailbox]) -> Fates<ServerResult> {
        let busy = self.hosts.iter_mut().filter_map(|host| {
            let plan = plan.for_server(host.name())?;
            let has_targets = plan.targets().next().is_some();
            has_targets.then(|| (host.name().to_owned(), (host, plan)))
        });
        let (cancel, never) = (&self.cancel, CancellationToken::new());
        each(
            busy,
            self.jobs,
            &never,
            async |(host, plan): (&mut Host, _)| act(host, plan, users, cancel).await,
        )
        .await
    }

    /// Leaves nothing behind on any server. Not interruptible: this is what an interrupt leads to.
    pub async fn finish(&mut self) -> Fates<()> {
        let never = CancellationToken::new();
        let hosts = self.hosts.iter_mut().map(named);
        each(hosts, self.jobs, &never, Host::finish).await
    }

    /// The hosts, for steps that concern one server only.
    pub fn hosts_mut(&mut self) -> &mut [Host] {
        &mut self.hosts
    }

    /// One that was interrupted stays: its shell may be opening, and is to be closed by [`Fleet::finish`].
    fn keep_successful(&mut self, fates: &Fates<()>) {
        let stays =
            |fate: &Result<(), ServerError>| matches!(fate, Ok(()) | Err(ServerError::Interrupted));
        let failed = |host: &Host| {
            let mut mine = fates.iter().filter(|(name, _)| name == host.name());
            mine.any(|(_, fate)| !stays(fate))
        };
        self.hosts.retain(|host| !failed(host));
    }
}

fn named(host: &mut Host) -> (String, &mut Host) {
    (host.name().to_owned(), host)
}

/// Does one step on every item, `jobs` at a time; the fates keep the order of the items.
async fn each<T, R>(
    items: impl Iterator<Item = (String, T)>,
    jobs: NonZeroUsize,
    cancel: &CancellationToken,
    step: impl AsyncFn(T) -> Result<R, ServerError>,
) -> Fates<R> {
    let step = &step;
    stream::iter(items)
        .map(|(name, item)| async move { (name, until(cancel, step(item)).await) })
        .buffered(jobs.get())
        .collect()
        .await
}

/// A step that ends when the admin interrupts.
pub(super) async fn until<R>(
    cancel: &CancellationToken,
    step: impl Future<Output = Result<R, ServerError>>,
) -> Result<R, ServerError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ServerError::Interrupted),
        done = step => done,
    }
}
