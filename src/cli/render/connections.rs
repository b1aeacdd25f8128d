//! `mapisweep connections`: what TCPView would show on the server.

use std::cmp::Ordering;

use serde::Serialize;

use super::{
    View,
    table::{Column, Page, lay_out},
};
use crate::cli::{
    args::ConnectionColumn,
    names::Names,
    style::{CAREFUL, FAINT, HEAD},
    text::{count, none_matches, plain},
};
use mapisweep_core::helper_run::{Listed, TcpConnection, TcpState};

/// The connections of some servers, by the names the admin gave.
pub struct Connections<'a> {
    servers: Vec<OnServer<'a>>,
    order: Option<ConnectionColumn>,
    has_titles: bool,
    /// What the servers are called.
    names: Names,
}

struct OnServer<'a> {
    server: &'a str,
    listed: &'a Listed,
    /// Those that are shown.
    shown: Vec<&'a TcpConnection>,
}

/// One connection, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    server: String,
    process: String,
    pid: u32,
    local_address: String,
    local_port: u16,
    remote_address: String,
    remote_port: u16,
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

impl<'a> Connections<'a> {
    /// These.
    pub fn new(servers: &'a [(String, Listed)]) -> Self {
        let servers = servers.iter().map(|(server, listed)| OnServer {
            server,
            listed,
            shown: listed.connections.iter().collect(),
        });
        Self {
            servers: servers.collect(),
            order: None,
            has_titles: true,
            names: Names::default(),
        }
    }

    /// With what the servers are called.
    pub fn called(self, names: Names) -> Self {
        Self { names, ..self }
    }

    /// Only those for which `wanted` says yes.
    pub fn only(mut self, wanted: impl Fn(&TcpConnection) -> bool) -> Self {
        for server in &mut self.servers {
            server.shown.retain(|connection| wanted(connection));
        }
        self
    }

    /// Whether there is none to show.
    pub fn is_empty(&self) -> bool {
        self.servers.iter().all(|server| server.shown.is_empty())
    }

    /// The servers that have connections of which none is wanted, and what is said of them.
    pub fn unmatched(&self) -> impl Iterator<Item = (&str, String)> {
        let servers = self.servers.iter();
        let servers = servers.filter(|server| server.shown.is_empty());
        servers.filter_map(|server| {
            let connections = server.listed.connections.len();
            (connections > 0).then(|| (server.server, none_matches(connections, "connection")))
        })
    }

    /// On each server in the order of this column.
    pub fn sorted_by(self, order: Option<ConnectionColumn>) -> Self {
        Self { order, ..self }
    }

    /// Without the columns' titles.
    pub fn untitled(self, is_so: bool) -> Self {
        Self {
            has_titles: !is_so,
            ..self
        }
    }
}

impl View for Connections<'_> {
    const KIND: &'static str = "connections";
    const EVENT: &'static str = "connection";
    type Record = Record;
    type Server = Server;

    fn table(&self, page: Page) -> String {
        let page = page.titled(self.has_titles);
        let order = self.order.unwrap_or(ConnectionColumn::Process);
        let servers = self.servers.iter();
        let tables = servers.map(|server| {
            let mut connections = server.shown.clone();
            connections.sort_by(|one, other| compare(order, one, other));
            let head = format!("{HEAD}{}{HEAD:#}\n", self.names.shown(server.server));
            head + &table(page, server, &connections)
        });
        tables.collect::<Vec<_>>().join("\n")
    }

    fn records(&self) -> Vec<Record> {
        let record = |server: &str, connection: &TcpConnection| Record {
            server: server.to_owned(),
            process: connection.image.clone(),
            pid: connection.pid,
            local_address: connection.local.ip().to_string(),
            local_port: connection.local.port(),
            remote_address: connection.remote.ip().to_string(),
            remote_port: connection.remote.port(),
            state: state(connection.state),
        };
        let servers = self.servers.iter();
        servers
            .flat_map(|server| {
                let mut connections = server.shown.clone();
                if let Some(order) = self.order {
                    connections.sort_by(|one, other| compare(order, one, other));
                }
                let connections = connections.into_iter();
                connections.map(move |one| record(server.server, one))
            })
            .collect()
    }

    fn servers(&self) -> Vec<Server> {
        let server = |server: &OnServer<'_>| Server {
            server: server.server.to_owned(),
            connections: server.shown.len(),
            left_out: server.listed.left_out,
        };
        self.servers.iter().map(server).collect()
    }

    fn has_titles(&self) -> bool {
        self.has_titles
    }
}

/// By this column, and what is alike there by the others.
fn compare(order: ConnectionColumn, one: &TcpConnection, other: &TcpConnection) -> Ordering {
    let usual = |it: &TcpConnection| (it.image.to_lowercase(), it.pid, it.remote);
    let ordering = match order {
        ConnectionColumn::Process => Ordering::Equal,
        ConnectionColumn::Pid => one.pid.cmp(&other.pid),
        ConnectionColumn::Client => one.remote.cmp(&other.remote),
        ConnectionColumn::Server => one.local.cmp(&other.local),
        ConnectionColumn::State => state(one.state).cmp(state(other.state)),
    };
    ordering.then_with(|| usual(one).cmp(&usual(other)))
}

fn table(page: Page, server: &OnServer<'_>, connections: &[&TcpConnection]) -> String {
    let listed = server.listed;
    if connections.is_empty() {
        let none = match listed.connections.len() {
            0 => "no connections".to_owned(),
            connections => none_matches(connections, "connection"),
        };
        return format!("{FAINT}  {none}{FAINT:#}\n");
    }
    let columns = [
        Column::left("PROCESS").at_least(16),
        Column::right("PID").detail(),
        Column::left("CLIENT").name(),
        Column::left("SERVER").last_to_go(),
        Column::left("STATE"),
    ];
    let rows = connections.iter().map(|connection| {
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
        "\n{}{}",
        lay_out(page, &columns, rows),
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
