//! What a run that closed something says at its end.

use std::time::Duration;

use mapisweep_lab::{Breakage, Faults, Lab, Scenario, ServerSpec};

use crate::support::{Mapisweep, locked_out};

const HOUR: Duration = Duration::from_secs(60 * 60);
const TELL: &str = "Tell the user: quit Outlook (if it hangs, end OUTLOOK.EXE in the Task Manager), then start it again.\n";
const CAUSE: &str = r"reg add HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters /v KeepAliveTime /t REG_DWORD /d 1800000";

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_back_are_named_with_the_cause_and_the_user_is_told_what_to_do() {
    let state = tempfile::tempdir().unwrap();
    for (time, back) in [
        ("first", None),
        ("second", Some("10.1.4.23 in 1 run")),
        ("third", Some("10.1.4.23 in 2 runs")),
    ] {
        let staged = locked_out().await;
        let ran = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --yes")
            .env("XDG_STATE_HOME", &state.path().display().to_string())
            .run()
            .await
            .exits(0);
        assert!(ran.stderr().ends_with(TELL), "{time}\n{ran}");
        let said = ran.stderr().matches("Closed before, too").count();
        assert_eq!(said, usize::from(back.is_some()), "{time}\n{ran}");
        assert_eq!(ran.stderr().matches(CAUSE).count(), 1, "{ran}");
        assert!(ran.stderr().contains(back.unwrap_or_default()), "{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_closed_or_asked_for_is_followed_by_nothing() {
    let staged = locked_out().await;
    for line in [
        "close jsmith --server ex01 --dry-run",
        "close jsmith --server ex01 --yes --quiet",
    ] {
        let ran = Mapisweep::on(&staged.lab).args(line).run().await.exits(0);
        assert!(!ran.stderr().contains("Tell the user"), "{ran}");
    }
}

/// Nothing is asked for that by itself, so a server that does not tell costs nothing and is not mentioned.
#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_dead_connections_is_said_once_and_only_where_it_is_long() {
    type Server = fn(ServerSpec) -> ServerSpec;
    let windows_own: Server = |server| server;
    let half_an_hour: Server = |server| server.keep_alive_time(1_800_000);
    let a_day: Server = |server| server.keep_alive_time(86_400_000);
    let not_told: Server = |server| server.denies_registry();
    let own = "dead connections stay for 2h, Windows' own";
    for (ex01, ex02, said, seconds) in [
        (
            windows_own,
            windows_own,
            format!("\nex01 and ex02: {own}. A"),
            [Some(7200); 2],
        ),
        (
            windows_own,
            half_an_hour,
            format!("\nex01: {own}. A"),
            [Some(7200), Some(1800)],
        ),
        (
            windows_own,
            a_day,
            format!("\nex01: {own}; ex02: dead connections stay for 1d. A"),
            [Some(7200), Some(86_400)],
        ),
        (
            not_told,
            windows_own,
            format!("\nex02: {own}. A"),
            [None, Some(7200)],
        ),
        (not_told, half_an_hour, String::new(), [None, Some(1800)]),
    ] {
        let servers = Lab::builder()
            .server("ex01", |server| ex01(server.exchange_2010()))
            .server("ex02", |server| ex02(server.exchange_2010()));
        let few = Scenario::locked_out_user().stale_sessions(8);
        let staged = few.stage(servers).await.expect("the lab starts");
        let outlook = staged.lab.server("ex02").outlook("jsmith");
        let outlook = outlook.from("10.1.4.23").since(26 * HOUR).idle(25 * HOUR);
        let _outlook = outlook.connect().await.unwrap();
        let ran = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01 --server ex02 --yes --format json")
            .run()
            .await
            .exits(0);
        let is_said = !said.is_empty();
        assert!(ran.stderr().contains(&said), "{said}\n{ran}");
        assert_eq!(
            ran.stderr().matches(CAUSE).count(),
            usize::from(is_said),
            "{ran}"
        );
        let told = ran.json();
        for (server, seconds) in told["servers"].as_array().unwrap().iter().zip(seconds) {
            assert_eq!(
                server["keep_alive_seconds"],
                serde_json::json!(seconds),
                "{ran}"
            );
        }
    }
}

/// By whose hand they went is not known then, and that he gets in is.
#[tokio::test(flavor = "multi_thread")]
async fn who_gets_in_is_told_also_where_it_was_only_seen_afterwards() {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        at_exchange: Some((6, Breakage::ResetAmid)),
        ..Faults::default()
    });
    let line = "close jsmith --server ex01 --yes";
    let ran = Mapisweep::on(&staged.lab).args(line).run().await.exits(0);
    let ran = ran
        .prints("31 already gone (as seen afterwards)")
        .prints("can log on again.\n");
    assert!(ran.stderr().ends_with(TELL), "{ran}");
    assert!(!ran.stderr().contains(CAUSE), "{ran}");
}
