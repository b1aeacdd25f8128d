//! What the server says of itself while the pool opens.

use super::Error;
use crate::psrp::clixml::Value;
use crate::psrp::payload::{ApplicationPrivateData, SessionCapability};

/// Which PowerShell is on the other side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerInfo {
    /// The version of the remoting protocol: `2.1` is PowerShell 2.0, `2.2` 3.0 and 4.0, `2.3` 5.0 and later.
    pub protocol: String,
    /// The version of PowerShell, where the server told it.
    pub powershell: Option<String>,
}

impl ServerInfo {
    /// Takes SESSION_CAPABILITY in.
    pub(super) fn set_protocol(&mut self, capability: SessionCapability) -> Result<(), Error> {
        self.protocol = capability.protocol;
        match self.protocol.split_once('.') {
            Some(("2", _)) => Ok(()),
            _ => Err(Error::Version(self.protocol.clone())),
        }
    }

    /// Takes APPLICATION_PRIVATE_DATA in.
    pub(super) fn set_private_data(&mut self, private: &ApplicationPrivateData) {
        let version =
            entry(&private.data, "PSVersionTable").and_then(|table| entry(table, "PSVersion"));
        self.powershell = version.and_then(Value::as_str).map(str::to_owned);
    }

    /// WMF 3.0 and later, whose WinRM takes envelopes of 500 KB.
    pub(super) fn takes_large_envelopes(&self) -> bool {
        let minor = self
            .protocol
            .split('.')
            .nth(1)
            .and_then(|minor| minor.parse::<u32>().ok());
        minor.is_some_and(|minor| minor >= 2)
    }
}

fn entry<'v>(dictionary: &'v Value, key: &str) -> Option<&'v Value> {
    let (_, value) = dictionary
        .as_dictionary()?
        .iter()
        .find(|(own, _)| own.as_str() == Some(key))?;
    Some(value)
}
