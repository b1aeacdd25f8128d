//! mapisweep's own client, pointed at a lab.

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
    let user = UserName::parse(&lab.administrator().qualified()).unwrap();
    let credential = Credential::new(user, "ann's password");
    Connection::new(endpoint, credential, Options::default()).unwrap()
}

/// A session of the lab's administrator, who must be `ann`.
pub async fn session(lab: &Lab, server: &str) -> Session {
    let options = mapisweep::session::Options::default();
    Session::open(connection(lab, server), options)
        .await
        .unwrap()
}
