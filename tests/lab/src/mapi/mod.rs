//! The simulated information store: sessions, their limit, and the connections they live on.
//!
//! What crosses the wire is not MAPI: one JSON line says who logs on, one line answers. What matters is kept: a
//! client process is one *association* of several TCP connections; its sessions end when the last of them is gone;
//! one user's sessions in one store are limited.

pub(crate) mod hello;
pub(crate) mod listener;
pub mod outlook;
pub(crate) mod sessions;
