//! Leaving nothing behind on a server: no process, no file, no remote shell.

use std::time::Duration;

use mapisweep_core::{
    batch::{Batch, Number, Reader, Row},
    helper_run::{HelperRequest, HelperRun, RunError},
};

use super::{
    Leftovers, Server, ServerError, Step,
    ask::{is_meant, only},
    helper::HELPER,
};
use crate::shell::RemoteShell;

/// A helper whose script was cut off ends by itself within seconds; until then its file cannot be removed.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

impl Server {
    /// Leaves nothing behind: stops what runs, removes the helper if a run of it was cut short, deletes the remote
    /// shell. Safe to call at any time, also after a failure or a dropped step. What could not be cleaned up is kept
    /// for [`Self::left_behind`].
    pub(super) async fn finish(&mut self) {
        if !std::mem::take(&mut self.in_use) {
            return;
        }
        self.tell(Step::CleaningUp);
        if let Some(mut shell) = self.remote.take().await {
            if self.helper_pushed {
                // lets the script's own clean-up run; whether it did is looked at from a fresh shell below
                _ = shell.stop().await;
            }
            let closed = shell.close().await.map_err(ServerError::from);
            let cleaned = self.remove_helper().await;
            self.left_behind = left_behind(cleaned, closed);
        }
        let requests = self.remote.requests();
        tracing::info!(server = self.name(), requests, "left");
        self.tell(Step::Finished);
    }

    /// What could not be cleaned up; told once.
    pub(super) fn left_behind(&mut self) -> Option<ServerError> {
        self.left_behind.take()
    }

    /// Looks for the helper's file from a fresh shell after a run that was cut short, and removes it.
    pub(super) async fn remove_helper(&mut self) -> Result<(), ServerError> {
        if !self.helper_pushed {
            return Ok(());
        }
        let looked = self.clean_up_from_a_fresh_shell().await?;
        self.helper_pushed = !is_removed(&looked);
        match self.helper_pushed {
            false => Ok(()),
            true => Err(not_removed(&looked)),
        }
    }

    async fn clean_up_from_a_fresh_shell(&self) -> Result<Row, ServerError> {
        let mut shell = self.remote.fresh().await?;
        let looked = look_until_removed(&mut shell, self.computer.as_deref()).await;
        shell.close().await?;
        looked
    }
}

/// What there is to be told of the helper and of the shell.
fn left_behind(
    cleaned: Result<(), ServerError>,
    closed: Result<(), ServerError>,
) -> Option<ServerError> {
    let (what, cause) = match (cleaned, closed) {
        (Ok(()), Ok(())) => return None,
        (Err(seen @ ServerError::HelperLeft { .. }), _) => return Some(seen),
        (Ok(()), Err(cause)) => (Leftovers::Shell, cause),
        (Err(cause), Ok(())) => (Leftovers::Helper, cause),
        (Err(cause), Err(_)) => (Leftovers::HelperAndShell, cause),
    };
    let cause = Box::new(cause);
    Some(ServerError::MayBeLeft { what, cause })
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
            (Ok(()), Ok(()), None),
            (Ok(()), unseen(), Some("a remote shell may be left there")),
            (unseen(), Ok(()), Some("the helper may be left there")),
            (
                unseen(),
                unseen(),
                Some("the helper and a remote shell may be left there"),
            ),
            (
                seen(),
                unseen(),
                Some("the helper could not be removed from the server: helper.exe"),
            ),
        ] {
            let left = left_behind(cleaned, closed).map(|left| left.to_string());
            assert_eq!(left.as_deref(), told);
        }
    }
}
