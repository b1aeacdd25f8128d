//! The embedded helper, the script that runs it, what it reports. No I/O.
