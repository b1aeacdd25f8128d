//! `mapisweep completions` and `mapisweep man`: both from the command line's own definition.

use std::{fs, io, path::Path};

use clap::{Arg, CommandFactory, ValueHint, builder::ValueRange};
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use crate::cli::{
    args::{
        Cli,
        manual::{Section, sections},
    },
    error::CommandError,
    exit::Exit,
    not_made::{Made, not_made},
    printer::Printer,
    text::quoted,
};

/// Prints a completion script.
pub fn completions(printer: &Printer, shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    let mut command = hinted(Cli::command());
    clap_complete::generate(shell, &mut command, "mapisweep", &mut script);
    let script = String::from_utf8_lossy(&script);
    printer.result(&with_profiles(&script, shell));
    Ok(Exit::Done)
}

/// A value that is not said to be a file is none, where a shell would offer files for it.
fn hinted(command: clap::Command) -> clap::Command {
    let hint = |arg: Arg| {
        let takes_value = arg
            .get_num_args()
            .is_none_or(|number| number.takes_values());
        match arg.get_value_hint() {
            ValueHint::Unknown if takes_value && !is_flag(&arg) => arg.value_hint(ValueHint::Other),
            _ => arg,
        }
    };
    command.mut_args(hint).mut_subcommands(hinted)
}

fn is_flag(arg: &Arg) -> bool {
    !arg.get_action().takes_values() || arg.get_num_args() == Some(ValueRange::EMPTY)
}

/// Names of profiles are known when a key is pressed only: the shell asks `mapisweep config profiles` then.
///
/// clap_complete's own way to ask the program is marked unstable, and asks it for everything. Other shells complete all
/// but these names.
fn with_profiles(script: &str, shell: Shell) -> String {
    match shell {
        Shell::Bash => format!("{script}{BASH}"),
        Shell::Zsh => {
            let profile = "'--profile=[Use this profile of the configuration file]:NAME:";
            let script = script.replace(
                &format!("{profile}'"),
                &format!("{profile}_mapisweep_profiles'"),
            );
            script.replacen("_mapisweep() {", &format!("{ZSH}_mapisweep() {{"), 1)
        }
        Shell::Fish => format!("{script}{FISH}"),
        _ => script.to_owned(),
    }
}

const BASH: &str = r#"
_mapisweep_or_profile() {
    if [[ ${COMP_WORDS[COMP_CWORD-1]} == --profile ]]; then
        # a name is never a word of this shell's, whatever it looks like: compgen -W would expand it
        local name
        COMPREPLY=()
        while IFS= read -r name; do
            [[ $name == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
        done < <(mapisweep config profiles 2>/dev/null)
    else
        _mapisweep "$@"
    fi
}
complete -F _mapisweep_or_profile -o bashdefault -o default mapisweep
"#;

const ZSH: &str = r#"_mapisweep_profiles() {
    local profiles
    profiles=(${(f)"$(mapisweep config profiles 2>/dev/null)"})
    compadd -a profiles
}

"#;

/// It is told of options only, and offers files wherever it is told nothing.
const FISH: &str = r#"
complete -c mapisweep -f
complete -c mapisweep -n "__fish_seen_subcommand_from export man" -F
complete -c mapisweep -l profile -x -a "(mapisweep config profiles 2>/dev/null)"
"#;

/// Writes a manual page for mapisweep and one for each verb.
pub fn pages(printer: &Printer, directory: &Path) -> Result<Exit, CommandError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    fs::create_dir_all(directory)
        .and_then(|()| write_pages(&command, "", directory))
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => CommandError::usage(
                format!(
                    "{} is a file, and the pages go into a folder",
                    quoted(&directory.display().to_string())
                ),
                "Nothing was done. Give the name of a folder; one that is not there is made.",
            ),
            _ => not_made(Made::ManualPages, directory, error),
        })?;
    printer.note(&format!("The manual pages are in {}.", directory.display()));
    Ok(Exit::Done)
}

fn write_pages(command: &clap::Command, verb: &str, directory: &Path) -> io::Result<()> {
    for below in command.get_subcommands() {
        let verb = format!("{verb} {}", below.get_name());
        write_pages(below, verb.trim(), directory)?;
    }
    let page = Man::new(command.clone())
        .source(concat!("mapisweep ", env!("CARGO_PKG_VERSION")))
        .manual("mapisweep");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    for section in sections(verb) {
        render(&section).to_writer(&mut text)?;
    }
    fs::write(directory.join(page.get_filename()), text)
}

fn render(section: &Section) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", [section.title.to_uppercase().as_str()]);
    for entry in &section.entries {
        roff.control("TP", []);
        roff.text([bold(&entry.name)]);
        roff.text([roman(entry.what)]);
    }
    roff
}
