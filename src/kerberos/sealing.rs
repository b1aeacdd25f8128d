//! Messages sealed by Kerberos, as WinRM carries them.

use mapisweep_gssapi::{self as gssapi, Layout};
use mapisweep_winrm::auth::{
    Context, Opened, SealError, Sealed,
    kerberos::{self, PROTOCOL, SplitError},
};

/// How Kerberos's tokens travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Inside SPNEGO, under `Negotiate`.
    Negotiated,
    /// As they are, under `Kerberos`.
    Bare,
}

/// What protects the messages of one connection.
pub struct Sealing {
    context: gssapi::Context,
    kind: Kind,
    is_broken: bool,
}

impl Sealing {
    /// From here on.
    pub fn new(context: gssapi::Context, kind: Kind) -> Self {
        Self {
            context,
            kind,
            is_broken: false,
        }
    }

    fn unseal(&mut self, header: &[u8], ciphertext: &[u8]) -> Result<Opened, SealError> {
        if !kerberos::is_rc4(header) {
            let token = [header, ciphertext].concat();
            return Ok(self.context.open(&token).map_err(library)?.into());
        }
        // the libraries differ in what they take where the padding is missing, as WinRM leaves it out
        let mut open = |layout| self.context.open_parts(header, ciphertext, layout);
        let opened = open(Layout::HeaderDataPadding).or_else(|_| open(Layout::HeaderData));
        let mut message = opened.map_err(library)?;
        // some leave the padding in; no text of WinRM's ends like that
        if message.len() == ciphertext.len() && message.last() == Some(&1) {
            message.pop();
        }
        match ciphertext.len().checked_sub(message.len()) {
            Some(padding) if padding <= RC4_PADDING => Ok(Opened { message, padding }),
            _ => Err(SplitError::Length.into()),
        }
    }
}

/// What a message can be padded with, in bytes (RFC 4757 section 7.3). A library that gives less than the rest has cut
/// text.
const RC4_PADDING: usize = 1;

impl Context for Sealing {
    fn protocol(&self) -> &'static str {
        match self.kind {
            Kind::Bare => PROTOCOL,
            Kind::Negotiated => "application/HTTP-SPNEGO-session-encrypted",
        }
    }

    fn seal(&mut self, message: &[u8]) -> Result<Sealed, SealError> {
        let token = self.context.seal(message).map_err(library)?;
        Ok(kerberos::split(token, message.len())?)
    }

    fn open(&mut self, signature: &[u8], ciphertext: &[u8]) -> Result<Opened, SealError> {
        if self.is_broken {
            return Err(SealError::Broken);
        }
        let opened = self.unseal(signature, ciphertext);
        self.is_broken = opened.is_err();
        opened
    }
}

fn library(error: gssapi::Error) -> SealError {
    SealError::Library(error.to_string())
}
