//! From a typed error to what an admin reads: what happened, on which host, what to do.
//!
//! An admin never sees a bare number here. A sentence says what happened in the words of the trade and keeps the
//! number in brackets for the search engine; the next says what to do about it. Where the server's own words are all
//! there is, they are kept.
//!
//! | file | errors of |
//! | --- | --- |
//! | `local` | this computer: configuration, keyring, password |
//! | `mistakes` | what stands in the configuration file |
//! | `connection` | the way to the server: names, TCP, HTTP |
//! | `refusal` | a sign-in that the server refused |
//! | `kerberos` | tickets and KDCs |
//! | `proxy` | proxies |
//! | `tls` | TLS and the server's certificate |
//! | `tickets` | ticket caches, Kerberos's library and configuration |
//! | `shell` | WinRM and PowerShell remoting |
//! | `server` | Exchange and the helper |
//! | `own` | Exchange's own endpoint |
//! | `checks` | what `doctor` finds and no error tells |
//! | `second_hop` | Exchange, where Active Directory is out of its reach |

pub mod checks;
mod connection;
mod kerberos;
mod local;
mod mistakes;
mod own;
mod proxy;
mod refusal;
mod second_hop;
mod server;
mod shell;
mod tickets;
mod tls;

pub use local::{SINGLE_QUOTES, shell_word};
pub use mapisweep_core::text::with_causes;
pub use second_hop::NOT_PASSED_ON;
pub use tickets::to_name_somebody;

use std::fmt;

use mapisweep_core::{
    config::ServerAddress,
    exchange::{ExchangeServer, Mailbox},
};

use super::text::{list, plain, quoted};
use crate::{connection::Way, servers::ServerError};

/// What happened and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What happened, without the host: `signed in, but not an administrator there (access denied, WSMan 5)`. The words of
    /// others in it are as they came; whoever shows it to people without `Display` makes it [`plain`].
    pub what: String,
    /// What to do, in whole sentences, safe to show; empty where there is nothing to be done.
    pub to_do: String,
}

/// Where something happened, and to whom; for the sentences that name them.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The server, by the name the admin gave.
    pub server: &'a str,
    /// Who signed in there.
    pub user: &'a str,
    /// How, as far as that is known.
    pub way: Option<&'a Way>,
}

/// The same, with what is one thing to an admin told apart.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    /// The server's name or address alone, to which a port may be given.
    server: &'a str,
    /// The port that the admin gave with it.
    port: Option<u16>,
    user: &'a str,
    way: Option<&'a Way>,
}

impl<'a> From<Scene<'a>> for Place<'a> {
    fn from(Scene { server, user, way }: Scene<'a>) -> Self {
        let port = server.parse::<ServerAddress>().ok().and_then(|it| it.port);
        let host = match port {
            Some(_) => server.rsplit_once(':').map_or(server, |(host, _)| host),
            None => server,
        };
        Self {
            server: host.trim_start_matches('[').trim_end_matches(']'),
            port,
            user,
            way,
        }
    }
}

impl Advice {
    /// Puts both together.
    pub fn new(what: impl Into<String>, to_do: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            to_do: to_do.into(),
        }
    }

    /// For what happened on a server.
    pub fn on_server(error: &ServerError, scene: Scene<'_>) -> Self {
        server::advice(error, scene.into())
    }

    /// Exchange has no mailbox of this name.
    pub fn unknown_user(identity: &str) -> Self {
        const TRY: &str = "Try the account name, the alias or the e-mail address; `mapisweep logons` lists who is logged on.";
        let what = format!("Exchange knows no mailbox {}", quoted(identity));
        match identity.split_once('/') {
            Some((domain, account)) if !domain.is_empty() && !account.contains('/') => Self::new(
                what,
                format!(
                    r"A domain is followed by a backslash, in quotes for the shell: '{}\{}'. {TRY}",
                    plain(domain),
                    plain(account)
                ),
            ),
            _ => Self::new(what, TRY),
        }
    }

    /// There is no DAG of this name among those that are; these servers nobody could ask about it.
    pub fn unknown_dag(name: &str, known: &[&str], unheard: &[&ExchangeServer]) -> Self {
        let what = format!("no DAG is called {:?}", plain(name));
        let mut to_do = match known {
            [] => "The servers asked know none.".to_owned(),
            known => format!("There is {}.", list(known.iter().map(|name| plain(name)))),
        };
        if let [one, ..] = unheard {
            to_do.push_str(&format!(
                " {} may be in one that only its own version sees: name it with --server.",
                plain(one.display_name())
            ));
        }
        Self::new(what, to_do)
    }

    /// Exchange has several, who are never chosen from.
    pub fn several_people(identity: &str, mailboxes: &[Mailbox]) -> Self {
        let what = format!(
            "{} mailboxes are called {}, so nothing was done",
            mailboxes.len(),
            quoted(identity)
        );
        let mut to_do = "Name the one that is meant by its account or e-mail address:".to_owned();
        for mailbox in mailboxes {
            let account = Some(mailbox.account_name.as_str());
            let known = [account, mailbox.legacy_exchange_dn.as_deref()];
            let known: Vec<_> = known.into_iter().flatten().map(plain).collect();
            to_do.push_str(&format!("\n  {}", known.join("  ")));
            if let Some(database) = &mailbox.database {
                to_do.push_str(&format!("  in {}", plain(database)));
            }
        }
        Self::new(what, to_do)
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", plain(self.what.trim_end_matches('.')))?;
        match self.to_do.is_empty() {
            true => Ok(()),
            false => write!(f, " {}", self.to_do),
        }
    }
}

#[cfg(test)]
mod tests;
