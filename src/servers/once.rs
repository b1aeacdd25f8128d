//! One server under several names is worked on once: an alias, an address, a short name beside the full one.

use super::{Interruption, PerServer, Server, may_be_same_server};

/// Lets go of every server that turned out to be one that is named before it, and takes its result out. Where only the later
/// name led to a result, that one stays. A member of a DAG that failed is taken for one with its short name that failed, too:
/// neither could say who it is, and one dead server is one error.
pub(super) async fn each_once<T>(
    servers: &mut [Server],
    results: &mut PerServer<T>,
    cancel: &Interruption,
) {
    let has_succeeded = |name: &str| {
        let mut successes = results.iter().filter(|(_, result)| result.is_ok());
        successes.any(|(known, _)| known == name)
    };
    let has_failed_for_nothing = |name: &str| {
        let mut results = results.iter();
        let failed = results.find_map(|(known, result)| match result {
            Err(error) if known == name => Some(!error.leaves_something()),
            _ => None,
        });
        failed == Some(true)
    };
    let are_one_failure = |one: &Server, member: &Server| {
        one.about.is_none()
            && member.described.is_some()
            && may_be_same_server(one.name(), member.name())
            && [one, member]
                .iter()
                .all(|server| has_failed_for_nothing(server.name()))
    };
    let mut kept: Vec<&mut Server> = Vec::new();
    let mut dropped = Vec::new();
    for mut server in servers {
        let same = kept
            .iter_mut()
            .find(|known| is_one(known, server) || are_one_failure(known, server));
        let Some(known) = same else {
            kept.push(server);
            continue;
        };
        if !has_succeeded(known.name()) && has_succeeded(server.name()) {
            std::mem::swap(known, &mut server);
        }
        let name = known.name();
        server.remark(&match is_one(known, server) {
            true => format!("leads to the same server as {name}, which is named already"),
            false => format!("is taken for {name}, which failed as well"),
        });
        dropped.push(server);
    }
    for server in dropped {
        server.finish(cancel).await;
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use mapisweep_core::{exchange::ExchangeServer, helper_run::HelperExe};
    use mapisweep_winrm::{
        auth::{Credential, UserName},
        endpoint::{Endpoint, Scheme},
    };

    use super::*;
    use crate::{
        connection::{Options, Peer},
        servers::{Leftovers, Observer, ServerError, Step, tests::PATIENCE},
    };

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Observer for Heard {
        fn step(&self, _: &str, _: Step) {}
        fn remark(&self, server: &str, what: &str) {
            self.0.lock().unwrap().push(format!("{server}: {what}"));
        }
    }

    fn server(name: &str, is: Option<&str>, heard: &Arc<Heard>) -> Server {
        let endpoint = Endpoint::new(Scheme::Http, name).unwrap();
        let ann = Credential::new(UserName::parse(r"CORP\ann").unwrap(), "");
        let peer = Peer::new(endpoint, None, ann, Options::default()).unwrap();
        let observer = Arc::clone(heard) as Arc<dyn Observer>;
        let exe = HelperExe::embedded();
        let mut server = Server::new(name.to_owned(), Arc::new(peer), observer, exe, PATIENCE);
        server.about = is.map(|fqdn| ExchangeServer {
            fqdn: Some(fqdn.to_owned()),
            ..ExchangeServer::only_named("EX01".to_owned())
        });
        server
    }

    /// By name: what the server says it is, and whether its visit led to a result.
    async fn kept(visited: &[(&str, Option<&str>, bool)]) -> (Vec<String>, Vec<String>) {
        let heard = Arc::<Heard>::default();
        let servers = visited
            .iter()
            .map(|(name, is, _)| server(name, *is, &heard));
        let mut servers: Vec<_> = servers.collect();
        let results = visited.iter().map(|(name, _, succeeded)| {
            let result = succeeded.then_some(()).ok_or(ServerError::NotExchange);
            ((*name).to_owned(), result)
        });
        let mut results: PerServer<()> = results.collect();
        each_once(&mut servers, &mut results, &Interruption::default()).await;
        let names = results.into_iter().map(|(name, _)| name).collect();
        (names, std::mem::take(&mut heard.0.lock().unwrap()))
    }

    #[tokio::test]
    async fn the_later_name_is_dropped_unless_it_alone_led_to_a_result() {
        let (a, b) = (Some("ex01.a.example"), Some("ex01.b.example"));
        for (visited, names, said) in [
            (
                &[("ex01", a, true), ("mail", a, true)][..],
                &["ex01"][..],
                "mail: leads to the same server as ex01, which is named already",
            ),
            (
                &[("ex01", a, false), ("mail", a, true)],
                &["mail"],
                "ex01: leads to the same server as mail, which is named already",
            ),
            (
                &[("ex01", a, false), ("mail", a, false)],
                &["ex01"],
                "mail: leads to the same server as ex01, which is named already",
            ),
            (
                &[("ex01", a, true), ("ex01.b.example", b, true)],
                &["ex01", "ex01.b.example"],
                "",
            ),
            // nobody knows
            (
                &[("ex01", a, true), ("ex01.a.example", None, false)],
                &["ex01", "ex01.a.example"],
                "",
            ),
        ] {
            let (kept, heard) = kept(visited).await;
            assert_eq!(kept, names, "{visited:?}");
            assert_eq!(heard.concat(), said, "{visited:?}");
        }
    }

    fn lost_shell() -> ServerError {
        ServerError::MayBeLeft {
            what: Leftovers::Shell,
            cause: Box::new(ServerError::NotExchange),
        }
    }

    #[tokio::test]
    async fn a_dead_server_that_is_named_and_a_member_is_one_failure() {
        let member = "ex01.a.example";
        for (named, error, is_one) in [
            ("ex01", ServerError::NotExchange, true),
            ("EX01", ServerError::NotExchange, true),
            ("ex02", ServerError::NotExchange, false),
            // each says what may be left
            ("ex01", lost_shell(), false),
        ] {
            let heard = Arc::<Heard>::default();
            let described = ExchangeServer::only_named("EX01".to_owned());
            let mut servers = [
                server(named, None, &heard),
                server(member, None, &heard).described_as(described),
            ];
            let failed = (named.to_owned(), Err(error));
            let mut results: PerServer<()> =
                vec![failed, (member.to_owned(), Err(ServerError::NotExchange))];
            each_once(&mut servers, &mut results, &Interruption::default()).await;
            assert_eq!(results.len() == 1, is_one, "{named}");
            assert_eq!(results[0].0, named);
        }
    }
}
