//! No image of the program's memory is written when it dies, for passwords are in it.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

use mapisweep_lab::Scenario;
use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::support::{Mapisweep, locked_out};

const NOBODY: u32 = 65534;

/// Who owns what the kernel shows of a process's memory: root, where it is not dumpable.
fn owner_of_memory(child: &Child) -> u32 {
    let memory = format!("/proc/{}/environ", child.id());
    fs::metadata(memory).expect("it runs").uid()
}

/// Starts a program as somebody who is not root, waiting for input that does not come.
fn started(program: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .stdin(std::process::Stdio::piped());
    command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
    }
    command.spawn().expect("it starts")
}

#[test]
fn its_memory_is_nobodys_business_before_a_password_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let readable = PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), readable).unwrap();
    // where nobody but root may read a program, it is not dumpable anyway
    let program = folder.path().join("mapisweep");
    fs::copy(env!("CARGO_BIN_EXE_mapisweep"), &program).unwrap();
    let mut plain = started(Path::new("/bin/cat"), &[]);
    let waiting = [
        "logons",
        "--user",
        r"CORP\ann",
        "--server",
        "ex01.invalid",
        "--password-stdin",
    ];
    let mut ours = started(&program, &waiting);
    std::thread::sleep(Duration::from_millis(500));
    let owners = (owner_of_memory(&plain), owner_of_memory(&ours));
    let is_waiting = ours.try_wait().unwrap().is_none();
    for child in [&mut plain, &mut ours] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(is_waiting, "it waits for the password");
    assert_ne!(owners.0, 0, "another program's is its user's");
    assert_eq!(owners.1, 0);
}

fn crash(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process");
    kill_process(pid, signal).expect("it runs");
}

fn images_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_image = |path: &PathBuf| {
        path.is_file() && path.file_name().unwrap().to_string_lossy().contains("core")
    };
    entries.filter(is_image).collect()
}

/// Whether a crash leaves an image in the folder where a program runs.
fn images_are_written_here() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let line = "ulimit -c unlimited && exec cat";
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .current_dir(folder.path())
        .stdin(std::process::Stdio::piped());
    let mut child = command.spawn().expect("a shell");
    std::thread::sleep(Duration::from_millis(300));
    crash(child.id(), Signal::SEGV);
    child.wait().expect("it ran");
    !images_in(folder.path()).is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_with_a_password_in_memory_leaves_no_image() {
    if !images_are_written_here() {
        let why = "the system writes no image of a program that crashes into its folder";
        return mapisweep_outside::skip("a crash with a password in memory", why);
    }
    let staged = locked_out().await;
    for signal in [Signal::SEGV, Signal::ABORT] {
        tokio::task::block_in_place(|| {
            let mut terminal = Mapisweep::on(&staged.lab)
                .without_password()
                .args("close jsmith --server ex01")
                .on_terminal_with_dumps();
            terminal.shows("Password").hides_what_is_typed();
            terminal.type_in(&format!("{}\n", Scenario::PASSWORD));
            terminal.shows("[y/N] ");
            // Rust's own handler takes the first SIGSEGV for a stack that may have overflown, and steps aside
            while terminal.is_running() {
                crash(terminal.pid(), signal);
                std::thread::sleep(Duration::from_millis(200));
            }
            assert_eq!(terminal.exits(), None, "it crashed\n{}", terminal.screen());
            let images = images_in(terminal.home());
            assert!(images.is_empty(), "{signal:?}: {images:?}");
        });
    }
}
