//! Leaving nothing behind on a server: no process, no file, no remote shell.

use std::time::Duration;

use mapisweep_core::helper_run::HelperRequest;
use mapisweep_winrm::psrp::clixml::Value;

use super::{Server, ServerError, Step, helper::SCRIPT, server::check};
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
            self.left_behind = cleaned.and(closed).err();
        }
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
            true => Err(ServerError::HelperLeft {
                path: looked.get("Path").map(Value::display).unwrap_or_default(),
            }),
        }
    }

    async fn clean_up_from_a_fresh_shell(&self) -> Result<Value, ServerError> {
        let mut shell = self.remote.fresh().await?;
        let looked = look_until_removed(&mut shell).await;
        shell.close().await?;
        looked
    }
}

/// What the script's clean-up said last.
async fn look_until_removed(shell: &mut RemoteShell) -> Result<Value, ServerError> {
    let mut looks = 1;
    loop {
        let outcome = check(SCRIPT, shell.run(HelperRequest::clean_up()).await?)?;
        let object = outcome.output.into_iter().next();
        let object = object.ok_or(ServerError::NoAnswer { cmdlet: SCRIPT })?;
        if is_removed(&object) || looks == LOOKS {
            return Ok(object);
        }
        looks += 1;
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

fn is_removed(looked: &Value) -> bool {
    looked.get("Removed").and_then(Value::as_bool) == Some(true)
}
