//! The accepting side of Kerberos, by the system's library: nothing of it is written here, and where there is no library
//! the lab does without.
//!
//! Local: a service needs its keys and no KDC. Messages are sealed with AES; RC4-HMAC's are refused as a bad seal, and so
//! is a bare token under `Negotiate`.

mod sealer;

use std::path::Path;

use mapisweep_gssapi::{Acceptor, Credential, Error, Library, Missing};

pub(crate) use sealer::Sealer;

/// The services whose tickets the lab's servers take.
pub(crate) struct Keys {
    library: Library,
    credential: Credential,
}

/// Why the lab has no Kerberos.
#[derive(Debug, thiserror::Error)]
pub enum NoKerberos {
    /// Nobody asked for it.
    #[error("the lab was given no keytab")]
    NoKeytab,
    /// This computer has no library for it.
    #[error(transparent)]
    NoLibrary(#[from] Missing),
    /// Its library does not take the keytab.
    #[error("the keys cannot be used")]
    Keys(#[source] Error),
}

/// A client that has proved who it is.
pub(crate) struct Accepted {
    /// `ann@CORP.EXAMPLE`
    pub principal: String,
    /// Whether a ticket in the client's name came along.
    pub is_delegated: bool,
    /// Whether it bound itself to the connection's channel.
    pub is_bound: bool,
    /// What the client waits for.
    pub answer: Vec<u8>,
    pub sealer: Sealer,
}

/// Why a client was turned away. The client is never told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0}")]
    Library(#[from] Error),
    #[error("the token is not the only one that is needed")]
    NotAtOnce,
}

impl Keys {
    pub fn read(keytab: &Path) -> Result<Self, NoKerberos> {
        let library = Library::load()?;
        let credential = Credential::from_keytab(&library, keytab).map_err(NoKerberos::Keys)?;
        Ok(Self {
            library,
            credential,
        })
    }

    /// Judges a client's token, inside a channel if there is one.
    pub fn accept(&self, token: &[u8], channel: Option<&[u8]>) -> Result<Accepted, Refusal> {
        let mut acceptor = Acceptor::new(&self.library, &self.credential, channel);
        let step = acceptor.step(token)?;
        let answer = step.token.filter(|_| step.is_established);
        Ok(Accepted {
            principal: acceptor.initiator()?,
            is_delegated: acceptor.delegated().is_some(),
            is_bound: acceptor.flags().channel_bound,
            answer: answer.ok_or(Refusal::NotAtOnce)?,
            sealer: Sealer::new(acceptor.into_context()?),
        })
    }
}
