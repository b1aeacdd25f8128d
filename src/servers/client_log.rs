//! From where people connected to a client access server, as its own log has it.

use mapisweep_core::{
    batch::{Batch, Number},
    exchange::Connected,
};

use super::{Server, ServerError, Step};

const LOG: &str = "the log of the RPC Client Access service";

impl Server {
    /// Reads what the log says of the people with these DNs; `None` where it cannot be read, which is said.
    pub async fn read_client_log(
        &mut self,
        dns: &[String],
    ) -> Result<Option<Vec<Connected>>, ServerError> {
        self.tell(Step::ReadingClientLog);
        let batch = Batch::of(Connected::of(dns));
        let told = match self.ask(&batch).await {
            Ok(answers) => {
                let answer = self.checked(LOG, &answers, Number::FIRST);
                answer.map(|answer| answer.rows.iter().filter_map(Connected::from_row).collect())
            }
            Err(error @ ServerError::Interrupted) => return Err(error),
            Err(error) if error.leaves_something() => return Err(error),
            Err(error) => Err(error),
        };
        Ok(match told {
            Ok(told) => Some(told),
            Err(error) => {
                self.remark(&format!("from where clients came is not known: {error}"));
                None
            }
        })
    }
}
