//! A configuration that the library does not take.

use std::fs;

use crate::place::{Library, mapisweep, said, without_places};

/// MIT's library takes no file with a fault; whoever wants Kerberos is told where it is, and whoever has not said so
/// signs in by NTLM and is told the same. Heimdal leaves out what follows, and nobody notices.
#[test]
fn a_fault_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    let fine = put(
        "fine.conf",
        "[libdefaults]\n default_realm = CORP.EXAMPLE\n",
    );
    let fault = put(
        "fault.conf",
        "[realms]\n CORP.EXAMPLE = {\n  kdc 10.1.4.2\n }\n",
    );
    let includes = put(
        "includes.conf",
        &format!("include {fault}\n[libdefaults]\n"),
    );
    let missing = put(
        "missing.conf",
        "# ours\nincludedir /nonexistent/krb5.conf.d\n",
    );
    let mut text = String::new();
    for library in Library::all() {
        for (what, files) in [
            ("a fault", &fault),
            ("in the second file", &format!("{fine}:{fault}")),
            ("in what is included", &includes),
            ("a folder that is not there", &missing),
        ] {
            for how in ["auto", "kerberos"] {
                let line = format!(
                    "logons --server ex01.corp.example --user ann@CORP.EXAMPLE --auth {how}"
                );
                let mut run = mapisweep(library, &[], &line);
                let said = said(run.env("KRB5_CONFIG", files));
                text += &format!("{library:?}, {what}, {how}: {said}");
            }
        }
        let mut run = mapisweep(library, &[], "logons --server ex01.corp.example");
        let said = said(run.env("KRB5_CONFIG", &fault));
        text += &format!("{library:?}, nobody named: {said}");
    }
    insta::assert_snapshot!(without_places(&text));
}
