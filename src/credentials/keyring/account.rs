//! Whose password an entry holds, and what the entry is called.
//!
//! An entry's service is `mapisweep`, its user name the account: `CORP\ann`. Where the password is for one profile of the
//! configuration only, the profile follows: `CORP\ann/branch`. No Windows account and no domain has a slash in its name.
//! Any other difference, such as another target, would make both entries ambiguous to those who look for the plain one.

use std::fmt;

/// The service of every entry; `secret-tool lookup service mapisweep username 'CORP\ann'` finds the plain one of `CORP\ann`.
pub const SERVICE: &str = "mapisweep";

/// Whose password, and for which profile if for one only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// `CORP\ann`, `ann@corp.example` or `ann`.
    pub user: String,
    /// The profile of the configuration.
    pub profile: Option<String>,
}

impl Account {
    /// The entry's user name.
    pub(super) fn text(&self) -> String {
        match &self.profile {
            Some(profile) => format!("{}/{profile}", self.user),
            None => self.user.clone(),
        }
    }

    /// Whom an entry of this user name is for.
    pub(super) fn parse(text: &str) -> Self {
        let (user, profile) = match text.split_once('/') {
            Some((user, profile)) => (user, Some(profile.to_owned())),
            None => (text, None),
        };
        let user = user.to_owned();
        Self { user, profile }
    }

    /// Whether both mean the same: Windows does not mind the case of a user's name, a profile's is as it is written.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.user.to_lowercase() == other.user.to_lowercase() && self.profile == other.profile
    }

    /// The same account, for every profile.
    pub fn plain(&self) -> Self {
        Self {
            user: self.user.clone(),
            profile: None,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)?;
        match &self.profile {
            Some(profile) => write!(f, " for the profile {profile}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_again_under_its_name_whatever_the_case() {
        for (entry, user, profile, is) in [
            (r"CORP\ann", r"corp\Ann", None, true),
            (r"CORP\ann", r"CORP\anna", None, false),
            ("ÄNN@corp.example", "änn@CORP.example", None, true),
            (r"CORP\ann/branch", r"corp\ann", Some("branch"), true),
            (r"CORP\ann/branch", r"CORP\ann", Some("Branch"), false),
            (r"CORP\ann/branch", r"CORP\ann", None, false),
            (r"CORP\ann", r"CORP\ann", Some("branch"), false),
            (r"CORP\ann/a/b", r"CORP\ann", Some("a/b"), true),
        ] {
            let account = Account {
                user: user.into(),
                profile: profile.map(str::to_owned),
            };
            let known = Account::parse(entry);
            assert_eq!(known.is(&account), is, "{entry} and {account}");
            assert_eq!(known.text(), entry);
        }
    }
}
