//! Opening a runspace pool.

use super::{Error, enums, no_host, properties};
use crate::psrp::clixml::Value;

/// SESSION_CAPABILITY: the versions a side speaks (\[MS-PSRP\] 2.2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionCapability {
    /// `2.1` for PowerShell 2.0, `2.2` for 3.0, `2.3` since 5.0.
    pub protocol: String,
    /// Always `2.0`.
    pub powershell: String,
    /// Always `1.1.0.1`.
    pub serialization: String,
}

impl SessionCapability {
    /// What a side says that speaks this protocol version.
    pub fn speaking(protocol: &str) -> Self {
        Self {
            protocol: protocol.into(),
            powershell: "2.0".into(),
            serialization: "1.1.0.1".into(),
        }
    }

    /// As the message carries it.
    pub fn to_value(&self) -> Value {
        properties([
            ("protocolversion", Value::Version(self.protocol.clone())),
            ("PSVersion", Value::Version(self.powershell.clone())),
            (
                "SerializationVersion",
                Value::Version(self.serialization.clone()),
            ),
        ])
    }

    /// Reads what the other side says.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let text = |property| {
            let text = value.get(property).and_then(Value::as_str);
            text.map(str::to_owned).ok_or(Error {
                message: "SESSION_CAPABILITY",
                property,
            })
        };
        Ok(Self {
            protocol: text("protocolversion")?,
            powershell: text("PSVersion")?,
            serialization: text("SerializationVersion")?,
        })
    }
}

/// INIT_RUNSPACEPOOL: opens a pool (\[MS-PSRP\] 2.2.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitRunspacePool {
    /// Fewest runspaces.
    pub min_runspaces: i32,
    /// Most runspaces, and so most pipelines at a time.
    pub max_runspaces: i32,
}

impl InitRunspacePool {
    /// As the message carries it.
    pub fn to_value(self) -> Value {
        properties([
            ("MinRunspaces", self.min_runspaces.into()),
            ("MaxRunspaces", self.max_runspaces.into()),
            ("PSThreadOptions", enums::thread_options_default()),
            ("ApartmentState", enums::apartment_state_unknown()),
            ("HostInfo", no_host()),
            ("ApplicationArguments", Value::Null),
        ])
    }

    /// Reads what a client asks for.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let number = |property| {
            let number = value.get(property).and_then(Value::as_i64);
            number
                .and_then(|number| i32::try_from(number).ok())
                .ok_or(Error {
                    message: "INIT_RUNSPACEPOOL",
                    property,
                })
        };
        Ok(Self {
            min_runspaces: number("MinRunspaces")?,
            max_runspaces: number("MaxRunspaces")?,
        })
    }
}

/// APPLICATION_PRIVATE_DATA: what the server tells of itself (\[MS-PSRP\] 2.2.2.13).
#[derive(Debug, Clone, PartialEq)]
pub struct ApplicationPrivateData {
    /// A dictionary; Windows puts its `PSVersionTable` there.
    pub data: Value,
}

impl ApplicationPrivateData {
    /// As the message carries it.
    pub fn to_value(&self) -> Value {
        properties([("ApplicationPrivateData", self.data.clone())])
    }

    /// Reads it.
    pub fn from_value(value: &Value) -> Self {
        let data = value.get("ApplicationPrivateData");
        Self {
            data: data.cloned().unwrap_or(Value::Null),
        }
    }
}

/// PUBLIC_KEY: the client's RSA key for the session key (\[MS-PSRP\] 2.2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(
    /// A CryptoAPI PUBLICKEYBLOB in base64.
    pub String,
);

impl PublicKey {
    /// As the message carries it.
    pub fn to_value(&self) -> Value {
        properties([("PublicKey", self.0.as_str().into())])
    }

    /// Reads it.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        text(value, "PUBLIC_KEY", "PublicKey").map(Self)
    }
}

/// ENCRYPTED_SESSION_KEY: the session key, encrypted with the client's public key (\[MS-PSRP\] 2.2.2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedSessionKey(
    /// A CryptoAPI SIMPLEBLOB in base64.
    pub String,
);

impl EncryptedSessionKey {
    /// As the message carries it.
    pub fn to_value(&self) -> Value {
        properties([("EncryptedSessionKey", self.0.as_str().into())])
    }

    /// Reads it.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        text(value, "ENCRYPTED_SESSION_KEY", "EncryptedSessionKey").map(Self)
    }
}

fn text(value: &Value, message: &'static str, property: &'static str) -> Result<String, Error> {
    let text = value.get(property).and_then(Value::as_str);
    text.map(str::to_owned).ok_or(Error { message, property })
}
