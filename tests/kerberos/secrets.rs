//! What proves who somebody is stays in memory: tickets that are got for a password lie in no file, the password is in
//! no child's environment, for there are no children, and no image of the memory is written should the program die.

use std::{fs, path::Path, process::Stdio, thread, time::Duration};

use serde_json::json;

use crate::{
    house::{House, Library, PASSWORD, realm},
    runs::Run as _,
};

#[test]
fn nothing_secret_leaves_the_program() {
    let Some(house) = House::of(realm()) else {
        return;
    };
    for library in Library::BOTH {
        let temporary = tempfile::tempdir().unwrap();
        let server = house.server(json!({"timeouts": 1}));
        let run = house.run(&server).library(library).password(PASSWORD);
        let run = run.env("TMPDIR", temporary.path().display().to_string());
        // where a library would keep tickets unless told otherwise
        let run = run.env(
            "KRB5CCNAME",
            format!("FILE:{}/tickets", temporary.path().display()),
        );
        let mut running = run
            .command("logons -vvv")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let process = Path::new("/proc").join(running.id().to_string());
        let mut looks = 0;
        while running.try_wait().unwrap().is_none() {
            assert_eq!(files(temporary.path()), [""; 0], "{library:?}");
            let children = fs::read_to_string(
                process
                    .join("task")
                    .join(running.id().to_string())
                    .join("children"),
            );
            assert_eq!(children.unwrap_or_default(), "", "{library:?}");
            if let Some(limit) = core_limit(&process) {
                assert_eq!(limit, "0", "{library:?}");
                looks += 1;
            }
            thread::sleep(Duration::from_millis(5));
        }
        assert!(running.wait().unwrap().success(), "{library:?}");
        assert!(looks > 3, "{library:?}: it was looked at {looks} times");
        assert_eq!(files(temporary.path()), [""; 0], "{library:?}");
        let ran = run.mapisweep("logons -vvv");
        assert!(ran.stderr.contains("by Kerberos"), "{}", ran.stderr);
        server.report();
    }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The size of a core that the kernel would write; nothing while the program is being started, or is gone.
fn core_limit(process: &Path) -> Option<String> {
    let is_ours = fs::read(process.join("cmdline")).ok()?.starts_with(b"/");
    // the program sets it first of all, but not before it is loaded
    let is_running = fs::read_to_string(process.join("maps"))
        .ok()?
        .contains("libgssapi");
    let limits = fs::read_to_string(process.join("limits")).ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))?;
    let soft = line.split_whitespace().nth(4)?;
    (is_ours && is_running).then(|| soft.to_owned())
}
