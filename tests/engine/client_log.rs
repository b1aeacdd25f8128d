//! The script's function that reads Exchange's log of who connected, on files that are there: the engine does what the
//! lab only says it does.

use std::{
    fs::{self, File},
    time::{Duration, SystemTime},
};

use mapisweep_core::exchange::Connected;

use crate::{
    Case, Made, On,
    function::asked,
    stage::{DAY, Stage},
};

const DN: &str = "/o=Example/ou=A (B)/cn=Recipients/cn=jsmith";
const HEAD: &str = "#Software: Microsoft Exchange Server\r\n#Version: 14.03.0123.000\r\n#Log-type: RCA Protocol Logs\r\n\
                    #Date: 2026-11-27T00:00:00.000Z\r\n#Fields: date-time,session-id,seq-number,client-name,\
                    organization-info,client-software,client-software-version,client-mode,client-ip,server-ip,protocol\r\n";

pub fn cases() -> impl Iterator<Item = Made> {
    let cases: [Case; 3] = [
        ("client log: the latest lines come first", latest_first),
        ("client log: no more is read than was asked for", bounded),
        ("client log: without one the reason is told", missing),
    ];
    let made = |(name, case): Case| (name.to_owned(), On::Linux, Box::new(case) as Box<_>);
    cases.into_iter().map(made)
}

fn line(minute: u32, dn: &str, address: &str) -> String {
    format!(
        "2026-11-27T10:{minute:02}:00.000Z,{minute},0,{dn},,OUTLOOK.EXE,14.0,Cached,{address},,ncacn_ip_tcp\r\n"
    )
}

/// A file of the log, begun so long ago.
fn write(stage: &Stage, name: &str, ago: Duration, text: &str) {
    let folder = stage.folder().join("Logging/RPC Client Access");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    // the engine on Linux takes this time for that of its beginning
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - ago).unwrap();
}

/// What the engine answers: by address and minute, or why not.
fn told(stage: &Stage, bytes: usize, files: usize, lines: usize) -> Result<Vec<String>, String> {
    let parameters = format!(
        "@{{ Names = [string[]]@('{DN}', '/o=Example/cn=nobody'); MostFiles = {files}; MostBytes = {bytes}; \
         MostLines = {lines} }}"
    );
    let rows = asked(stage, Connected::of(&[]), &parameters)?;
    let lines = rows.iter().filter_map(Connected::from_row);
    Ok(lines
        .map(|line| format!("{} {}", line.address, line.at))
        .collect())
}

fn latest_first(stage: &mut Stage) {
    let hour = Duration::from_secs(60 * 60);
    let older = [
        line(1, DN, "10.1.4.1"),
        line(2, "/o=Example/cn=other", "10.1.4.2"),
        line(3, &DN.to_uppercase(), "10.1.4.3"),
    ];
    write(
        stage,
        "RCA_20261127-1.LOG",
        hour,
        &format!("{HEAD}{}", older.concat()),
    );
    // a name that needs quotes, a blank address, and a line that is being written
    let newer = format!(
        "\u{feff}{HEAD}2026-11-27T10:10:00.000Z,1,0,{DN},,\"a, \"\"b\"\"\",14.0,Cached,10.1.4.4,,x\r\n{}2026-11-27T10:12:00.000Z,3",
        line(11, DN, "")
    );
    write(stage, "RCA_20261127-2.LOG", Duration::ZERO, &newer);
    write(
        stage,
        "Other.LOG",
        Duration::ZERO,
        &line(20, DN, "10.1.4.9"),
    );
    let all = told(stage, 1 << 20, 4, 100).unwrap();
    assert_eq!(
        all,
        [
            "10.1.4.4 2026-11-27T10:10:00Z",
            "10.1.4.3 2026-11-27T10:03:00Z",
            "10.1.4.1 2026-11-27T10:01:00Z"
        ]
    );
}

fn bounded(stage: &mut Stage) {
    let many: String = (10..60)
        .map(|minute| line(minute, DN, "10.1.4.1"))
        .collect();
    write(
        stage,
        "RCA_20261127-1.LOG",
        Duration::ZERO,
        &format!("{HEAD}{many}"),
    );
    write(stage, "RCA_20261126-1.LOG", DAY, &format!("{HEAD}{many}"));
    let size = line(10, DN, "10.1.4.1").len();
    for (bytes, files, lines, expected) in [
        (1 << 20, 4, 100, 100),
        (1 << 20, 1, 100, 50),
        (1 << 20, 4, 3, 6),
        // of these the first has lost its beginning
        (size * 10 + 5, 4, 100, 10),
        // and of these the first of the older file
        (size * 52 + HEAD.len() - 1, 4, 100, 51),
        (0, 4, 100, 0),
        (1 << 20, 0, 100, 0),
    ] {
        let told = told(stage, bytes, files, lines).unwrap();
        assert_eq!(told.len(), expected, "{bytes} {files} {lines}: {told:?}");
    }
}

fn missing(stage: &mut Stage) {
    let why = told(stage, 1 << 20, 4, 100).unwrap_err();
    assert!(why.starts_with("Cannot find path"), "{why}");
}
