//! mapisweep's own client, pointed at a lab.
#![allow(dead_code)] // each test uses its part

use mapisweep::{
    auth::{Credential, UserName},
    connection::{ConnectTo, Connection, Endpoint, Options, Scheme},
    session::Session,
};
use mapisweep_lab::Lab;

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
pub async fn session(lab: &Lab, server: &str) -> Session {
    let options = mapisweep::session::Options::default();
    Session::open(connection(lab, server), options)
        .await
        .unwrap()
}
