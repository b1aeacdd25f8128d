//! One authenticated, sealed HTTP connection; the only user of `reqwest`.
