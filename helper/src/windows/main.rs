//! The helper exe: the library over the calls of Windows.
//!
//! It has no run-time library under it, neither Rust's nor C's: both need a younger Windows than Server 2003 x64.
//! So it brings its own entry point, heap and memory functions. `scripts/build-helper` builds it.
#![cfg_attr(windows, no_std, no_main)]
// stable since 1.68, and the committed exe is built by 1.63
#![cfg_attr(feature = "rustc-1-63", feature(default_alloc_error_handler))]
#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(windows)]
extern crate alloc;

#[cfg(windows)]
mod calls;
#[cfg(windows)]
mod heap;
#[cfg(windows)]
mod machine;
#[cfg(windows)]
mod memory;
#[cfg(windows)]
mod nsi;
#[cfg(windows)]
mod pipes;
#[cfg(windows)]
mod program;

/// Elsewhere it is an empty program, so that a build of everything builds.
#[cfg(not(windows))]
fn main() {}
