//! The Exchange cmdlets in a plain PowerShell session: which snap-in a server has, and loading it.

use super::version::Generation;
use crate::batch::{Question, Row};

/// An Exchange snap-in. Its name tells the server's generation without asking Active Directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapIn {
    /// The generation it belongs to.
    pub generation: Generation,
    name: &'static str,
}

const KNOWN: [SnapIn; 3] = [
    SnapIn {
        generation: Generation::Exchange2007,
        name: "Microsoft.Exchange.Management.PowerShell.Admin",
    },
    SnapIn {
        generation: Generation::Exchange2010,
        name: "Microsoft.Exchange.Management.PowerShell.E2010",
    },
    SnapIn {
        generation: Generation::Newer,
        name: "Microsoft.Exchange.Management.PowerShell.SnapIn",
    },
];

impl SnapIn {
    /// That of a generation that has one.
    pub fn of(generation: Generation) -> Option<Self> {
        KNOWN
            .into_iter()
            .find(|known| known.generation == generation)
    }

    /// Asks which snap-ins are registered on the server.
    pub fn registered() -> Question {
        Question::of("Get-PSSnapin", &["Name"]).switch("Registered")
    }

    /// The newest Exchange snap-in among the returned objects, if there is one.
    pub fn newest_of(rows: &[Row]) -> Option<Self> {
        let names = rows.iter().filter_map(|row| row.text("Name"));
        names
            .filter_map(|name| KNOWN.into_iter().find(|known| known.name == name))
            .max()
    }

    /// Whether it is among the returned objects.
    pub fn is_among(self, rows: &[Row]) -> bool {
        let mut names = rows.iter().filter_map(|row| row.text("Name"));
        names.any(|name| name == self.name)
    }

    /// Loads it into the session.
    pub fn load(self) -> Question {
        Question::of("Add-PSSnapin", &[]).parameter("Name", self.name)
    }
}
