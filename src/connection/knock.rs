//! Whether a machine is there at all. Nothing is sent to it, and nobody signs in.

use std::{io, net::SocketAddr};

use futures_util::future::select_all;
use mapisweep_core::exchange::reach::PORTS;
use tokio::net::TcpStream;

use super::Peer;

/// What came of knocking at a machine's ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knocked {
    /// It answers at this port, be it by a refusal: only a machine that runs refuses.
    Answered(u16),
    /// What the admin named in its place answers, at this address: `host:port`.
    StandInAnswered(String),
    /// Nothing came back from any of its addresses in time.
    Silent,
    /// Whether it is there cannot be seen: a proxy stands in between, its name has no address, or there is no way there.
    NotTried,
}

impl Peer {
    /// Tries to connect to its port, and to what else Exchange servers answer at.
    pub async fn knock(&self) -> Knocked {
        if self.options.proxy.is_some() {
            return Knocked::NotTried;
        }
        let Ok(addresses) = self.addresses.look_up().await else {
            return Knocked::NotTried;
        };
        let mut ports = vec![self.dial().port];
        // what stands in for it has other ports
        if self.stand_in().is_none() {
            ports.extend(PORTS);
        }
        let doors = addresses.iter().flat_map(|address| {
            let door = |port: &u16| SocketAddr::new(address.ip(), *port);
            ports.iter().map(door).collect::<Vec<_>>()
        });
        let knocks: Vec<_> = doors.map(|door| Box::pin(answers(door))).collect();
        if knocks.is_empty() {
            return Knocked::NotTried;
        }
        let first_answer = async {
            let mut open = knocks;
            let mut silent = true;
            while !open.is_empty() {
                let (knocked, _, others) = select_all(open).await;
                match knocked {
                    Knocked::Answered(_) if self.stand_in().is_some() => {
                        return Knocked::StandInAnswered(self.dial_address());
                    }
                    Knocked::Answered(_) | Knocked::StandInAnswered(_) => return knocked,
                    Knocked::NotTried => silent = false,
                    Knocked::Silent => {}
                }
                open = others;
            }
            match silent {
                true => Knocked::Silent,
                false => Knocked::NotTried,
            }
        };
        let waited = tokio::time::timeout(self.options.connect_timeout, first_answer).await;
        waited.unwrap_or(Knocked::Silent)
    }
}

/// What came of knocking at one of them.
async fn answers(door: SocketAddr) -> Knocked {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, TimedOut,
    };
    match TcpStream::connect(door).await {
        Ok(_) => Knocked::Answered(door.port()),
        Err(error) => match error.kind() {
            ConnectionRefused | ConnectionReset | ConnectionAborted => {
                Knocked::Answered(door.port())
            }
            TimedOut | HostUnreachable => Knocked::Silent,
            // this computer's own trouble, such as no network, says nothing of the machine
            _ => Knocked::NotTried,
        },
    }
}
