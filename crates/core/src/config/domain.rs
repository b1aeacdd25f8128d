//! A domain in which members of a DAG may be.

use std::{fmt, str::FromStr};

use serde::Deserialize;

use super::{InvalidValue, value::invalid};

/// The name of a domain, as DNS knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Domain(String);

impl FromStr for Domain {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        /// Longer than any DNS name.
        const LONGEST: usize = 255;

        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let name = text.trim_matches('.');
        match !name.is_empty() && name.len() <= LONGEST && name.chars().all(allowed) {
            true => Ok(Self(name.to_owned())),
            false => Err(invalid(text, "a domain such as branch.example")),
        }
    }
}

impl TryFrom<String> for Domain {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_nothing_but_names() {
        for (text, domain) in [
            ("branch.example", Some("branch.example")),
            (".branch.example.", Some("branch.example")),
            ("corp", Some("corp")),
            ("", None),
            ("..", None),
            ("bad domain", None),
            ("CORP/ann", None),
            ("*.example", None),
        ] {
            let parsed = text.parse::<Domain>().ok();
            let parsed = parsed.map(|domain| domain.to_string());
            assert_eq!(parsed.as_deref(), domain, "{text:?}");
        }
    }
}
