//! Each step of the script fails in turn: what is reported is true, and nothing is left or it is named.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use mapisweep_wine::System;

use crate::{
    Case,
    exchange::Exchange,
    server::{Ran, Server},
    stage::{DAY, Stage, begin, end, is_content},
    store::{Store, until},
};

pub const CASES: &[Case] = &[
    // waits for a minute
    ("fails: the helper never ends", the_helper_never_ends),
    ("fails: the folder is a file", the_folder_is_a_file),
    ("fails: the disk is read-only", the_disk_is_read_only),
    ("fails: the disk is full", the_disk_is_full),
    (
        "fails: nothing may be started there",
        nothing_may_be_started,
    ),
    ("fails: not an executable", not_an_executable),
    ("fails: another copy is running", another_copy_is_running),
    ("fails: the hash is another", the_hash_is_another),
    ("fails: the helper is killed", the_helper_is_killed),
    (
        "fails: the engine is killed, the helper ends",
        the_engine_is_killed,
    ),
    (
        "fails: the engine is killed, the helper does not end",
        the_engine_is_killed_and_the_helper_stays,
    ),
    ("fails: another run does not end", another_run_does_not_end),
    (
        "fails: what was left may not be removed",
        what_was_left_stays,
    ),
    ("works: where FIPS mode is on", fips_mode),
    ("works: another run ends in time", another_run_ends),
    (
        "works: another run was ended in the middle",
        another_run_was_ended,
    ),
    (
        "works: what is held for a moment is waited for",
        held_for_a_moment,
    ),
    (
        "works: what is denied for a moment is waited for",
        denied_for_a_moment,
    ),
    (
        "works: what an interrupted run left is removed",
        a_stale_copy,
    ),
    ("works: others' files in the folder stay", others_files),
];

/// `connections`, which runs the helper once.
fn list(stage: &Stage) -> Ran {
    list_on(stage.server(&stage.exchange_2007()))
}

fn list_on(server: Server) -> Ran {
    let ran = server.mapisweep("connections");
    is_content(&server.report());
    ran
}

fn fails(ran: &Ran, sentence: &str) {
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains(sentence), "{}", ran.stderr);
}

/// It failed, and something is left there, which has a code of its own.
fn leaves(ran: &Ran, sentence: &str) {
    assert_eq!((ran.exit, ran.stdout.as_str()), (6, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains(sentence), "{}", ran.stderr);
}

/// There are no connections to list, which is an answer.
fn lists(ran: &Ran) {
    assert_eq!(ran.exit, 3, "{}{}", ran.stdout, ran.stderr);
}

fn the_folder_is_a_file(stage: &mut Stage) {
    let folder = stage.place().folder();
    fs::write(&folder, "somebody's").unwrap();
    let ran = list(stage);
    let is = fs::read(&folder).unwrap();
    fs::remove_file(&folder).unwrap();
    assert_eq!(is, b"somebody's");
    fails(&ran, "could not be written");
}

fn the_disk_is_read_only(stage: &mut Stage) {
    let _disk = Disk::mount(&stage.place().folder(), "ro");
    fails(&list(stage), "could not be written");
}

fn the_disk_is_full(stage: &mut Stage) {
    let disk = Disk::mount(&stage.place().folder(), "size=8k");
    // Wine does not say that it wrote less; the hash does
    fails(&list(stage), "was refused: the SHA-256");
    assert_eq!(disk.files(), [""; 0]);
}

/// As where a policy forbids it.
fn nothing_may_be_started(stage: &mut Stage) {
    let script = "function global:New-Object($TypeName, $ArgumentList, $Property) {
        if ($TypeName -like '*ProcessStartInfo') { $PSBoundParameters.ArgumentList[0] = 'C:\\windows' }
        Microsoft.PowerShell.Utility\\New-Object @PSBoundParameters }";
    let ran = list_peculiar(stage, script);
    fails(&ran, "(Windows error 5)");
    stage.nothing_is_left();
}

/// As where something on the server takes away what it is.
fn not_an_executable(stage: &mut Stage) {
    let script = "function global:New-Object($TypeName, $ArgumentList, $Property) {
        if ($TypeName -like '*ProcessStartInfo') { $PSBoundParameters.ArgumentList[0] = 'C:\\windows\\win.ini' }
        Microsoft.PowerShell.Utility\\New-Object @PSBoundParameters }";
    let ran = list_peculiar(stage, script);
    fails(&ran, "was not started");
    stage.nothing_is_left();
}

fn another_copy_is_running(stage: &mut Stage) {
    let place = stage.place();
    let exe = include_bytes!("../../helper/dist/mapisweep-helper.exe");
    let installed = place.testbed.install(exe).unwrap();
    // it waits for its targets
    let mut other = installed
        .command(&["close", "--max", "1"], System::Closing)
        .unwrap();
    let mut other = other.spawn().unwrap();
    until(|| place.testbed.runs(HELPER));
    let ran = list(stage);
    let runs_on = other.try_wait().unwrap().is_none();
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(runs_on, "the other's was killed");
    assert!(
        place.folder().join(HELPER).exists(),
        "the other's was removed"
    );
    fails(&ran, "a helper is there already and cannot be removed");
    assert!(
        !ran.stderr.contains("could not be removed from the server"),
        "{}",
        ran.stderr
    );
}

/// Somebody has the turn, and gives it back after so many seconds.
fn another_run(seconds: u32) -> String {
    format!(
        "{TURN}
        $other = [PowerShell]::Create().AddScript({{ param($turn)
            [void]$turn.WaitOne(); Start-Sleep {seconds}; $turn.ReleaseMutex() }}).AddArgument($turn)
        [void]$other.BeginInvoke()
        Start-Sleep 1"
    )
}

const TURN: &str =
    r"$global:turn = $turn = New-Object Threading.Mutex $false, 'Global\mapisweep-helper'";

fn another_run_ends(stage: &mut Stage) {
    lists(&list_peculiar(stage, &another_run(4)));
    stage.nothing_is_left();
}

/// Nothing of its is touched, and nobody is told to touch it.
fn another_run_does_not_end(stage: &mut Stage) {
    let folder = stage.place().folder();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(HELPER), "another's").unwrap();
    let ran = list_peculiar(stage, &another_run(300));
    let is = fs::read(folder.join(HELPER)).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(is, b"another's");
    fails(
        &ran,
        "another mapisweep is at work there: it has not ended within 15 s",
    );
    assert!(
        !ran.stderr.to_lowercase().contains("delete"),
        "{}",
        ran.stderr
    );
}

/// Its thread ends while it has the turn.
fn another_run_was_ended(stage: &mut Stage) {
    let script = format!(
        "{TURN}
        $runspace = [Management.Automation.Runspaces.RunspaceFactory]::CreateRunspace()
        $runspace.ThreadOptions = 'UseNewThread'
        $runspace.Open()
        $other = [PowerShell]::Create().AddScript({{ param($turn) $turn.WaitOne() }}).AddArgument($turn)
        $other.Runspace = $runspace
        if (-not $other.Invoke()[0]) {{ throw 'it is taken' }}"
    );
    lists(&list_peculiar(stage, &script));
    stage.nothing_is_left();
}

fn what_was_left_stays(stage: &mut Stage) {
    let folder = stage.place().folder();
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(HELPER);
    fs::write(&file, "half of").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
    let ran = list(stage);
    fs::remove_dir_all(&folder).unwrap();
    fails(&ran, "there is no place for the helper: Access to the path");
    assert!(!ran.stderr.contains("nother run"), "{}", ran.stderr);
}

/// As while a scanner looks at it.
fn held_for_a_moment(stage: &mut Stage) {
    let script = r"$folder = Join-Path $env:ProgramFiles 'mapisweep'
        $path = Join-Path $folder 'mapisweep-helper.exe'
        [void][IO.Directory]::CreateDirectory($folder)
        [IO.File]::WriteAllText($path, 'half of')
        $held = [IO.File]::Open($path, 'Open', 'Read', 'Read')
        $go = New-Object Threading.ManualResetEvent $false
        $other = [PowerShell]::Create().AddScript({ param($held, $go)
            [void]$go.WaitOne(); Start-Sleep 1; $held.Close() })
        [void]$other.AddArgument($held).AddArgument($go).BeginInvoke()
        Start-Sleep 1
        [void]$go.Set()";
    lists(&list_peculiar(stage, script));
    stage.nothing_is_left();
}

/// As while what is removed is still held by somebody, which Wine does not know.
fn denied_for_a_moment(stage: &mut Stage) {
    let folder = stage.place().folder();
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(HELPER);
    fs::write(&file, "half of").unwrap();
    let allow = |mode| fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    allow(0o444);
    let begun = stage.place().testbed.drive_c().join("begun.txt");
    let script = r"[IO.File]::WriteAllText('C:\begun.txt', '')";
    let exchange = peculiar(stage, script);
    let server = stage.server(&exchange);
    let running = begin(&server, "close jsmith --dry-run");
    until(|| begun.exists());
    thread::sleep(Duration::from_secs(1));
    allow(0o644);
    let ran = end(running);
    fs::remove_file(begun).unwrap();
    lists(&ran);
    stage.nothing_is_left();
}

fn the_hash_is_another(stage: &mut Stage) {
    let script = "function global:New-Object($TypeName, $ArgumentList, $Property) {
        if ($TypeName -like '*SHA256*') { return [Security.Cryptography.SHA1]::Create() }
        Microsoft.PowerShell.Utility\\New-Object @PSBoundParameters }";
    let ran = list_peculiar(stage, script);
    fails(
        &ran,
        "was refused: the SHA-256 of the file on the server differs",
    );
    stage.nothing_is_left();
}

/// There the managed class cannot be made.
fn fips_mode(stage: &mut Stage) {
    let script = "function global:New-Object($TypeName, $ArgumentList, $Property) {
        if ($TypeName -like '*SHA256Managed') { throw 'not validated' }
        Microsoft.PowerShell.Utility\\New-Object @PSBoundParameters }";
    lists(&list_peculiar(stage, script));
    stage.nothing_is_left();
}

fn list_peculiar(stage: &Stage, script: &str) -> Ran {
    let server = stage.server(&peculiar(stage, script));
    // connections alone do not need the snap-in
    let ran = server.mapisweep("close jsmith --dry-run");
    is_content(&server.report());
    ran
}

fn peculiar(stage: &Stage, script: &str) -> Exchange {
    let exchange = stage
        .exchange_2007()
        .peculiar("Add-PSSnapin", "after", script);
    exchange.holds("jsmith", "10.1.4.23", 1, DAY)
}

fn a_stale_copy(stage: &mut Stage) {
    let folder = stage.place().folder();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(HELPER), "half of").unwrap();
    lists(&list(stage));
    stage.nothing_is_left();
}

fn others_files(stage: &mut Stage) {
    let folder = stage.place().folder();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "somebody's").unwrap();
    lists(&list(stage));
    assert_eq!(fs::read(folder.join("notes.txt")).unwrap(), b"somebody's");
    fs::remove_dir_all(folder).unwrap();
}

/// It is given a minute, killed, and removed.
fn the_helper_never_ends(stage: &mut Stage) {
    let ran = list_on(stuck(stage));
    fails(
        &ran,
        "running the helper failed: the helper did not finish in time",
    );
    stage.nothing_is_left();
}

fn the_helper_is_killed(stage: &mut Stage) {
    let ran = meanwhile(stage, |stage| stage.place().testbed.kill(HELPER).unwrap());
    fails(&ran, "the helper was ended from outside (exit code ");
    stage.nothing_is_left();
}

/// The helper waits to see gone what does not go, and then ends by itself.
fn the_engine_is_killed(stage: &mut Stage) {
    let exchange = stage.exchange_2007().holds("jsmith", "10.1.4.23", 3, DAY);
    let server = stage.server_with(&exchange, System::Pretending);
    let mut store = Store::with(stage, exchange, &[("10.1.4.23", 3)]);
    let running = begin(&server, "close jsmith --yes");
    let testbed = &stage.place().testbed;
    // not the one that lists
    until(|| testbed.runs("--max"));
    // Wine makes a program before it lets it run, and nobody would let this one run any more
    thread::sleep(Duration::from_millis(500));
    testbed.kill_outright("pwsh.exe").unwrap();
    let ran = end(running);
    assert_eq!(ran.exit, 1);
    assert!(!ran.stdout.contains("closed ·") && !ran.stdout.contains("can log on"));
    assert_eq!(store.open_from("10.1.4.23"), 3);
    stage.is_clean(&server.report());
}

fn the_engine_is_killed_and_the_helper_stays(stage: &mut Stage) {
    let ran = meanwhile(stage, |stage| {
        stage.place().testbed.kill_outright("pwsh.exe").unwrap()
    });
    let stays = stage.place().testbed.runs(HELPER);
    stage.place().testbed.kill(HELPER).unwrap();
    fs::remove_dir_all(stage.place().folder()).unwrap();
    assert!(stays, "Wine ends nothing with its parent");
    leaves(&ran, r"C:\Program Files\mapisweep\mapisweep-helper.exe");
}

const HELPER: &str = "mapisweep-helper.exe";

/// The helper never ends there.
fn stuck(stage: &Stage) -> Server {
    stage.server_with(&stage.exchange_2007(), System::Stuck)
}

/// Something happens while the helper runs and does not end.
fn meanwhile(stage: &Stage, happens: impl FnOnce(&Stage)) -> Ran {
    let server = stuck(stage);
    let running = begin(&server, "connections");
    until(|| stage.place().testbed.runs(HELPER));
    // Wine makes a program before it lets it run, and nobody would let this one run any more
    thread::sleep(Duration::from_secs(1));
    happens(stage);
    let ran = end(running);
    is_content(&server.report());
    ran
}

/// A file system of its own, as a server may have one there; dropping takes it away.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path, options: &str) -> Self {
        fs::create_dir_all(folder).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder);
        assert!(mount.status().unwrap().success());
        Self(folder.to_owned())
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // what still looks at it does not keep it
        _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        _ = fs::remove_dir(&self.0);
    }
}
