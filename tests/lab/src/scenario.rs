//! Ready-made situations.

use std::{error::Error, time::Duration};

use crate::{Builder, ClientMode, Lab, Outlook, UserSpec};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A situation to be staged.
#[derive(Debug, Clone)]
pub struct Scenario {
    stale_sessions: usize,
    other_users: usize,
}

/// A lab in which a situation has been staged.
pub struct Staged {
    /// The lab.
    pub lab: Lab,
    /// The mail clients that must come to no harm.
    pub bystanders: Vec<Outlook>,
}

impl Scenario {
    /// The password of every user in a staged lab, the administrator included.
    pub const PASSWORD: &str = "correct horse battery staple";

    /// `jsmith`'s laptop lost its network again and again, until 32 stale sessions kept him out. Around him are an
    /// active user at a desk, and a terminal server that many users share, with `jsmith` among them. `ann` is an
    /// administrator.
    pub fn locked_out_user() -> Self {
        Self {
            stale_sessions: 32,
            other_users: 5,
        }
    }

    /// How many stale sessions there are, one of them on the terminal server; 32 unless said otherwise.
    pub fn stale_sessions(mut self, sessions: usize) -> Self {
        self.stale_sessions = sessions;
        self
    }

    /// How many other users there are, all of them on the terminal server; 5 unless said otherwise.
    pub fn other_users(mut self, users: usize) -> Self {
        self.other_users = users;
        self
    }

    /// Adds the users to the described servers, starts the lab and stages the situation.
    ///
    /// # Errors
    /// When the lab cannot start.
    pub async fn stage(self, builder: Builder) -> Result<Staged, Box<dyn Error>> {
        let named = |user: UserSpec, name: &str| user.named(name).password(Self::PASSWORD);
        let mut builder = builder
            .user("ann", |user| named(user, "Ann Admin").administrator())
            .user("jsmith", |user| named(user, "John Smith"));
        for number in 1..=self.other_users {
            let name = format!("User {number}");
            builder = builder.user(&format!("user{number}"), |user| named(user, &name));
        }
        let lab = builder.start().await?;
        let mut bystanders = self.share_a_terminal_server(&lab).await?;
        bystanders.extend(self.work_at_a_desk(&lab).await?);
        self.pile_up(&lab).await?;
        Ok(Staged { lab, bystanders })
    }

    async fn share_a_terminal_server(&self, lab: &Lab) -> Result<Vec<Outlook>, Box<dyn Error>> {
        let sharing = (self.stale_sessions > 0).then(|| "jsmith".to_owned());
        let others = (1..=self.other_users).map(|number| format!("user{number}"));
        let mut clients = Vec::new();
        for account in sharing.into_iter().chain(others) {
            let outlook = lab
                .outlook(&account)
                .from("10.1.8.5")
                .named("TS01")
                .mode(ClientMode::Classic)
                .since(6 * HOUR)
                .idle(20 * MINUTE);
            clients.push(outlook.connect().await?);
        }
        Ok(clients)
    }

    async fn work_at_a_desk(&self, lab: &Lab) -> Result<Option<Outlook>, Box<dyn Error>> {
        if self.other_users == 0 {
            return Ok(None);
        }
        let outlook = lab.outlook("user1").from("10.1.4.40").named("USER1-PC");
        let client = outlook
            .connections(3)
            .since(2 * HOUR)
            .idle(MINUTE)
            .connect()
            .await?;
        Ok(Some(client))
    }

    /// Each time the laptop comes back it opens three sessions on three or four connections.
    async fn pile_up(&self, lab: &Lab) -> Result<(), Box<dyn Error>> {
        let mut left = self.stale_sessions.saturating_sub(1);
        let mut round = 0;
        while left > 0 {
            let sessions = left.min(3);
            let (address, age) = match round % 2 {
                0 => ("10.1.4.23", 3 * DAY),
                _ => ("10.1.9.80", 26 * HOUR),
            };
            let outlook = lab.outlook("jsmith").from(address).named("JSMITH-LT");
            let outlook = outlook
                .sessions(sessions)
                .connections(sessions)
                .since(age)
                .idle(age - HOUR);
            outlook.connect().await?.lose_network();
            left -= sessions;
            round += 1;
        }
        Ok(())
    }
}
