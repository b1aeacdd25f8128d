//! Ctrl-C, SIGTERM, and the end of the terminal.
//!
//! The first ends the work and starts the cleaning up: the helper is removed, the remote shells are closed. The
//! second says what is still being cleaned up. The third gives up at once, after saying where something may be left:
//! a server that does not answer must not hold the terminal for ever.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{
    exit::Exit,
    printer::Printer,
    progress::{Progress, describe},
    text::{list, plain},
};

/// Watches for signals until the runtime ends.
pub async fn watch(cancel: CancellationToken, printer: Arc<Printer>, progress: Arc<Progress>) {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            printer.note(&format!("Ctrl-C will not clean up here: {error}"));
            return;
        }
    };
    signals.next().await;
    let is_at_work = !progress.unfinished().is_empty();
    let may_hold_helper = progress.may_hold_helper();
    cancel.cancel();
    printer.note(interrupted(is_at_work, may_hold_helper));
    signals.next().await;
    let unfinished = progress.unfinished();
    let steps = unfinished
        .iter()
        .map(|(server, step)| format!("{} ({})", plain(server), describe(*step)));
    printer.note(&format!(
        "Still at work: {}. Ctrl-C once more gives up and leaves them as they are.",
        list(steps)
    ));
    signals.next().await;
    let servers = list(unfinished.iter().map(|(server, _)| plain(server)));
    let helper = match may_hold_helper {
        true => {
            ", and the helper may still be in %ProgramFiles%\\mapisweep; the next run there removes it"
        }
        false => "",
    };
    printer.error(&format!(
        "gave up cleaning up. On {servers} a remote shell may be open until it idles out{helper}."
    ));
    std::process::exit(Exit::Interrupted as i32);
}

/// What is done now, where something is at work, and where a helper may be.
fn interrupted(is_at_work: bool, may_hold_helper: bool) -> &'static str {
    match (is_at_work, may_hold_helper) {
        (_, true) => "Interrupted. Removing the helper and closing the remote shells ...",
        (true, false) => "Interrupted. Closing the remote shells ...",
        (false, false) => "Interrupted.",
    }
}

/// The signals that ask a program to end. Made once, so that none is missed between two waits.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
