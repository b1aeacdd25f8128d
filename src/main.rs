//! The command: parse, run, exit code.
#![forbid(unsafe_code)]
fn main() {}
