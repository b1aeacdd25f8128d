//! The password of a proxy: from the environment only. It is one for a network, seldom a person's own, and nobody is
//! asked for two passwords in one run.

use secrecy::SecretString;

/// The environment variable that holds it.
pub const PASSWORD_VARIABLE: &str = "MAPISWEEP_PROXY_PASSWORD";

/// The password, where there is one that is text.
pub fn password() -> Option<SecretString> {
    let password = std::env::var(PASSWORD_VARIABLE).ok()?;
    (!password.is_empty()).then(|| password.into())
}
