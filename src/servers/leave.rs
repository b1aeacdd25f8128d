//! Leaving nothing behind on a server: no process, no file, no remote shell.

use std::time::Duration;

use mapisweep_core::{
    batch::{Batch, Number, Reader, Row},
    helper_run::{HelperRequest, HelperRun, RunError},
};

use super::{
    Interruption, Leftovers, Server, ServerError, Step,
    ask::{is_meant, only},
    helper::HELPER,
};
use crate::shell::RemoteShell;

/// A helper whose script was cut off ends by itself within seconds; until then its file cannot be removed.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// What was not seen to go, and why not.
struct Remains {
    shell: Result<(), ServerError>,
    helper: Result<(), ServerError>,
}

impl Server {
    /// Leaves nothing behind: stops what runs, deletes the remote shell, removes the helper if a run of it was cut
    /// short. Safe to call at any time, also after a failure or a dropped step, and never takes long. What could not be
    /// cleaned up is kept for [`Self::left_behind`].
    pub(super) async fn finish(&mut self, cancel: &Interruption) {
        if !std::mem::take(&mut self.in_use) {
            return;
        }
        self.tell(Step::CleaningUp);
        let unseen = |may_be_there| match may_be_there {
            true => Err(ServerError::CleaningUpTooSlow),
            false => Ok(()),
        };
        let mut remains = Remains {
            shell: unseen(
                self.remote.may_have_a_shell() || self.own.may_have_a_shell() || self.helper_pushed,
            ),
            helper: unseen(self.helper_pushed),
        };
        let patience = self.patience;
        tokio::select! {
            biased;
            () = self.clean_up(&mut remains) => {}
            () = patience.with_cleaning_up(cancel) => {}
        }
        // each is told of
        if self.remote.take_lost() | self.own.take_lost() {
            remains.shell = remains.shell.and(Err(ServerError::ShellUnheard));
        }
        if std::mem::take(&mut self.helper_lost) {
            remains.helper = remains.helper.and(Err(ServerError::ShellUnheard));
        }
        self.left_behind.extend(left_behind(remains));
        let requests = self.remote.requests() + self.own.requests();
        tracing::info!(server = self.name(), requests, "left");
        self.tell(match self.left_behind.is_empty() {
            true => Step::Finished,
            false => Step::Left,
        });
    }

    /// What went wrong, with what was seen of the helper since then.
    pub(super) fn seen_left(&self, error: ServerError) -> ServerError {
        match self.helper_pushed {
            true => error,
            false => error.with_helper_gone(),
        }
    }

    /// Leaves it after a run of the helper that failed, and says what was seen of the helper then.
    pub async fn leave_after(&mut self, error: ServerError, cancel: &Interruption) -> ServerError {
        if matches!(error, ServerError::HelperTooSlow { .. }) {
            self.finish(cancel).await;
        }
        self.seen_left(error)
    }

    /// What could not be cleaned up; told once.
    pub(super) fn left_behind(&mut self) -> Vec<ServerError> {
        std::mem::take(&mut self.left_behind)
    }

    /// As far as this comes, what remains is known.
    async fn clean_up(&mut self, remains: &mut Remains) {
        let own = self.own.close().await;
        let closed = self.close_shell().await.and(own);
        if !self.helper_pushed {
            remains.shell = closed;
            return;
        }
        match self.remote.fresh().await {
            Ok(mut fresh) => {
                remains.helper = self.remove_helper(&mut fresh).await;
                let fresh = fresh.close().await;
                remains.shell = closed.and(fresh.map_err(ServerError::from));
            }
            Err(error) => {
                remains.shell = match error.may_leave_a_shell() {
                    true => closed.and(Err(ServerError::CleaningUpTooSlow)),
                    false => closed,
                };
                remains.helper = Err(error);
            }
        }
    }

    async fn close_shell(&mut self) -> Result<(), ServerError> {
        let gone = match self.remote.take_gone() {
            Some(shell) => shell.close().await,
            None => Ok(()),
        };
        if let Some(mut shell) = self.remote.take().await {
            if self.helper_pushed {
                // lets the script's own clean-up run; whether it did is looked at from a fresh shell
                _ = shell.stop().await;
            }
            shell.close().await?;
        }
        Ok(gone?)
    }

    /// Looks for the helper's file after a run that was cut short, and removes it.
    async fn remove_helper(&mut self, fresh: &mut RemoteShell) -> Result<(), ServerError> {
        let looked = look_until_removed(fresh, self.computer.as_deref()).await?;
        self.may_hold_helper(!is_removed(&looked));
        match self.helper_pushed {
            false => Ok(()),
            true => Err(not_removed(&looked)),
        }
    }
}

/// What there is to be told of the helper and of the shell.
fn left_behind(remains: Remains) -> Vec<ServerError> {
    let may_be_left = |what, cause| ServerError::MayBeLeft {
        what,
        cause: Box::new(cause),
    };
    match (remains.helper, remains.shell) {
        (Ok(()), Ok(())) => Vec::new(),
        (Err(seen @ ServerError::HelperLeft { .. }), shell) => {
            let shell = shell
                .err()
                .map(|cause| may_be_left(Leftovers::Shell, cause));
            [seen].into_iter().chain(shell).collect()
        }
        (Ok(()), Err(cause)) => vec![may_be_left(Leftovers::Shell, cause)],
        (Err(cause), Ok(())) => vec![may_be_left(Leftovers::Helper, cause)],
        (Err(cause), Err(_)) => vec![may_be_left(Leftovers::HelperAndShell, cause)],
    }
}

/// What the script's clean-up said last.
async fn look_until_removed(
    shell: &mut RemoteShell,
    computer: Option<&str>,
) -> Result<Row, ServerError> {
    let mut looks = 1;
    loop {
        let looked = look_once(shell, computer).await?;
        if is_removed(&looked) || looks == LOOKS {
            return Ok(looked);
        }
        looks += 1;
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

async fn look_once(shell: &mut RemoteShell, computer: Option<&str>) -> Result<Row, ServerError> {
    let batch = Batch::of(HelperRequest::clean_up());
    let mut reader = Reader::new(&batch);
    reader.only_of(computer);
    let mut outcome = shell.run(batch.pipeline(computer)).await?;
    for output in std::mem::take(&mut outcome.output) {
        reader.take(output).map_err(ServerError::Unreadable)?;
    }
    // that nothing is there says nothing about the one that is meant
    is_meant(computer, &reader)?;
    let answer = reader.finish(&outcome).take(Number::FIRST);
    only(HELPER, &answer)
}

/// Where another run is at work, what is there may be its own.
fn not_removed(looked: &Row) -> ServerError {
    match HelperRun::from_row(looked).map(|run| run.report) {
        Ok(Err(error @ (RunError::AtWork(_) | RunError::NoTurn(_)))) => ServerError::Helper(error),
        _ => ServerError::HelperLeft {
            path: looked.text("Path").unwrap_or_default(),
        },
    }
}

fn is_removed(looked: &Row) -> bool {
    looked.truth("Removed") == Some(true)
}

#[cfg(test)]
mod tests {
    use mapisweep_winrm::psrp::clixml::{Object, Value};

    use super::*;

    #[test]
    fn what_another_run_has_there_is_not_called_ours() {
        for (step, code, told) in [
            (
                "stale",
                32,
                "the helper could not be removed from the server: x.exe",
            ),
            ("wait", 0, "another mapisweep is at work there: why"),
            (
                "wait",
                5,
                "it cannot be told whether another mapisweep is at work there: why",
            ),
        ] {
            let mut object = Object::default();
            object.extended.extend([
                ("Path".into(), "x.exe".into()),
                ("Step".into(), step.into()),
                ("Failure".into(), "why".into()),
                ("FailureCode".into(), Value::I32(code)),
            ]);
            let looked = Row::of_object(&HelperRequest::clean_up(), &object.into());
            assert_eq!(not_removed(&looked).to_string(), told);
        }
    }

    #[test]
    fn what_may_be_left_is_what_was_not_seen_to_go() {
        let seen = || {
            let path = "helper.exe".into();
            Err(ServerError::HelperLeft { path })
        };
        let unseen = || Err(ServerError::Interrupted);
        for (cleaned, closed, told) in [
            (Ok(()), Ok(()), &[][..]),
            (Ok(()), unseen(), &["a remote shell may be left there"]),
            (unseen(), Ok(()), &["the helper may be left there"]),
            (
                unseen(),
                unseen(),
                &["the helper and a remote shell may be left there"],
            ),
            (
                seen(),
                unseen(),
                &[
                    "the helper could not be removed from the server: helper.exe",
                    "a remote shell may be left there",
                ],
            ),
        ] {
            let remains = Remains {
                helper: cleaned,
                shell: closed,
            };
            let left = left_behind(remains).into_iter();
            let left: Vec<_> = left.map(|left| left.to_string()).collect();
            assert_eq!(left, told);
        }
    }
}
