//! What a case acts on: a server whose PowerShell is the engine, and the program run against it.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use mapisweep_wine::System;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    On,
    exchange::Exchange,
    place::{House, Place, as_settings, linux_engine, linux_engine_of_nobody, on_z},
    server::{Ran, Report, Server},
};

pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A place for the time of one case.
pub struct Stage {
    house: &'static House,
    /// Under Wine. Taken on leaving.
    place: Option<Place>,
    folder: TempDir,
}

impl Stage {
    pub fn new(house: &'static House, on: On) -> Self {
        let place = (on == On::Wine).then(|| house.enter());
        if let Some(place) = &place {
            // a case that failed may have left something
            _ = fs::remove_dir_all(place.folder());
        }
        Self {
            house,
            place,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// That of a case that runs under Wine.
    /// Whether it is Wine that failed.
    pub fn has_lost_its_place(&mut self) -> bool {
        self.place
            .as_mut()
            .is_some_and(|place| !place.is_standing())
    }

    pub fn place(&self) -> &Place {
        self.place.as_ref().expect("a place under Wine")
    }

    /// An Exchange 2007 server with nobody on it.
    pub fn exchange_2007(&self) -> Exchange {
        Exchange::of_2007(&self.place().computer_name())
    }

    /// What the server's cmdlets tell from now on.
    pub fn tell(&self, exchange: &Exchange) {
        self.teller().tell(exchange);
    }

    /// For whoever changes that later.
    pub fn teller(&self) -> Teller {
        Teller(self.state())
    }

    /// Starts the server.
    pub fn server(&self, exchange: &Exchange) -> Server {
        self.server_with(exchange, System::Closing)
    }

    /// The same, with as much of Windows below it.
    pub fn server_with(&self, exchange: &Exchange, system: System) -> Server {
        self.server_as(exchange, |stage| stage.windows_engine(system))
    }

    /// The same, with any engine.
    pub fn server_as(&self, exchange: &Exchange, engine: impl FnOnce(&Self) -> Command) -> Server {
        self.tell(exchange);
        let settings = json!({"engine": as_settings(&engine(self))});
        Server::start(&self.house.python, settings, false)
    }

    /// The same, with these settings of the server's besides.
    pub fn server_that(&self, exchange: &Exchange, mut settings: Value) -> Server {
        self.tell(exchange);
        settings["engine"] = as_settings(&self.windows_engine(System::Closing));
        Server::start(&self.house.python, settings, false)
    }

    pub fn windows_engine(&self, system: System) -> Command {
        self.place()
            .windows_engine(&self.house.engine, system, &self.state())
    }

    /// The same, with a session configuration file.
    pub fn windows_engine_of(&self, session: &Path) -> Command {
        let mut engine = self.windows_engine(System::Closing);
        engine.arg("-ConfigurationFile").arg(on_z(session));
        engine
    }

    /// As `place::linux_engine`.
    pub fn linux_engine(&self) -> Command {
        linux_engine(&self.house.engine, &self.state())
    }

    /// As `place::linux_engine_of_nobody`.
    pub fn linux_engine_of_nobody(&self) -> Command {
        // for nobody to read
        fs::set_permissions(self.folder(), Permissions::from_mode(0o755)).unwrap();
        linux_engine_of_nobody(&self.house.engine, &self.state(), self.folder())
    }

    /// A folder of its own, on this side.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The engine for Linux, to be started otherwise.
    pub fn pwsh(&self) -> &Path {
        &self.house.engine.linux
    }

    /// With the witnesses in it.
    pub fn python(&self) -> &Path {
        &self.house.python
    }

    /// The file of which the server's cmdlets tell.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state.json")
    }

    /// Nothing of ours is on the server: no file, no process, no shell.
    pub fn is_clean(&self, report: &Report) {
        is_content(report);
        self.nothing_is_left();
    }

    /// Neither a file nor a process.
    pub fn nothing_is_left(&self) {
        assert_eq!(left_in(&self.place().folder()), [""; 0]);
        assert!(!self.place().testbed.runs("mapisweep-helper.exe"));
    }
}

/// The server has nothing to complain of, and no shell is left there.
pub fn is_content(report: &Report) {
    assert_eq!(report.complaints, [""; 0]);
    assert_eq!(report.shells_left, 0);
}

/// A run of the program, to be met while it goes on.
pub fn begin(server: &Server, line: &str) -> Child {
    let mut command = server.command(line);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What it came to.
pub fn end(running: Child) -> Ran {
    Ran::of(running.wait_with_output().unwrap())
}

/// Writes what the stand-ins read.
pub struct Teller(PathBuf);

impl Teller {
    pub fn tell(&self, exchange: &Exchange) {
        // whole before it has its name
        let draft = self.0.with_extension("draft");
        fs::write(&draft, serde_json::to_string(exchange).unwrap()).unwrap();
        fs::rename(draft, &self.0).unwrap();
    }
}

/// The helper's folder is made by the script, and removed where it is empty.
fn left_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut left = vec![folder.display().to_string()];
    left.extend(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
    left
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.house.leave(place);
        }
    }
}
