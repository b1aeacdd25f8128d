//! A Kerberos realm on loopback, for as long as a test wants it.
//!
//! ```no_run
//! # use mapisweep_outside::{Account, Kdc};
//! let Some(kdc) = Kdc::builder()
//!     .person("ann", "Unwort-7!")
//!     .account("eve", "Unwort-8!", Account::Disabled)
//!     .service("HTTP/ex01.corp.example")
//!     .start()
//! else {
//!     return; // said to be skipped: no KDC is installed here
//! };
//! kdc.kinit("ann", &kdc.cache("ann"));
//! assert_eq!(kdc.log().ticket_granting_tickets("ann"), 1);
//! ```
//!
//! It is MIT's KDC, not Windows': the protocol is RFC 4120's, and what a domain controller adds to it (a PAC with
//! groups, NetBIOS names, enterprise names, referrals by the global catalogue, one code for several states of an
//! account) is not there.

mod builder;
mod config;
mod keytab;
mod log;
mod process;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

pub use builder::{Account, Builder};
pub use log::Log;

use process::{Process, run};

/// A running KDC. Dropping ends it and removes its folder; so does the end of the test's process, however it comes.
pub struct Kdc {
    /// Ends before the folder goes.
    process: Process,
    folder: TempDir,
    port: u16,
    realm: String,
    /// Passwords by full name.
    people: BTreeMap<String, String>,
}

impl Kdc {
    /// Of the realm `CORP.EXAMPLE`.
    pub fn builder() -> Builder {
        Self::of("CORP.EXAMPLE")
    }

    /// Of a realm, which is upper case.
    pub fn of(realm: &str) -> Builder {
        Builder::of(realm)
    }

    /// The port it answers on, by UDP and TCP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// For `--kdc`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its first realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Where it keeps its files. A test may put more there: they go with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A client's `krb5.conf` that knows its realms, whose hosts they are, and where this KDC is.
    pub fn krb5_conf(&self) -> PathBuf {
        self.folder().join(config::CLIENT)
    }

    /// A client's `krb5.conf` that knows its realms, but of no KDC.
    pub fn krb5_conf_without_kdc(&self) -> PathBuf {
        self.folder().join(config::CLIENT_WITHOUT_KDC)
    }

    /// A client's `krb5.conf` that knows no realm, as on a laptop outside the domain.
    pub fn krb5_conf_without_realm(&self) -> PathBuf {
        self.folder().join(config::CLIENT_WITHOUT_REALM)
    }

    /// The keys of all services.
    pub fn keytab(&self) -> PathBuf {
        self.folder().join(config::KEYTAB)
    }

    /// A keytab in which a service has keys that are not its own, as where its name belongs to another account.
    pub fn keytab_of_another(&self, service: &str) -> PathBuf {
        let keytab = self.folder().join("another.keytab");
        keytab::write(self, service, &keytab);
        keytab
    }

    /// A cache of this name in the folder, for `KRB5CCNAME`.
    pub fn cache(&self, name: &str) -> String {
        format!("FILE:{}", self.folder().join(name).display())
    }

    /// An empty collection of caches of this name in the folder, for `KRB5CCNAME`.
    pub fn collection(&self, name: &str) -> String {
        let folder = self.folder().join(name);
        fs::create_dir_all(&folder).expect("a folder for caches");
        format!("DIR:{}", folder.display())
    }

    /// Has a person (`ann`, or `bob@PARTNER.EXAMPLE`) get a forwardable ticket into a cache, as an admin types it.
    ///
    /// # Panics
    ///
    /// Where `kinit` is refused.
    pub fn kinit(&self, person: &str, cache: &str) {
        self.kinit_with(&["-f"], person, cache);
    }

    /// The same with `kinit`'s options, such as `-F` for a ticket that cannot be delegated.
    ///
    /// # Panics
    ///
    /// Where `kinit` is refused.
    pub fn kinit_with(&self, options: &[&str], person: &str, cache: &str) {
        let person = self.full_name(person);
        let password = self.people.get(&person).expect("a person of the realm");
        let arguments: Vec<&str> = options.iter().copied().chain([person.as_str()]).collect();
        run(
            self.folder(),
            "kinit",
            &arguments,
            Some(cache),
            &format!("{password}\n"),
        );
    }

    /// Gets a ticket for a service, and asks for nothing else.
    ///
    /// # Panics
    ///
    /// Where `kvno` is refused.
    pub fn kvno(&self, service: &str, cache: &str) {
        run(self.folder(), "kvno", &[service], Some(cache), "");
    }

    /// What it was asked until now.
    pub fn log(&self) -> Log {
        Log::read(&self.folder().join(config::LOG), &self.realm)
    }

    fn full_name(&self, person: &str) -> String {
        if person.contains('@') {
            person.to_owned()
        } else {
            format!("{person}@{}", self.realm)
        }
    }

    /// Ends it now, as where the KDC cannot be reached any more; its files stay until it is dropped.
    pub fn stop(&mut self) {
        self.process.end();
    }
}
