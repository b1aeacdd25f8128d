//! Every table on terminals of 60, 80 and 120 cells, as snapshots; a sentence is as long as it is.

use anstream::adapter::strip_str;
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::{
    close::Closed,
    config::Settings,
    connections::Connections,
    dag::Dags,
    doctor::Doctor,
    logons::Logons,
    merged::Planned,
    stored::Stored,
    tests::{after, many, result, snapshot, the_plan, whole},
    victims::{Victims, tests::everything},
    watch::{self, Watch},
    *,
};
use crate::{
    cli::{
        advice::Advice,
        checks::{Check, Finding},
        names::Names,
        settings::{Origin, Setting},
    },
    credentials::Account,
};
use mapisweep_core::{
    exchange::{
        ClientAccessArray, Dag, Database, Directory, ExchangeServer, Organization, Standing,
        Telling, Version,
    },
    helper_run::Outcome,
    plan::{Everywhere, Level, Policy, plan_among},
};

/// As it is on each of the three, under a line that is as wide.
fn on_terminals(view: &impl View) -> String {
    let pages = [60, 80, 120].map(|width| {
        let table = view.table(Page::of_width(width));
        let table = strip_str(&table).to_string();
        // rows stand two blanks in; what begins at the edge is a sentence, and what is to be copied is whole
        let rows = table.lines().filter(|line| line.starts_with("  "));
        let rows = rows.filter(|line| !line.starts_with("    ") && !line.starts_with("  `"));
        for row in rows {
            assert!(row.width() <= width, "{width}: {row}");
        }
        format!("{:─^width$}\n{table}", format!(" {width} "))
    });
    pages.join("\n")
}

#[test]
fn logons() {
    let mut snapshots = [snapshot()];
    for logon in &mut snapshots[0].logons[..19] {
        logon.client_name = Some("営業部の山田さんのパソコン".into());
    }
    insta::assert_snapshot!(on_terminals(&Logons::new(&snapshots, |_| true)));
}

#[test]
fn a_plan() {
    insta::assert_snapshot!(on_terminals(&the_plan()));
}

#[test]
fn a_plan_for_many() {
    let (snapshots, people) = many();
    let mut everywhere = Everywhere::of(&snapshots, &people);
    everywhere.without("ex04");
    let read = snapshots.into_iter().take(2).collect();
    let plan = plan_among(&everywhere, read, &people, &Policy::default());
    insta::assert_snapshot!(on_terminals(&Planned::new(&plan, &everywhere)));
}

#[test]
fn victims() {
    let mut told = everything();
    told[2].victims[0].0.dn =
        "/o=Example/ou=First Administrative Group/cn=Recipients/cn=jsmith".into();
    insta::assert_snapshot!(on_terminals(&Victims::new(&told)));
}

#[test]
fn connections() {
    let mut listed = snapshot().connections;
    listed.truncate(3);
    listed[1].image = "Microsoft.Exchange.RpcClientAccess.Service.exe".into();
    listed[2].remote = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:50002"
        .parse()
        .unwrap();
    listed[2].local = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:11]:6001"
        .parse()
        .unwrap();
    let servers = [
        ("ex01".to_owned(), whole(listed[..2].to_vec())),
        ("ex02".to_owned(), whole(listed[2..].to_vec())),
    ];
    insta::assert_snapshot!(on_terminals(&Connections::new(&servers)));
}

#[test]
fn a_dag() {
    let server = |name: &str, roles: &str| ExchangeServer {
        name: name.into(),
        fqdn: Some(format!("{name}.europe.corp.example")),
        version: Version::parse("Version 14.3 (Build 123.4)"),
        roles: Some(roles.into()),
    };
    let names = ["EX01", "EX02", "EX03", "EX04", "EX05"].map(str::to_owned);
    let members = names.each_ref().map(|name| {
        let name = name.to_lowercase();
        server(
            &name,
            "Mailbox, ClientAccess, UnifiedMessaging, HubTransport",
        )
    });
    let alone = server("edge01", "Edge");
    let dag = Dag {
        name: "DAG1".into(),
        servers: names.to_vec(),
        operational: Some(names[..4].to_vec()),
        primary_active_manager: Some("EX01".into()),
    };
    let database = |name: &str, mounted| Database {
        name: name.into(),
        identity: name.into(),
        copies_on: names.to_vec(),
        client_access: Some("outlook.europe.corp.example".into()),
        mounted,
        mounted_on: Some("EX02.europe.corp.example".into()),
    };
    let databases = vec![
        database("Mailbox Database 1843095712", Some(true)),
        database("Mailbox Database 0298347563", None),
    ];
    let mut organization = Organization::default();
    organization.learn(Telling {
        server: "ex01".into(),
        directory: Directory {
            by: members[0].clone(),
            servers: members.into_iter().chain([alone]).collect(),
            dags: vec![dag.clone()],
            databases: databases.clone(),
            arrays: vec![ClientAccessArray {
                name: "outlook".into(),
                fqdn: Some("outlook.europe.corp.example".into()),
                site: Some("Default-First-Site-Name".into()),
                members: names.to_vec(),
            }],
            gaps: Vec::new(),
        },
        standing: Standing {
            dags: vec![dag],
            databases,
            gaps: Vec::new(),
        },
    });
    insta::assert_snapshot!(on_terminals(&Dags::new(&organization, None)));
}

#[test]
fn settings() {
    let setting = |name, value: Option<&str>, from| Setting {
        name,
        value: value.map(str::to_owned),
        from,
    };
    let settings = vec![
        setting("profile", None, Origin::Default),
        setting("servers", Some("ex01.europe.corp.example"), Origin::Profile),
        setting("servers", Some("ex02.europe.corp.example"), Origin::Profile),
        setting(
            "user",
            Some("administrator-of-the-servers@europe.corp.example"),
            Origin::Variable("MAPISWEEP_USER"),
        ),
        setting("timeout", Some("15s"), Origin::CommandLine),
    ];
    let profile = "north";
    insta::assert_snapshot!(on_terminals(&Settings { settings, profile }));
}

#[test]
fn stored_passwords() {
    let account = |user: &str, profile: Option<&str>| Account {
        user: user.into(),
        profile: profile.map(str::to_owned),
    };
    let accounts = vec![
        account(r"CORP\ann", None),
        account(
            "administrator-of-the-mail-servers@europe.corp.example",
            Some("the servers in the north"),
        ),
    ];
    insta::assert_snapshot!(on_terminals(&Stored { accounts }));
}

#[test]
fn who_comes_near_the_limit() {
    let watched = watch::tests::watched(Level::Percent(80));
    let now = Timestamp::from_second(1_795_802_580).expect("a time");
    insta::assert_snapshot!(on_terminals(&Watch {
        watched: &watched,
        now,
    }));
}

#[test]
fn what_came_of_a_closing() {
    let plan = the_plan();
    let outcomes = [
        (Outcome::Closed, None, ""),
        (Outcome::Changed, None, "another process owns it now"),
        (
            Outcome::StillOpen,
            None,
            "the system took the order, but it is there still",
        ),
    ];
    let results = [result(
        &plan,
        |index| outcomes[index % outcomes.len()],
        after(33, 24),
    )];
    insta::assert_snapshot!(on_terminals(&Closed {
        plan: &plan,
        results: &results,
        unread: &["ex02.europe.corp.example".to_owned()],
        not_begun: &[],
        cut_short: &[],
        unremoved: &[],
        shown: &[],
        names: &Names::AS_GIVEN,
    }));
}

#[test]
fn what_doctor_found() {
    let local = [
        Finding::ok(Check::Ticket, "ann@CORP.EXAMPLE, until 19:05"),
        Finding::not_tried(Check::Proxy, "none is set"),
    ];
    let there = vec![
        Finding::ok(Check::Resolution, "10.1.0.11, fd00::11"),
        Finding::warning(
            Check::KeepAlive,
            Advice::new(
                "2 h, as Windows has it by itself",
                r"On ex01, as administrator: `reg add HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters /v KeepAliveTime` makes it half an hour.",
            ),
        ),
        Finding::failed(
            Check::LogonStatistics,
            Advice::new(
                "The databases DB-North-01, DB-North-02 and DB-North-03 could not be asked",
                "Look whether they are mounted: `Get-MailboxDatabase -Status`. There are these:\n  DB-North-01 on ex01.europe.corp.example, DB-North-02 on ex02.europe.corp.example",
            ),
        ),
        Finding::for_want_of(Check::Helper, Check::Shell),
    ];
    let servers = [("ex01.europe.corp.example".to_owned(), there)];
    insta::assert_snapshot!(on_terminals(&Doctor {
        local: &local,
        servers: &servers,
        names: &Names::AS_GIVEN,
    }));
}
