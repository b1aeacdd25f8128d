//! Recorded traffic of real Windows servers, replayed.
//!
//! The recordings are not part of the repository: they are read from `$MAPISWEEP_WIRE_DIR`, else from
//! `../shared/wire` beside the repository. Without them every test here says that it was skipped; with
//! `MAPISWEEP_TEST_ALL=1` it fails instead.

mod canonical;
mod events;
mod faults;
mod fragments;
mod messages;
mod node;
mod replay;
mod responses;
mod secure;
mod seeds;
