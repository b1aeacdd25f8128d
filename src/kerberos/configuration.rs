//! What is put in front of the system's configuration of Kerberos: only what was asked for, and what a ticket needs
//! that is to be passed on. The user's own `KRB5_CONFIG`, what it includes, DNS and other realms still count.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::PathBuf,
};

use mapisweep_core::config::{Realm, ServerAddress};

use super::StartError;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The realm.
    pub realm: Option<Realm>,
    /// A KDC, where DNS does not tell.
    pub kdc: Option<ServerAddress>,
    /// The realm that the user's name names.
    pub named: Option<Realm>,
}

impl Wishes {
    /// The text of it.
    ///
    /// MIT's library asks for no ticket that can be passed on unless told so. To find a server's name it asks DNS backwards
    /// and for aliases, and completes a short one by the domain that DHCP may have named: then the network would choose
    /// whom a ticket is given to.
    fn text(&self, system: Option<&Realm>) -> Result<String, OfNoRealm> {
        let mut text = String::from(
            "[libdefaults]\n forwardable = true\n rdns = false\n dns_canonicalize_hostname = false\n \
             qualify_shortname = \"\"\n",
        );
        if let Some(realm) = &self.realm {
            // a String takes all that is written to it
            _ = writeln!(text, " default_realm = {realm}");
        }
        if let Some(kdc) = &self.kdc {
            let realms = [self.realm.as_ref(), self.named.as_ref(), system];
            let realm = realms.into_iter().flatten().next();
            let realm = realm.ok_or_else(|| OfNoRealm(kdc.clone()))?;
            let kdc = match kdc.port {
                // else what follows the first colon is a port
                None if kdc.host.contains(':') => format!("[{kdc}]"),
                _ => kdc.to_string(),
            };
            _ = write!(text, "[realms]\n {realm} = {{\n  kdc = {kdc}\n }}\n");
        }
        Ok(text)
    }
}

/// A KDC, and nothing says of which realm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing says which Kerberos realm {0} belongs to")]
pub struct OfNoRealm(pub ServerAddress);

/// The file that the library reads; gone with this value, and on Linux without a name from the beginning, so that
/// nothing is left even of a run that was killed.
#[derive(Debug)]
pub struct File {
    #[cfg(target_os = "linux")]
    file: std::fs::File,
    #[cfg(not(target_os = "linux"))]
    file: tempfile::NamedTempFile,
}

impl File {
    /// Writes it; the realm is the system's default.
    pub fn new(wishes: &Wishes, system: Option<&Realm>) -> Result<Self, StartError> {
        let text = wishes.text(system)?;
        Self::with(&text).map_err(StartError::Configuration)
    }

    fn with(text: &str) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        let mut file = tempfile::tempfile()?;
        #[cfg(not(target_os = "linux"))]
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        Ok(Self { file })
    }

    /// Where this process finds it.
    #[cfg(target_os = "linux")]
    pub fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd as _;

        PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd()))
    }

    /// Where this process finds it.
    #[cfg(not(target_os = "linux"))]
    pub fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_configured_but_what_was_asked_for() {
        let usual = Wishes::default();
        assert_eq!(
            usual.text(None).unwrap(),
            "[libdefaults]\n forwardable = true\n rdns = false\n dns_canonicalize_hostname = false\n \
             qualify_shortname = \"\"\n"
        );
        for (given, written) in [
            ("dc1.corp.example", "dc1.corp.example"),
            ("dc1.corp.example:8888", "dc1.corp.example:8888"),
            ("10.1.0.1", "10.1.0.1"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("[2001:db8::1]:8888", "[2001:db8::1]:8888"),
        ] {
            let asked = Wishes {
                realm: Some("corp.example".parse().unwrap()),
                kdc: Some(given.parse().unwrap()),
                named: None,
            };
            let more = format!(
                " default_realm = CORP.EXAMPLE\n[realms]\n CORP.EXAMPLE = {{\n  kdc = {written}\n }}\n"
            );
            assert_eq!(
                asked.text(None).unwrap(),
                usual.text(None).unwrap() + &more,
                "{given}"
            );
        }
    }

    #[test]
    fn a_kdc_is_of_the_realm_that_was_named_most_surely() {
        let realm = |name: Option<&str>| name.map(|name| name.parse::<Realm>().unwrap());
        for (given, named, system, of) in [
            (Some("A"), Some("B"), Some("C"), Some("A")),
            (None, Some("B"), Some("C"), Some("B")),
            (None, None, Some("C"), Some("C")),
            (None, None, None, None),
        ] {
            let wishes = Wishes {
                realm: realm(given),
                kdc: Some("dc1".parse().unwrap()),
                named: realm(named),
            };
            let text = wishes.text(realm(system).as_ref()).ok();
            let says = |of| format!("[realms]\n {of} = {{\n  kdc = dc1\n }}\n");
            assert!(
                match of {
                    Some(of) => text.is_some_and(|text| text.contains(&says(of))),
                    None => text.is_none(),
                },
                "{of:?}"
            );
        }
    }

    #[test]
    fn the_file_is_there_as_long_as_it_is_needed() {
        let text = "[libdefaults]\n";
        let file = File::with(text).unwrap();
        let path = file.path();
        for _ in 0..2 {
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        drop(file);
        assert!(std::fs::read_to_string(&path).map_or(true, |found| found != text));
    }
}
