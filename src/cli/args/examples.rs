//! The command lines that `--help` and the manual pages show. A test reads each as a shell would.

/// Of a verb: a command line, and what it does.
pub fn examples(verb: &str) -> &'static [(&'static str, &'static str)] {
    match verb {
        "" => &[
            (
                "mapisweep logons jsmith --server ex01.corp.example",
                "Where he is logged on, and how many sessions he holds",
            ),
            (
                "mapisweep close jsmith --server ex01.corp.example",
                "Shows the plan, asks, closes his stale connections, looks again",
            ),
            (
                "mapisweep sweep --dag DAG1 --server ex01.corp.example",
                "The same for everybody at the limit, on all members of a DAG",
            ),
        ],
        "logons" => &[
            (
                "mapisweep logons jsmith --server ex01",
                "The sessions of jsmith; who signs in to look is another matter: --user",
            ),
            (
                "mapisweep logons --server ex01 --at-limit",
                "Everybody who can open no more sessions",
            ),
            (
                "mapisweep logons --dag DAG1 --server ex01 --address 10.1.8.0/24 --sort last-used",
                "Who comes from that network, longest unused first",
            ),
        ],
        "close" => &[
            (
                "mapisweep close jsmith --server ex01 --dry-run",
                "Shows the plan and stops",
            ),
            (
                r"mapisweep close jsmith --server ex01 --user 'CORP\ann'",
                "ann signs in; jsmith's stale connections are closed, once you say yes",
            ),
            (
                "mapisweep close jsmith mjones --dag DAG1 --server ex01 --yes",
                "Two people, every member of the DAG, without asking",
            ),
            (
                "mapisweep close jsmith --server ex01 --all",
                "Clients that are in use as well; his Outlook connects anew",
            ),
        ],
        "sweep" => &[
            (
                "mapisweep sweep --dag DAG1 --server ex01 --dry-run",
                "Whom it would help, and how",
            ),
            (
                "mapisweep sweep --servers-from servers.txt --canary 1",
                "One server first; then it asks whether to go on",
            ),
            (
                "mapisweep sweep --dag DAG1 --server ex01 --yes --report sweep.html",
                "With a report for who reads about it afterwards; sweep.md is for a ticket",
            ),
            (
                "mapisweep sweep --resume",
                "Goes on with the last run that did not come to its end",
            ),
        ],
        "victims" => &[
            (
                "mapisweep victims --dag DAG1 --server ex01 --since 3d",
                "Who was kept out in the last three days",
            ),
            (
                "mapisweep victims --server ex01 --close",
                "Goes on as `close` does, for those whom the limit of sessions kept out",
            ),
        ],
        "connections" => &[
            (
                "mapisweep connections --server ex01 --address 10.1.4.23",
                "All that this client has open to Exchange's processes",
            ),
            (
                "mapisweep connections --server ex01 --format csv",
                "For a spreadsheet",
            ),
        ],
        "doctor" => &[
            (
                "mapisweep doctor --server ex01",
                "What the other verbs need, here and there, and what mends what is missing",
            ),
            (
                "mapisweep doctor --dag DAG1 --server ex01 --no-helper --format json",
                "The same for a program, on all members, with nothing written there",
            ),
        ],
        "watch" => &[
            (
                "mapisweep watch --server ex01 --server ex02",
                "Who comes near the limit, newest first; Ctrl-C ends it",
            ),
            (
                "mapisweep watch --servers-from servers.txt --interval 5m --format ndjson",
                "The same for a log shipper, a line an event",
            ),
            (
                "mapisweep watch --server ex01 --once --format nagios --warning 80% --critical 100%",
                "One look for Nagios or Icinga, with the exit codes of a plugin",
            ),
            (
                "mapisweep watch --server ex01 --once --format openmetrics",
                "One look for a scraper",
            ),
        ],
        "dag" => &[
            (
                "mapisweep dag DAG1 --server ex01",
                "Its members, and what is mounted where",
            ),
            (
                "mapisweep dag --server ex01 --format json",
                "All DAGs, and the servers in none, for a program",
            ),
        ],
        "login" => &[
            (
                "mapisweep login --user ann@corp.example",
                "Asks for the password, tries it, stores it in the keyring",
            ),
            ("mapisweep login --list", "Whose passwords are stored"),
        ],
        "logout" => &[(
            "mapisweep logout --user ann@corp.example",
            "The keyring forgets the password",
        )],
        "whoami" => &[(
            "mapisweep whoami --profile branch",
            "Who would sign in there, and with what",
        )],
        "helper" => &[
            (
                "mapisweep helper sha256",
                "Its hash, for the list of what a security product allows",
            ),
            (
                "mapisweep helper export helper.exe",
                "A copy to be signed, and given back with --helper",
            ),
        ],
        "helper sha256" => &[(
            "mapisweep helper sha256",
            "For the list of what a security product allows",
        )],
        "helper export" => &[(
            "mapisweep helper export helper.exe",
            "To be signed, and given back with --helper",
        )],
        "config" => &[
            (
                "mapisweep config show --profile branch",
                "What would hold in that profile, and why",
            ),
            (
                "mapisweep config check",
                "All that is wrong in the file; nothing is asked of any server",
            ),
        ],
        "config path" => &[("mapisweep config path", "Which file it is")],
        "config show" => &[(
            "mapisweep config show --profile branch --format csv",
            "What would hold in that profile, and why",
        )],
        "config check" => &[(
            "mapisweep config check --config new.toml",
            "All that is wrong in a file before it is used",
        )],
        "config profiles" => &[("mapisweep config profiles", "Their names, one a line")],
        "completions" => &[(
            "mapisweep completions bash",
            "To be kept as ~/.local/share/bash-completion/completions/mapisweep",
        )],
        "man" => &[(
            "mapisweep man ~/.local/share/man/man1",
            "Then `man mapisweep-close` finds its page",
        )],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::args::{Cli, manual::sections};

    fn verbs(command: &clap::Command, verb: &str) -> Vec<String> {
        let below = command.get_subcommands().flat_map(|below| {
            let name = format!("{verb} {}", below.get_name());
            verbs(below, name.trim())
        });
        std::iter::once(verb.to_owned()).chain(below).collect()
    }

    #[test]
    fn every_verb_has_an_example_and_every_example_is_a_command_line_of_its_verb() {
        for verb in verbs(&Cli::command(), "") {
            assert!(!examples(&verb).is_empty(), "{verb}");
            for (line, _) in examples(&verb).iter().chain(examples("")) {
                let words = line.split(' ').map(|word| word.trim_matches('\''));
                let parsed = Cli::try_parse_from(words);
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
            let is_of_it = |(line, _): &(&str, &str)| {
                let begin = format!("mapisweep {verb}");
                line.starts_with(&begin)
            };
            assert!(examples(&verb).iter().all(is_of_it), "{verb}");
        }
    }

    #[test]
    fn every_verb_has_all_sections_that_matter_to_it() {
        for verb in verbs(&Cli::command(), "") {
            let sections = sections(&verb);
            let titles: Vec<_> = sections.iter().map(|section| section.title).collect();
            let expected: &[&str] = match verb.as_str() {
                "completions" | "man" | "helper" | "helper sha256" | "helper export" => {
                    &["Examples", "Exit status"]
                }
                _ => &["Examples", "Environment", "Files", "Exit status"],
            };
            assert_eq!(titles, expected, "{verb}");
        }
    }
}
