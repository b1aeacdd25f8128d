//! Keys that are not the service's.

use std::path::Path;

use super::{Kdc, config, process::run};

/// Puts made-up keys under a service's name, in the version that its tickets name.
pub(super) fn write(kdc: &Kdc, service: &str, keytab: &Path) {
    let service = kdc.full_name(service);
    // `ktadd` gave the real ones the version 2
    let add = |enctype| format!("addent -password -p {service} -k 2 -e {enctype}\nnot its own\n");
    let keys: String = config::ENCTYPES.map(add).concat();
    let commands = format!("{keys}wkt {}\nquit\n", keytab.display());
    run(kdc.folder(), "ktutil", &[], None, &commands);
}
