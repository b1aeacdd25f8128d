//! What tests need from outside this repository, and what happens where it is missing.
//!
//! Recorded traffic of real servers, interpreters with other people's libraries, a keyring, a KDC, Wine: not everybody
//! has them. A test that cannot run says so ([`skip`]) and passes, wherever it is run, unless `MAPISWEEP_TEST_ALL=1` says
//! that everything must be there; then it fails.
#![forbid(unsafe_code)]

#[cfg(unix)]
mod kdc;
mod pwsh;
mod recordings;

use std::{
    env,
    io::{self, Write as _},
};

#[cfg(unix)]
pub use kdc::{Account, Builder as KdcBuilder, Kdc, Log as KdcLog};
pub use pwsh::Pwsh;
pub use recordings::{Pair, Recording, file_name, files, folder, read, recordings};

/// Says that something is not tested here and why; fails where everything must be.
///
/// # Panics
///
/// With `MAPISWEEP_TEST_ALL=1`.
pub fn skip(what: &str, why: &str) {
    let must_run = env::var_os("MAPISWEEP_TEST_ALL").is_some_and(|value| value == "1");
    assert!(!must_run, "{what} cannot be tested: {why}");
    say(&format!("SKIPPED: {what}: {why}"));
}

/// Tells whoever runs the tests. Not printed as tests print, for that is shown only when one fails.
pub fn say(line: &str) {
    // standard error may be closed; there is nowhere left to say so
    _ = writeln!(io::stderr(), "{line}");
}
