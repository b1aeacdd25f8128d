//! What the lab needs of Windows on each simulated machine.

pub(crate) mod tcp_table;
