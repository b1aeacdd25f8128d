//! What is put in front of the system's configuration of Kerberos: only what was asked for, and what a ticket needs
//! that is to be passed on. The user's own `KRB5_CONFIG`, what it includes, DNS and other realms still count.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::PathBuf,
};

use mapisweep_core::config::{Realm, ServerAddress};

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The realm.
    pub realm: Option<Realm>,
    /// Its KDC, where DNS does not tell.
    pub kdc: Option<(Realm, ServerAddress)>,
}

impl Wishes {
    /// The text of it.
    ///
    /// MIT's library asks for no ticket that can be passed on unless told so, and asks DNS backwards and for aliases to
    /// find a server's name: then the network would choose whom a ticket is given to.
    fn text(&self) -> String {
        let mut text = String::from(
            "[libdefaults]\n forwardable = true\n rdns = false\n dns_canonicalize_hostname = false\n",
        );
        if let Some(realm) = &self.realm {
            // a String takes all that is written to it
            _ = writeln!(text, " default_realm = {realm}");
        }
        if let Some((realm, kdc)) = &self.kdc {
            _ = write!(text, "[realms]\n {realm} = {{\n  kdc = {kdc}\n }}\n");
        }
        text
    }
}

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
    /// Writes it.
    pub fn new(wishes: &Wishes) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        let mut file = tempfile::tempfile()?;
        #[cfg(not(target_os = "linux"))]
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(wishes.text().as_bytes())?;
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
            usual.text(),
            "[libdefaults]\n forwardable = true\n rdns = false\n dns_canonicalize_hostname = false\n"
        );
        let realm: Realm = "corp.example".parse().unwrap();
        let asked = Wishes {
            realm: Some(realm.clone()),
            kdc: Some((realm, "dc1.corp.example:8888".parse().unwrap())),
        };
        assert_eq!(
            asked.text(),
            usual.text()
                + " default_realm = CORP.EXAMPLE\n[realms]\n CORP.EXAMPLE = {\n  kdc = dc1.corp.example:8888\n }\n"
        );
    }

    #[test]
    fn the_file_is_there_as_long_as_it_is_needed() {
        let wishes = Wishes::default();
        let file = File::new(&wishes).unwrap();
        let path = file.path();
        for _ in 0..2 {
            assert_eq!(std::fs::read_to_string(&path).unwrap(), wishes.text());
        }
        drop(file);
        assert!(std::fs::read_to_string(&path).map_or(true, |text| text != wishes.text()));
    }
}
