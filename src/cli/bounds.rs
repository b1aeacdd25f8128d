//! How much one run may close: more is shown, and refused.

use mapisweep_core::plan::Plan;

use super::{advice::Advice, args::HowToClose, render::plan::people as in_words, text::count};

/// The most that is closed; without a number it is not bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    people: Option<usize>,
    connections: Option<usize>,
}

/// More people than an outage of a VPN locks out.
const PEOPLE: usize = 500;
/// Ten for each of them.
const CONNECTIONS: usize = 5_000;

impl Bounds {
    /// Where people are named: as many as there are.
    pub fn of_named(how: &HowToClose) -> Self {
        Self {
            people: how.max_people,
            connections: how.max_connections,
        }
    }

    /// Where people are found, nobody has seen how many before.
    pub fn of_found(how: &HowToClose) -> Self {
        Self {
            people: how.max_people.or(Some(PEOPLE)),
            connections: how.max_connections.or(Some(CONNECTIONS)),
        }
    }

    /// Why a plan is refused.
    pub fn exceeded_by(self, plan: &Plan) -> Option<Advice> {
        let (people, connections) = (plan.people_closed(), plan.connections_closed());
        let (what, number, most, flag) = match (self.people, self.connections) {
            (Some(most), _) if people > most => (in_words(people), people, most, "--max-people"),
            (_, Some(most)) if connections > most => {
                let what = count(connections, "connection");
                (what, connections, most, "--max-connections")
            }
            _ => return None,
        };
        Some(Advice::new(
            format!(
                "the plan is about {what}, and one run may be about {most}, so nothing is closed"
            ),
            format!("Look whether that can be right; {flag} {number} raises the bound."),
        ))
    }
}
