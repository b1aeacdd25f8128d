//! After the outage of a VPN: on every server of a DAG many people are locked out by clients that are dead.

use std::{error::Error, net::IpAddr, time::Duration};

use crate::{Lab, Outlook, Scenario};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A DAG after the outage.
pub struct Outage {
    /// The lab.
    pub lab: Lab,
    /// Who is locked out.
    pub victims: Vec<Victim>,
    /// The mail clients that must come to no harm.
    pub bystanders: Vec<Outlook>,
}

/// Somebody who is locked out, by two dead clients at two addresses.
#[derive(Debug, Clone)]
pub struct Victim {
    /// The account.
    pub account: String,
    /// Where the database of the mailbox is mounted.
    pub server: String,
    /// That database: every other one of a server is in its second.
    pub database: String,
    /// Where the dead clients were.
    pub addresses: [IpAddr; 2],
}

impl Outage {
    /// Sessions of a victim's two clients, which are as many as Exchange allows.
    pub const SESSIONS: [usize; 2] = [20, 12];

    /// Connections of each of those clients.
    pub const CONNECTIONS: usize = 2;

    /// `DAG1` of so many Exchange 2010 servers (`ex01`, …), on each so many victims, and one person who is at work. On the
    /// first server another one works at an address where a victim's client was: both came through one router.
    ///
    /// # Errors
    /// The lab cannot start.
    pub async fn stage(servers: usize, victims_each: usize) -> Result<Self, Box<dyn Error>> {
        let victims: Vec<_> = (1..=servers)
            .flat_map(|server| (1..=victims_each).map(move |number| Victim::new(server, number)))
            .collect();
        let mut builder = Lab::builder().user("ann", |user| {
            user.administrator().password(Scenario::PASSWORD)
        });
        for server in 1..=servers {
            builder = builder
                .server(&name(server), |spec| {
                    let spec = spec.exchange_2010().dag("DAG1");
                    spec.database(&database(server, 1))
                        .database(&database(server, 0))
                })
                .user(&desk(server), |user| user.mailbox_in(&database(server, 1)));
        }
        for victim in &victims {
            builder = builder.user(&victim.account, |user| user.mailbox_in(&victim.database));
        }
        builder = builder.user("guest", |user| user.mailbox_in(&database(1, 1)));
        let lab = builder.start().await?;
        let mut bystanders = Vec::new();
        for server in 1..=servers {
            let at_work = lab
                .outlook(&desk(server))
                .from(&format!("10.1.{server}.1"))
                .connections(2);
            bystanders.push(at_work.connect().await?);
        }
        for victim in &victims {
            victim.lose_network(&lab).await?;
        }
        if let Some(victim) = victims.first() {
            let guest = lab
                .outlook("guest")
                .from(&victim.addresses[1].to_string())
                .connections(2);
            bystanders.push(guest.connect().await?);
        }
        Ok(Self {
            lab,
            victims,
            bystanders,
        })
    }
}

impl Victim {
    fn new(server: usize, number: usize) -> Self {
        let address = |net: usize| format!("10.{net}.{server}.{number}");
        Self {
            account: format!("p{server:02}{number:03}"),
            server: name(server),
            database: database(server, number),
            addresses: [2, 3].map(|net| address(net).parse().expect("an address")),
        }
    }

    async fn lose_network(&self, lab: &Lab) -> Result<(), Box<dyn Error>> {
        for (address, sessions) in self.addresses.iter().zip(Outage::SESSIONS) {
            let laptop = lab
                .outlook(&self.account)
                .from(&address.to_string())
                .named("LAPTOP")
                .sessions(sessions)
                .connections(Outage::CONNECTIONS);
            let laptop = laptop.since(30 * HOUR).idle(20 * HOUR);
            laptop.connect().await?.lose_network();
        }
        // and tries again and again to get in
        let dn = format!(
            "/o=Example/ou=First Administrative Group/cn=Recipients/cn={}",
            self.account
        );
        lab.server(&self.server)
            .log_9646(19 * HOUR, [&dn, "32", "session"]);
        Ok(())
    }
}

fn name(server: usize) -> String {
    format!("ex{server:02}")
}

fn desk(server: usize) -> String {
    format!("desk{server}")
}

fn database(server: usize, number: usize) -> String {
    match number % 2 {
        1 => format!("DB{server}"),
        _ => format!("DB{server}b"),
    }
}
