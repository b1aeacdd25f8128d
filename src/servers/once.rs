//! One server under several names is worked on once: an alias, an address, a short name beside the full one.

use super::{PerServer, Server};

/// Lets go of every server that turned out to be one that is named before it, and takes its result out. Where only the later
/// name led to a result, that one stays.
pub(super) async fn each_once<T>(servers: &mut [Server], results: &mut PerServer<T>) {
    let has_succeeded = |name: &str| {
        let mut successes = results.iter().filter(|(_, result)| result.is_ok());
        successes.any(|(known, _)| known == name)
    };
    let mut kept: Vec<&mut Server> = Vec::new();
    let mut dropped = Vec::new();
    for mut server in servers {
        let same = kept.iter_mut().find(|known| is_one(known, server));
        let Some(known) = same else {
            kept.push(server);
            continue;
        };
        if !has_succeeded(known.name()) && has_succeeded(server.name()) {
            std::mem::swap(known, &mut server);
        }
        server.remark(&format!("is {}, which is named already", known.name()));
        dropped.push(server);
    }
    for server in dropped {
        server.finish().await;
        results.retain(|(name, _)| name != server.name());
    }
}

/// Whether both have said that they are the same server of Exchange's.
fn is_one(one: &Server, other: &Server) -> bool {
    match (&one.about, &other.about) {
        (Some(one), Some(other)) => one.is(other),
        _ => false,
    }
}
