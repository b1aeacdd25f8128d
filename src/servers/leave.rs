//! Leaving nothing behind on a server: no process, no file, no remote shell.

use mapisweep_core::helper_run::HelperRequest;
use mapisweep_winrm::psrp::clixml::Value;

use super::{Server, ServerError, Step, helper::SCRIPT};

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
        let looked = self.only_in_fresh_shell().await?;
        self.helper_pushed = looked.get("Removed").and_then(Value::as_bool) != Some(true);
        match self.helper_pushed {
            false => Ok(()),
            true => Err(ServerError::HelperLeft {
                path: looked.get("Path").map(Value::display).unwrap_or_default(),
            }),
        }
    }

    async fn only_in_fresh_shell(&mut self) -> Result<Value, ServerError> {
        let mut shell = self.remote.fresh().await?;
        let looked = shell.run(HelperRequest::clean_up()).await;
        shell.close().await?;
        let object = looked?.output.into_iter().next();
        object.ok_or(ServerError::NoAnswer { cmdlet: SCRIPT })
    }
}
