//! The system's Kerberos library, made ready.

use std::{env, io, path::PathBuf};

use mapisweep_core::config::Realm;
use mapisweep_gssapi::{self as gssapi, Library, Missing};
use mapisweep_winrm::auth::UserName;

use super::{
    RealmFrom, Wishes,
    configuration::{File, OfNoRealm},
    profile::{self, Fault},
    realm::Realms,
};

/// The library, the configuration that it reads, and the realms that are known.
#[derive(Debug)]
pub struct System {
    pub(super) library: Library,
    pub(super) realms: Realms,
    _configuration: File,
}

/// What Debian's configuration names as it is installed. No Exchange is there, and nobody's name is to go there.
const PLACEHOLDER: &str = "ATHENA.MIT.EDU";

/// Why there is no Kerberos.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No library.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The configuration cannot be written.
    #[error("the configuration of Kerberos cannot be written")]
    Configuration(#[source] io::Error),
    /// A KDC of no realm.
    #[error(transparent)]
    OfNoRealm(#[from] OfNoRealm),
    /// The environment, where the library looks for its configuration, cannot be changed any more.
    #[error(transparent)]
    Environment(#[from] gssapi::environment::Error),
    /// The library does not take its configuration.
    #[error("the Kerberos library does not take its configuration")]
    Unreadable {
        /// What of it does not fit, where that was found.
        fault: Option<Fault>,
        /// What the library says.
        #[source]
        source: gssapi::Error,
    },
}

impl System {
    /// Finds the library and puts what was asked for in front of its configuration.
    ///
    /// To be called before any thread exists: a library reads its configuration's place from the environment.
    pub fn start(wishes: &Wishes, from: RealmFrom) -> Result<Self, StartError> {
        let library = Library::load()?;
        let realm = || {
            let realm = library.default_realm().filter(|realm| realm != PLACEHOLDER);
            realm.and_then(|realm| realm.parse::<Realm>().ok())
        };
        let configuration = File::new(wishes, realm().as_ref())?;
        gssapi::environment::prepend_configuration(&library, &configuration.path())?;
        library
            .read_configuration()
            .map_err(|source| StartError::Unreadable {
                fault: profile::first_fault(&files()),
                source,
            })?;
        Ok(Self {
            realms: Realms {
                given: wishes.realm.clone().map(|realm| (realm, from)),
                system: realm(),
            },
            library,
            _configuration: configuration,
        })
    }

    /// The realm that this person would be looked up in first, and where it came from.
    pub fn realm_of(&self, user: &UserName, hosts: &[&str]) -> Option<(Realm, RealmFrom)> {
        let candidate = self.realms.candidates(user, hosts).into_iter().next()?;
        Some((candidate.is_called.1, candidate.from))
    }
}

/// What the library reads, its own defaults among them.
fn files() -> Vec<PathBuf> {
    let list = env::var_os("KRB5_CONFIG").unwrap_or_default();
    env::split_paths(&list).collect()
}
