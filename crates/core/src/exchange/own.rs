//! Exchange's own endpoint, `/PowerShell/`, of Exchange 2010 and later: what is asked there, and what is not.
//!
//! It offers Exchange's cmdlets and hardly anything else, one command at a time. It makes no second hop: Exchange itself
//! reads Active Directory there, and looks at the roles of who asks.

use crate::batch::Question;

/// Where a cmdlet is asked, where Exchange's own endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// There.
    There,
    /// On the plain endpoint of the same server.
    Here,
    /// Nowhere: it only makes Exchange's cmdlets be on the plain endpoint.
    Nowhere,
}

/// Those of the cmdlets asked for that are Exchange's.
const OF_EXCHANGE: [&str; 7] = [
    "Get-ClientAccessArray",
    "Get-DatabaseAvailabilityGroup",
    "Get-ExchangeServer",
    "Get-LogonStatistics",
    "Get-Mailbox",
    "Get-MailboxDatabase",
    "Set-AdServerSettings",
];

/// Those that find and load a snap-in.
const OF_SNAP_INS: [&str; 2] = ["Add-PSSnapin", "Get-PSSnapin"];

/// Where a cmdlet is asked.
pub fn place_of(cmdlet: &str) -> Place {
    match cmdlet {
        cmdlet if is_of_exchange(cmdlet) => Place::There,
        cmdlet if OF_SNAP_INS.contains(&cmdlet) => Place::Nowhere,
        _ => Place::Here,
    }
}

/// Whether a cmdlet is Exchange's.
pub fn is_of_exchange(cmdlet: &str) -> bool {
    OF_EXCHANGE.contains(&cmdlet)
}

/// Has recipients sought in the whole forest for as long as the shell lives, and not in the domain of the server alone.
pub fn whole_forest() -> Question {
    Question::of("Set-AdServerSettings", &[]).parameter("ViewEntireForest", true)
}
