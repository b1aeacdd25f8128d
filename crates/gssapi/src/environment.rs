//! Which configuration the library reads: the environment of the process says so, and nothing else can.

use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use crate::Library;

/// Why the configuration stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process has more than one thread, or it cannot be told whether it has: another one might read the
    /// environment while it is changed.
    #[error("the environment cannot be changed once the program has more than one thread")]
    Threads,
    /// A path that cannot stand in a list of paths.
    #[error("{path} cannot be put into {KRB5_CONFIG}: a colon separates paths there")]
    Colon {
        /// The path.
        path: PathBuf,
    },
}

/// The files that the configuration is read from, the first counts most.
const KRB5_CONFIG: &str = "KRB5_CONFIG";

/// Puts a file in front of the configuration that the library reads: what it says counts, and the user's own
/// configuration, or the system's, for all else. To be called before anything else is started.
///
/// # Errors
/// Nothing was changed.
pub fn prepend_configuration(library: &Library, own: &Path) -> Result<(), Error> {
    let own = own.as_os_str();
    if own.as_bytes().contains(&b':') {
        return Err(Error::Colon { path: own.into() });
    }
    if !has_one_thread() {
        return Err(Error::Threads);
    }
    let rest = match env::var_os(KRB5_CONFIG).filter(|files| !files.is_empty()) {
        Some(files) => vec![files],
        None => default_files(library),
    };
    let all: Vec<&OsStr> = [own]
        .into_iter()
        .chain(rest.iter().map(OsString::as_os_str))
        .collect();
    // SAFETY: this is the only thread, so nobody reads the environment meanwhile.
    unsafe { env::set_var(KRB5_CONFIG, all.join(OsStr::new(":"))) };
    Ok(())
}

/// What the library reads where nothing is said. It was built to know: Homebrew's looks elsewhere than Debian's.
fn default_files(library: &Library) -> Vec<OsString> {
    /// What Apple's Heimdal is built with, as published; not seen on a Mac.
    const APPLE: [&str; 3] = [
        "/Library/Preferences/com.apple.Kerberos.plist",
        "/Library/Preferences/edu.mit.Kerberos",
        "/etc/krb5.conf",
    ];
    let told = library.krb5().and_then(|krb5| krb5.configuration_files());
    told.unwrap_or_else(|| APPLE.map(OsString::from).to_vec())
}

#[cfg(target_os = "linux")]
fn has_one_thread() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}

/// Asks whether the process has ever made one.
#[cfg(target_vendor = "apple")]
fn has_one_thread() -> bool {
    unsafe extern "C" {
        safe fn pthread_is_threaded_np() -> std::ffi::c_int;
    }
    pthread_is_threaded_np() == 0
}
