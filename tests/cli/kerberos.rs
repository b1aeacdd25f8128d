//! Kerberos from the ticket to the closed connection, against the lab's acceptor and MIT's KDC.

use mapisweep_lab::{
    Breakage, Builder, Faults, Lab, Scenario, Scheme, ServerSpec, Staged, event::What,
};
use mapisweep_outside::{Kdc, KdcBuilder, skip};

use crate::support::{Mapisweep, Ran, stage};

const SERVICE: &str = "HTTP/ex01.corp.example";
pub const TO_EX01: &str = "--server ex01.corp.example";

/// A realm and a lab in it.
pub struct House {
    kdc: Kdc,
    pub staged: Staged,
}

/// What proves who somebody is.
#[derive(Debug, Clone, Copy)]
pub enum Proof {
    Password,
    /// Got with this option of `kinit`'s.
    Ticket(&'static str),
}

/// With `ann` and `bob` in it, and the lab's servers.
fn realm() -> KdcBuilder {
    let people = Kdc::builder()
        .person("ann", Scenario::PASSWORD)
        .person("bob", Scenario::PASSWORD)
        .person("rob", Scenario::PASSWORD);
    (1..=3).fold(people, |realm, number| {
        realm.service(&format!("HTTP/ex0{number}.corp.example"))
    })
}

/// An Exchange 2007 server on which these things go wrong.
fn one_server(faults: Faults) -> Builder {
    Lab::builder().server("ex01", |server| server.exchange_2007().faults(faults))
}

/// As almost every real server.
pub fn requires_delegation() -> Faults {
    Faults {
        requires_delegation: true,
        ..Faults::default()
    }
}

impl House {
    /// `None` after saying what is missing.
    pub async fn of(servers: Builder) -> Option<Self> {
        let kdc = realm().start()?;
        let servers = servers.kerberos(kdc.keytab()).user("bob", |bob| {
            bob.administrator().password(Scenario::PASSWORD)
        });
        let staged = stage(servers).await;
        match staged.lab.kerberos() {
            Ok(()) => Some(Self { kdc, staged }),
            Err(why) => {
                skip("the lab's Kerberos", &why.to_string());
                None
            }
        }
    }

    /// A run as `ann`.
    pub fn run(&self, proof: Proof) -> Mapisweep {
        self.run_as("ann", proof)
    }

    pub fn run_as(&self, person: &str, proof: Proof) -> Mapisweep {
        let configuration = self.kdc.krb5_conf();
        let run = Mapisweep::on(&self.staged.lab)
            .env("KRB5_CONFIG", &configuration.display().to_string())
            .env("MAPISWEEP_USER", &format!("{person}@CORP.EXAMPLE"));
        match proof {
            Proof::Password => run,
            Proof::Ticket(option) => {
                let cache = self.kdc.cache(&format!("{person}{option}"));
                self.kdc.kinit_with(&[option], person, &cache);
                run.env("KRB5CCNAME", &cache).without_password()
            }
        }
    }

    /// How it was signed in to the servers: scheme, mechanism, whether a ticket came along.
    pub fn sign_ins(&self) -> Vec<(String, &'static str, bool)> {
        let events = self.staged.lab.events().into_iter();
        let sign_ins = events.filter_map(|event| match event.what {
            What::SignedIn {
                scheme,
                mechanism,
                is_delegated,
                ..
            } => Some((scheme, mechanism, is_delegated)),
            _ => None,
        });
        sign_ins.collect()
    }

    #[track_caller]
    pub fn all_is_closed(&self) {
        let server = self.staged.lab.server("ex01");
        assert_eq!(server.resets().len(), 31);
        assert!(server.leftovers().is_empty(), "{:?}", server.leftovers());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_job_by_password_or_ticket_under_each_scheme() {
    for proof in [Proof::Password, Proof::Ticket("-f")] {
        for only_scheme in [None, Some(Scheme::Negotiate), Some(Scheme::Kerberos)] {
            let faults = Faults {
                only_scheme,
                ..requires_delegation()
            };
            let Some(house) = House::of(one_server(faults)).await else {
                return;
            };
            let scheme = match only_scheme {
                Some(Scheme::Kerberos) => "Kerberos",
                _ => "Negotiate",
            };
            for (line, prints, needs_directory) in [
                ("connections", "10.1.4.23", false),
                ("logons", r"CORP\jsmith", true),
                ("close jsmith --dry-run", "10.1.4.23", true),
                ("close jsmith --yes", r"CORP\jsmith can log on again.", true),
            ] {
                let before = house.sign_ins().len();
                house
                    .run(proof)
                    .args(&format!("{line} {TO_EX01}"))
                    .run()
                    .await
                    .exits(0)
                    .prints(prints);
                let sign_ins = house.sign_ins().split_off(before);
                assert!(!sign_ins.is_empty());
                for sign_in in sign_ins {
                    let expected = (scheme.to_owned(), "Kerberos", needs_directory);
                    assert_eq!(sign_in, expected, "{proof:?}, {line}");
                }
            }
            house.all_is_closed();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_bound_to_the_channel_of_https() {
    let faults = Faults {
        strict_channel_binding: true,
        ..requires_delegation()
    };
    let Some(house) = House::of(one_server(faults)).await else {
        return;
    };
    let over_https = |line: &str| {
        let run = house.run(Proof::Password);
        let authority = run.home().join("ca.pem");
        std::fs::write(&authority, house.staged.lab.ca_pem()).unwrap();
        run.args(&format!("{line} {TO_EX01} --transport https"))
            .arg(format!("--ca-file={}", authority.display()))
    };
    over_https("close jsmith --yes").run().await.exits(0);
    house.all_is_closed();
    over_https("logons --no-channel-binding")
        .run()
        .await
        .exits(1)
        .says("refused");
}

/// What is run where the cmdlets need a delegated ticket, and what is said.
struct SecondHop {
    proof: Proof,
    flags: &'static str,
    says: &'static [&'static str],
    says_nothing_of: &'static [&'static str],
}

const SECOND_HOPS: [SecondHop; 3] = [
    SecondHop {
        proof: Proof::Password,
        flags: "--auth ntlm",
        says: &["by NTLM", "leave out --auth ntlm", "`kinit -f`"],
        says_nothing_of: &["--no-delegation"],
    },
    SecondHop {
        proof: Proof::Password,
        flags: "--no-delegation",
        says: &["by Kerberos", "Leave out --no-delegation"],
        says_nothing_of: &["kinit"],
    },
    SecondHop {
        proof: Proof::Ticket("-F"),
        flags: "--auth kerberos",
        says: &[
            "kinit -f",
            "sensitive and cannot be delegated",
            "Protected Users",
        ],
        says_nothing_of: &["Leave out --no-delegation"],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn the_second_hop_fails_without_a_delegated_ticket_and_the_ways_out_are_named() {
    let Some(house) = House::of(one_server(requires_delegation())).await else {
        return;
    };
    for case in SECOND_HOPS {
        let ran = house
            .run(case.proof)
            .args(&format!("logons {TO_EX01} {}", case.flags))
            .run()
            .await
            .exits(1)
            .says("second hop");
        // notes come before it
        let sentence = ran
            .stderr()
            .lines()
            .find(|line| line.starts_with("error: "));
        let sentence = sentence.unwrap_or_default();
        for words in case.says {
            assert!(sentence.contains(words), "{words}\n{ran}");
        }
        for words in case.says_nothing_of {
            assert!(!sentence.contains(words), "{words}\n{ran}");
        }
    }
}

/// Nothing listens on that port.
const NO_KDC: &str = "--kdc 127.0.0.1:1";

#[tokio::test(flavor = "multi_thread")]
async fn where_no_kdc_answers_auto_takes_ntlm_and_says_so() {
    let Some(house) = House::of(one_server(Faults::default())).await else {
        return;
    };
    let no_kdc = "no KDC of CORP.EXAMPLE can be reached";
    let run = || {
        let configuration = house.kdc.krb5_conf_without_kdc();
        let configuration = configuration.display().to_string();
        house
            .run(Proof::Password)
            .env("KRB5_CONFIG", &configuration)
    };
    run()
        .args(&format!("close jsmith --yes -v {TO_EX01} {NO_KDC}"))
        .run()
        .await
        .exits(0)
        .says("ex01.corp.example: by NTLM, for Kerberos leads nowhere: no KDC of CORP.EXAMPLE can be reached");
    house.all_is_closed();
    run()
        .args(&format!("logons --auth kerberos {TO_EX01} {NO_KDC}"))
        .run()
        .await
        .exits(1)
        .says(no_kdc);

    // where the cmdlets need a ticket the sentence says why there is none
    house
        .staged
        .lab
        .server("ex01")
        .set_faults(requires_delegation());
    run()
        .args(&format!("logons {TO_EX01} {NO_KDC}"))
        .run()
        .await
        .exits(1)
        .says("by NTLM")
        .says(&format!("Kerberos was tried first: {no_kdc}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_a_sign_in_is_signed_in_to_again_and_nothing_is_lost() {
    // of what reads; what closes is not sent twice
    for at in [2, 3, 4] {
        let faults = Faults {
            at_exchange: Some((at, Breakage::ForgetsSignIn)),
            ..requires_delegation()
        };
        let Some(house) = House::of(one_server(faults)).await else {
            return;
        };
        house
            .run(Proof::Password)
            .args(&format!("close jsmith --yes {TO_EX01}"))
            .run()
            .await
            .exits(0)
            .prints(r"CORP\jsmith can log on again.");
        house.all_is_closed();
        assert!(house.sign_ins().len() >= 2, "{at}: {:?}", house.sign_ins());
        // a new context from the same tickets
        let log = house.kdc.log();
        assert_eq!(log.ticket_granting_tickets("ann"), 1, "{}", log.text());
        assert_eq!(log.service_tickets(SERVICE), 1, "{}", log.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_takes_one_ticket_of_the_persons_and_one_a_server() {
    let member = |server: ServerSpec| {
        let server = server.exchange_2010().dag("DAG1");
        server.faults(requires_delegation())
    };
    let servers = Lab::builder()
        .server("ex01", member)
        .server("ex02", member)
        .server("ex03", member);
    let Some(house) = House::of(servers).await else {
        return;
    };
    house
        .run(Proof::Password)
        .args(&format!("close jsmith --dag DAG1 --yes {TO_EX01}"))
        .run()
        .await
        .exits(0)
        .prints(r"CORP\jsmith can log on again.");
    let log = house.kdc.log();
    assert_eq!(log.ticket_granting_tickets("ann"), 1, "{}", log.text());
    for number in 1..=3 {
        let service = format!("HTTP/ex0{number}.corp.example");
        assert_eq!(log.service_tickets(&service), 1, "{}", log.text());
    }
    for (scheme, mechanism, is_delegated) in house.sign_ins() {
        assert_eq!(
            (&*scheme, mechanism, is_delegated),
            ("Negotiate", "Kerberos", true)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_once_do_not_meet() {
    let Some(house) = House::of(one_server(requires_delegation())).await else {
        return;
    };
    let caches = house.kdc.collection("caches");
    for person in ["ann", "bob"] {
        house.kdc.kinit(person, &caches);
    }
    let run = async |person: &str| -> Ran {
        let run = house.run_as(person, Proof::Password).without_password();
        run.env("KRB5CCNAME", &caches)
            .args(&format!("logons {TO_EX01}"))
            .run()
            .await
    };
    for _ in 0..3 {
        let (ann, bob) = tokio::join!(run("ann"), run("bob"));
        ann.exits(0);
        bob.exits(0);
    }
    let events = house.staged.lab.server("ex01").events();
    let signed_in = |person: &str| {
        let is_theirs =
            |event: &&What| matches!(event, What::SignedIn { user, .. } if user == person);
        events.iter().filter(is_theirs).count()
    };
    assert_eq!((signed_in(r"CORP\ann"), signed_in(r"CORP\bob")), (3, 3));
}
