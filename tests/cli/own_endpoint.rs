//! Exchange's own endpoint: when its cmdlets are asked there, what of it is the plain endpoint's all the same, and what is
//! said where either is closed or has enough. On the lab, by Kerberos.

use std::time::Duration;

use mapisweep_lab::{Breakage, Builder, Faults, Lab, OwnEndpointFault, ServerSpec, event::What};

use crate::{
    kerberos::{House, Proof, TO_EX01, requires_delegation},
    support::{black_hole::BlackHole, stage},
};

/// No ticket goes along, so that the snap-in reaches no Active Directory.
const NO_HOP: &str = "--no-delegation";
const OWN: &str = "--exchange-endpoint own";
const SNAP_IN: &str = "--exchange-endpoint snap-in";

fn exchange_2010(faults: Faults) -> Builder {
    Lab::builder().server("ex01", |server| server.exchange_2010().faults(faults))
}

fn with(own_endpoint: OwnEndpointFault) -> Faults {
    Faults {
        own_endpoint,
        ..requires_delegation()
    }
}

/// What was asked at Exchange's own endpoint of ex01, without parameters.
fn asked_there(lab: &Lab) -> Vec<String> {
    let events = lab.server("ex01").events().into_iter();
    let asked = events.filter_map(|event| match event {
        What::Pipeline { what } => what.strip_prefix("/PowerShell: ").map(first_word),
        _ => None,
    });
    asked.collect()
}

/// What was asked on the plain one.
fn asked_here(lab: &Lab) -> Vec<String> {
    let events = lab.server("ex01").events().into_iter();
    let asked = events.filter_map(|event| match event {
        What::Pipeline { what } if !what.starts_with("/PowerShell") => Some(first_word(&what)),
        _ => None,
    });
    asked.collect()
}

fn first_word(text: &str) -> String {
    text.split(' ').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_snap_in_makes_no_hop_the_whole_job_is_done_with_the_own_endpoint() {
    let Some(house) = House::of(exchange_2010(requires_delegation())).await else {
        return;
    };
    for (proof, flags) in [
        (Proof::Password, NO_HOP),
        (Proof::Ticket("-F"), ""),
        (Proof::Password, OWN),
    ] {
        house
            .run(proof)
            .args(&format!("logons -v {TO_EX01} {flags}"))
            .run()
            .await
            .exits(0)
            .prints("32 of 32")
            .says("asked at http://ex01.corp.example:80/PowerShell/");
    }
    house
        .run(Proof::Password)
        .args(&format!("close jsmith --yes -v {TO_EX01} {NO_HOP}"))
        .run()
        .await
        .exits(0)
        .says("the snap-in cannot reach Active Directory from the plain endpoint (second hop)")
        .prints(r"CORP\jsmith can log on again.");
    house.all_is_closed();
    for (scheme, mechanism, is_delegated) in house.sign_ins() {
        assert!(!is_delegated && mechanism == "Kerberos", "{scheme}");
    }
    let lab = &house.staged.lab;
    let there = asked_there(lab);
    for cmdlet in &there {
        assert!(
            [
                "Set-AdServerSettings",
                "Get-ExchangeServer",
                "Get-Mailbox",
                "Get-LogonStatistics"
            ]
            .contains(&cmdlet.as_str()),
            "{there:?}"
        );
    }
    let here = asked_here(lab);
    for cmdlet in ["Get-Date", "Get-ItemProperty", "Invoke-MapisweepHelper"] {
        assert!(here.iter().any(|asked| asked == cmdlet), "{here:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_tell_the_same() {
    let Some(house) = House::of(exchange_2010(requires_delegation())).await else {
        return;
    };
    let mut told = Vec::new();
    for flags in [SNAP_IN, OWN] {
        let ran = house
            .run(Proof::Password)
            .args(&format!("logons --format json {TO_EX01} {flags}"))
            .run()
            .await
            .exits(0);
        let mut document = ran.json();
        for server in document["servers"].as_array_mut().unwrap() {
            server["taken_at"].take();
        }
        told.push(document);
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_ticket_goes_along_the_snap_in_is_asked_and_the_own_endpoint_is_not() {
    let Some(house) = House::of(exchange_2010(requires_delegation())).await else {
        return;
    };
    for flags in ["", SNAP_IN] {
        house
            .run(Proof::Password)
            .args(&format!("logons -v {TO_EX01} {flags}"))
            .run()
            .await
            .exits(0)
            .says("by the snap-in on the plain endpoint");
    }
    assert_eq!(asked_there(&house.staged.lab), [""; 0]);
    // and where it is the only one that is wanted, it fails alone
    house
        .run(Proof::Password)
        .args(&format!("logons {TO_EX01} {NO_HOP} {SNAP_IN}"))
        .run()
        .await
        .exits(1)
        .says("second hop");
    assert_eq!(asked_there(&house.staged.lab), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ntlm_leads_nowhere_and_that_is_said() {
    let staged = stage(exchange_2010(requires_delegation())).await;
    for (line, says) in [
        (
            "logons --server ex01.corp.example --auth ntlm",
            "Exchange 2010's own endpoint, which makes no second hop, takes no NTLM either",
        ),
        (
            "logons --server ex01.corp.example --auth ntlm --exchange-endpoint own",
            "Exchange's own endpoint cannot be used: it refuses NTLM",
        ),
    ] {
        crate::support::Mapisweep::on(&staged.lab)
            .args(line)
            .run()
            .await
            .exits(1)
            .prints_nothing()
            .says(says);
    }
    assert_eq!(asked_there(&staged.lab), [""; 0]);
    let leftovers = staged.lab.server("ex01").leftovers();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn basic_leads_there_over_https() {
    let faults = Faults {
        basic_over_https: true,
        ..requires_delegation()
    };
    let staged = stage(exchange_2010(faults)).await;
    for flags in ["", OWN] {
        let run = crate::support::Mapisweep::on(&staged.lab);
        let authority = run.home().join("ca.pem");
        std::fs::write(&authority, staged.lab.ca_pem()).unwrap();
        run.args(&format!(
            "logons -v {TO_EX01} --auth basic --transport https {flags}"
        ))
        .arg(format!("--ca-file={}", authority.display()))
        .run()
        .await
        .exits(0)
        .says("asked at https://ex01.corp.example:443/PowerShell/")
        .prints("32 of 32");
    }
    let leftovers = staged.lab.server("ex01").leftovers();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

/// What is wrong with the endpoint, what is run, and what is said.
type Trouble = (OwnEndpointFault, &'static str, i32, &'static [&'static str]);

const LONG: Duration = Duration::from_secs(600);

const TROUBLES: [Trouble; 9] = [
    (
        OwnEndpointFault::Closed,
        NO_HOP,
        1,
        &["second hop", "was asked as well, in vain", "HTTP 403"],
    ),
    (
        OwnEndpointFault::Closed,
        OWN,
        1,
        &[
            "IIS lets nobody in from this address (HTTP 403)",
            "--exchange-endpoint snap-in",
        ],
    ),
    (
        OwnEndpointFault::Missing,
        OWN,
        1,
        &["there is none (HTTP 404)"],
    ),
    (
        OwnEndpointFault::UserLoad(1, Duration::from_millis(300)),
        OWN,
        0,
        &["waiting, and asking once more"],
    ),
    // not a second time
    (
        OwnEndpointFault::UserLoad(2, Duration::from_millis(300)),
        OWN,
        1,
        &[
            "takes nothing more for 1 s",
            "Get-ThrottlingPolicyAssociation",
        ],
    ),
    (
        OwnEndpointFault::UserLoad(1, LONG),
        OWN,
        1,
        &["takes nothing more for 600 s"],
    ),
    (
        OwnEndpointFault::ShellsOpen(18),
        OWN,
        1,
        &["18 shells open", "PowerShellMaxConcurrency"],
    ),
    (
        OwnEndpointFault::CountsWrong,
        NO_HOP,
        1,
        &[
            "MSExchangePowerShellAppPool",
            "refuses everybody for the next 18 days",
        ],
    ),
    (
        OwnEndpointFault::OwnDomainOnly,
        OWN,
        0,
        &["recipients are sought in the server's own domain only"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_it_is_said_and_what_to_do() {
    for (fault, flags, exit, says) in TROUBLES {
        let Some(house) = House::of(exchange_2010(with(fault))).await else {
            return;
        };
        let ran = house
            .run(Proof::Password)
            .args(&format!("logons {TO_EX01} {flags}"))
            .run()
            .await
            .exits(exit);
        let ran = says.iter().fold(ran, |ran, words| ran.says(words));
        let leftovers = house.staged.lab.server("ex01").leftovers();
        assert!(leftovers.is_empty(), "{fault:?} {leftovers:?}\n{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_counts_wrong_the_plain_endpoint_is_enough_with_a_ticket_that_goes_along() {
    let Some(house) = House::of(exchange_2010(with(OwnEndpointFault::CountsWrong))).await else {
        return;
    };
    house
        .run(Proof::Password)
        .args(&format!("close jsmith --yes {TO_EX01}"))
        .run()
        .await
        .exits(0);
    house.all_is_closed();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_no_shell_is_left_there_without_a_word() {
    let Some(house) = House::of(exchange_2010(requires_delegation())).await else {
        return;
    };
    let ex01 = house.staged.lab.server("ex01");
    for breakage in [
        Breakage::CloseAfter,
        Breakage::Status500,
        Breakage::ResetBefore,
    ] {
        for at in 1..=14 {
            ex01.set_faults(Faults {
                at_exchange: Some((at, breakage)),
                ..requires_delegation()
            });
            let ran = house
                .run(Proof::Password)
                .args(&format!("logons {TO_EX01} {OWN}"))
                .run()
                .await;
            let left = ex01.leftovers();
            let told = ran.code() == Some(6) && ran.stderr().contains("may be left");
            assert!(
                left.is_empty() || told,
                "{breakage:?} at {at}: {left:?}\n{ran}"
            );
            if ran.code() == Some(0) {
                let _shown = ran.prints("32 of 32");
            }
            ex01.end_shells();
            assert!(ex01.leftovers().is_empty(), "the next begins with none");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_a_closing_is_not_claimed_that_was_not_seen() {
    for at in 1..=26 {
        let faults = Faults {
            at_exchange: Some((at, Breakage::CloseAfter)),
            ..requires_delegation()
        };
        let Some(house) = House::of(exchange_2010(faults)).await else {
            return;
        };
        let ran = house
            .run(Proof::Password)
            .args(&format!("close jsmith --yes {TO_EX01} {NO_HOP}"))
            .run()
            .await;
        let ex01 = house.staged.lab.server("ex01");
        let told = ran.code() == Some(6) && ran.stderr().contains("may be left");
        let left = ex01.leftovers();
        assert!(left.is_empty() || told, "at {at}: {left:?}\n{ran}");
        let closed = ex01.resets().len();
        match ran.code() {
            Some(0) => assert_eq!(closed, 31, "at {at}\n{ran}"),
            _ => assert!([0, 31].contains(&closed), "at {at}\n{ran}"),
        }
        assert!(
            ran.stdout().contains("can log on again") <= (closed == 31),
            "at {at}\n{ran}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_leaves_no_shell_there_either() {
    for at in [4, 6, 8, 10] {
        let faults = Faults {
            at_exchange: Some((at, Breakage::Hang)),
            ..requires_delegation()
        };
        let Some(house) = House::of(exchange_2010(faults)).await else {
            return;
        };
        let running = house
            .run(Proof::Password)
            .args(&format!("logons --timeout 2s {TO_EX01} {OWN}"))
            .start()
            .await;
        let ex01 = house.staged.lab.server("ex01");
        let began = std::time::Instant::now();
        while ex01.exchanges() < at && began.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        running.interrupt();
        let ran = running.ends().await;
        let told = ran.code() == Some(6) && ran.stderr().contains("may be left");
        let left = ex01.leftovers();
        assert!(left.is_empty() || told, "at {at}: {left:?}\n{ran}");
        assert!([Some(6), Some(130)].contains(&ran.code()), "at {at}\n{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_members_of_a_dag_are_asked_each_at_its_own() {
    let member = |server: ServerSpec| {
        let server = server.exchange_2010().dag("DAG1");
        server.faults(requires_delegation())
    };
    let servers = Lab::builder().server("ex01", member).server("ex02", member);
    let Some(house) = House::of(servers).await else {
        return;
    };
    for line in ["logons --dag DAG1", "close jsmith --dag DAG1 --dry-run"] {
        house
            .run(Proof::Password)
            .args(&format!("{line} {TO_EX01} {NO_HOP}"))
            .run()
            .await
            .exits(0)
            .prints("ex02.corp.example");
    }
    house
        .run(Proof::Password)
        .args(&format!("dag {TO_EX01} {OWN}"))
        .run()
        .await
        .exits(0)
        .prints("DAG1");
    for server in ["ex01", "ex02"] {
        let leftovers = house.staged.lab.server(server).leftovers();
        assert!(leftovers.is_empty(), "{leftovers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exchange_2007_has_none() {
    let servers = Lab::builder().server("ex01", |server| {
        server.exchange_2007().faults(requires_delegation())
    });
    let Some(house) = House::of(servers).await else {
        return;
    };
    house
        .run(Proof::Password)
        .args(&format!("logons {TO_EX01} {NO_HOP}"))
        .run()
        .await
        .exits(1)
        .says("second hop");
    house
        .run(Proof::Password)
        .args(&format!("logons {TO_EX01} {OWN}"))
        .arg("--connect-to=ex01.corp.example:80=127.0.0.1:1")
        .arg("--connect-to=ex01.corp.example:443=127.0.0.1:1")
        .run()
        .await
        .exits(1)
        .says("check that this is an Exchange 2010 server");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_plain_endpoint_logons_are_shown_and_what_only_that_tells_is_not_known() {
    let closed = Faults {
        plain_closed: true,
        ..requires_delegation()
    };
    let servers = exchange_2010(closed).user("rob", |rob| rob.exchange_role());
    let Some(house) = House::of(servers).await else {
        return;
    };
    let ex01 = house.staged.lab.server("ex01");
    // closed to everybody, and then to who is no administrator
    for (person, faults) in [("ann", None), ("rob", Some(requires_delegation()))] {
        if let Some(faults) = faults {
            ex01.set_faults(faults);
        }
        let run = |line: &str| {
            let run = house.run_as(person, Proof::Password);
            run.args(&format!("{line} {TO_EX01}"))
        };
        run("logons")
            .run()
            .await
            .exits(5)
            .prints("its clock and its limits are not known")
            .prints("32, limit not known")
            .says("asking Exchange's own endpoint alone");
        let ran = run("logons --format json").run().await.exits(5);
        let document = ran.json();
        let server = &document["servers"][0];
        assert!(server["taken_at"].is_null(), "{server}");
        assert!(
            server["limit"].is_null() && server["limit_unknown"] == true,
            "{server}"
        );
        // closing needs the plain endpoint, and so does who wants no other
        for line in ["close jsmith --yes", &format!("logons {SNAP_IN}")] {
            run(line).run().await.exits(1).prints_nothing();
        }
        assert!(ex01.leftovers().is_empty(), "{:?}", ex01.leftovers());
    }
    assert_eq!(ex01.resets().len(), 0);
}

/// Somebody whose mailbox is seen from nowhere but the whole forest is logged on there.
async fn far_away(lab: &Lab) -> mapisweep_lab::Outlook {
    let outlook = lab.outlook("far").from("10.1.4.99");
    outlook.connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_sought_in_the_whole_forest_by_the_snap_in() {
    type Version = fn(ServerSpec) -> ServerSpec;
    let versions: [Version; 2] = [ServerSpec::exchange_2007, ServerSpec::exchange_2010];
    for version in versions {
        let servers = Lab::builder().server("ex01", version);
        let staged = stage(servers.user("far", |far| far.of_another_domain())).await;
        let _outlook = far_away(&staged.lab).await;
        let run = |line: &str| crate::support::Mapisweep::on(&staged.lab).args(line);
        let ran = run("logons far --server ex01").run().await.exits(0);
        let ran = ran.prints("10.1.4.99");
        assert!(!ran.stderr().contains("own domain"), "{ran}");
        staged.lab.server("ex01").set_faults(Faults {
            own_domain_only: true,
            ..Faults::default()
        });
        run("logons far --server ex01")
            .run()
            .await
            .exits(3)
            .says("recipients are sought in the server's own domain only: Set-");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_sought_in_the_whole_forest_at_the_own_endpoint() {
    let servers = exchange_2010(requires_delegation());
    let servers = servers.user("far", |far| far.of_another_domain());
    let Some(house) = House::of(servers).await else {
        return;
    };
    let _outlook = far_away(&house.staged.lab).await;
    for flags in [SNAP_IN, OWN, NO_HOP] {
        house
            .run(Proof::Password)
            .args(&format!("logons far {TO_EX01} {flags}"))
            .run()
            .await
            .exits(0)
            .prints("10.1.4.99");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_plain_port_is_silent_the_own_endpoint_is_asked() {
    let Some(house) = House::of(exchange_2010(requires_delegation())).await else {
        return;
    };
    let hole = BlackHole::new();
    let run = |line: &str| {
        let instead = hole.instead_of("ex01.corp.example");
        let line = format!("{line} --timeout 2s {TO_EX01} {instead}");
        house.run(Proof::Password).args(&line).run()
    };
    run("logons -v")
        .await
        .exits(5)
        .prints("32, limit not known")
        .says("whether Exchange's own endpoint answers is waited for, 2s at most")
        .says("asking Exchange's own endpoint alone");
    run(&format!("logons {SNAP_IN}"))
        .await
        .exits(1)
        .prints_nothing();
    // as silent at all ports
    let others = [80, 443].map(|port| hole.instead_of(&format!("ex01.corp.example:{port}")));
    let ran = run(&format!("logons -v {}", others.join(" "))).await;
    ran.exits(1).prints_nothing().says("does not help");
}

#[tokio::test(flavor = "multi_thread")]
async fn victims_are_told_by_the_log_where_the_own_endpoint_cannot_be_had() {
    let Some(house) = House::of(exchange_2010(with(OwnEndpointFault::Closed))).await else {
        return;
    };
    let dn = "/o=Example/ou=First Administrative Group/cn=Recipients/cn=jsmith";
    let ex01 = house.staged.lab.server("ex01");
    ex01.log_9646(Duration::from_secs(60), [dn, "32", "session"]);
    let run = |line: &str| {
        let run = house.run(Proof::Password);
        run.args(&format!("{line} {TO_EX01} {OWN}")).run()
    };
    run("victims")
        .await
        .exits(5)
        .prints(dn)
        .prints("not known")
        .prints("what they hold is not known")
        .says("HTTP 403");
    let json = run("victims --format json").await.exits(5).json();
    assert_eq!(json["records"][0]["person"], "not_asked", "{json}");
    assert_eq!(json["records"][0]["dn"], dn, "{json}");
    run("victims --close --yes")
        .await
        .exits(5)
        .says("Exchange could not be asked. Nothing was closed.");
    assert!(ex01.leftovers().is_empty() && ex01.resets().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_ticket_that_stays_here_means_is_said_by_where_the_cmdlets_are_asked() {
    let Some(house) = House::of(exchange_2010(requires_delegation())).await else {
        return;
    };
    for (flags, exit, says) in [
        ("", 0, "Exchange's own endpoint is asked then"),
        (SNAP_IN, 1, "hardly reach Active Directory there. Get"),
    ] {
        house
            .run(Proof::Ticket("-F"))
            .args(&format!("logons -v {TO_EX01} {flags}"))
            .run()
            .await
            .exits(exit)
            .says(says);
    }
    // none is wanted to go along
    let ran = house.run(Proof::Ticket("-F"));
    let ran = ran.args(&format!("logons -v {TO_EX01} {OWN}")).run().await;
    assert!(!ran.exits(0).stderr().contains("No ticket goes along"));
}

/// Servers of a DAG, all of which one policy counts together.
const MEMBERS: usize = 3;

/// Each server is refused once at most, and nobody once as few are asked as may be: those that were in when the first was
/// refused leave, and so many enter as leave.
#[tokio::test(flavor = "multi_thread")]
async fn no_more_servers_are_asked_at_once_than_a_policy_that_refused_lets_be_asked() {
    let faults = Faults {
        // so that what is asked of several overlaps
        delay: Duration::from_millis(150),
        own_endpoint: OwnEndpointFault::AtOnce(1, Duration::from_millis(400)),
        ..requires_delegation()
    };
    let member = |server: ServerSpec| server.exchange_2010().dag("DAG1").faults(faults.clone());
    let servers = (1..=MEMBERS).fold(Lab::builder(), |lab, number| {
        lab.server(&format!("ex0{number}"), member)
    });
    let Some(house) = House::of(servers).await else {
        return;
    };
    for (line, jobs, refusals) in [("logons", 1, 0), ("logons", MEMBERS, MEMBERS - 1)] {
        let before = house.staged.lab.asked_there();
        let ran = house
            .run(Proof::Password)
            .args(&format!(
                "{line} -v --jobs {jobs} {TO_EX01} --server ex02.corp.example --server ex03.corp.example {OWN}"
            ))
            .run()
            .await
            .exits(0);
        let asked = house.staged.lab.asked_there();
        let refused = asked.refused - before.refused;
        assert_eq!((asked.now, asked.most), (0, 1), "{jobs}\n{ran}");
        assert!(refused <= refusals, "{refused} with {jobs}\n{ran}");
        // the same that the policy said, and once a refused question
        let lowered = "from now on 1 server is asked at once at Exchange's own endpoints";
        assert_eq!(ran.stderr().contains(lowered), refused > 0, "{ran}");
        assert_eq!(
            ran.stderr().matches("asking once more").count(),
            refused,
            "{ran}"
        );
        assert_eq!(refused > 0, jobs > 1, "{ran}");
        for number in 1..=MEMBERS {
            let server = house.staged.lab.server(&format!("ex0{number}"));
            assert!(server.leftovers().is_empty(), "{:?}", server.leftovers());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_refusal_fewer_are_asked_at_once_and_that_is_said() {
    let wait = Duration::from_millis(300);
    let Some(house) = House::of(exchange_2010(with(OwnEndpointFault::UserLoad(1, wait)))).await
    else {
        return;
    };
    house
        .run(Proof::Password)
        .args(&format!("logons -v --jobs 2 {TO_EX01} {OWN}"))
        .run()
        .await
        .exits(0)
        .says("from now on 1 server is asked at once at Exchange's own endpoints");
}
