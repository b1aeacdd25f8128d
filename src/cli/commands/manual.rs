//! `mapisweep completions` and `mapisweep man`: both from the command line's own definition.

use std::{fs, io, path::Path};

use clap::{Arg, CommandFactory, ValueEnum, ValueHint, builder::ValueRange};
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
            let begin = "_mapisweep() {\n";
            script.replacen(begin, &format!("{ZSH}{begin}{ZSH_WORDS}"), 1)
        }
        Shell::Fish => {
            let shells = Shell::value_variants().iter().map(Shell::to_string);
            let shells = shells.collect::<Vec<_>>().join(" ");
            format!(
                "{script}{FISH}complete -c mapisweep -n \"__fish_seen_subcommand_from completions\" -a \"{shells}\"\n"
            )
        }
        _ => script.to_owned(),
    }
}

/// It offers files wherever it is told nothing, unless it is told not to.
const BASH: &str = r#"
_mapisweep_profiles() {
    # the file that is named on the line, without its quotes; nothing in it is run
    local -a of=()
    local place word file
    for ((place = 1; place < ${#COMP_WORDS[@]}; place++)); do
        [[ ${COMP_WORDS[place]} == --config ]] || continue
        word=${COMP_WORDS[place+1]}
        [[ $word == = ]] && word=${COMP_WORDS[place+2]}
        [[ $word == '~/'* ]] && word=$HOME/${word#'~/'}
        file=${word//[\\\"\']/}
        of=(--config "$file")
    done
    mapisweep config profiles "${of[@]}" 2>/dev/null
}

_mapisweep_or_profile() {
    local before=${COMP_WORDS[COMP_CWORD-1]} word=${COMP_WORDS[COMP_CWORD]}
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if [[ $before == --profile ]]; then
        # a name is never a word of this shell's, whatever it looks like: compgen -W would expand it
        local name
        COMPREPLY=()
        while IFS= read -r name; do
            [[ $name == "$word"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
        done < <(_mapisweep_profiles)
    else
        _mapisweep "$@"
        # a file is all that these two take by its place
        if [[ $before == man || $before == export ]] && [[ $word != -* ]]; then
            COMPREPLY=()
            compopt -o default
        fi
    fi
}
complete -F _mapisweep_or_profile mapisweep
"#;

const ZSH: &str = r#"_mapisweep_profiles() {
    local profiles file
    local -a of
    local -i place
    for ((place = 1; place <= $#mapisweep_words; place++)); do
        case $mapisweep_words[place] in
            --config) file=$mapisweep_words[place+1] ;;
            --config=*) file=${mapisweep_words[place]#--config=} ;;
            *) continue ;;
        esac
        # as it would be read, but for what a shell would run or look up in it
        [[ $file == '~/'* ]] && file=$HOME/${file#'~/'}
        of=(--config "${(Q)file}")
    done
    profiles=(${(f)"$(mapisweep config profiles $of 2>/dev/null)"})
    compadd -a profiles
}

"#;

/// `_arguments` takes words away before it asks.
const ZSH_WORDS: &str = "    local -a mapisweep_words=(\"${words[@]}\")\n";

/// It is told of options only, and offers files wherever it is told nothing.
const FISH: &str = r#"
function __mapisweep_profiles
    set -l of
    set -l words (commandline -opc)
    for place in (seq (count $words))
        set -l file
        switch $words[$place]
            case --config
                set -l next (math $place + 1)
                test $next -le (count $words); and set file $words[$next]
            case '--config=*'
                set file (string replace -- --config= '' $words[$place])
        end
        if set -q file[1]
            set of --config (string replace -r '^~/' "$HOME/" -- $file)
        end
    end
    mapisweep config profiles $of 2>/dev/null
end
complete -c mapisweep -f
complete -c mapisweep -n "__fish_seen_subcommand_from export man" -F
complete -c mapisweep -l profile -x -a "(__mapisweep_profiles)"
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
