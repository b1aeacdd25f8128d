//! A Kerberos realm: what Kerberos calls a Windows domain.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use super::{InvalidValue, value::invalid};

/// A realm's name, in upper case: Windows does not mind the case, Kerberos does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Realm(String);

impl Realm {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Realm {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        /// Longer than any DNS name.
        const LONGEST: usize = 255;

        // it goes into a configuration file and a principal's name: nothing that means something there
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let name = text.trim_matches('.');
        if name.is_empty() || name.len() > LONGEST || !name.chars().all(allowed) {
            return Err(invalid(text, "a Kerberos realm such as CORP.EXAMPLE"));
        }
        Ok(Self(name.to_uppercase()))
    }
}

impl TryFrom<String> for Realm {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn realms_are_upper_case_and_nothing_but_names() {
        for (text, realm) in [
            ("CORP.EXAMPLE", Some("CORP.EXAMPLE")),
            ("corp.example.", Some("CORP.EXAMPLE")),
            ("corp", Some("CORP")),
            ("", None),
            (".", None),
            ("corp example", None),
            ("CORP}\n[libdefaults]", None),
            ("ann@CORP", None),
        ] {
            let parsed = text.parse::<Realm>().ok();
            assert_eq!(parsed.as_ref().map(Realm::as_str), realm, "{text:?}");
        }
    }
}
