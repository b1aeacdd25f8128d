//! What a run that closed something says at its end.

use crate::support::{Mapisweep, locked_out};

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
        assert_eq!(ran.stderr().contains(CAUSE), back.is_some(), "{ran}");
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
