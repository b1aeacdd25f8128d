//! What the lab needs of Windows on each simulated machine.

pub(crate) mod client_log;
pub(crate) mod event_log;
pub(crate) mod files;
pub(crate) mod helper;
pub(crate) mod pe;
pub(crate) mod tcp_table;
