//! Where clients have no address, DNS is asked for the names of their computers.

use std::{collections::BTreeSet, io, net::IpAddr, time::Duration};

use futures_util::{StreamExt, stream};
use mapisweep_core::{
    exchange::Mailbox,
    plan::{ClientNames, Everywhere, Plan, Policy, Wanted},
};
use tokio::time::{Instant, timeout_at};

use super::{
    on_servers::OnServers,
    text::{list, plain},
};
use crate::connection::{all_addresses_of, name_of};

/// For all of a kind together: what DNS does not tell by then stays unknown.
const PATIENCE: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 8;
/// So many questions of a kind: an outage has no more of them, and a resolver is not hammered.
const MOST: usize = 512;

/// Asks DNS for the names of clients whose address the servers do not give, in the domains that short names may be in; says
/// whether anything was told. Where nothing needs it, nothing is asked.
pub async fn ask(
    run: &OnServers<'_>,
    plan: &Plan,
    everywhere: &Everywhere,
    users: &[Mailbox],
    policy: &mut Policy,
) -> bool {
    let wanted = Wanted::of(plan, everywhere, users, policy);
    if wanted.is_nothing() {
        if policy.match_names && run.client_domains.is_none() {
            run.clear_progress();
            run.context.printer.note(
                "Behind a proxy --match-names does nothing, for DNS may say something else here.",
            );
        }
        return false;
    }
    let Some(domains) = &run.client_domains else {
        run.clear_progress();
        run.context.printer.note(
            "Some clients have no address, and their names cannot be looked up: the servers are behind a proxy, where DNS may \
             say something else.",
        );
        return false;
    };
    let domains = domains.iter().cloned().chain(of_servers(plan)).collect();
    let asking = Asking { run, domains };
    run.context.printer.detail(&format!(
        "Asking DNS for the names of clients without an address: {}",
        list(wanted.theirs.iter().map(|name| plain(name)))
    ));
    tokio::select! {
        names = asking.all(&wanted) => policy.names = names,
        () = run.cancel.cancelled() => return false,
    }
    true
}

/// The domains that the servers say they are in.
fn of_servers(plan: &Plan) -> impl Iterator<Item = String> {
    let names = plan.servers.iter().map(|one| &one.snapshot.display_name);
    let names = names.filter(|name| name.parse::<IpAddr>().is_err());
    names.filter_map(|name| Some(name.split_once('.')?.1.to_ascii_lowercase()))
}

struct Asking<'a, 'r> {
    run: &'a OnServers<'r>,
    domains: BTreeSet<String>,
}

impl Asking<'_, '_> {
    /// What decides comes first, for there is not time without end.
    async fn all(&self, wanted: &Wanted) -> ClientNames {
        let mut names = ClientNames::default();
        self.forward(&wanted.theirs, &mut names).await;
        self.reverse(names.addresses(), &mut names).await;
        // who might be there as well
        if wanted.theirs.iter().any(|name| names.is_of_one(name)) {
            self.forward(&wanted.others, &mut names).await;
        }
        let asked = names.addresses();
        let more = wanted.unnamed.difference(&asked).copied();
        self.reverse(more.collect(), &mut names).await;
        names
    }

    async fn forward(&self, clients: &BTreeSet<String>, names: &mut ClientNames) {
        let questions = clients.iter().flat_map(|client| {
            let names = in_domains(client, &self.domains).into_iter();
            names.map(move |name| (client.clone(), name))
        });
        let questions: Vec<_> = questions.collect();
        for (client, name) in questions.iter().skip(MOST) {
            names.learn(client, name, None);
        }
        let deadline = Instant::now() + PATIENCE;
        let lookups = questions.into_iter().take(MOST);
        let lookups = lookups.map(|(client, name)| async move {
            let found = in_time(deadline, all_addresses_of(name.clone())).await;
            (client, name, found)
        });
        let mut lookups = stream::iter(lookups).buffered(AT_ONCE);
        while let Some((client, name, found)) = lookups.next().await {
            if let Err(why) = &found {
                self.detail(&name, why);
            }
            names.learn(&client, &name, found.ok());
        }
    }

    async fn reverse(&self, addresses: BTreeSet<IpAddr>, names: &mut ClientNames) {
        let deadline = Instant::now() + PATIENCE;
        let lookups = addresses
            .into_iter()
            .take(MOST)
            .map(|address| async move { (address, in_time(deadline, name_of(address)).await) });
        let mut lookups = stream::iter(lookups).buffered(AT_ONCE);
        while let Some((address, found)) = lookups.next().await {
            match found {
                Ok(name) => names.learn_name(address, name.as_deref()),
                Err(why) => self.detail(&address.to_string(), &why),
            }
        }
    }

    fn detail(&self, asked: &str, why: &str) {
        let printer = &self.run.context.printer;
        printer.detail(&format!(
            "What DNS says of {} is not known: {}",
            plain(asked),
            plain(why)
        ));
    }
}

/// What DNS said by then, or why that is not known.
async fn in_time<T>(
    deadline: Instant,
    lookup: impl Future<Output = io::Result<T>>,
) -> Result<T, String> {
    match timeout_at(deadline, lookup).await {
        Ok(found) => found.map_err(|error| error.to_string()),
        Err(_) => Err(format!("DNS did not answer within {PATIENCE:?}")),
    }
}

/// What to ask for: a short name in each domain, or as it is where none is known; a full one as it is, where it is in one of
/// them.
fn in_domains(client: &str, domains: &BTreeSet<String>) -> Vec<String> {
    let is_within = |domain: &String| {
        let above = client.strip_suffix(domain.as_str());
        above.is_some_and(|above| above.ends_with('.'))
    };
    match client.contains('.') {
        true if domains.iter().any(is_within) => vec![client.to_owned()],
        true => Vec::new(),
        false if domains.is_empty() => vec![client.to_owned()],
        false => {
            let names = domains.iter();
            names.map(|domain| format!("{client}.{domain}")).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_is_asked_for_in_each_domain_and_a_full_one_within_them() {
        let two = &["branch.example", "corp.example"][..];
        for (client, domains, asked) in [
            ("pc", &[][..], &["pc"][..]),
            ("pc", two, &["pc.branch.example", "pc.corp.example"]),
            ("pc.corp.example", two, &["pc.corp.example"]),
            ("pc.sub.corp.example", two, &["pc.sub.corp.example"]),
            ("pc.evilcorp.example", two, &[]),
            ("pc.other.example", two, &[]),
            ("pc.other.example", &[], &[]),
        ] {
            let domains = domains.iter().map(|&domain| domain.to_owned()).collect();
            assert_eq!(in_domains(client, &domains), asked, "{client} {domains:?}");
        }
    }
}
