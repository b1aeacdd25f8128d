//! The command: parse, run, exit code.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    mapisweep::is_never_dumped();
    mapisweep::run(std::env::args_os())
}
