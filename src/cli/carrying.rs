//! A plan is carried out, recorded before and after.

use mapisweep_core::plan::Plan;

use super::{error::CommandError, on_servers::OnServers, recording::Recording, render};
use crate::servers::{Basis, ServerError, ServerResult};

/// Carries a plan out on its servers, as many of them at once as is wished.
pub async fn carry_out(
    run: &mut OnServers<'_>,
    plan: &Plan,
    basis: Basis<'_>,
    records: &Recording,
) -> Result<Carried, CommandError> {
    records.closing(plan, basis.policy)?;
    let output = &run.context.output;
    output.report(|report| report.acts = true);
    let ended = |server: &str, result: &Result<ServerResult, ServerError>| {
        records.closed(server, result);
        if let Ok(result) = result {
            output.tell(|time| render::close::ended(result, time));
        }
    };
    let seen = run.fleet.act(plan, basis, ended).await;
    let (mut not_begun, mut cut_short) = (Vec::new(), Vec::new());
    for (server, result) in &seen {
        match result {
            Ok(_) => {}
            Err(error) if error.is_before_closing() => not_begun.push(server.clone()),
            Err(_) => cut_short.push(server.clone()),
        }
    }
    let seen = run.successes(seen);
    Ok(Carried {
        results: seen.into_iter().map(|(_, result)| result).collect(),
        not_begun,
        cut_short,
    })
}

/// What came of a plan, or of a part of it.
pub struct Carried {
    /// What was seen on the servers that came to a result.
    pub results: Vec<ServerResult>,
    /// Servers where nothing was begun.
    pub not_begun: Vec<String>,
    /// Servers that came to no result: some connections may be closed there.
    pub cut_short: Vec<String>,
}

impl Carried {
    /// The servers that came to a result.
    pub fn servers(&self) -> Vec<String> {
        let results = self.results.iter();
        results.map(|result| result.server.clone()).collect()
    }

    /// With a later part; a server that was only looked at in one and had its turn in the other counts once.
    pub fn and(mut self, mut later: Self) -> Self {
        for earlier in self.results.into_iter().rev() {
            let mut all = later.results.iter_mut();
            match all.find(|later| later.server == earlier.server) {
                None => later.results.insert(0, earlier),
                Some(later) if !earlier.acted() => later.before = earlier.before,
                // only looked at later: that is what is there now
                Some(later) => {
                    let after = std::mem::replace(&mut later.after, Err(ServerError::Interrupted));
                    *later = ServerResult { after, ..earlier };
                }
            }
        }
        self.not_begun.append(&mut later.not_begun);
        self.cut_short.append(&mut later.cut_short);
        Self {
            results: later.results,
            not_begun: self.not_begun,
            cut_short: self.cut_short,
        }
    }
}
