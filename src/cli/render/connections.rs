//! `mapisweep connections`: what TCPView would show on the server.

use std::net::SocketAddr;

use serde::Serialize;

use super::{
    View,
    table::{Column, lay_out},
};
use crate::cli::{
    style::{CAREFUL, FAINT, HEAD},
    text::{count, plain},
};
use mapisweep_core::helper_run::{Listed, TcpConnection, TcpState};

/// The connections of some servers, by the names the admin gave.
pub struct Connections<'a>(pub &'a [(String, Listed)]);

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
    /// Connections that are not among the records, because the list would be too long.
    left_out: usize,
}

impl View for Connections<'_> {
    const KIND: &'static str = "connections";
    type Record = Record;
    type Server = Server;

    fn table(&self) -> String {
        let tables = self.0.iter().map(|(server, listed)| table(server, listed));
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
            .flat_map(|(server, listed)| {
                listed
                    .connections
                    .iter()
                    .map(move |one| record(server, one))
            })
            .collect()
    }

    fn servers(&self) -> Vec<Server> {
        let server = |(server, listed): &(String, Listed)| Server {
            server: server.clone(),
            connections: listed.connections.len(),
            left_out: listed.left_out,
        };
        self.0.iter().map(server).collect()
    }
}

fn table(server: &str, listed: &Listed) -> String {
    let head = format!("{HEAD}{}{HEAD:#}\n", plain(server));
    if listed.connections.is_empty() {
        return format!("{head}{FAINT}  no connections{FAINT:#}\n");
    }
    let columns = [
        Column::Left("PROCESS"),
        Column::Right("PID"),
        Column::Left("CLIENT"),
        Column::Left("SERVER"),
        Column::Left("STATE"),
    ];
    let mut connections: Vec<_> = listed.connections.iter().collect();
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
    let left_out = left_out(listed.left_out).map(|text| format!("\n{text}\n"));
    format!(
        "{head}\n{}{}",
        lay_out(&columns, rows),
        left_out.unwrap_or_default()
    )
}

/// What is said of a list that is not whole: `7 connections are not listed: there are too many on this server`.
pub fn left_out(number: usize) -> Option<String> {
    let are = if number == 1 { "is" } else { "are" };
    (number > 0).then(|| {
        let connections = count(number, "connection");
        format!(
            "{CAREFUL}{connections} {are} not listed: there are too many on this server{CAREFUL:#}"
        )
    })
}

fn state(state: TcpState) -> &'static str {
    match state {
        TcpState::Established => "established",
        TcpState::CloseWait => "close_wait",
        TcpState::Other => "other",
    }
}
