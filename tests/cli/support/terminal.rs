//! A run on a terminal, where a person types.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::AsFd,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcgetwinsize, tcsetwinsize},
};

use super::Mapisweep;

/// A run whose standard streams are a terminal.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    home: tempfile::TempDir,
}

impl Mapisweep {
    /// Starts it on a terminal.
    pub fn on_terminal(mut self) -> Terminal {
        let program = env!("CARGO_BIN_EXE_mapisweep");
        match self.by_shell.take() {
            Some(line) => {
                let before = ["-c", line.as_str(), program];
                self.args.splice(0..0, before.map(str::to_owned));
                self.on_terminal_by("sh", None)
            }
            None => self.on_terminal_by(program, None),
        }
    }

    /// Starts it on a terminal, with its standard output in a file.
    pub fn on_terminal_but_output(self, file: File) -> Terminal {
        self.on_terminal_by(env!("CARGO_BIN_EXE_mapisweep"), Some(file))
    }

    /// Starts it on a terminal that is its session's, with this on standard input.
    #[cfg(target_os = "linux")]
    pub fn on_terminal_but_input(mut self, line: &str) -> Terminal {
        let piped = r#"printf '%s\n' "$INPUT" | "$0" "$@""#;
        let before = ["--ctty", "sh", "-c", piped, env!("CARGO_BIN_EXE_mapisweep")];
        self.args.splice(0..0, before.map(str::to_owned));
        self.env("INPUT", line).on_terminal_by("setsid", None)
    }

    /// Starts it on a terminal, where an image of its memory would go to its home directory if it crashed.
    #[cfg(target_os = "linux")]
    pub fn on_terminal_with_dumps(mut self) -> Terminal {
        let unlimited = r#"ulimit -c unlimited; cd "$HOME"; exec "$0" "$@""#;
        let before = ["-c", unlimited, env!("CARGO_BIN_EXE_mapisweep")];
        self.args.splice(0..0, before.map(str::to_owned));
        self.on_terminal_by("sh", None)
    }

    /// Starts it on a terminal that is its session's, so that Ctrl-C is a key, and that is so wide.
    #[cfg(target_os = "linux")]
    pub fn on_terminal_of_width(mut self, columns: u16, output: Option<File>) -> Terminal {
        let before = ["--ctty", env!("CARGO_BIN_EXE_mapisweep")];
        self.args.splice(0..0, before.map(str::to_owned));
        self.on_terminal_as(columns, "setsid", output)
    }

    /// Starts it on a terminal that is its session's, from a shell that says afterwards what the exit code was, and whether what
    /// is typed is shown.
    #[cfg(target_os = "linux")]
    pub fn on_terminal_of_a_shell(mut self) -> Terminal {
        let line = r#"trap : INT; "$0" "$@"; echo "code $?"; stty -a | grep -ow -- '-*echo'"#;
        let before = ["--ctty", "sh", "-c", line, env!("CARGO_BIN_EXE_mapisweep")];
        self.args.splice(0..0, before.map(str::to_owned));
        self.on_terminal_by("setsid", None)
    }

    /// On one that does not know how wide it is.
    fn on_terminal_by(self, program: &str, output: Option<File>) -> Terminal {
        self.on_terminal_as(0, program, output)
    }

    fn on_terminal_as(self, columns: u16, program: &str, output: Option<File>) -> Terminal {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        // a program started meanwhile would keep the terminal alive
        fcntl_setfd(&keyboard, FdFlags::CLOEXEC).expect("a terminal");
        grantpt(&keyboard).expect("a terminal");
        unlockpt(&keyboard).expect("a terminal");
        resize(&keyboard, columns);
        let name = ptsname(&keyboard, Vec::new()).expect("a terminal");
        let name = name.into_string().expect("a path");
        let open = || {
            let file = File::options().read(true).write(true).open(&name);
            Stdio::from(file.expect("a terminal"))
        };
        let mut command = Command::new(program);
        command.args(&self.args).env_clear().envs(self.environment);
        command
            .env("TERM", "xterm")
            .stdin(open())
            .stdout(output.map_or_else(open, Stdio::from))
            .stderr(open());
        let child = command.spawn().expect("the program starts");
        // the terminal must end with the program's last copy of it
        drop(command);
        let keyboard = File::from(keyboard);
        let screen = Arc::<Mutex<String>>::default();
        let (mut output, shown) = (
            keyboard.try_clone().expect("a terminal"),
            Arc::clone(&screen),
        );
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // a terminal without a program is an error on Linux, the end on macOS
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                shown.lock().expect("unpoisoned").push_str(&text);
            }
        });
        Terminal {
            child,
            keyboard,
            screen,
            reader: Some(reader),
            home: self.home,
        }
    }
}

impl Terminal {
    /// Waits until this is on the screen.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        let began = Instant::now();
        while !self.screen().contains(text) {
            assert!(
                began.elapsed() < Duration::from_secs(180),
                "does not show {text:?}\n{}",
                self.screen()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        self
    }

    /// Waits until what is typed is not shown: whoever asks for a password drops what was typed before that.
    #[track_caller]
    pub fn hides_what_is_typed(&self) -> &Self {
        let began = Instant::now();
        let shows = || {
            let modes = tcgetattr(&self.keyboard).expect("a terminal").local_modes;
            modes.contains(LocalModes::ECHO)
        };
        while shows() {
            let waited = began.elapsed();
            assert!(waited < Duration::from_secs(180), "{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
        self
    }

    /// Types this.
    pub fn type_in(&mut self, text: &str) {
        self.keyboard
            .write_all(text.as_bytes())
            .expect("a terminal");
    }

    /// Presses Ctrl-C, which the terminal would turn into a signal for its foreground process.
    pub fn interrupt(&self) {
        super::signal(self.child.id(), super::Signal::INT);
    }

    /// Makes it narrower or wider.
    pub fn resize(&self, columns: u16) {
        resize(&self.keyboard, columns);
    }

    /// What a person sees now, line by line, without colours: what was taken off the screen is not there.
    pub fn seen(&self) -> Vec<String> {
        let columns = tcgetwinsize(&self.keyboard).expect("a terminal").ws_col;
        super::screen::seen(&self.screen(), columns.into())
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its home directory.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Everything that was on the screen, colours and all.
    pub fn screen(&self) -> String {
        self.screen.lock().expect("unpoisoned").clone()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it ran").is_none()
    }

    /// Its exit code, once everything it wrote is on the screen.
    pub fn exits(&mut self) -> Option<i32> {
        let status = self.child.wait().expect("it ran");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("a reader that does not panic");
        }
        status.code()
    }
}

fn resize(terminal: impl AsFd, columns: u16) {
    let size = Winsize {
        ws_col: columns,
        ws_row: if columns > 0 { 40 } else { 0 },
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(terminal, size).expect("a terminal");
}
