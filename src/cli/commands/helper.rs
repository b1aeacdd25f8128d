//! `mapisweep helper`: for those who sign programs and allow them.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use crate::cli::{
    Context,
    args::{Helper, STANDARD_INPUT},
    error::CommandError,
    exit::Exit,
    not_made::{Made, not_made},
    render::helper::Helper as View,
};
use mapisweep_core::helper_run::HelperExe;

/// Prints the helper's hash, or writes a copy.
pub fn run(context: &Context, args: &Helper) -> Result<Exit, CommandError> {
    let exe = HelperExe::embedded();
    match args {
        Helper::Sha256 => context.output.show(&View {
            exe: &exe,
            file: None,
        }),
        Helper::Export { file } => export(context, &exe, file)?,
    }
    Ok(Exit::Done)
}

fn export(context: &Context, exe: &HelperExe, file: &Path) -> Result<(), CommandError> {
    if file.as_os_str() == STANDARD_INPUT {
        return Err(CommandError::usage(
            "a program is not written to standard output",
            "Give the name of a file.",
        ));
    }
    // what is there may be signed by now
    write_new(file, exe.bytes()).map_err(|error| not_made(Made::Export, file, error))?;
    context.printer.note(&format!(
        "{}: {} bytes, SHA-256 {}. Once it is signed, give it with --helper.",
        file.display(),
        exe.bytes().len(),
        exe.sha256()
    ));
    let file = Some(file.display().to_string());
    context.output.keep(&View { exe, file });
    Ok(())
}

fn write_new(file: &Path, bytes: &[u8]) -> io::Result<()> {
    File::create_new(file)?.write_all(bytes)
}
