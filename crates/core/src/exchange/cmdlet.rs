//! A cmdlet: calling it, and reading what it returned.

use mapisweep_winrm::psrp::{clixml::Value, pipeline::Pipeline};

use super::row::Row;

/// A cmdlet by its name.
#[derive(Clone, Copy)]
pub(super) struct Cmdlet(pub(super) &'static str);

impl Cmdlet {
    /// A call of it, without parameters.
    pub(super) fn call(self) -> Pipeline {
        Pipeline::command(self.0)
    }

    /// An object that it returned.
    pub(super) fn row(self, object: &Value) -> Row<'_> {
        Row {
            cmdlet: self.0,
            object,
        }
    }
}
