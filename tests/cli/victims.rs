//! `mapisweep victims`: whom event 9646 names, who they are, what they hold, and on to closing.

use std::time::Duration;

use mapisweep_lab::{Builder, Lab, ServerSpec, Staged};

use crate::support::{Mapisweep, locked_out, stage};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

const DN: &str = "/o=Example/ou=First Administrative Group/cn=Recipients/cn=";

fn dn(account: &str) -> String {
    format!("{DN}{account}")
}

/// `jsmith` locked out on the first server, where he has just tried to log on again.
async fn refused_on(servers: Builder) -> Staged {
    let staged = stage(servers).await;
    for _ in 0..3 {
        let server = staged.lab.server("ex01");
        let again = server.outlook("jsmith").from("10.1.4.77");
        assert!(again.connect().await.is_err());
    }
    staged
}

fn one_2007() -> Builder {
    Lab::builder().server("ex01", |server| server.exchange_2007())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_out_is_named_with_what_they_hold_and_what_helps() {
    let staged = refused_on(one_2007()).await;
    let server = staged.lab.server("ex01");
    server.log_9646(20 * MINUTE, [&dn("user1"), "500", "objtFolder"]);
    server.log_9646(40 * MINUTE, [&dn("user2"), "16", "session"]);
    server.log_9646(50 * MINUTE, [&dn("user2"), "16", "session"]);
    server.log_9646(25 * HOUR, [&dn("user3"), "32", "session"]);
    let ran = Mapisweep::on(&staged.lab)
        .args("victims --server ex01")
        .run()
        .await
        .exits(0)
        .says_nothing();
    insta::assert_snapshot!(ran.shown());
    assert!(server.resets().is_empty() && server.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_was_kept_out() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.log_9646(3 * HOUR, [&dn("user1"), "32", "session"]);
    for (since, code, shown) in [
        (
            "2h",
            3,
            "nobody was kept out within 2h; who is at the limit now is told by `mapisweep logons --at-limit`",
        ),
        ("4h", 0, r"CORP\user1"),
        ("1d", 0, r"CORP\user1"),
    ] {
        Mapisweep::on(&staged.lab)
            .args(&format!("victims --server ex01 --since {since}"))
            .run()
            .await
            .exits(code)
            .prints(shown)
            .says_nothing();
    }
}

type Describe = fn(ServerSpec) -> ServerSpec;

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_read_and_in_every_language() {
    let described: [(&str, Describe); 5] = [
        ("2007", |server| server.exchange_2007()),
        ("2007 on 2003", |server| {
            server.exchange_2007().on_server_2003()
        }),
        ("2007 in German", |server| server.exchange_2007().german()),
        ("2010", |server| server.exchange_2010()),
        ("2013", |server| server.exchange_2013()),
    ];
    for (name, describe) in described {
        let staged = refused_on(Lab::builder().server("ex01", describe)).await;
        let ran = Mapisweep::on(&staged.lab)
            .args("victims --server ex01 --format json")
            .run()
            .await
            .exits(0);
        let record = &ran.json()["records"][0];
        let is_newer = name == "2013";
        let account = if is_newer { "jsmith" } else { r"CORP\jsmith" };
        assert_eq!(record["account"], account, "{name}: {ran}");
        assert_eq!(record["times"], 3, "{name}: {ran}");
        assert_eq!(record["limit"], "sessions", "{name}: {ran}");
        assert_eq!(record["allowed"], 32, "{name}: {ran}");
        assert_eq!(record["helped_by_closing"], !is_newer, "{name}: {ran}");
        let holds = if is_newer {
            serde_json::Value::Null
        } else {
            32.into()
        };
        assert_eq!(record["sessions"], holds, "{name}: {ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_of_all_servers_comes_first() {
    let staged = stage(
        Lab::builder()
            .server("ex01", |server| server.exchange_2010().dag("DAG1"))
            .server("ex02", |server| server.exchange_2010().dag("DAG1")),
    )
    .await;
    let [ex01, ex02] = ["ex01", "ex02"].map(|name| staged.lab.server(name));
    ex01.log_9646(50 * MINUTE, [&dn("user1"), "32", "session"]);
    ex02.log_9646(30 * MINUTE, [&dn("user2"), "32", "session"]);
    ex02.log_9646(70 * MINUTE, [&dn("user1"), "32", "session"]);
    let ran = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --dag DAG1 --format ndjson")
        .run()
        .await
        .exits(0);
    let records = ran.events("victim").into_iter().map(|record| {
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        (text("server"), text("dn"))
    });
    let records: Vec<_> = records
        .map(|(server, who)| (server, who[DN.len()..].to_owned()))
        .collect();
    let shown: Vec<_> = records
        .iter()
        .map(|(server, who)| (server.split('.').next().unwrap(), who.as_str()))
        .collect();
    assert_eq!(
        shown,
        [("ex02", "user2"), ("ex01", "user1"), ("ex02", "user1")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dn_is_one_persons_or_several_or_nobodys() {
    let former = "/o=Old/ou=O'Brien/cn=Recipients/cn=rroe";
    let shared = "/o=Old/cn=Recipients/cn=twice";
    let staged = stage(
        one_2007()
            .user("rroe", |user| user.named("Richard Roe").formerly(former))
            .user("one", |user| user.formerly(shared))
            .user("two", |user| user.formerly(shared)),
    )
    .await;
    let server = staged.lab.server("ex01");
    let with_guid = format!("ba765653-5439-437a-993f-806575b85fbb: {}", dn("user1"));
    for (ago, who) in [
        (5, with_guid.as_str()),
        (10, former),
        (15, shared),
        (20, "/o=Example/cn=Configuration/cn=System Attendant"),
        (25, "/o=Example/cn=Recipients/cn=*"),
        (30, "ba765653-5439-437a-993f-806575b85fbb"),
        (35, "\u{1b}[2J/o=Example/cn=\u{202e}"),
    ] {
        server.log_9646(ago * MINUTE, [who, "32", "session"]);
    }
    let ran = Mapisweep::on(&staged.lab)
        .args("victims --server ex01")
        .run()
        .await
        .exits(0)
        .says_nothing();
    insta::assert_snapshot!(ran.shown());
    let json = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --format json")
        .run()
        .await
        .exits(0)
        .json();
    let people = json["records"].as_array().unwrap().iter();
    let people = people.map(|record| {
        (
            record["account"].as_str(),
            record["person"].as_str().unwrap(),
        )
    });
    let people: Vec<_> = people.collect();
    assert_eq!(
        people,
        [
            (Some(r"CORP\user1"), "known"),
            (Some("rroe"), "known"),
            (None, "several"),
            (None, "nobody"),
            (None, "nobody"),
            (None, "nobody"),
            (None, "nobody"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_short_and_one_that_is_too_long_are_said() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.overwrite_log(3 * HOUR);
    for number in 0..2001 {
        server.log_9646(
            number * Duration::from_secs(1),
            [&dn("user1"), "32", "session"],
        );
    }
    let ran = Mapisweep::on(&staged.lab)
        .args("victims --server ex01")
        .run()
        .await
        .exits(5)
        .says("ex01: its event log goes back 3h only.")
        .prints("ex01: events may be missing: only the newest 2000 were read");
    assert!(ran.stdout().contains("2000"), "{ran}");
    server.log_9646(Duration::ZERO, [&dn("user2"), "as many", "as will"]);
    Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --since 1s")
        .run()
        .await
        .exits(5)
        .prints("the data of 1 event is not as any known Exchange writes it");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_directory_the_log_is_shown_all_the_same() {
    let staged = refused_on(one_2007()).await;
    staged.lab.server("ex01").set_faults(mapisweep_lab::Faults {
        requires_delegation: true,
        ..Default::default()
    });
    Mapisweep::on(&staged.lab)
        .args("victims --server ex01")
        .run()
        .await
        .exits(1)
        .prints(&dn("jsmith"))
        .prints("32 sessions")
        .says("could not reach Active Directory");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_server_cannot_name_another_does() {
    let staged = refused_on(one_2007().server("ex02", |server| server.exchange_2007())).await;
    let ex02 = staged.lab.server("ex02");
    ex02.log_9646(MINUTE, [&dn("jsmith"), "32", "session"]);
    ex02.log_9646(2 * MINUTE, [&dn("user2"), "32", "session"]);
    ex02.set_faults(mapisweep_lab::Faults {
        requires_delegation: true,
        ..Default::default()
    });
    let json = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --server ex02 --format json")
        .run()
        .await
        .exits(1)
        .json();
    let people = json["records"].as_array().unwrap().iter();
    let people = people.map(|record| {
        let text = |name: &str| record[name].as_str().unwrap_or_default();
        (text("server"), text("account"), text("person"))
    });
    let people: Vec<_> = people.collect();
    assert_eq!(
        people,
        [
            ("ex01", r"CORP\jsmith", "known"),
            ("ex02", r"CORP\jsmith", "known"),
            ("ex02", "", "not_asked"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn server_2003_is_asked_for_more_and_what_is_old_is_left_out() {
    let staged =
        stage(Lab::builder().server("ex01", |server| server.exchange_2007().on_server_2003()))
            .await;
    let server = staged.lab.server("ex01");
    server.log_9646(HOUR, [&dn("user1"), "32", "session"]);
    for number in 0..2000 {
        server.log_9646(
            30 * HOUR + number * Duration::from_secs(1),
            [&dn("user2"), "32", "session"],
        );
    }
    let ran = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --format ndjson")
        .run()
        .await
        .exits(0);
    assert_eq!(ran.events("victim").len(), 1, "{ran}");
    assert!(ran.stdout().contains("user1"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_that_fails_does_not_hide_the_others() {
    let staged = refused_on(one_2007()).await;
    let json = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --server gone --connect-to gone=127.0.0.1:9 --format json")
        .run()
        .await
        .exits(1)
        .json();
    assert_eq!(json["records"][0]["account"], r"CORP\jsmith");
    assert_eq!(json["errors"][0]["where"], "gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_data_format_has_the_same_records() {
    let staged = refused_on(one_2007()).await;
    let output = async |format: &str| {
        let line = format!("victims --server ex01 --format {format}");
        Mapisweep::on(&staged.lab).args(&line).run().await.exits(0)
    };
    let json = output("json").await.json();
    assert_eq!(
        (&json["schema"], &json["kind"]),
        (&2.into(), &"victims".into())
    );
    assert_eq!(json["servers"][0]["service_limit"], 16);
    assert!(json["servers"][0]["log_begins"].is_string());
    let mut told = output("ndjson").await.events("victim");
    let fields = told[0].as_object_mut().unwrap();
    fields.retain(|name, _| name != "event" && name != "time");
    assert_eq!(told[0], json["records"][0]);
    let csv = output("csv").await;
    let csv = csv.stdout();
    assert!(
        csv.starts_with("server,account,dn,person,limit,allowed,"),
        "{csv}"
    );
    assert!(
        csv.contains(&format!(
            r"ex01,CORP\jsmith,{},known,sessions,32,",
            dn("jsmith")
        )),
        "{csv}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn victims_are_handed_on_to_the_same_plan_and_nobody_else_is_touched() {
    let staged = refused_on(one_2007()).await;
    let server = staged.lab.server("ex01");
    // no sessions of MAPI clients are in their way
    server.log_9646(20 * MINUTE, [&dn("user1"), "16", "session"]);
    server.log_9646(20 * MINUTE, [&dn("user2"), "500", "objtFolder"]);
    let dry = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --close --dry-run")
        .run()
        .await
        .exits(0)
        .prints("LIMIT REACHED")
        .prints(r"CORP\jsmith holds 32")
        .prints("refuse: shared with 5 other users");
    assert!(!dry.stdout().contains("user1 holds"), "{dry}");
    assert!(server.resets().is_empty());
    let ran = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --close --yes")
        .run()
        .await
        .exits(0)
        .prints(r"CORP\jsmith can log on again.");
    let audit = ran.audit();
    assert_eq!(audit.last().unwrap()["command"], "victims --close", "{ran}");
    assert_eq!(server.resets().len(), 31);
    for mut bystander in staged.bystanders {
        assert!(bystander.is_alive().await, "{bystander:?}");
    }
    assert!(server.leftovers().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_leaves_out_servers_where_it_does_not_help() {
    let staged = refused_on(
        Lab::builder()
            .server("ex01", |server| server.exchange_2010())
            .server("new", |server| server.exchange_2013()),
    )
    .await;
    staged
        .lab
        .server("new")
        .log_9646(MINUTE, [&dn("user2"), "32", "session"]);
    let json = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --server new --close --yes --format json --jobs 1")
        .run()
        .await
        .exits(0)
        .says("LIMIT REACHED")
        .json();
    assert_eq!(json["kind"], "close");
    let servers = json["servers"].as_array().unwrap();
    assert_eq!(servers.len(), 1, "{json}");
    for name in ["ex01", "new"] {
        let left = staged.lab.server(name).leftovers();
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}

/// The events of the day stay in the log; the sessions do not.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_helped_needs_nothing_closed_any_more() {
    let staged = refused_on(one_2007()).await;
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --include-shared --yes")
        .run()
        .await
        .exits(0);
    let ran = Mapisweep::on(&staged.lab)
        .args("victims --server ex01")
        .run()
        .await
        .exits(0)
        .prints("no sessions")
        .prints("32 sessions: They hold none now: nothing to close.");
    assert!(!ran.stdout().contains("Stale"), "{ran}");
    Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --close --yes")
        .run()
        .await
        .exits(3)
        .says("Nobody is there whom closing connections helps.");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_may_be_nobody_whom_closing_helps() {
    let staged = locked_out().await;
    let server = staged.lab.server("ex01");
    server.log_9646(20 * MINUTE, [&dn("user1"), "16", "session"]);
    Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --close --yes")
        .run()
        .await
        .exits(3)
        .prints("16 service sessions")
        .says("Nothing was closed.");
    assert!(server.resets().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn how_to_close_is_said_only_with_close_and_somebody_must_agree() {
    let staged = locked_out().await;
    for (line, says) in [
        ("victims --server ex01 --yes", "Add --close"),
        ("victims --server ex01 --idle 2h", "Add --close"),
        (
            "victims --server ex01 --close",
            "there is no terminal to ask on",
        ),
    ] {
        Mapisweep::on(&staged.lab)
            .args(line)
            .run()
            .await
            .exits(2)
            .prints_nothing()
            .says(says);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_a_dag_are_read_whichever_version_they_are_of() {
    let staged = stage(
        Lab::builder()
            .server("ex01", |server| server.exchange_2013().dag("DAG1"))
            .server("ex02", |server| server.exchange_2013().dag("DAG1")),
    )
    .await;
    for name in ["ex01", "ex02"] {
        staged
            .lab
            .server(name)
            .log_9646(MINUTE, [&dn("user1"), "OWA", "16", "session"]);
    }
    let json = Mapisweep::on(&staged.lab)
        .args("victims --server ex01 --dag DAG1 --format json")
        .run()
        .await
        .exits(0)
        .json();
    let records = json["records"].as_array().unwrap();
    assert_eq!(records.len(), 2, "{json}");
    for record in records {
        assert_eq!(record["limit"], "service_sessions");
        assert_eq!(record["client"], "OWA");
        assert_eq!(record["account"], "user1");
    }
    // closing is another matter
    Mapisweep::on(&staged.lab)
        .args("close user1 --server ex01 --dag DAG1 --yes")
        .run()
        .await
        .exits(1)
        .says("Exchange 2013");
}

/// One person goes by one name, as far as any server of the run tells it; and by one DN whatever is told.
#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_one_name_on_all_servers_and_one_dn_in_all_runs() {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2010())
        .server("ex02", |server| server.exchange_2010());
    let staged = stage(servers).await;
    let account = "user1";
    for server in ["ex01", "ex02"] {
        let server = staged.lab.server(server);
        server.log_9646(20 * MINUTE, [&dn(account), "32", "session"]);
    }
    let both = "--server ex01 --server ex02 --format json";
    let victims = format!("victims {both}");
    let told = Mapisweep::on(&staged.lab).args(&victims).run().await.json();
    for record in told["records"].as_array().unwrap() {
        assert_eq!(record["account"], r"CORP\user1", "{told:#}");
        assert_eq!(record["counted"], "sessions", "{told:#}");
        assert_eq!(record["dn"], dn(account), "{told:#}");
    }
    let user = |told: &serde_json::Value| told["servers"][0]["users"][0].clone();
    let logons = Mapisweep::on(&staged.lab).args(&format!("logons user1 {both}"));
    let logons = logons.run().await.json();
    assert_eq!(logons["records"][0]["dn"], dn(account), "{logons:#}");
    let close = "close user1 --all --include-shared --yes --server ex01 --format json";
    let closed = Mapisweep::on(&staged.lab).args(close).run().await.json();
    let (before, dn) = (user(&closed), dn(account));
    assert_eq!(
        (&before["account"], &before["counted"], &before["dn"]),
        (&r"CORP\user1".into(), &"sessions".into(), &(&*dn).into())
    );
    // where he is logged on to no server any more, Exchange does not tell his domain
    let again = "close user1 --dry-run --server ex01 --format json";
    let planned = Mapisweep::on(&staged.lab).args(again).run().await.json();
    let now = user(&planned);
    assert_eq!(
        (&now["account"], &now["counted"], &now["dn"]),
        (&account.into(), &"sessions".into(), &(&*dn).into())
    );
}
