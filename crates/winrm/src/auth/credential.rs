//! Who signs in: a user's name, with a password or a ticket.

use std::fmt;

use secrecy::SecretString;

/// Who signs in, and what with. `Debug` shows the name only.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Who signs in.
    pub user: UserName,
    /// What proves it.
    pub proof: Proof,
}

/// What proves who somebody is.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The password, wiped from memory when dropped.
    Password(SecretString),
    /// A Kerberos ticket that the system keeps.
    Ticket,
}

impl Credential {
    /// Puts a name and a password together.
    pub fn new(user: UserName, password: impl Into<SecretString>) -> Self {
        Self {
            user,
            proof: Proof::Password(password.into()),
        }
    }

    /// The password, where it is one.
    pub fn password(&self) -> Option<&SecretString> {
        match &self.proof {
            Proof::Password(password) => Some(password),
            Proof::Ticket => None,
        }
    }
}

/// A user's name as an administrator writes it: `CORP\ann`, `ann@corp.example` or `ann`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName {
    /// What stood before the backslash; `None` for `ann@corp.example` and `ann`.
    pub domain: Option<String>,
    /// The account's name, or the whole user principal name.
    pub name: String,
}

impl UserName {
    /// Longest name accepted, in characters; Windows itself allows 256 for a user principal name.
    pub const MAX_LENGTH: usize = 512;

    /// Parses `DOMAIN\name`, `name@domain` or `name`.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(UserNameError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(UserNameError::ControlCharacter);
        }
        let (domain, name) = match text.split_once('\\') {
            Some(("", _)) => return Err(UserNameError::NoDomain),
            Some((_, name)) if name.contains('\\') => return Err(UserNameError::TwoBackslashes),
            Some((domain, name)) => (Some(domain.to_owned()), name),
            // a Kerberos principal may have one: ann/admin@CORP.EXAMPLE
            None if text.contains('/') && !text.contains('@') => return Err(UserNameError::Slash),
            None if text.matches('@').count() > 1 => return Err(UserNameError::TwoAts),
            None if text.contains('@') && text.contains(char::is_whitespace) => {
                return Err(UserNameError::Blank);
            }
            None => (None, text),
        };
        if name.is_empty() {
            return Err(UserNameError::NoName);
        }
        Ok(Self {
            domain,
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.domain {
            Some(domain) => write!(f, "{domain}\\{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl std::str::FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Why a text is not a user's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// Nothing, or nothing after the backslash.
    #[error("the user name is empty")]
    NoName,
    /// Nothing before the backslash.
    #[error("nothing stands before the backslash: write DOMAIN\\name")]
    NoDomain,
    /// More than one backslash.
    #[error("a user name has at most one backslash: DOMAIN\\name")]
    TwoBackslashes,
    /// A slash where the backslash belongs.
    #[error("what separates a domain from a name is a backslash, and no slash")]
    Slash,
    /// A second `@`.
    #[error("a user name has at most one @: name@domain")]
    TwoAts,
    /// A blank in a user principal name; in an account's name there may be one.
    #[error("there is a blank in a name with an @, which none has: name@domain")]
    Blank,
    /// A line break, tab or the like.
    #[error("the user name contains a control character")]
    ControlCharacter,
    /// Longer than [`UserName::MAX_LENGTH`].
    #[error("the user name is longer than {} characters", UserName::MAX_LENGTH)]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_as_administrators_write_them() {
        for (text, domain, name) in [
            ("CORP\\ann", Some("CORP"), "ann"),
            ("corp.example\\ann", Some("corp.example"), "ann"),
            (".\\ann", Some("."), "ann"),
            ("ann@corp.example", None, "ann@corp.example"),
            ("ann", None, "ann"),
            ("  ann \n", None, "ann"),
            ("ann/admin@CORP.EXAMPLE", None, "ann/admin@CORP.EXAMPLE"),
            ("CORP\\ann lee", Some("CORP"), "ann lee"),
        ] {
            let user = UserName::parse(text).unwrap();
            assert_eq!(
                (user.domain.as_deref(), user.name.as_str()),
                (domain, name),
                "{text:?}"
            );
            assert_eq!(user.to_string(), text.trim());
        }
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        for (text, error) in [
            ("", UserNameError::NoName),
            ("CORP\\", UserNameError::NoName),
            ("\\ann", UserNameError::NoDomain),
            ("A\\B\\ann", UserNameError::TwoBackslashes),
            ("CORP/ann", UserNameError::Slash),
            ("a b@c@d", UserNameError::TwoAts),
            ("ann lee@corp.example", UserNameError::Blank),
            ("an\tn", UserNameError::ControlCharacter),
            (&"a".repeat(513), UserNameError::TooLong),
        ] {
            assert_eq!(UserName::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        let credential = Credential::new(UserName::parse("CORP\\ann").unwrap(), "hunter2");
        let shown = format!("{credential:?}");
        assert!(
            shown.contains("ann") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
