//! Drives a runspace pool over a connection: open, run, close.
