//! HTTP Basic (RFC 7617): only ever sent inside TLS, which `connection` sees to.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::Credential;

/// The value of the `Authorization` header. It contains the password in clear.
pub fn authorization(credential: &Credential) -> SecretString {
    let pair = Zeroizing::new(format!(
        "{}:{}",
        credential.user,
        credential.password.expose_secret()
    ));
    format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::UserName;

    #[test]
    fn the_example_of_rfc_7617() {
        let credential = Credential::new(UserName::parse("Aladdin").unwrap(), "open sesame");
        assert_eq!(
            authorization(&credential).expose_secret(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
    }
}
