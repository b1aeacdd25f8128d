//! Where a case runs: its KDC, its environment, its process.

use std::{
    env, fs, io,
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use libtest_mimic::Failed;
use mapisweep_gssapi::{LIBRARY_VARIABLE, Library};
use mapisweep_outside::{Account, Kdc, skip};

use crate::case::{Case, Realm};

/// Names the case to be run in this process.
pub const CASE: &str = "MAPISWEEP_GSSAPI_CASE";
/// Names the file that is put in front of the configuration.
pub const OWN_CONFIGURATION: &str = "MAPISWEEP_GSSAPI_OWN";

/// Signs in with all cases, and accepts all sign-ins.
pub const MIT: &str = "libgssapi_krb5.so.2";
/// By family.
pub const LIBRARIES: [(&str, &str); 2] = [("mit", MIT), ("heimdal", "libgssapi.so.3")];

pub const PASSWORD: &str = "Unwort-7!";
pub const BOBS_PASSWORD: &str = "Unwort-8!";
pub const ANN: &str = "ann@CORP.EXAMPLE";
pub const BOB: &str = "bob@CORP.EXAMPLE";

/// The realms that cases run in.
#[derive(Clone)]
pub struct House(Arc<Realms>);

struct Realms {
    aes: Kdc,
    rc4: Kdc,
    /// Where a KDC could be, but none answers: a port of UDP and the same of TCP.
    silent: (UdpSocket, TcpListener),
}

impl House {
    /// Nothing where there is no KDC.
    pub fn open() -> Option<Self> {
        let mut builder = Kdc::builder()
            .person("ann", PASSWORD)
            .person("bob", BOBS_PASSWORD)
            .account("disabled", PASSWORD, Account::Disabled)
            .account("expired", PASSWORD, Account::Expired)
            .account("stale", PASSWORD, Account::PasswordExpired)
            .account("new", PASSWORD, Account::MustChangePassword)
            .account("sensitive", PASSWORD, Account::NotDelegable)
            .service("HTTP/ex01.corp.example")
            .service("HTTP/ex01:5985")
            .service("ldap/dc1.corp.example");
        // where the KDC's log is looked at
        for (family, _) in LIBRARIES {
            builder = builder
                .person(&format!("own-{family}"), PASSWORD)
                .service(&format!("HTTP/own-{family}:5985"))
                .service(&format!("HTTP/own-{family}"));
        }
        Some(Self(Arc::new(Realms {
            aes: builder.start()?,
            rc4: Kdc::builder()
                .person("ann", PASSWORD)
                .service("HTTP/ex01.corp.example")
                .rc4_only()
                .start()?,
            silent: silent(),
        })))
    }

    /// Runs a case with a library.
    pub fn run(&self, case: &Case, family: &str, library: &str) -> Result<(), Failed> {
        if let Err(error) = Library::open(library) {
            skip(&format!("Kerberos by {family}"), &error.to_string());
            return Ok(());
        }
        let (is_well, said) = self.play(case, family, library)?;
        if !is_well {
            return Err(said.into());
        }
        (case.seen)(&self.kdc(case).log(), family);
        Ok(())
    }

    /// Whether it went well, and what it said.
    pub fn play(&self, case: &Case, family: &str, library: &str) -> io::Result<(bool, String)> {
        let kdc = self.kdc(case);
        let place = kdc.folder().join(format!("{family}-{}", case.name));
        fs::create_dir(&place)?;
        let cache = match case.is_collection {
            true => format!("DIR:{}", place.display()),
            false => format!("FILE:{}/cc", place.display()),
        };
        (case.tickets)(kdc, &cache);
        let configuration = match case.realm {
            Realm::Aes | Realm::Rc4 => kdc.krb5_conf(),
            Realm::Lost | Realm::Silent => kdc.krb5_conf_without_kdc(),
        };
        let output = Command::new(env::current_exe()?)
            .current_dir(&place)
            .env_clear()
            .env(CASE, case.name)
            .env(LIBRARY_VARIABLE, library)
            .env(OWN_CONFIGURATION, self.own_configuration(case, &place)?)
            .env("KRB5_CONFIG", configuration)
            .env("KRB5_KTNAME", kdc.keytab())
            .env("KRB5CCNAME", &cache)
            // replays are no concern here, and remembering them would leave a file in /var/tmp
            .env("KRB5RCACHENAME", "none:")
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        Ok((
            output.status.success(),
            format!("{}\n{said}", output.status),
        ))
    }

    fn kdc(&self, case: &Case) -> &Kdc {
        match case.realm {
            Realm::Rc4 => &self.0.rc4,
            _ => &self.0.aes,
        }
    }

    /// As a program writes it.
    fn own_configuration(&self, case: &Case, place: &Path) -> io::Result<PathBuf> {
        let mut text = String::from(
            "[libdefaults]\n forwardable = true\n rdns = false\n dns_canonicalize_hostname = false\n",
        );
        if case.realm == Realm::Silent {
            let address = self.0.silent.0.local_addr()?;
            text += &format!("[realms]\n CORP.EXAMPLE = {{\n  kdc = {address}\n }}\n");
        }
        let path = place.join("own.conf");
        fs::write(&path, text)?;
        Ok(path)
    }
}

fn silent() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().expect("its number")) {
            return (udp, tcp);
        }
    }
}
