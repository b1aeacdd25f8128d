//! The process on a server that mail clients connect to: store.exe, or the RPC Client Access service.

use std::{net::SocketAddr, sync::Arc};

use jiff::Timestamp;
use tokio::{
    io::{self, AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
};

use super::hello::{Answer, Hello, Logon, PING, PONG, Refusal};
use crate::{
    event::What,
    organization::ServerSpec,
    windows::tcp_table::{ESTABLISHED, TcpRow},
    world::{MAIL_PORT, World, address_facing},
};

/// Accepts mail clients until it is dropped.
pub(crate) async fn serve(world: Arc<World>, server: ServerSpec, listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // however this side ends the connection, the client sees a reset
        let _ = stream.set_zero_linger();
        let line = BufReader::new(stream);
        connections.spawn(connection(world.clone(), server.clone(), line));
        while connections.try_join_next().is_some() {}
    }
}

/// A client's connection, as the process on the server has it.
pub(crate) trait Line: Send {
    /// What the client says next; `None` when it has hung up, `ConnectionAborted` when the system ended the connection.
    fn hear(&mut self) -> impl Future<Output = io::Result<Option<String>>> + Send;
    /// Says a line to the client.
    fn say(&mut self, line: &str) -> impl Future<Output = io::Result<()>> + Send;
}

impl Line for BufReader<TcpStream> {
    async fn hear(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = self.read_line(&mut line).await?;
        Ok((read > 0).then(|| line.trim_end().to_owned()))
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.write_all(format!("{line}\n").as_bytes()).await
    }
}

/// One connection, from its first line until either side ends it.
pub(crate) async fn connection(world: Arc<World>, server: ServerSpec, mut line: impl Line) {
    let Ok(Some(first)) = line.hear().await else {
        return;
    };
    let Ok(hello) = serde_json::from_str::<Hello>(&first) else {
        return;
    };
    let (answer, admitted) = match admit(&world, &server, hello) {
        Ok(admitted) => {
            let association = admitted.association;
            (Answer::Welcome { association }, Some(admitted))
        }
        Err(refusal) => (Answer::Refused(refusal), None),
    };
    let Ok(text) = serde_json::to_string(&answer) else {
        return;
    };
    if line.say(&text).await.is_err() {
        return;
    }
    let Some(admitted) = admitted else {
        // let the client read the refusal and hang up first
        let _ = line.hear().await;
        return;
    };
    let TcpRow { local, remote, .. } = admitted.row;
    tokio::select! {
        _ = admitted.removed => world.tell(&server, What::Reset { remote }),
        ended = converse(&world, admitted.association, &mut line) => {
            world.state().delete_connection(&server, local, remote);
            world.tell(&server, match ended {
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => What::Reset { remote },
                _ => What::Hangup { remote },
            });
        }
    }
}

/// Answers pings until the client goes away.
async fn converse(world: &World, association: u64, line: &mut impl Line) -> io::Result<()> {
    while line.hear().await?.as_deref() == Some(PING) {
        world.state().sessions.touch(association, Timestamp::now());
        line.say(PONG).await?;
    }
    Ok(())
}

struct Admitted {
    association: u64,
    row: TcpRow,
    removed: oneshot::Receiver<()>,
}

fn admit(world: &World, server: &ServerSpec, hello: Hello) -> Result<Admitted, Refusal> {
    let (association, from) = match hello {
        Hello::Logon(mut logon) => {
            if server.opens_in_its_own_name {
                logon.client.address = Some(server.address.into());
            }
            (log_on(world, server, &logon)?, logon.from)
        }
        Hello::Join { association, from } => {
            if !world.state().sessions.join(association, from) {
                return Err(Refusal::NoAssociation(association));
            }
            (association, from)
        }
    };
    let row = row(server, from);
    let removed = world.state().machine(server).tcp.add(row.clone());
    Ok(Admitted {
        association,
        row,
        removed,
    })
}

fn log_on(world: &World, server: &ServerSpec, logon: &Logon) -> Result<u64, Refusal> {
    let no_mailbox = || Refusal::NoMailbox(logon.mailbox.clone());
    let user = world
        .organization
        .user(&logon.account)
        .ok_or_else(no_mailbox)?;
    let mailbox = world
        .organization
        .user(&logon.mailbox)
        .ok_or_else(no_mailbox)?;
    let database = world.database_of(mailbox).ok_or_else(no_mailbox)?;
    let mut state = world.state();
    let store = state
        .mounted
        .get(&database)
        .cloned()
        .ok_or_else(no_mailbox)?;
    let limit = world
        .organization
        .server(&store)
        .map_or(32, ServerSpec::effective_session_limit);
    if state.sessions.held_by(&user.account, &store) + logon.sessions > limit {
        if let Some(store) = world.organization.server(&store) {
            let data = [user.legacy_dn(), limit.to_string(), "session".to_owned()];
            let log = &mut state.machine(store).log;
            log.write(Timestamp::now(), data.into());
        }
        drop(state);
        world.tell(
            server,
            What::SessionLimit {
                account: user.account.clone(),
                from: logon.from,
            },
        );
        return Err(Refusal::SessionLimit {
            dn: user.legacy_dn(),
            limit,
        });
    }
    let from = (!server.logs_no_addresses).then(|| logon.from.ip());
    let client_log = &mut state.machine(server).client_log;
    client_log.connected(logon.logged_on, &user.legacy_dn(), from);
    let leg = state.leg(&world.organization, server, &store);
    let association = state.sessions.open(logon, &database, &store, leg);
    drop(state);
    world.tell(
        server,
        What::LoggedOn {
            account: user.account.clone(),
            from: logon.from,
            sessions: logon.sessions,
        },
    );
    Ok(association)
}

fn row(server: &ServerSpec, from: SocketAddr) -> TcpRow {
    let (image, pid) = server.version.client_process();
    TcpRow {
        local: (address_facing(server, from.ip()), MAIL_PORT).into(),
        remote: from,
        state: ESTABLISHED,
        pid,
        image: image.to_owned(),
    }
}
