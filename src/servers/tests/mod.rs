//! mapisweep's own client, pointed at a lab.

mod exchange;
mod helper;

use crate::connection::{ConnectTo, Connection, Endpoint, Options, Scheme};
use crate::shell::RemoteShell;
use mapisweep_lab::Lab;
use mapisweep_winrm::auth::{Credential, UserName};

pub fn connection(lab: &Lab, server: &str) -> Connection {
    let address = lab.server(server).winrm();
    let to = ConnectTo {
        host: address.ip().to_string(),
        port: address.port(),
    };
    let endpoint = Endpoint::new(Scheme::Http, server).unwrap();
    let endpoint = endpoint.with_connect_to(to).unwrap();
    Connection::new(endpoint, administrator(lab), Options::default()).unwrap()
}

/// The lab's administrator, who must be `ann` with the password that a lab gives by itself.
pub fn administrator(lab: &Lab) -> Credential {
    let user = UserName::parse(&lab.administrator().qualified()).unwrap();
    Credential::new(user, "ann's password")
}

/// A session of the lab's administrator.
pub async fn session(lab: &Lab, server: &str) -> RemoteShell {
    let options = crate::shell::Options::default();
    RemoteShell::open(connection(lab, server), options)
        .await
        .unwrap()
}
