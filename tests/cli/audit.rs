//! The audit log: what a run leaves in it, however it ends.

use std::{net::SocketAddr, path::Path, time::Duration};

use mapisweep_lab::{Faults, HelperFault, Lab, Staged};
use serde_json::Value;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::support::{Mapisweep, Ran, audit_log, locked_out, records, stage};

fn events(records: &[Value]) -> Vec<&str> {
    let events = records.iter().map(|record| record["event"].as_str());
    events.map(Option::unwrap).collect()
}

fn of_server<'r>(records: &'r [Value], event: &str, server: &str) -> &'r Value {
    let servers = records.iter().filter(|record| record["event"] == event);
    let mut servers = servers.flat_map(|record| record["servers"].as_array().unwrap());
    servers
        .find(|seen| seen["server"] == server)
        .expect("it is there")
}

/// `jsmith` locked out of ex01, with a stale session in a mailbox on ex02.
async fn two_servers() -> Staged {
    let servers = Lab::builder()
        .server("ex01", |server| server.exchange_2007().database("DB1"))
        .server("ex02", |server| server.exchange_2007().database("DB2"))
        .user("office", |user| user.mailbox_in("DB2"));
    let staged = stage(servers).await;
    let hour = Duration::from_secs(60 * 60);
    let ex02 = staged.lab.server("ex02");
    let outlook = ex02.outlook("jsmith").from("10.1.7.7").mailbox("office");
    let outlook = outlook.since(2 * hour).idle(hour).connect().await;
    outlook.expect("it is let in").lose_network();
    staged
}

const BOTH: &str = "close jsmith --server ex01 --server ex02 --yes";

fn hanging() -> Faults {
    Faults {
        helper: HelperFault::Hangs,
        ..Faults::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_told_from_looking_to_its_end() {
    let staged = two_servers().await;
    let protect = "[[protect]]\nnetwork = '10.9.0.0/16'\nreason = 'VPN'\n";
    let ran = Mapisweep::on(&staged.lab)
        .config(protect)
        .args(&format!("{BOTH} --idle 20m --max 50"))
        .run()
        .await
        .exits(0);
    let audit = ran.audit();
    assert_eq!(
        events(&audit),
        ["looked", "closing", "closed", "closed", "ended"]
    );
    for record in &audit {
        assert_eq!(record["schema"], 2);
        assert_eq!(record["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(
            (&record["run"], &record["user"]),
            (&audit[0]["run"], &r"CORP\ann".into())
        );
    }
    let hash = |record: &Value, of: &str| record[of].as_str().map(str::len);
    for record in &audit[..2] {
        let hashes = ["helper_sha256", "script_sha256"].map(|of| hash(record, of));
        assert_eq!(hashes, [Some(64); 2], "{record}");
    }
    let policy = serde_json::json!({
        "idle_seconds": 1200, "close_in_use": false, "close_shared": false, "max_connections": 50,
        "protected": [{"network": "10.9.0.0/16", "reason": "VPN"}],
    });
    assert_eq!(audit[1]["policy"], policy);
    for (server, connections) in [("ex01", 31), ("ex02", 1)] {
        let planned = of_server(&audit, "closing", server);
        let seen = of_server(&audit, "closed", server);
        assert_eq!(planned["accounts"][0], r"CORP\jsmith");
        for record in [planned, seen] {
            assert_eq!(record["targets"].as_array().unwrap().len(), connections);
        }
        assert_eq!(seen["targets"][0]["outcome"], "closed");
        assert_eq!(
            (&seen["verified"], &seen["helper_removed"]),
            (&true.into(), &true.into())
        );
    }
    let user = &of_server(&audit, "closed", "ex01")["users"][0];
    assert_eq!((&user["before"], &user["after"]), (&32.into(), &1.into()));
    let ended = &audit[4];
    assert_eq!(
        (&ended["command"], &ended["exit"]),
        (&"close".into(), &0.into())
    );
    assert_eq!(
        (&ended["nothing_closed"], &ended["left"]),
        (&false.into(), &serde_json::json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_has_recorded_what_it_saw() {
    let staged = two_servers().await;
    staged.lab.server("ex02").set_faults(Faults {
        delay: Duration::from_secs(1),
        ..Faults::default()
    });
    let run = Mapisweep::on(&staged.lab).args(BOTH);
    let home = run.home().to_owned();
    let running = run.start().await;
    let count = |event: &str| events_of(&home).iter().filter(|one| *one == event).count();
    while count("closed") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.kill();
    let ran = running.ends().await;
    let audit = ran.audit();
    assert_eq!(events(&audit), ["looked", "closing", "closed"]);
    let seen = of_server(&audit, "closed", "ex01");
    assert_eq!(seen["targets"].as_array().unwrap().len(), 31);
}

/// Those of whole lines; another may be being written.
fn events_of(home: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(audit_log(home)).unwrap_or_default();
    let records = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let events = records.map(|record| record["event"].as_str().unwrap().to_owned());
    events.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_told_with_its_cause() {
    for (fault, error, may_be_closed) in [
        (HelperFault::Dies, "the helper crashed", true),
        (
            HelperFault::BlockedByPolicy,
            "the helper was not started",
            false,
        ),
    ] {
        let staged = locked_out().await;
        let server = staged.lab.server("ex01");
        let mut terminal = Mapisweep::on(&staged.lab)
            .args("close jsmith --server ex01")
            .on_terminal();
        tokio::task::block_in_place(|| {
            terminal.shows("[y/N] ");
        });
        server.set_faults(Faults {
            helper: fault,
            ..Faults::default()
        });
        tokio::task::block_in_place(|| {
            terminal.type_in("y\n");
            assert_eq!(
                terminal.exits(),
                Some(1),
                "{fault:?}\n{}",
                terminal.screen()
            );
        });
        let audit = records(terminal.home());
        assert_eq!(events(&audit), ["looked", "closing", "closed", "ended"]);
        let seen = of_server(&audit, "closed", "ex01");
        assert!(seen["error"].as_str().unwrap().contains(error), "{seen}");
        assert_eq!(seen["may_be_closed"], may_be_closed, "{fault:?}");
        assert_eq!(
            (&seen["verified"], &audit[3]["exit"]),
            (&false.into(), &1.into())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_helpers_own_reason_is_recorded() {
    let staged = locked_out().await;
    staged.lab.server("ex01").set_faults(Faults {
        helper: HelperFault::ClosesNothing,
        ..Faults::default()
    });
    let line = "close jsmith --server ex01 --yes";
    let ran = Mapisweep::on(&staged.lab).args(line).run().await.exits(1);
    let audit = ran.audit();
    let seen = of_server(&audit, "closed", "ex01");
    let target = &seen["targets"][0];
    assert_eq!(target["outcome"], "still_open", "{target}");
    assert_eq!(
        target["why"],
        "the system took the order, but it is there still"
    );
    assert_eq!(
        (&seen["lingering"], &seen["verified"]),
        (&31.into(), &false.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_only_look_are_recorded_too() {
    let staged = two_servers().await;
    for (line, command) in [
        (
            "close jsmith --server ex01 --server ex02 --dry-run",
            "close --dry-run",
        ),
        ("connections --server ex01 --server ex02", "connections"),
    ] {
        let ran = Mapisweep::on(&staged.lab).args(line).run().await.exits(0);
        only_looked(&ran.audit(), command, 0);
    }
    let mut terminal = Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --server ex02")
        .on_terminal();
    tokio::task::block_in_place(|| {
        terminal.shows("[y/N] ");
        assert_eq!(events(&records(terminal.home())), ["looked"]);
        terminal.type_in("n\n");
        assert_eq!(terminal.exits(), Some(7));
    });
    only_looked(&records(terminal.home()), "close", 7);
    let logons = Mapisweep::on(&staged.lab)
        .args("logons --server ex01")
        .run()
        .await;
    assert!(logons.exits(0).audit().is_empty(), "it runs no helper");
}

#[track_caller]
fn only_looked(audit: &[Value], command: &str, exit: u8) {
    assert_eq!(events(audit), ["looked", "ended"]);
    for server in ["ex01", "ex02"] {
        let looked = of_server(audit, "looked", server);
        assert!(looked["connections"].as_u64().unwrap() > 0, "{looked}");
    }
    assert_eq!(audit[0]["helper_sha256"].as_str().map(str::len), Some(64));
    let ended = &audit[1];
    assert_eq!(
        (&ended["command"], &ended["exit"]),
        (&command.into(), &exit.into())
    );
    assert_eq!(ended["nothing_closed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_looking_failed_the_helper_may_have_run() {
    let staged = two_servers().await;
    staged.lab.server("ex02").set_faults(hanging());
    let running = Mapisweep::on(&staged.lab)
        .args("connections --server ex01 --server ex02 --server nowhere --timeout 1s")
        .start()
        .await;
    while staged.lab.server("ex02").leftovers().processes == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    running.interrupt();
    let ran = running.ends().await.exits(130);
    let audit = ran.audit();
    assert_eq!(of_server(&audit, "looked", "ex02")["error"], "interrupted");
    let looked = audit[0]["servers"].as_array().unwrap();
    assert!(
        looked.iter().all(|seen| seen["server"] != "nowhere"),
        "nothing ran there"
    );
    assert_eq!(
        (&audit[1]["exit"], &audit[1]["nothing_closed"]),
        (&130.into(), &true.into())
    );
}

/// A way to a server that ends with its task.
async fn a_way_to(server: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let relay = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut near, _)) = listener.accept().await {
            connections.spawn(async move {
                let mut far = TcpStream::connect(server).await.unwrap();
                _ = copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (address, relay)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_left_is_recorded_last() {
    let staged = locked_out().await;
    let (address, relay) = a_way_to(staged.lab.server("ex01").winrm()).await;
    let line = format!("close jsmith --server ex01 --connect-to ex01={address}");
    let mut terminal = Mapisweep::on(&staged.lab).args(&line).on_terminal();
    tokio::task::block_in_place(|| {
        terminal.shows("[y/N] ");
    });
    relay.abort();
    _ = relay.await;
    tokio::task::block_in_place(|| {
        terminal.type_in("n\n");
        terminal.exits();
    });
    assert!(!staged.lab.server("ex01").leftovers().is_empty());
    let audit = records(terminal.home());
    assert_eq!(events(&audit), ["looked", "ended"]);
    let left = &audit[1]["left"][0];
    assert_eq!(left["server"], "ex01");
    let what = left["what"].as_str().unwrap();
    assert!(
        what.starts_with("a remote shell may be left there: "),
        "{what}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_did_nothing_leaves_no_record() {
    let staged = locked_out().await;
    for line in [
        "connections --server ex01",
        "close jsmith --server ex01 --yes",
    ] {
        let run = Mapisweep::on(&staged.lab).args(line).password("wrong");
        let ran = run.run().await.exits(1);
        assert!(ran.audit().is_empty(), "{ran}");
    }
}

async fn on_a_small_disk(staged: &Staged, blocks: usize) -> Ran {
    Mapisweep::on(&staged.lab)
        .args("close jsmith --server ex01 --yes")
        .on_a_small_disk(blocks)
        .run()
        .await
}

/// What keeps it from being written is said with what mends that.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_has_no_place_gets_advice_that_helps() {
    let staged = locked_out().await;
    let run = Mapisweep::on(&staged.lab).args("close jsmith --server ex01 --yes");
    let ran = run.env("XDG_STATE_HOME", "/dev/null").run().await.exits(1);
    ran.says("cannot be written: Not a directory")
        .says("Nothing was closed. Move the file away that stands where its folder is to be");
    assert!(staged.lab.server("ex01").resets().is_empty());
}

/// What is written depends on no folder that the program happens to be started in, and what is protected neither.
#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_no_full_path_is_none() {
    const CLOSE: &str = "close jsmith --server ex01 --yes";
    let staged = locked_out().await;
    for (line, variables, code, said) in [
        (
            CLOSE,
            &[][..],
            2,
            "the home directory is \"there\", which is no full path. Nothing was done. Set HOME",
        ),
        ("logons --server ex01", &[], 2, "which is no full path"),
        ("config show", &[], 2, "which is no full path"),
        // these count for nothing then
        (
            CLOSE,
            &[("XDG_CONFIG_HOME", "there"), ("XDG_STATE_HOME", "there")],
            2,
            "which is no full path",
        ),
        (
            CLOSE,
            &[("XDG_CONFIG_HOME", "/nonexistent")],
            1,
            "no full path to it, for the audit log. Nothing was closed. Set XDG_STATE_HOME.",
        ),
        (
            "logons --server ex01",
            &[("XDG_CONFIG_HOME", "/nonexistent")],
            0,
            "",
        ),
    ] {
        let mut run = Mapisweep::on(&staged.lab).args(line).home_by_name("there");
        let folder = run.home().to_owned();
        for (name, value) in variables {
            run = run.env(name, value);
        }
        let ran = run.run().await.exits(code).says(said);
        assert!(!folder.join("there").exists(), "{ran}");
    }
    let run = Mapisweep::on(&staged.lab).args(CLOSE).at_home();
    let folder = run.home().to_owned();
    let run = run.env("XDG_STATE_HOME", "there");
    let ran = run.env("XDG_CONFIG_HOME", "there").run().await.exits(0);
    let is_at_home = audit_log(&folder).exists();
    assert!(is_at_home && !folder.join("there").exists(), "{ran}");
    assert_eq!(staged.lab.server("ex01").resets().len(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_cut_short_damages_no_other() {
    let staged = locked_out().await;
    // what is to be closed takes more than three kilobytes; what was seen of it more than that
    let ran = on_a_small_disk(&staged, 4)
        .await
        .exits(1)
        .says("cannot be written: File too large")
        .says("Nothing was closed. Make room there");
    assert_eq!(events(&ran.audit()), ["looked", "ended"]);
    assert!(staged.lab.server("ex01").resets().is_empty());
    let ran = on_a_small_disk(&staged, 12)
        .await
        .exits(1)
        .prints("31 closed")
        .prints("can log on again")
        .says("cannot be written: File too large")
        .says("The plan was carried out all the same; what was seen is shown above.");
    let audit = ran.audit();
    assert_eq!(events(&audit), ["looked", "closing", "ended"]);
    assert_eq!(
        (&audit[2]["exit"], &audit[2]["nothing_closed"]),
        (&1.into(), &false.into())
    );
    let error = audit[2]["error"].as_str().unwrap();
    assert!(
        error.contains("cannot be written: File too large"),
        "{error}"
    );
    assert_eq!(staged.lab.server("ex01").resets().len(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_a_link_stops_closing_and_not_looking() {
    let staged = locked_out().await;
    for (line, code, said) in [
        (
            "close jsmith --server ex01 --yes",
            1,
            "Nothing was closed. Move it away",
        ),
        (
            "close jsmith --server ex01 --dry-run",
            1,
            "nothing was closed. Move it away",
        ),
    ] {
        let run = Mapisweep::on(&staged.lab).args(line);
        let log = audit_log(run.home());
        std::fs::create_dir_all(log.parent().unwrap()).unwrap();
        let target = run.home().join("target");
        std::fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &log).unwrap();
        let ran = run.run().await.exits(code).says(said);
        let ran = ran.says("cannot be written: it is a symbolic link and no regular file");
        assert_eq!(
            ran.stdout().contains("CLIENT ADDRESS"),
            line.ends_with("--dry-run"),
            "{ran}"
        );
        assert_eq!(std::fs::read(&target).unwrap(), b"");
    }
    let server = staged.lab.server("ex01");
    assert!(server.resets().is_empty() && server.leftovers().is_empty());
}
