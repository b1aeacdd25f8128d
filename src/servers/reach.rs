//! Whether a server reaches another one, whose connections to it are to be closed because that one is said to be dead.

use std::net::IpAddr;

use mapisweep_core::{
    batch::{Batch, Number},
    exchange::{Reach, reach::FUNCTION},
    plan::{Policy, ServerPlan},
};

use super::{Server, ServerError, Step};

impl Server {
    /// What it hears from these addresses; all of them are not known where it cannot tell, which is said.
    pub async fn reaches(&mut self, addresses: &[IpAddr]) -> Result<Reach, ServerError> {
        self.tell(Step::TryingDeadServers);
        let batch = Batch::of(Reach::of(addresses));
        let told = match self.ask(&batch).await {
            Ok(answers) => {
                let answer = self.checked(FUNCTION, &answers, Number::FIRST);
                answer.map(|answer| Reach::from_rows(addresses, &answer.rows))
            }
            Err(error @ ServerError::Interrupted) => return Err(error),
            Err(error) if error.leaves_something() => return Err(error),
            Err(error) => Err(error),
        };
        let reach = told.unwrap_or_else(|error| Reach::not_told(addresses, &error.to_string()));
        for (address, why) in &reach.not_known {
            self.remark(&format!("whether it reaches {address} is not known: {why}"));
        }
        Ok(reach)
    }

    /// The same just before what dead servers left is closed: nothing where they are silent as before, else why they may
    /// live, and the rules by which nothing of theirs is closed here.
    pub(super) async fn hears_from_the_dead(
        &mut self,
        plan: &ServerPlan,
        policy: &Policy,
    ) -> Result<Option<(String, Policy)>, ServerError> {
        let closed: Vec<_> = plan.dead_addresses().collect();
        if closed.is_empty() {
            return Ok(None);
        }
        let asked = policy.exchange.buried_with(closed.iter().copied());
        let reach = self.reaches(&asked).await;
        let reach = reach.map_err(ServerError::before_sending)?;
        let called = |address: IpAddr| {
            let name = policy.exchange.at(address);
            name.map_or_else(|| address.to_string(), str::to_owned)
        };
        let is_unsure = |address: &&IpAddr| !reach.silent.contains(*address);
        let (why, not_closed) = match (reach.answered, closed.iter().find(is_unsure)) {
            (Some((address, port)), _) => {
                let why = format!("{} is not dead: it answers at port {port}", called(address));
                (why, closed)
            }
            (None, Some(unsure)) => {
                let why = format!(
                    "whether {} is dead cannot be seen any more",
                    called(*unsure)
                );
                let unsure = closed.iter().filter(is_unsure).copied();
                (why, unsure.collect())
            }
            (None, None) => return Ok(None),
        };
        let mut policy = policy.clone();
        for address in not_closed {
            policy.exchange.takes_back(&plan.snapshot.server, address);
        }
        Ok(Some((why, policy)))
    }
}
