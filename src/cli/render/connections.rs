//! `mapisweep connections`: what TCPView would show on the server.

use std::net::SocketAddr;

use serde::Serialize;

use super::{
    View,
    table::{Column, lay_out},
};
use crate::cli::{
    style::{FAINT, HEAD},
    text::plain,
};
use mapisweep_core::helper_run::{TcpConnection, TcpState};

/// The connections of some servers, by the names the admin gave.
pub struct Connections<'a>(pub &'a [(String, Vec<TcpConnection>)]);

/// One connection, in the data formats.
#[derive(Debug, Serialize)]
pub struct Record {
    server: String,
    process: String,
    pid: u32,
    local: SocketAddr,
    remote: SocketAddr,
    state: &'static str,
}

/// A server, in the data formats.
#[derive(Debug, Serialize)]
pub struct Server {
    server: String,
    connections: usize,
}

impl View for Connections<'_> {
    const KIND: &'static str = "connections";
    type Record = Record;
    type Server = Server;

    fn table(&self) -> String {
        let tables = self
            .0
            .iter()
            .map(|(server, connections)| table(server, connections));
        tables.collect::<Vec<_>>().join("\n")
    }

    fn records(&self) -> Vec<Record> {
        let record = |server: &str, connection: &TcpConnection| Record {
            server: server.to_owned(),
            process: connection.image.clone(),
            pid: connection.pid,
            local: connection.local,
            remote: connection.remote,
            state: state(connection.state),
        };
        let servers = self.0.iter();
        servers
            .flat_map(|(server, connections)| {
                connections.iter().map(move |one| record(server, one))
            })
            .collect()
    }

    fn servers(&self) -> Vec<Server> {
        let server = |(server, connections): &(String, Vec<TcpConnection>)| Server {
            server: server.clone(),
            connections: connections.len(),
        };
        self.0.iter().map(server).collect()
    }
}

fn table(server: &str, connections: &[TcpConnection]) -> String {
    let head = format!("{HEAD}{}{HEAD:#}\n", plain(server));
    if connections.is_empty() {
        return format!("{head}{FAINT}  no connections{FAINT:#}\n");
    }
    let columns = [
        Column::Left("PROCESS"),
        Column::Right("PID"),
        Column::Left("CLIENT"),
        Column::Left("SERVER"),
        Column::Left("STATE"),
    ];
    let mut connections: Vec<_> = connections.iter().collect();
    connections.sort_by_key(|connection| (&connection.image, connection.pid, connection.remote));
    let rows = connections.into_iter().map(|connection| {
        vec![
            plain(&connection.image),
            connection.pid.to_string(),
            connection.remote.to_string(),
            connection.local.to_string(),
            state(connection.state).replace('_', " "),
        ]
    });
    format!("{head}\n{}", lay_out(&columns, rows))
}

fn state(state: TcpState) -> &'static str {
    match state {
        TcpState::Established => "established",
        TcpState::CloseWait => "close_wait",
        TcpState::Other => "other",
    }
}
