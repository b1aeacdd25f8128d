//! The ways of signing in that can be chosen.

use std::str::FromStr;

use serde::Deserialize;

/// How to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Kerberos where a ticket can be had, otherwise NTLM.
    #[default]
    #[serde(alias = "negotiate")]
    Auto,
    /// Kerberos, under `Negotiate` or `Kerberos` as the server offers; over HTTP every message is sealed.
    Kerberos,
    /// NTLM, under `Negotiate` or `NTLM` as the server offers; over HTTP every message is sealed.
    Ntlm,
    /// The password itself, inside TLS; HTTPS only.
    Basic,
}

/// A word that names no method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a way to sign in")]
pub struct UnknownMethod(String);

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(word: &str) -> Result<Self, UnknownMethod> {
        match word {
            "auto" | "negotiate" => Ok(Self::Auto),
            "kerberos" => Ok(Self::Kerberos),
            "ntlm" => Ok(Self::Ntlm),
            "basic" => Ok(Self::Basic),
            other => Err(UnknownMethod(other.to_owned())),
        }
    }
}
