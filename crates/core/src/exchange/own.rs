//! Exchange's own endpoint, `/PowerShell/`, of Exchange 2010 and later: what is asked there, and what is not.
//!
//! It offers Exchange's cmdlets and hardly anything else, one command at a time. It makes no second hop: Exchange itself
//! reads Active Directory there, and looks at the roles of who asks.

use super::forest;

/// Where a cmdlet is asked, where Exchange's own endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// There.
    There,
    /// On the plain endpoint of the same server.
    Here,
    /// Nowhere: it only makes Exchange's cmdlets be on the plain endpoint, and seek there as they do here.
    Nowhere,
}

/// Those of the cmdlets asked for that are Exchange's.
const OF_EXCHANGE: [&str; 6] = [
    "Get-ClientAccessArray",
    "Get-DatabaseAvailabilityGroup",
    "Get-ExchangeServer",
    "Get-LogonStatistics",
    "Get-Mailbox",
    "Get-MailboxDatabase",
];

/// Those that find and load a snap-in, and have it seek in the whole forest, which each shell there is made to beforehand.
const OF_SNAP_INS: [&str; 4] = [
    "Add-PSSnapin",
    "Get-PSSnapin",
    forest::CMDLET,
    forest::FUNCTION,
];

/// Where a cmdlet is asked.
pub fn place_of(cmdlet: &str) -> Place {
    match cmdlet {
        cmdlet if is_of_exchange(cmdlet) => Place::There,
        cmdlet if OF_SNAP_INS.contains(&cmdlet) => Place::Nowhere,
        _ => Place::Here,
    }
}

/// Whether a cmdlet tells of the one server that it is asked about, and not what Active Directory says.
pub fn is_of_one_server(cmdlet: &str) -> bool {
    cmdlet == "Get-LogonStatistics"
}

/// Whether a cmdlet is Exchange's.
pub fn is_of_exchange(cmdlet: &str) -> bool {
    OF_EXCHANGE.contains(&cmdlet)
}
