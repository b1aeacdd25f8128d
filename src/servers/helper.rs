//! Running the helper on a server.

use mapisweep_core::helper_run::{HelperRequest, HelperRun, RunError, TcpConnection};

use super::{Server, ServerError, Step};

/// How the script is called in messages.
pub(super) const SCRIPT: &str = "the helper script";

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
        let pushed_before = std::mem::replace(&mut self.helper_pushed, true);
        let object = match self.only(SCRIPT, pipeline).await {
            Err(error) if error.is_refused_script() => {
                self.helper_pushed = pushed_before;
                return Err(error);
            }
            object => object?,
        };
        let run = HelperRun::from_value(&object).map_err(ServerError::Helper)?;
        self.helper_pushed = match run.report {
            // a file that is in the way of ours is not ours, unless an earlier run left it
            Err(RunError::AlreadyThere(_)) => pushed_before,
            _ => !run.removed,
        };
        Ok(run)
    }
}
