//! A password that the KDC refused.

use mapisweep_outside::Kdc;

use crate::{
    listener::Listener,
    place::{Library, mapisweep, said},
};

/// Not by NTLM, not once more for another server, not in any server's sight.
#[test]
fn goes_nowhere_else() {
    let people = ["Mit", "Heimdal"];
    let kdc = people
        .iter()
        .fold(Kdc::builder(), |kdc, name| kdc.person(name, "Unwort-7!"));
    let Some(kdc) = kdc.start() else {
        return;
    };
    let listener = Listener::start();
    for library in Library::all() {
        let mut line = format!("logons --user {library:?}@CORP.EXAMPLE");
        for server in ["ex01", "ex02", "ex03"] {
            let name = format!("{server}.corp.example");
            line += &format!(
                " --server {name} --connect-to {name}={}",
                listener.address()
            );
        }
        let mut run = mapisweep(library, &[], &line);
        run.env("KRB5_CONFIG", kdc.krb5_conf());
        let said = said(run.env("MAPISWEEP_PASSWORD", "Unwort-9!"));
        assert!(said.starts_with("exit 1\n"), "{said}");
        assert!(!said.contains("Unwort"), "{said}");
        assert!(said.contains("the KDC refused the password of"), "{said}");
        assert!(
            said.contains("not tried: this sign-in was refused at"),
            "{said}"
        );
        assert_eq!(listener.tokens(), [""; 0], "{said}");
        // Heimdal's second try is its own, and said
        let expected = match library {
            Library::Mit => 1,
            Library::Heimdal => 2,
        };
        let log = kdc.log();
        let person = format!("{library:?}");
        assert_eq!(log.refused_passwords(&person), expected, "{}", log.text());
    }
}
