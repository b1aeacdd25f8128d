//! `mapisweep doctor`: whether each thing that the other verbs need is there, and what mends it where it is not.

use jiff::Timestamp;
use mapisweep_core::helper_run::Listed;

use crate::{
    cli::{
        Context, args,
        checks::{
            Check, Finding, exit_of,
            inside::{HelperRun, Inside, without_a_look},
            local::Local,
            way,
        },
        error::CommandError,
        exit::Exit,
        looks::Looks,
        on_servers::{Asked, OnServers, on_selection_as},
        peers,
        recording::Recording,
        render::doctor::Doctor,
        sign_in,
    },
    credentials::keyring,
    servers::{Examined, Interruption, Server, ServerError},
};

/// Checks this computer and the servers.
pub fn run(context: &Context, args: &args::Doctor) -> Result<Exit, CommandError> {
    let helper = args.helper.file.as_deref();
    let selection = context.settings.selection(&args.servers)?;
    let proxy = selection.proxy.as_ref().map(ToString::to_string);
    let records = Recording::of("doctor", false);
    let asked = Asked::with_directory(&args.servers.identity, selection, helper);
    let who = sign_in::prepare_if_possible;
    let done = on_selection_as(who, context, asked, async |run| {
        let done = check(run, args, proxy, &records).await;
        records.leave(run).await;
        done
    });
    records.ended(done)
}

/// What was found inside a server, and what came of the helper.
type Inner = (Examined, HelperRun);

async fn check(
    run: &mut OnServers<'_>,
    args: &args::Doctor,
    proxy: Option<String>,
    records: &Recording,
) -> Result<Exit, CommandError> {
    records.begin(run)?;
    let looks = Looks::default();
    run.fleet.takes_any_version(true);
    run.fleet.does_without_plain(true);
    run.fleet.probes(true);
    run.fleet.only_from_outside(run.lacking.is_some());
    let cancel = run.cancel.clone();
    let visited = run.fleet.visit(&[], async |server: &mut Server| {
        Ok(look_inside(server, args.no_helper, &looks, &cancel).await)
    });
    let visited = visited.await.servers;
    records.looked(looks.into_servers())?;
    if run.cancel.is_cancelled() {
        return Ok(Exit::Interrupted);
    }
    // it may keep one waiting
    let keyring = tokio::task::spawn_blocking(keyring::check).await;
    let keyring = keyring.unwrap_or(Ok(()));
    let seen = visited.iter().map(|(server, _)| {
        let probe = run.fleet.probe(server);
        (server.as_str(), probe, run.fleet.way(server))
    });
    let local = Local {
        ticket: &run.ticket,
        keyring,
        password_from: run.password_from.as_ref().map(|(_, source)| source),
        is_lacking: run.lacking.is_some(),
        proxy,
        ignored_proxies: peers::ignored_proxies(),
        servers: seen.collect(),
    };
    let local = local.findings();
    let servers = visited.iter().map(|(server, visited)| {
        let findings = on_server(run, server, visited.as_ref());
        (server.clone(), findings)
    });
    let servers: Vec<_> = servers.collect();
    let names = run.names();
    run.show(&Doctor {
        local: &local,
        servers: &servers,
        names: &names,
    });
    let of_servers = servers.iter().flat_map(|(server, findings)| {
        let findings = findings.iter();
        findings.map(move |finding| (Some(server.as_str()), finding))
    });
    let all = local.iter().map(|finding| (None, finding));
    let all = all.chain(of_servers);
    for (server, finding) in all.clone() {
        if let Some(advice) = finding.fault() {
            run.context.output.problem(server, &advice);
        }
    }
    Ok(exit_of(all.map(|(_, finding)| finding)))
}

async fn look_inside(
    server: &mut Server,
    no_helper: bool,
    looks: &Looks,
    cancel: &Interruption,
) -> Inner {
    let examined = server.examine().await;
    if no_helper {
        return (examined, HelperRun::NotWanted);
    }
    if examined.plain_failed.is_some() {
        return (examined, HelperRun::NoPlace);
    }
    let connections = |listed: &Listed| listed.connections.len();
    let look = async |server: &mut Server| server.list_connections(false).await;
    let helper = match looks.at(server, look, connections).await {
        Ok(listed) => HelperRun::Listed(listed),
        Err(error) => HelperRun::Failed(server.leave_after(error, cancel).await),
    };
    (examined, helper)
}

/// What was found on one server: the way there, and what is there as far as it led.
fn on_server(
    run: &OnServers<'_>,
    server: &str,
    visited: Result<&Inner, &ServerError>,
) -> Vec<Finding> {
    let probe = run.fleet.probe(server);
    let taken = run.fleet.way(server);
    let advise = |error: &ServerError| match (error, &run.lacking) {
        (ServerError::NoCredential, Some(lacking)) => lacking.clone(),
        _ => run.advise(server, error),
    };
    let without = visited
        .err()
        .and_then(|error| without_a_look(error, advise(error)));
    let end = match visited {
        Err(_) if without.is_some() => None,
        Err(error) => Some(error),
        // by Exchange's own endpoint it went on
        Ok((examined, _)) => examined.plain_failed.as_ref(),
    };
    let mut findings = way::findings(&way::Seen {
        server,
        user: &run.user,
        probe,
        way: taken.as_ref(),
        end: end.map(|error| (error, advise(error))),
        now: Timestamp::now(),
    });
    match visited {
        Ok((examined, helper)) => findings.extend(
            Inside {
                server,
                examined,
                helper,
                advise: &advise,
            }
            .findings(),
        ),
        Err(_) if without.is_some() => findings.extend(without.into_iter().flatten()),
        Err(_) => {
            let end = way::end(&findings).unwrap_or(Check::Shell);
            let inside = Check::INSIDE.map(|check| Finding::for_want_of(check, end));
            findings.extend(inside);
        }
    }
    findings
}
