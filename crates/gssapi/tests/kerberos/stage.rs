//! What a case has at hand in its process.

use std::{env, error::Error as _, path::PathBuf, process::exit};

use mapisweep_gssapi::{
    Acceptor, Context, Credential, Error, Family, Initiator, Library, Principal, environment,
};

use crate::{
    case::Case,
    place::{MIT, OWN_CONFIGURATION, PASSWORD},
};

pub const SERVICE: &str = "HTTP@ex01.corp.example";

/// The library that signs in, and the one that is signed in at.
pub struct Stage {
    pub library: Library,
    server: Library,
}

/// Runs a case in this process, which has one thread still.
pub fn play(case: &Case) {
    let library = Library::load().unwrap_or_else(|missing| {
        mapisweep_outside::say(&format!("{missing}: {:?}", missing.source()));
        exit(1)
    });
    let own = env::var_os(OWN_CONFIGURATION).map(PathBuf::from);
    environment::prepend_configuration(&library, &own.expect("a file")).expect("one thread");
    let server = Library::open(MIT).expect("MIT's library");
    (case.run)(&Stage { library, server });
}

pub fn principal(name: &str) -> Principal {
    Principal {
        name: name.to_owned(),
        is_enterprise: false,
    }
}

/// Both sides of a sign-in that stands.
#[derive(Debug)]
pub struct SignedIn {
    pub client: Context,
    pub server: Context,
    /// Whom the server takes the client for.
    pub name: String,
    pub delegated: Option<Credential>,
}

impl Stage {
    pub fn password(&self, name: &str) -> Result<Credential, Error> {
        Credential::from_password(&self.library, &principal(name), &PASSWORD.into())
    }

    /// What MIT and Heimdal differ in.
    pub fn differs<T>(&self, mit: T, heimdal: T) -> T {
        match self.library.family() {
            Family::Mit => mit,
            Family::Heimdal | Family::Apple => heimdal,
        }
    }

    /// The name of somebody or something that no other case uses.
    pub fn own(&self) -> &'static str {
        self.differs("own-mit", "own-heimdal")
    }

    pub fn initiator(&self, credential: Option<&Credential>) -> Initiator {
        self.initiator_at(credential, SERVICE)
    }

    pub fn initiator_at(&self, credential: Option<&Credential>, service: &str) -> Initiator {
        Initiator::new(&self.library, credential, service, false, None).expect("a name")
    }

    /// That asks for delegation.
    pub fn delegating(&self, credential: Option<&Credential>) -> Initiator {
        Initiator::new(&self.library, credential, SERVICE, true, None).expect("a name")
    }

    pub fn acceptor(&self, channel: Option<&[u8]>) -> Acceptor {
        let keys = Credential::acceptor(&self.server).expect("the keytab");
        Acceptor::new(&self.server, &keys, channel)
    }

    /// A ticket for a service, got by the server for somebody whose ticket it was given.
    pub fn second_hop(&self, delegated: &Credential, service: &str) -> Result<(), Error> {
        let mut hop = Initiator::new(&self.server, Some(delegated), service, false, None)?;
        hop.step(None).map(|_| ())
    }

    pub fn sign_in(&self, initiator: Initiator) -> SignedIn {
        self.sign_in_at(self.acceptor(None), initiator)
            .expect("both sides agree")
    }

    pub fn sign_in_at(
        &self,
        mut acceptor: Acceptor,
        mut initiator: Initiator,
    ) -> Result<SignedIn, Error> {
        let first = initiator.step(None)?;
        assert!(!first.is_established, "the server has yet to prove itself");
        let answer = acceptor.step(&first.token.expect("a first token"))?;
        assert!(answer.is_established);
        let last = initiator.step(answer.token.as_deref())?;
        assert!(last.is_established && last.token.is_none(), "{last:?}");
        Ok(SignedIn {
            name: acceptor.initiator()?,
            delegated: acceptor.delegated().cloned(),
            client: initiator.into_context()?,
            server: acceptor.into_context()?,
        })
    }
}
