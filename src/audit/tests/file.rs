//! The file: who may read it, what is no log, and what becomes of lines that are cut short.

use std::{
    fs::{self, File, Permissions},
    os::unix::{
        fs::{PermissionsExt, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn append(path: &Path) {
    AuditLog::open(path).unwrap().append(&a_record()).unwrap();
}

#[test]
fn what_is_made_is_for_the_owner_and_what_is_there_stays() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("state/mapisweep");
    let path = AuditLog::path_in(&directory);
    append(&path);
    assert_eq!([mode(&directory), mode(&path)], [0o700, 0o600]);
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o750)).unwrap();
    let before = fs::read_to_string(&path).unwrap();
    append(&path);
    assert_eq!([mode(&directory), mode(&path)], [0o750, 0o640]);
    let after = fs::read_to_string(&path).unwrap();
    assert!(
        after.starts_with(&before) && after.lines().count() == 2,
        "nothing is lost"
    );
}

#[test]
fn only_a_file_of_ours_is_a_log() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let elsewhere = at("elsewhere");
    fs::write(&elsewhere, "").unwrap();
    symlink(&elsewhere, at("link")).unwrap();
    symlink(at("nowhere"), at("dangling link")).unwrap();
    fs::create_dir(at("directory")).unwrap();
    let _listener = UnixListener::bind(at("socket")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(at("pipe"))
        .status();
    assert!(made.unwrap().success());
    for (path, said) in [
        (at("link"), "it is a symbolic link and no regular file"),
        (
            at("dangling link"),
            "it is a symbolic link and no regular file",
        ),
        (at("directory"), "it is a directory and no regular file"),
        (at("socket"), "it is a socket and no regular file"),
        (at("pipe"), "it is a named pipe and no regular file"),
        (
            PathBuf::from("/dev/null"),
            "it is a device and no regular file",
        ),
    ] {
        let refused = AuditLog::open(&path).unwrap_err();
        assert_eq!(refused.to_string(), said, "{}", path.display());
    }
    assert_eq!(
        fs::read(&elsewhere).unwrap(),
        b"",
        "where a link leads nothing is written"
    );
    assert!(!at("nowhere").exists());
}

/// Only root can give a file away.
#[test]
fn a_file_of_another_user_is_no_log() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("audit.jsonl");
    fs::write(&path, "").unwrap();
    if std::os::unix::fs::chown(&path, Some(65534), None).is_err() {
        let why = "only root can give a file to another user";
        return mapisweep_outside::skip("an audit log of another user", why);
    }
    let refused = AuditLog::open(&path).unwrap_err();
    let said = "it belongs to another user, whose number is 65534";
    assert_eq!(refused.to_string(), said);
}

#[test]
fn runs_at_the_same_time_do_not_mix() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("audit.jsonl");
    let mut plan = a_plan();
    let connections = &mut plan.servers[0].addresses[0].connections;
    *connections = vec![connections[0].clone(); 500];
    let record = a_run().before(at(NOON), &plan, &Policy::default());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| AuditLog::open(&path).unwrap().append(&record).unwrap());
        }
    });
    let lines = fs::read_to_string(&path).unwrap();
    assert_eq!(lines.lines().count(), 8);
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let targets = line["servers"][0]["targets"].as_array().map(Vec::len);
        assert_eq!(targets, Some(500));
    }
}

#[test]
fn what_a_killed_run_left_of_a_line_stays_a_line_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("audit.jsonl");
    let record = line(&a_record()).to_string();
    for (there, lines) in [("", 1), (&*record, 2), (&record[..40], 2), ("\n", 2)] {
        fs::write(&path, there).unwrap();
        append(&path);
        append(&path);
        let log = fs::read_to_string(&path).unwrap();
        assert!(log.starts_with(there) && log.ends_with("}\n"), "{log}");
        let all: Vec<_> = log.lines().collect();
        assert_eq!(all.len(), lines + 1, "{log}");
        for line in &all[lines - 1..] {
            let read: Record = serde_json::from_str(line).unwrap();
            assert_eq!(super::line(&read)["event"], "closing");
        }
    }
}

#[test]
fn who_writes_now_is_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("audit.jsonl");
    append(&path);
    let other = File::open(&path).unwrap();
    other.lock().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| append(&path));
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(!waiting.is_finished());
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
        other.unlock().unwrap();
    });
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    other.lock().unwrap();
    let mut log = AuditLog::open(&path).unwrap();
    assert!(matches!(log.append(&a_record()), Err(LogError::Locked)));
}
