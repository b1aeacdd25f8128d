//! The cmdlets, read by mapisweep's own typed rows.

use std::time::Duration;

use super::{ask, ask_both_ways, session};
use crate::shell::RemoteShell;
use mapisweep_core::{
    batch::{Answer, Question},
    exchange::{
        self, ClientAccessArray, ClientAddress, Clock, Dag, Database, ExchangeServer, Failure,
        Generation, Limits, Logon, Mailbox, SessionLimit, SnapIn,
        event::{self, Exceeded},
        server::computer_name,
    },
};
use mapisweep_lab::{ClientMode, Faults, Lab};
use mapisweep_winrm::psrp::{clixml::Value, pipeline::Pipeline};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn lab() -> Lab {
    Lab::builder()
        .server("old", |s| {
            s.exchange_2007().database("DB0").session_limit(40)
        })
        .server("ex01", |s| s.exchange_2010().dag("DAG1").database("DB1"))
        .server("ex02", |s| s.exchange_2010().dag("DAG1").database("DB2"))
        .server("new", |s| s.exchange_2013().session_limit(3_000_000_000))
        .user("ann", |u| u.administrator())
        .user("jsmith", |u| u.named("John Smith").mailbox_in("DB0"))
        .user("mjones", |u| u.named("Mary Jones").mailbox_in("DB1"))
        .start()
        .await
        .unwrap()
}

/// A session in which the Exchange cmdlets are loaded.
async fn exchange_session(lab: &Lab, server: &str) -> RemoteShell {
    let mut session = session(lab, server).await;
    let registered = ask_both_ways(&mut session, server, SnapIn::registered()).await;
    let snap_in = SnapIn::newest_of(&registered.rows).unwrap();
    let loaded = ask(&mut session, snap_in.load()).await;
    assert!(loaded.has_succeeded());
    session
}

async fn logons(session: &mut RemoteShell, server: &str) -> Vec<Logon> {
    let answer = ask_both_ways(session, server, Logon::on_this_server()).await;
    let now = jiff::Timestamp::now();
    let clock = Clock {
        now,
        utc_offset: None,
    };
    let rows = answer.rows.iter();
    rows.filter_map(|row| Logon::from_row(row, &clock))
        .collect()
}

fn failure(answer: &Answer) -> Option<Failure> {
    let error = answer.failure.as_ref().or(answer.errors.first());
    error.map(Failure::of)
}

#[tokio::test]
async fn a_2007_row_has_its_columns_typed() {
    let lab = lab().await;
    let _outlook = lab
        .outlook("mjones")
        .mailbox("jsmith")
        .from("10.1.4.23")
        .named("MJONES-LT")
        .mode(ClientMode::Cached)
        .since(26 * HOUR)
        .idle(HOUR)
        .connect()
        .await
        .unwrap();

    let mut session = exchange_session(&lab, "old").await;
    let rows = logons(&mut session, "old").await;
    let columns = Pipeline::command("Get-LogonStatistics").parameter("Server", "old");
    let object = session.run(columns).await.unwrap().output.remove(0);
    session.close().await.unwrap();

    let [row] = &rows[..] else {
        panic!("{} rows", rows.len());
    };
    assert_eq!(row.account.as_deref(), Some("CORP\\mjones"));
    assert_eq!(row.client_address.ip(), Some([10, 1, 4, 23].into()));
    assert_eq!(row.client_name.as_deref(), Some("MJONES-LT"));
    assert_eq!(row.client_mode, exchange::ClientMode::Cached);
    assert_eq!(row.session_id, None);
    let age = |time: Option<jiff::Timestamp>| {
        jiff::Timestamp::now()
            .duration_since(time.unwrap())
            .as_hours()
    };
    assert_eq!((age(row.logon_time), age(row.last_access_time)), (26, 1));
    assert!(row.user_dn.as_deref().unwrap().ends_with("/cn=mjones"));
    // columns that nobody asks for
    let text = |column| object.get(column).unwrap().display();
    assert_eq!(text("UserName"), "John Smith");
    assert!(text("FullMailboxDirectoryName").ends_with("/cn=jsmith"));
    assert_eq!(text("StorageGroupName"), "First Storage Group");
    let counter = |column| object.get(column).unwrap().as_i64();
    assert_eq!(counter("TotalOperationCount"), Some(u32::MAX.into()));
    assert_eq!(object.get("TransferOperationCount"), Some(&Value::Null));
}

#[tokio::test]
async fn a_2010_session_has_an_id_that_its_logons_share() {
    let lab = lab().await;
    let outlook = lab.outlook("mjones").sessions(2).logons_per_session(3);
    let _outlook = outlook.connect().await.unwrap();

    let mut session = exchange_session(&lab, "ex01").await;
    let rows = logons(&mut session, "ex01").await;
    session.close().await.unwrap();

    assert_eq!(rows.len(), 6);
    let mut ids: Vec<_> = rows
        .iter()
        .filter_map(|row| row.session_id.clone())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn clients_without_an_ipv4_address_show_as_on_a_real_server() {
    let lab = lab().await;
    let hidden = lab.outlook("jsmith").claiming_nothing();
    let _hidden = hidden.connect().await.unwrap();
    let behind_nat = lab.outlook("jsmith").claiming("192.168.1.5");
    let _behind_nat = behind_nat.connect().await.unwrap();
    let ipv6 = lab.outlook("jsmith").from("2001:db8::7");
    let _ipv6 = ipv6.connect().await.unwrap();

    let mut session = exchange_session(&lab, "old").await;
    let rows = logons(&mut session, "old").await;
    session.close().await.unwrap();

    let addresses: Vec<_> = rows.iter().map(|row| row.client_address.clone()).collect();
    assert_eq!(addresses[1].ip(), Some([192, 168, 1, 5].into()));
    // blank and 0.0.0.0 both name nobody
    assert_eq!(
        [&addresses[0], &addresses[2]],
        [&ClientAddress::NotGiven; 2]
    );
}

#[tokio::test]
async fn servers_users_dags_and_limits_are_found() {
    let lab = lab().await;
    let mut session = exchange_session(&lab, "ex01").await;

    let ask = async |session: &mut RemoteShell, question: Question| {
        ask_both_ways(session, "ex01", question)
            .await
            .rows
            .remove(0)
    };
    let name = ask(&mut session, computer_name()).await;
    assert_eq!(name.text("Value").as_deref(), Some("EX01"));
    for (question, fqdn) in [
        (ExchangeServer::named("EX02"), "ex02.corp.example"),
        (ExchangeServer::itself(), "ex01.corp.example"),
    ] {
        let server = ExchangeServer::from_row(&ask(&mut session, question).await).unwrap();
        assert_eq!(server.fqdn.as_deref(), Some(fqdn));
        assert_eq!(
            server.version.unwrap().generation(),
            Generation::Exchange2010
        );
    }
    let all = ask_both_ways(&mut session, "ex01", ExchangeServer::all()).await;
    assert_eq!(all.rows.len(), 4);

    let dag = Dag::from_row(&ask(&mut session, Dag::named("DAG1")).await).unwrap();
    assert_eq!(dag.servers, ["EX01", "EX02"]);

    for identity in [
        "jsmith",
        "CORP\\jsmith",
        "John Smith",
        "jsmith@corp.example",
    ] {
        let mailbox = ask(&mut session, Mailbox::identified_by(identity)).await;
        let mailbox = Mailbox::from_row(&mailbox).unwrap();
        assert_eq!(mailbox.account_name, "jsmith", "{identity}");
        assert_eq!(mailbox.database.as_deref(), Some("DB0"));
    }

    let limit = ask(&mut session, Limits::from_registry()).await;
    assert_eq!(Limits::from_row(&limit), Limits::DEFAULT);
    session.close().await.unwrap();

    let mut session = exchange_session(&lab, "old").await;
    let limit = ask(&mut session, Limits::from_registry()).await;
    assert_eq!(Limits::from_row(&limit).mapi, SessionLimit::AtMost(40));
    session.close().await.unwrap();

    // an Int32 that is negative, to PowerShell
    let mut session = exchange_session(&lab, "new").await;
    let limit = ask(&mut session, Limits::from_registry()).await;
    assert_eq!(
        Limits::from_row(&limit).mapi,
        SessionLimit::AtMost(3_000_000_000)
    );
    session.close().await.unwrap();
}

#[tokio::test]
async fn dags_databases_and_arrays_are_read_with_and_without_how_they_stand() {
    let member = |server: mapisweep_lab::ServerSpec| {
        let server = server.exchange_2010().dag("DAG1");
        server.client_access_array("outlook.corp.example")
    };
    let lab = Lab::builder()
        .server("ex01", |server| member(server).database("DB1"))
        .server("ex02", |server| {
            member(server).database("DB2").out_of_operation()
        })
        .user("ann", |user| user.administrator())
        .start()
        .await
        .unwrap();
    lab.server("ex02").mount("DB1");
    lab.server("ex02").dismount("DB2");
    let mut session = exchange_session(&lab, "ex01").await;
    let mut ask = async |question| ask_both_ways(&mut session, "ex01", question).await.rows;

    let quick = ask(Dag::all()).await;
    let standing = ask(Dag::standing("DAG1")).await;
    let [quick, standing] = [quick, standing].map(|rows| Dag::from_row(&rows[0]).unwrap());
    assert_eq!(
        (&quick.operational, &quick.primary_active_manager),
        (&None, &None)
    );
    assert_eq!(quick.servers, standing.servers);
    assert_eq!(
        standing.operational.as_deref(),
        Some(&["EX01".to_owned()][..])
    );
    assert_eq!(standing.primary_active_manager.as_deref(), Some("EX01"));

    let mut databases = ask(Database::all()).await;
    databases.extend(ask(Database::standing("DB1")).await);
    databases.extend(ask(Database::standing("DB2")).await);
    let databases = databases.iter().map(|row| Database::from_row(row).unwrap());
    let databases: Vec<_> = databases
        .inspect(|database| {
            assert_eq!(database.copies_on, ["EX01", "EX02"]);
            assert_eq!(
                database.client_access.as_deref(),
                Some("outlook.corp.example")
            );
        })
        .map(|database| (database.name, database.mounted, database.mounted_on))
        .collect();
    let on = Some("ex02.corp.example".to_owned());
    assert_eq!(
        databases,
        [
            ("DB1".into(), None, None),
            ("DB2".into(), None, None),
            ("DB1".into(), Some(true), on),
            ("DB2".into(), Some(false), None),
        ]
    );

    let arrays = ask(ClientAccessArray::all()).await;
    let array = ClientAccessArray::from_row(&arrays[0]).unwrap();
    assert_eq!(array.fqdn.as_deref(), Some("outlook.corp.example"));
    assert_eq!(array.site.as_deref(), Some("Default-First-Site-Name"));
    assert_eq!(array.members, ["EX01", "EX02"]);
    session.close().await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_fails_as_exchange_does() {
    let lab = lab().await;
    let mut session = exchange_session(&lab, "old").await;
    for (question, expected) in [
        (Mailbox::identified_by("nobody"), Failure::NotFound),
        (ExchangeServer::named("nowhere"), Failure::NotFound),
        // a DAG is unknown to 2007
        (Dag::named("DAG1"), Failure::UnknownCommand),
        (ClientAccessArray::all(), Failure::UnknownCommand),
    ] {
        let answer = ask_both_ways(&mut session, "old", question).await;
        assert_eq!(failure(&answer), Some(expected));
    }
    let beyond = ask(&mut session, Question::of("Get-Process", &[])).await;
    assert_eq!(
        beyond.failure.unwrap().message,
        "Get-Process is not on the list of cmdlets"
    );
    let script = session.run(Pipeline::script("1 + 1")).await.unwrap();
    assert!(script.failure.is_some());
    session.close().await.unwrap();
}

#[tokio::test]
async fn without_the_snap_in_there_are_no_exchange_cmdlets() {
    let lab = lab().await;
    let mut session = session(&lab, "old").await;

    let answer = ask_both_ways(&mut session, "old", Logon::on_this_server()).await;

    assert_eq!(failure(&answer), Some(Failure::UnknownCommand));
    session.close().await.unwrap();
}

#[tokio::test]
async fn the_second_hop_fails_as_active_directory_out_of_reach() {
    let lab = lab().await;
    let faults = Faults {
        requires_delegation: true,
        ..Faults::default()
    };
    lab.server("old").set_faults(faults);
    let mut session = exchange_session(&lab, "old").await;

    let answer = ask_both_ways(&mut session, "old", Logon::on_this_server()).await;

    assert_eq!(failure(&answer), Some(Failure::DirectoryOutOfReach));
    session.close().await.unwrap();
}

#[tokio::test]
async fn exchange_2013_has_nothing_to_say() {
    let lab = lab().await;
    let mut session = exchange_session(&lab, "new").await;

    assert_eq!(logons(&mut session, "new").await, []);
    session.close().await.unwrap();
}

#[tokio::test]
async fn a_fail_over_ends_the_sessions_and_moves_the_mailbox() {
    let lab = lab().await;
    let _before = lab.outlook("mjones").connect().await.unwrap();
    assert_eq!(lab.server("ex01").sessions_of("mjones"), 1);

    lab.server("ex02").mount("DB1");
    let _after = lab.outlook("mjones").connect().await.unwrap();

    assert_eq!(lab.server("ex01").sessions_of("mjones"), 0);
    assert_eq!(lab.server("ex02").sessions_of("mjones"), 1);
}

#[tokio::test]
async fn the_event_log_is_read_by_the_script_and_what_a_restricted_endpoint_gives_is_not_understood()
 {
    let lab = lab().await;
    let user = "/o=Example/ou=First Administrative Group/cn=Recipients/cn=jsmith";
    lab.server("old")
        .log_9646(2 * HOUR, [user, "40", "session"]);
    let now = jiff::Timestamp::now();
    let clock = Clock {
        now,
        utc_offset: None,
    };
    let mut session = session(&lab, "old").await;
    let [recent, earlier] = [3 * HOUR, HOUR].map(Exceeded::within);
    let by_script = ask(&mut session, recent.clone()).await;
    let event = Exceeded::from_row(&by_script.rows[0], &clock).unwrap();
    let alone = super::ask_alone(&mut session, "old", recent).await;
    let none = ask_both_ways(&mut session, "old", earlier).await;
    let old = ask_both_ways(&mut session, "old", Exceeded::on_server_2003()).await;
    let oldest = ask_both_ways(&mut session, "old", event::oldest()).await;
    session.close().await.unwrap();

    assert_eq!(
        (event.dn.as_str(), event.limit, event.object.as_str()),
        (user, 40, "session")
    );
    assert_eq!(now.duration_since(event.at.unwrap()).as_hours(), 2);
    // what an object's property holds does not travel where there is no script
    assert_eq!(Exceeded::from_row(&alone.rows[0], &clock), None);
    assert_eq!(failure(&none), Some(Failure::NoEvents));
    assert_eq!(Exceeded::from_row(&old.rows[0], &clock), Some(event));
    let begins = event::time(&oldest.rows[0], &clock).unwrap();
    assert_eq!(now.duration_since(begins).as_hours(), 30 * 24);
}

#[tokio::test]
async fn who_had_a_dn_before_is_found_by_it() {
    let former = "/o=Old/ou=O'Brien/cn=rroe";
    let lab = Lab::builder()
        .server("old", |s| s.exchange_2007())
        .user("ann", |u| u.administrator())
        .user("rroe", |u| u.formerly(former))
        .start()
        .await
        .unwrap();
    let mut session = exchange_session(&lab, "old").await;
    let own = ask_both_ways(&mut session, "old", Mailbox::identified_by(former)).await;
    let found = ask_both_ways(&mut session, "old", Mailbox::formerly(former)).await;
    let nobody = ask_both_ways(&mut session, "old", Mailbox::formerly("/o=Old/cn=x")).await;
    session.close().await.unwrap();
    assert_eq!(failure(&own), Some(Failure::NotFound));
    let found = Mailbox::from_row(&found.rows[0]).unwrap();
    assert_eq!(found.account_name, "rroe");
    assert!(nobody.rows.is_empty() && nobody.has_succeeded());
}
