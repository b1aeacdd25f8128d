//! What there is to be in the realms.

use std::{collections::BTreeMap, time::Duration};

use crate::skip;

use super::{
    Kdc, config,
    process::{self, Process, run},
};

/// A realm and what is in it.
pub(super) struct Realm {
    pub name: String,
    /// Name, password, state.
    pub people: Vec<(String, String, Account)>,
    pub services: Vec<String>,
    /// Realms whose people may use this one's services.
    pub trusts: Vec<String>,
}

/// The state that a person's account is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Nothing is wrong with it. As on Windows, the password is asked for before anything is issued.
    Fine,
    /// The password has expired.
    PasswordExpired,
    /// The password must be changed at the next sign-in.
    MustChangePassword,
    /// It gets no tickets.
    Disabled,
    /// Its time is over.
    Expired,
    /// It gets no forwardable tickets ("sensitive and cannot be delegated").
    NotDelegable,
    /// It gets tickets without proof of its password.
    WithoutPreauthentication,
}

impl Account {
    /// How `kadmin` puts it.
    fn options(self) -> &'static str {
        match self {
            Self::Fine => "+requires_preauth",
            Self::PasswordExpired => "+requires_preauth -pwexpire yesterday",
            Self::MustChangePassword => "+requires_preauth +needchange",
            Self::Disabled => "+requires_preauth -allow_tix",
            Self::Expired => "+requires_preauth -expire yesterday",
            Self::NotDelegable => "+requires_preauth -allow_forwardable",
            Self::WithoutPreauthentication => "",
        }
    }
}

/// Describes a [`Kdc`]. People, services and trusts are of the realm named last.
pub struct Builder {
    pub(super) realms: Vec<Realm>,
    pub(super) rc4_only: bool,
    pub(super) ticket_life: Duration,
    pub(super) ticket_size: usize,
    clock_ahead: Option<Duration>,
}

impl Builder {
    pub(super) fn of(realm: &str) -> Self {
        let builder = Self {
            realms: Vec::new(),
            rc4_only: false,
            ticket_life: Duration::from_secs(10 * 60 * 60),
            ticket_size: 0,
            clock_ahead: None,
        };
        builder.realm(realm)
    }

    /// One more realm, of the same KDC.
    pub fn realm(mut self, name: &str) -> Self {
        self.realms.push(Realm {
            name: name.to_owned(),
            people: Vec::new(),
            services: Vec::new(),
            trusts: Vec::new(),
        });
        self
    }

    /// Somebody with a password.
    pub fn person(self, name: &str, password: &str) -> Self {
        self.account(name, password, Account::Fine)
    }

    /// Somebody whose account is in this state.
    pub fn account(mut self, name: &str, password: &str, state: Account) -> Self {
        let person = (name.to_owned(), password.to_owned(), state);
        self.last().people.push(person);
        self
    }

    /// A service, as `HTTP/ex01.corp.example` or `HTTP/ex01:5985`.
    pub fn service(mut self, name: &str) -> Self {
        self.last().services.push(name.to_owned());
        self
    }

    /// People of another realm may use this one's services. Said of both, the trust goes both ways.
    pub fn trusts(mut self, realm: &str) -> Self {
        self.last().trusts.push(realm.to_owned());
        self
    }

    /// There is no other encryption than RC4-HMAC, as in domains of Server 2003, and its client's configuration allows
    /// that one.
    pub fn rc4_only(mut self) -> Self {
        self.rc4_only = true;
        self
    }

    /// No ticket is good for longer; ten hours unless said.
    pub fn ticket_life(mut self, life: Duration) -> Self {
        self.ticket_life = life;
        self
    }

    /// Tickets have at least so many bytes, as on Windows those of people in many groups. Here it is a list of addresses
    /// that the ticket is good for. Such a ticket is not delegated where the server's name has no address.
    pub fn ticket_size(mut self, bytes: usize) -> Self {
        self.ticket_size = bytes;
        self
    }

    /// Its clock is ahead of this computer's by so much.
    pub fn clock_ahead(mut self, ahead: Duration) -> Self {
        self.clock_ahead = Some(ahead);
        self
    }

    fn last(&mut self) -> &mut Realm {
        self.realms.last_mut().expect("it begins with one")
    }

    /// Starts it; `None` after saying that it is skipped, where MIT's KDC is not installed.
    ///
    /// # Panics
    ///
    /// Where it does not take what it is told, or does not start.
    pub fn start(self) -> Option<Kdc> {
        if !process::is_installed() {
            skip(
                "Kerberos",
                "krb5-kdc, krb5-admin-server and krb5-user are not all installed",
            );
            return None;
        }
        if self.clock_ahead.is_some() && !process::can_set_clocks() {
            skip("clocks that differ", "libfaketime is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder for the KDC");
        config::write(&self, folder.path(), 0);
        for realm in &self.realms {
            let create = ["create", "-s", "-r", &realm.name, "-P", "master"];
            run(folder.path(), "kdb5_util", &create, None, "");
            let commands = self.commands(realm);
            run(
                folder.path(),
                "kadmin.local",
                &["-r", &realm.name],
                None,
                &commands,
            );
        }
        let names: Vec<&str> = self
            .realms
            .iter()
            .map(|realm| realm.name.as_str())
            .collect();
        let configure = |port| config::write(&self, folder.path(), port);
        let (process, port) = Process::start(folder.path(), &names, self.clock_ahead, configure);
        Some(Kdc {
            process,
            folder,
            port,
            realm: names[0].to_owned(),
            people: self.passwords(),
        })
    }

    /// What `kadmin` is told to put into a realm.
    fn commands(&self, realm: &Realm) -> String {
        let mut commands = String::new();
        let mut tell = |line: String| commands += &(line + "\n");
        for (name, password, state) in &realm.people {
            let options = state.options();
            tell(format!(
                r#"addprinc -clearpolicy -pw "{password}" {options} "{name}""#
            ));
        }
        for name in &realm.services {
            tell(format!(r#"addprinc -clearpolicy -randkey "{name}""#));
            tell(format!(r#"ktadd -q -k "{}" "{name}""#, config::KEYTAB));
        }
        for (from, to) in self.trusts_of(realm) {
            // the same key on both sides
            tell(format!(
                "addprinc -clearpolicy -pw trust krbtgt/{to}@{from}"
            ));
        }
        if self.rc4_only {
            let own = format!("krbtgt/{}", realm.name);
            for name in realm.services.iter().chain([&own]) {
                tell(format!(r#"setstr "{name}" session_enctypes arcfour-hmac"#));
            }
        }
        commands
    }

    /// The trusts that a realm takes part in: whose people, whose services.
    fn trusts_of<'b>(&'b self, realm: &'b Realm) -> impl Iterator<Item = (&'b str, &'b str)> {
        let all = self.realms.iter().flat_map(|trusting| {
            let trusted = trusting.trusts.iter();
            trusted.map(|trusted| (trusted.as_str(), trusting.name.as_str()))
        });
        all.filter(|(from, to)| [*from, *to].contains(&realm.name.as_str()))
    }

    fn passwords(&self) -> BTreeMap<String, String> {
        let people = self.realms.iter().flat_map(|realm| {
            let people = realm.people.iter();
            people.map(|(name, password, _)| (format!("{name}@{}", realm.name), password.clone()))
        });
        people.collect()
    }
}
