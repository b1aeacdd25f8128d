//! Places where engines run: Wine prefixes with a network each, as many as cases run at a time.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    sync::{Condvar, Mutex},
    thread,
};

use mapisweep_outside::skip;
use mapisweep_wine::{Program, System, Testbed};
use serde_json::{Map, Value, json};

use crate::{
    engine::{Engine, stand_ins},
    server::python,
};

/// As many as there are processors where this runs first, and one that waits.
pub const PLACES: usize = 3;

/// Everything that is needed.
pub struct House {
    pub engine: Engine,
    pub python: PathBuf,
    /// Otherwise there are no places.
    pub has_wine: bool,
    /// Those that nobody is in, or why there are none.
    places: Mutex<Result<Vec<Place>, String>>,
    freed: Condvar,
}

/// One of them.
pub struct Place {
    // ended before its testbed is put away
    other: Program,
    pub testbed: Testbed,
}

impl House {
    /// Says loudly what is missing. Its places are made meanwhile.
    pub fn find() -> Option<&'static Self> {
        const WHAT: &str = "Microsoft's PowerShell engine";
        let python = python()?;
        let engine = match Engine::find() {
            Ok(engine) => engine,
            Err(missing) => {
                skip(WHAT, missing);
                return None;
            }
        };
        let missing = mapisweep_wine::missing();
        if let Some(missing) = missing {
            skip("Microsoft's PowerShell engine under Wine", missing);
        }
        let house: &'static Self = Box::leak(Box::new(Self {
            engine,
            python,
            has_wine: missing.is_none(),
            places: Mutex::new(Ok(Vec::new())),
            freed: Condvar::new(),
        }));
        if house.has_wine {
            thread::spawn(|| house.build());
        }
        Some(house)
    }

    fn build(&self) {
        let make = || -> io::Result<Vec<_>> {
            let testbeds = Testbed::several(PLACES)?;
            testbeds.into_iter().map(Place::of).collect()
        };
        // on a busy machine a program of Wine's has been seen to end before it began
        let places = make().or_else(|_| make()).or_else(|_| make());
        *self.places.lock().unwrap() = places.map_err(|error| error.to_string());
        self.freed.notify_all();
    }

    /// Waits for a free one.
    pub fn enter(&self) -> Place {
        let places = self.places.lock().unwrap();
        let none_is_free =
            |places: &mut Result<Vec<Place>, String>| places.as_ref().is_ok_and(Vec::is_empty);
        let mut places = self.freed.wait_while(places, none_is_free).unwrap();
        let places = places.as_mut().expect("places under Wine can be made");
        places.pop().expect("a free place").mended()
    }

    pub fn leave(&self, place: Place) {
        if let Ok(places) = &mut *self.places.lock().unwrap() {
            places.push(place);
        }
        self.freed.notify_one();
    }

    /// Takes all of it down.
    pub fn close(&self) {
        if let Ok(places) = &mut *self.places.lock().unwrap() {
            places.clear();
        }
    }
}

impl Place {
    fn of(testbed: Testbed) -> io::Result<Self> {
        // no server is without a connection or a listener, and Wine calls an empty table an error
        let other = testbed.start("other.exe", &[7001])?;
        let place = Self { other, testbed };
        let key = r"HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem";
        place.registry(&[
            "add",
            key,
            "/v",
            "Maximum Allowed Sessions Per User",
            "/t",
            "REG_DWORD",
            "/d",
            "32",
        ]);
        Ok(place)
    }

    /// Whether Wine's server has not crashed there, as 8.0's does now and then.
    pub fn is_standing(&mut self) -> bool {
        self.other.is_running()
    }

    /// What runs there is started anew where it does not.
    fn mended(mut self) -> Self {
        match self.is_standing() {
            true => self,
            false => Self::of(self.testbed).expect("a place under Wine can be mended"),
        }
    }

    pub fn registry(&self, arguments: &[&str]) {
        let mut reg = self.testbed.windows("reg", System::Bare).unwrap();
        assert!(
            reg.args(arguments).output().unwrap().status.success(),
            "{arguments:?}"
        );
    }

    /// The engine for Windows, serving on standard input and output.
    pub fn windows_engine(&self, engine: &Engine, system: System, state: &Path) -> Command {
        let mut command = self.testbed.windows(&engine.windows, system).unwrap();
        command
            .args(SERVES)
            .envs(IN_A_HURRY)
            // .NET dies now and then under Wine without
            .env("DOTNET_EnableWriteXorExecute", "0")
            // the stand-ins are not signed
            .env("PSExecutionPolicyPreference", "Bypass")
            .env("PSModulePath", on_z(&stand_ins().join("modules")))
            .env("MAPISWEEP_STUB_STATE", on_z(state))
            .env("MAPISWEEP_STUB_TYPES", on_z(&engine.types));
        command
    }

    /// Where the helper is put.
    pub fn folder(&self) -> PathBuf {
        self.testbed.drive_c().join("Program Files/mapisweep")
    }

    /// What the engine takes for this computer's name: the machine's, as NetBIOS has it.
    pub fn computer_name(&self) -> String {
        let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        name.trim().to_uppercase().chars().take(15).collect()
    }
}

/// The engine for Linux, which calls itself EX01.
pub fn linux_engine(engine: &Engine, state: &Path) -> Command {
    let mut command = Command::new(&engine.linux);
    serve_on_linux(&mut command, engine, state);
    command
}

/// The same as a user who may do nothing; what a server has in `%ProgramFiles%` is in a folder of root's.
pub fn linux_engine_of_nobody(engine: &Engine, state: &Path, program_files: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    serve_on_linux(command.arg(&engine.linux), engine, state);
    command
        .env("HOME", "/nonexistent")
        .env("ProgramFiles", program_files);
    command
}

fn serve_on_linux(command: &mut Command, engine: &Engine, state: &Path) {
    command
        .args(SERVES)
        .envs(IN_A_HURRY)
        // not everybody has ICU
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .env("COMPUTERNAME", "EX01")
        .env("PSModulePath", stand_ins().join("modules"))
        .env("MAPISWEEP_STUB_STATE", state)
        .env("MAPISWEEP_STUB_TYPES", &engine.types);
}

/// .NET's own knobs: what it compiles is thrown away with the process, and so is its garbage.
const IN_A_HURRY: [(&str, &str); 2] = [("DOTNET_TieredPGO", "0"), ("DOTNET_GCgen0size", "4000000")];

const SERVES: [&str; 3] = ["-s", "-NoLogo", "-NoProfile"];

/// A path as Wine has it.
pub fn on_z(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', r"\")
}

/// A command as `settings.py` wants to be told of an engine.
pub fn as_settings(command: &Command) -> Value {
    let text = |text: &OsStr| text.to_str().unwrap().to_owned();
    let mut line = vec![text(command.get_program())];
    line.extend(command.get_args().map(text));
    let environment: Map<_, _> = command
        .get_envs()
        .filter_map(|(name, value)| Some((text(name), json!(text(value?)))))
        .collect();
    json!({"command": line, "environment": environment})
}
