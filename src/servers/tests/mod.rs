//! mapisweep's own client, pointed at a lab.

mod exchange;
mod helper;

use crate::connection::{Connection, Options};
use crate::shell::{RemoteShell, tests::connect_to};
use mapisweep_lab::Lab;
use mapisweep_winrm::{
    auth::{Credential, UserName},
    endpoint::{Endpoint, Scheme},
};

pub fn connection(lab: &Lab, server: &str) -> Connection {
    let endpoint = Endpoint::new(Scheme::Http, server).unwrap();
    connect_to(
        lab,
        server,
        endpoint,
        administrator(lab),
        Options::default(),
    )
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
