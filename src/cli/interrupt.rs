//! Ctrl-C, SIGTERM, and the end of the terminal.
//!
//! The first ends the work and starts the cleaning up, which takes no longer than is said: the helper is removed, the
//! remote shells are closed. The second gives that up at once; where something may be left, the run says as it ends.

use std::{sync::Arc, time::Duration};

use super::{
    advice::Advice,
    exit::Exit,
    output::Output,
    printer::Printer,
    progress::{Progress, describe},
    text::{list, plain},
};
use crate::{servers::Interruption, signals::Signals};

/// How long a run may take to say how it went, where nothing is at work any more.
const TELLING: Duration = Duration::from_secs(2);

/// So long a reader may take for what is left to be read, once a signal has come.
const TOLD_SOON: Duration = Duration::from_secs(1);

/// Watches for signals until the runtime ends. `cleaning_up` is how long all of the cleaning up may take.
pub async fn watch(
    cancel: Interruption,
    printer: Arc<Printer>,
    output: Arc<Output>,
    progress: Arc<Progress>,
    cleaning_up: Duration,
) {
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
    if progress.is_asked() {
        // behind the question
        printer.note("");
    }
    let said = interrupted(is_at_work, may_hold_helper, cleaning_up);
    printer.note_as(&said, || cancel.end_work());
    signals.next().await;
    let unfinished = progress.unfinished();
    cancel.end_all();
    tokio::time::sleep(TELLING).await;
    // whatever keeps it from ending, the admin is not kept
    progress.clear();
    if unfinished.is_empty() {
        let exit = output.give_up(Exit::Interrupted).await;
        std::process::exit(output.code(exit).into());
    }
    let steps = unfinished
        .iter()
        .map(|(server, step)| format!("{} ({})", plain(server), describe(*step)));
    let helper = match may_hold_helper {
        true => {
            ", and the helper may still be in %ProgramFiles%\\mapisweep; the next run there removes it"
        }
        false => "",
    };
    let advice = Advice::new(
        "gave up cleaning up",
        format!(
            "On {} a remote shell may be open until it idles out{helper}.",
            list(steps)
        ),
    );
    output.failed(&advice);
    let exit = output.give_up(Exit::LeftBehind).await;
    std::process::exit(output.code(exit).into());
}

/// Tells the end of a run, and waits until all of it is read or a signal says that it will not be: false then. Nothing is
/// at work any more, so one is enough.
pub fn is_told(output: &Arc<Output>, exit: Exit) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        _ = output.end(exit).blocking_recv();
        return true;
    };
    runtime.block_on(async {
        let signals = Signals::new();
        let mut has_ended = output.end(exit);
        let Ok(mut signals) = signals else {
            _ = has_ended.await;
            return true;
        };
        tokio::select! {
            biased;
            _ = &mut has_ended => true,
            // whoever reads on has it in a moment, and the run ends as it is recorded
            () = signals.next() => tokio::time::timeout(TOLD_SOON, has_ended).await.is_ok(),
        }
    })
}

/// What is done now, where something is at work, and where a helper may be.
fn interrupted(is_at_work: bool, may_hold_helper: bool, cleaning_up: Duration) -> String {
    let what = match (is_at_work, may_hold_helper) {
        (_, true) => "Removing the helper and closing the remote shells",
        (true, false) => "Closing the remote shells",
        (false, false) => return "Interrupted.".to_owned(),
    };
    let limit = cleaning_up.as_secs();
    format!("Interrupted. {what}, for at most {limit} s; Ctrl-C once more gives up at once.")
}
