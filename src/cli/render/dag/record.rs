//! The records of `mapisweep dag` in the data formats.

use serde::Serialize;

use super::{is_operational, version};
use mapisweep_core::exchange::{ClientAccessArray, Database, ExchangeServer, KnownDag};

/// A DAG, a server, a database or a client access array, in the data formats.
#[derive(Debug, Default, Serialize)]
pub struct Record {
    /// `dag`, `server`, `database` or `array`.
    kind: &'static str,
    /// The DAG that it belongs to.
    dag: Option<String>,
    name: String,
    version: Option<String>,
    roles: Option<Vec<String>>,
    /// Whether a member takes part now.
    operational: Option<bool>,
    primary_active_manager: Option<String>,
    mounted: Option<bool>,
    mounted_on: Option<String>,
    /// The members of a DAG or array; the servers that have a copy of a database.
    servers: Option<Vec<String>>,
    /// The name that clients of an array or of a database connect to.
    client_access: Option<String>,
    site: Option<String>,
    /// The server that told of the DAG and of what belongs to it.
    told_by: Option<String>,
    /// It runs another version than the DAG's members, and may tell of it wrongly.
    told_by_other_version: Option<bool>,
}

impl Record {
    pub(super) fn of_dag(known: &KnownDag) -> Self {
        let record = Self {
            kind: "dag",
            name: known.dag.name.clone(),
            primary_active_manager: known.dag.primary_active_manager.clone(),
            servers: Some(known.dag.servers.clone()),
            ..Self::default()
        };
        record.told_with(known)
    }

    /// As a part of a DAG, and told by the same server.
    pub(super) fn told_with(self, known: &KnownDag) -> Self {
        let by = &known.told.directory.by;
        Self {
            dag: Some(known.dag.name.clone()),
            told_by: Some(by.display_name().to_owned()),
            told_by_other_version: Some(!known.is_of_its_release),
            ..self
        }
    }

    pub(super) fn of_member(known: &KnownDag, member: &ExchangeServer) -> Self {
        Self {
            operational: is_operational(known, member),
            ..Self::of_server(member).told_with(known)
        }
    }

    pub(super) fn of_server(server: &ExchangeServer) -> Self {
        Self {
            kind: "server",
            name: server.display_name().to_owned(),
            version: version(server),
            roles: server.roles.as_ref().map(|roles| {
                let roles = roles.split(',');
                roles.map(|role| role.trim().to_owned()).collect()
            }),
            ..Self::default()
        }
    }

    pub(super) fn of_database(database: &Database) -> Self {
        Self {
            kind: "database",
            name: database.name.clone(),
            mounted: database.mounted,
            mounted_on: database.mounted_on.clone(),
            servers: Some(database.copies_on.clone()),
            client_access: database.client_access.clone(),
            ..Self::default()
        }
    }

    pub(super) fn of_array(array: &ClientAccessArray) -> Self {
        Self {
            kind: "array",
            name: array.name.clone(),
            servers: Some(array.members.clone()),
            client_access: array.fqdn.clone(),
            site: array.site.clone(),
            ..Self::default()
        }
    }
}
