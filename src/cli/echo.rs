//! Keys that are pressed while bars run are not shown: what a terminal would write into them moves the cursor, and a dead
//! line of a bar, or `^C`, stays behind.

use std::io;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// The terminal does not show what is typed, until this is dropped. Ctrl-C and the like work as ever.
pub struct Unechoed(Termios);

impl Unechoed {
    /// From now on; `None` where there is no terminal, or it is another program's at the moment.
    pub fn begin() -> Option<Self> {
        let before = own_terminal()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stderr(), OptionalActions::Now, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Unechoed {
    fn drop(&mut self) {
        // who took the terminal over meanwhile has seen to its modes
        if own_terminal().is_some() {
            // it is gone, then
            _ = tcsetattr(io::stderr(), OptionalActions::Now, &self.0);
        }
    }
}

/// The modes of the terminal that this program may speak to: one in the background is stopped where it tries to change them.
fn own_terminal() -> Option<Termios> {
    let terminal = io::stderr();
    let is_ours = tcgetpgrp(&terminal).ok()? == rustix::process::getpgrp();
    is_ours.then(|| tcgetattr(&terminal).ok()).flatten()
}
