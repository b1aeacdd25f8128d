//! What `--help` and the manual pages say beside the arguments: examples, variables, files, exit codes. One source for
//! both.

use clap::Command;

use super::examples::examples;
use crate::cli::exit::Exit;

/// A part of a verb's page.
pub struct Section {
    /// Its title, as in `--help`.
    pub title: &'static str,
    /// What it lists.
    pub entries: Vec<Entry>,
}

/// Something, and what there is to say about it.
pub struct Entry {
    /// A command line, a variable, a file, a code.
    pub name: String,
    /// What it is for, means or does.
    pub what: &'static str,
}

/// The sections of a verb: `close`, `config show`; of mapisweep itself: the empty word.
pub fn sections(verb: &str) -> Vec<Section> {
    let examples = examples(verb).iter().map(|(line, what)| Entry {
        name: (*line).to_owned(),
        what,
    });
    let of = |known: &[(&str, &'static str, On)]| {
        let here = known.iter().filter(|(_, _, on)| on.is(verb));
        here.map(|(name, what, _)| Entry {
            name: (*name).to_owned(),
            what,
        })
        .collect()
    };
    let codes = exits(verb).iter().map(|exit| Entry {
        name: (*exit as u8).to_string(),
        what: exit.meaning(),
    });
    let sections = [
        ("Examples", examples.collect()),
        ("Environment", of(&VARIABLES)),
        ("Files", of(&FILES)),
        ("Exit status", codes.collect()),
    ];
    let sections = sections.map(|(title, entries)| Section { title, entries });
    let mut sections = Vec::from(sections);
    sections.retain(|section| !section.entries.is_empty());
    sections
}

/// The command with its sections, and those of its verbs, below `--help`.
pub fn explained(command: Command) -> Command {
    explained_as(command, "")
}

fn explained_as(command: Command, verb: &str) -> Command {
    let header = *command.get_styles().get_header();
    let name = *command.get_styles().get_literal();
    let text = sections(verb).into_iter().map(|section| {
        let entries = section.entries.iter().map(|entry| {
            let Entry { name: term, what } = entry;
            match section.title {
                "Exit status" => format!("  {name}{term:>3}{name:#}  {what}\n"),
                _ => format!("  {name}{term}{name:#}\n          {what}\n"),
            }
        });
        let entries: String = entries.collect();
        format!("{header}{}:{header:#}\n{entries}", section.title)
    });
    let text: Vec<_> = text.collect();
    let command = command.mut_subcommands(|below| {
        let verb = format!("{verb} {}", below.get_name());
        explained_as(below, verb.trim())
    });
    match text.is_empty() {
        true => command,
        false => command.after_long_help(text.join("\n")),
    }
}

/// Which verbs something matters to.
enum On {
    All,
    Servers,
    SigningIn,
    Helper,
    Closing,
    Kerberos,
}

impl On {
    fn is(&self, verb: &str) -> bool {
        let on_servers = SERVERS.contains(&verb);
        let signs_in = on_servers || matches!(verb, "logout" | "whoami");
        let is_there = matches!(verb, "" | "config show") || signs_in;
        match self {
            Self::All => is_there || verb.starts_with("config"),
            Self::Servers => is_there && !matches!(verb, "logout"),
            Self::SigningIn => is_there,
            Self::Helper => matches!(
                verb,
                "" | "close" | "sweep" | "victims" | "connections" | "doctor"
            ),
            Self::Closing => matches!(verb, "close" | "sweep" | "victims"),
            Self::Kerberos => is_there && !matches!(verb, "logout" | "config show"),
        }
    }
}

/// The verbs that go to servers.
const SERVERS: [&str; 9] = [
    "logons",
    "close",
    "sweep",
    "victims",
    "connections",
    "dag",
    "doctor",
    "watch",
    "login",
];

const VARIABLES: [(&str, &str, On); 11] = [
    (
        "MAPISWEEP_SERVER",
        "Servers, separated by blanks or commas, where the command line names none",
        On::Servers,
    ),
    (
        "MAPISWEEP_USER",
        "Who signs in, as --user says",
        On::SigningIn,
    ),
    (
        "MAPISWEEP_PASSWORD",
        "The password; it goes before a ticket, the keyring and the prompt",
        On::Kerberos,
    ),
    (
        "MAPISWEEP_PROXY_PASSWORD",
        "The password for the proxy, whose user stands in its URL",
        On::Servers,
    ),
    (
        "MAPISWEEP_PROFILE",
        "The profile, as --profile says",
        On::All,
    ),
    (
        "MAPISWEEP_CONFIG",
        "The configuration file, as --config says",
        On::All,
    ),
    (
        "XDG_CONFIG_HOME",
        "Where mapisweep/config.toml is, instead of ~/.config; a full path",
        On::All,
    ),
    (
        "XDG_STATE_HOME",
        "Where mapisweep/ with the audit log is, instead of ~/.local/state; a full path",
        On::SigningIn,
    ),
    (
        "KRB5CCNAME, KRB5_CONFIG",
        "Where the Kerberos library finds tickets and its configuration",
        On::Kerberos,
    ),
    (
        "MAPISWEEP_GSSAPI",
        "The Kerberos library to take instead of the system's",
        On::Kerberos,
    ),
    ("NO_COLOR", "No colours", On::All),
];

const FILES: [(&str, &str, On); 6] = [
    (
        "~/.config/mapisweep/config.toml",
        "The configuration: profiles, protected addresses, defaults",
        On::All,
    ),
    (
        "~/.local/state/mapisweep/audit.jsonl",
        "The audit log: what was closed, for whom, where, by which rules",
        On::Helper,
    ),
    (
        "FILE.html, FILE.md",
        "What --report names: the report of a run, which only its owner may read; never overwritten",
        On::Closing,
    ),
    (
        "~/.local/state/mapisweep/user",
        "The name of who used `mapisweep login` last",
        On::SigningIn,
    ),
    (
        "/etc/krb5.conf",
        "The domain, as the Kerberos library knows it",
        On::Kerberos,
    ),
    (
        r"%ProgramFiles%\mapisweep\mapisweep-helper.exe",
        "On the server: the helper, removed as soon as it has run",
        On::Helper,
    ),
];

/// What a verb may end with.
fn exits(verb: &str) -> &'static [Exit] {
    use Exit::*;
    match verb {
        "" | "close" | "sweep" | "victims" => &Exit::ALL,
        "logons" | "connections" | "dag" => &[
            Done,
            Failed,
            Usage,
            NothingMatched,
            Incomplete,
            LeftBehind,
            Interrupted,
        ],
        "doctor" | "watch" => &[Done, Failed, Usage, Incomplete, LeftBehind, Interrupted],
        "login" | "logout" | "whoami" => &[Done, Failed, Usage, NothingMatched],
        // on this computer alone
        _ => &[Done, Failed, Usage],
    }
}
