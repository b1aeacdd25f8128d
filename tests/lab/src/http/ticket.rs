//! A sign-in by Kerberos: one token in, one out, inside SPNEGO under `Negotiate` and bare under `Kerberos`. RFC 4559

use mapisweep_winrm::auth::spnego::{self, KERBEROS, KERBEROS_OF_WINDOWS, State};

use crate::kerberos::{self, Accepted, Keys};

/// Why a client was turned away. The client is never told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Spnego(#[from] spnego::Error),
    #[error("another mechanism than Kerberos is proposed, or none of its tokens")]
    NotKerberos,
    #[error("{0}")]
    Ticket(#[from] kerberos::Refusal),
    #[error("the channel binding is missing")]
    NotBound,
    #[error("unknown user {0}")]
    UnknownUser(String),
}

/// Under which of the two schemes a token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    Spnego,
    Bare,
}

impl Wrapping {
    /// Judges a client's token; the answer is the token to send back.
    pub fn accept(
        self,
        keys: &Keys,
        token: &[u8],
        channel: Option<&[u8]>,
    ) -> Result<Accepted, Refusal> {
        if self == Self::Bare {
            return Ok(keys.accept(token, channel)?);
        }
        let proposal = spnego::read_proposal(token)?;
        let preferred = proposal.mechanisms.first().copied();
        let known = |mechanism: &_| [KERBEROS, KERBEROS_OF_WINDOWS].contains(mechanism);
        let mechanism = preferred.filter(known).ok_or(Refusal::NotKerberos)?;
        let token = proposal.token.ok_or(Refusal::NotKerberos)?;
        let accepted = keys.accept(&token, channel)?;
        let answer = spnego::answer(&spnego::Answer {
            state: Some(State::Completed),
            mechanism: Some(mechanism),
            token: Some(accepted.answer),
        })?;
        Ok(Accepted { answer, ..accepted })
    }
}
