//! Where recipients are sought: by themselves Exchange's cmdlets look in the domain of the server alone, and who is in
//! another one of the forest has no mailbox to them.
//!
//! Exchange 2010 and later have a cmdlet for it. On 2007 it is a setting of the process, which the management shell's own
//! start-up script makes and a plain session has to.

use crate::batch::Question;

/// The cmdlet of Exchange 2010 and later.
pub const CMDLET: &str = "Set-AdServerSettings";

/// The function of the script that does the same on Exchange 2007.
pub const FUNCTION: &str = "Set-MapisweepWholeForest";

/// Has recipients sought in the whole forest for as long as the shell lives; Exchange 2010 and later.
pub fn whole_forest() -> Question {
    Question::of(CMDLET, &[]).parameter("ViewEntireForest", true)
}

/// The same on Exchange 2007.
pub fn whole_forest_on_2007() -> Question {
    Question::of(FUNCTION, &[])
}
