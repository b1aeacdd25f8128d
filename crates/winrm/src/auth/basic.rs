//! HTTP Basic (RFC 7617): only ever sent inside TLS, which `connection` sees to.

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::{Credential, Error, Mechanism, Scene, Step, Token};

/// Signs in each request with the password itself.
#[derive(Debug)]
pub struct Basic {
    token: Token,
}

/// Its name in HTTP headers.
pub const SCHEME: &str = "Basic";

impl Basic {
    /// For somebody with a password.
    pub fn new(credential: &Credential) -> Result<Self, Error> {
        let password = credential.password().ok_or(Error::NeedsPassword(SCHEME))?;
        let pair = Zeroizing::new(format!("{}:{}", credential.user, password.expose_secret()));
        Ok(Self {
            token: Token::from(pair.as_bytes().to_vec()),
        })
    }
}

impl Mechanism for Basic {
    fn scheme(&self) -> &'static str {
        SCHEME
    }

    fn step(&mut self, _received: Option<&[u8]>, _scene: &Scene) -> Result<Step, Error> {
        Ok(Step::Established {
            token: Some(self.token.clone()),
            context: None,
        })
    }

    fn reveals_password(&self) -> bool {
        true
    }

    fn is_per_request(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    use super::*;
    use crate::auth::{ChannelBinding, UserName};

    #[test]
    fn the_example_of_rfc_7617() {
        let credential = Credential::new(UserName::parse("Aladdin").unwrap(), "open sesame");
        let scene = Scene {
            channel: ChannelBinding::NONE,
            now: 0,
        };
        let step = Basic::new(&credential).unwrap().step(None, &scene);
        let Ok(Step::Established {
            token: Some(token),
            context: None,
            ..
        }) = step
        else {
            panic!("not established");
        };
        assert_eq!(
            format!("{SCHEME} {}", BASE64_STANDARD.encode(token.expose())),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert_eq!(format!("{token:?}"), "Token(19 bytes)");
    }
}
