//! Running the helper on a server, and removing what an interrupted run left of it.

use mapisweep_core::helper_run::{HelperRequest, HelperRun, TcpConnection};
use mapisweep_winrm::psrp::clixml::Value;

use super::{Server, ServerError, Step};

/// How the script is called in messages.
const SCRIPT: &str = "the helper script";

impl Server {
    /// Has the helper close exactly these connections and report what it saw.
    pub(super) async fn close_connections(
        &mut self,
        targets: Vec<TcpConnection>,
    ) -> Result<HelperRun, ServerError> {
        self.tell(Step::Closing);
        self.run_helper(&HelperRequest::Close(targets)).await
    }

    /// Pushes the helper, runs it, and hears whether it is gone again.
    pub(super) async fn run_helper(
        &mut self,
        request: &HelperRequest,
    ) -> Result<HelperRun, ServerError> {
        let pipeline = request.pipeline(&self.exe);
        self.helper_pushed = true;
        let object = self.only(SCRIPT, pipeline).await?;
        let run = HelperRun::from_value(&object).map_err(ServerError::Helper)?;
        self.helper_pushed = !run.removed;
        Ok(run)
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
