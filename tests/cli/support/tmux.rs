//! The program in tmux: a terminal that nobody here wrote, which shows keys, wraps lines and breaks them anew when it is made
//! narrower.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use super::Mapisweep;

/// A window of tmux, closed when this is dropped. It is so high that nothing leaves it.
pub struct Tmux {
    folder: tempfile::TempDir,
    _home: tempfile::TempDir,
}

/// What the shell says when the program has ended.
pub const ENDED: &str = "exit code ";

impl Mapisweep {
    /// In a window so many columns wide; `None` after saying that it is skipped, where there is no tmux.
    pub fn in_tmux(self, columns: u16) -> Option<Tmux> {
        if Command::new("tmux").arg("-V").output().is_err() {
            mapisweep_outside::skip("what is left on a terminal", "no tmux");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let tmux = Tmux {
            folder,
            _home: self.home,
        };
        let columns = columns.to_string();
        // the shell is asked to end by Ctrl-C, too
        let script = format!("trap : INT; \"$@\"; echo \"{ENDED}$?\"; exec sleep 1000");
        let mut command = tmux.command();
        let size = ["-d", "-x", &columns, "-y", "60"];
        command.args(["-f", "/dev/null", "new-session"]).args(size);
        command.args(["env", "-i", "TERM=screen"]);
        let environment = self.environment.iter();
        command.args(environment.map(|(name, value)| format!("{name}={value}")));
        command.args(["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_mapisweep")]);
        let status = command.args(&self.args).status();
        assert!(status.expect("tmux starts").success());
        Some(tmux)
    }
}

impl Tmux {
    /// Waits until this is on the screen.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        let began = Instant::now();
        while !self.screen().contains(text) {
            let screen = self.screen();
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{text}: {screen}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        self
    }

    /// Presses these keys, by tmux's names of them.
    pub fn press(&self, keys: &[&str]) -> &Self {
        self.ask(&[&["send-keys"], keys].concat());
        self
    }

    /// Makes it so many columns wide.
    pub fn resize(&self, columns: u16) -> &Self {
        self.ask(&["resize-window", "-x", &columns.to_string()]);
        self
    }

    /// Makes it so many columns wide and so many rows high.
    pub fn resize_to(&self, columns: u16, rows: u16) -> &Self {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.ask(&["resize-window", "-x", &columns, "-y", &rows]);
        self
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        let screen = self.ask(&["capture-pane", "-p"]);
        screen.trim_end().to_owned()
    }

    fn ask(&self, order: &[&str]) -> String {
        let output = self.command().args(order).output().expect("tmux starts");
        assert!(output.status.success(), "{order:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command
            .arg("-u")
            .arg("-S")
            .arg(self.folder.path().join("socket"));
        command
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // it may have ended by itself
        _ = self.command().arg("kill-server").status();
    }
}
