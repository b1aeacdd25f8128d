//! `--help`, manual pages, completion scripts: what somebody reads, and what a shell does with it.

use std::{path::Path, process::Command};

use crate::support::Mapisweep;

const TITLES: [&str; 4] = ["Examples", "Environment", "Files", "Exit status"];

#[tokio::test]
async fn help_has_examples_variables_files_and_exit_codes() {
    for verb in ["", "close", "logons", "sweep", "config show"] {
        let ran = Mapisweep::alone().args(&format!("{verb} --help"));
        let ran = ran.run().await.exits(0);
        for title in TITLES {
            assert!(ran.stdout().contains(&format!("\n{title}:\n")), "{ran}");
        }
        let longest = ran.stdout().lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(100), "{longest:?}\n{ran}");
    }
    for verb in [
        "helper",
        "helper export",
        "config",
        "config check",
        "completions",
        "man",
    ] {
        let ran = Mapisweep::alone().args(&format!("{verb} --help"));
        let ran = ran.run().await.exits(0);
        let examples = format!("\nExamples:\n  mapisweep {verb} ");
        let examples = ran.stdout().contains(&examples) || verb == "config check";
        assert!(
            examples && ran.stdout().contains("\nExit status:\n    0  all done"),
            "{ran}"
        );
    }
    let ran = Mapisweep::alone().args("close --help").run().await;
    let (_, sections) = ran.stdout().split_once("\nExamples:").unwrap();
    insta::assert_snapshot!(sections);
    let short = Mapisweep::alone().args("close -h").run().await.exits(0);
    assert!(!short.stdout().contains("Examples:"), "{short}");
}

#[tokio::test]
async fn manual_pages_say_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let run = Mapisweep::alone()
        .args("man")
        .arg(directory.path().display().to_string());
    // a mistake in the configuration is no reason to have no manual
    run.config("idel = 1").run().await.exits(0);
    for page in ["mapisweep", "mapisweep-close", "mapisweep-config-show"] {
        let file = directory.path().join(format!("{page}.1"));
        let text = std::fs::read_to_string(&file).unwrap();
        for title in TITLES {
            let title = title.to_uppercase();
            let is_there = [format!(".SH {title}\n"), format!(".SH \"{title}\"\n")];
            assert!(is_there.iter().any(|line| text.contains(line)), "{text}");
        }
        assert!(!text.contains("EXTRA"), "{text}");
        let formatted = Command::new("groff")
            .args(["-man", "-Tascii", "-ww"])
            .arg(file)
            .output();
        match formatted {
            Ok(formatted) => {
                let warnings = String::from_utf8_lossy(&formatted.stderr).into_owned();
                assert_eq!(warnings, "", "{page}");
            }
            Err(_) => mapisweep_outside::skip("manual pages as groff reads them", "no groff"),
        }
    }
    for page in ["helper", "config", "completions", "man"] {
        let file = directory.path().join(format!("mapisweep-{page}.1"));
        let text = std::fs::read_to_string(&file).unwrap();
        for section in [".SH EXAMPLES\n", ".SH \"EXIT STATUS\"\n"] {
            assert!(text.contains(section), "{section}{text}");
        }
    }
    let page = std::fs::read_to_string(directory.path().join("mapisweep-close.1")).unwrap();
    assert!(page.contains("include\\-shared"), "{page}");
}

#[tokio::test]
async fn completion_scripts_are_written_whatever_the_configuration_says() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let ran = Mapisweep::alone().args("completions").arg(shell);
        let ran = ran.config("idel = 1").run().await.exits(0);
        assert!(ran.stdout().contains("include-shared"), "{shell}");
        let asks = ran.stdout().contains("mapisweep config profiles");
        assert_eq!(asks, shell != "powershell", "{shell}");
        let each = ran.stdout().matches(":NAME:_mapisweep_profiles'").count();
        let profiles = ran.stdout().matches("'--profile=").count();
        assert_eq!(each, if shell == "zsh" { profiles } else { 0 }, "{shell}");
    }
}

/// What only `watch` takes is offered for it alone.
#[tokio::test]
async fn each_verb_offers_the_formats_that_it_takes() {
    for (verb, is_watch) in [
        ("logons", false),
        ("close", false),
        ("doctor", false),
        ("config show", false),
        ("watch", true),
        ("", false),
    ] {
        for help in ["--help", "-h"] {
            let ran = Mapisweep::alone().args(&format!("{verb} {help}"));
            let ran = ran.run().await.exits(0);
            let offered = ran.stdout();
            assert!(offered.contains("ndjson"), "{ran}");
            let place = |option: &str| offered.find(&format!("      --{option} <"));
            let order = ["profile", "config", "format", "color"].map(place);
            assert!(order.is_sorted() && order[0].is_some(), "{order:?}\n{ran}");
            for format in ["openmetrics", "nagios"] {
                let is_listed = offered.contains(&format!("- {format}:"))
                    || offered.contains(&format!("{format},"))
                    || offered.contains(&format!("{format}]"));
                assert_eq!(is_listed, is_watch, "{format}\n{ran}");
            }
        }
        let ran = Mapisweep::alone().args(&format!("{verb} --format xml"));
        let ran = ran.run().await.exits(2).says("csv, ndjson");
        assert_eq!(ran.stderr().contains("nagios"), is_watch, "{ran}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let run = Mapisweep::alone().args("completions").arg(shell);
        let ran = run.run().await.exits(0);
        let lines = ran.stdout().lines();
        let lines: Vec<_> = lines.filter(|line| line.contains("openmetrics")).collect();
        // zsh has a line for each, and so has fish; bash lists them once with the option and once without a word
        assert!(!lines.is_empty() && lines.len() <= 2, "{shell}: {lines:#?}");
    }
    let directory = tempfile::tempdir().unwrap();
    let run = Mapisweep::alone()
        .args("man")
        .arg(directory.path().display().to_string());
    run.run().await.exits(0);
    for (page, is_watch) in [("watch", true), ("close", false)] {
        let file = directory.path().join(format!("mapisweep-{page}.1"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.contains("openmetrics"), is_watch, "{page}");
    }
}

/// What a shell offers by this line, which is given the script.
fn offered(home: &Path, script: &Path, shell: &str, line: &str) -> Vec<String> {
    let program = Path::new(env!("CARGO_BIN_EXE_mapisweep"));
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = program.parent().unwrap().display();
    let ran = Command::new(shell)
        .args(["-c", line])
        .env("SCRIPT", script)
        .current_dir(home)
        .env("HOME", home)
        .env("PATH", format!("{folder}:{path}"))
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let offered = said.lines().filter(|word| !word.is_empty());
    offered.map(str::to_owned).collect()
}

fn offered_by_bash(home: &Path, script: &Path, words: &str) -> Vec<String> {
    let line = format!(
        r#"source "$SCRIPT"
           COMP_WORDS=({words} ""); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
           how=$(complete -p mapisweep); how=${{how#*-F }}; how=${{how%% *}}
           compopt() {{ [[ "$*" == "-o default" ]] && COMPREPLY=(files); }}
           $how mapisweep "" "${{COMP_WORDS[COMP_CWORD-1]}}"
           printf '%s\n' "${{COMPREPLY[@]}}""#
    );
    offered(home, script, "bash", &line)
}

/// A home directory with two profiles, and the script for this shell.
async fn home_with_script(shell: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let run = Mapisweep::alone().args("completions").arg(shell);
    let ran = run.run().await.exits(0);
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".config/mapisweep/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, "[profile.branch]\n[profile.'head office']\n").unwrap();
    std::fs::write(home.path().join("servers.txt"), "ex01\n").unwrap();
    std::fs::write(home.path().join(".other.toml"), "[profile.far]\n").unwrap();
    let script = home.path().join("script.txt");
    std::fs::write(&script, ran.stdout()).unwrap();
    (home, script)
}

fn is_installed(shell: &str) -> bool {
    let ran = Command::new(shell).args(["-c", "true"]).output();
    if ran.is_err() {
        mapisweep_outside::skip("completion", &format!("no {shell}"));
    }
    ran.is_ok()
}

#[tokio::test]
async fn fish_and_zsh_take_their_scripts() {
    if is_installed("fish") {
        let (home, script) = home_with_script("fish").await;
        for (words, expected) in [
            (
                "mapisweep logons --profile ",
                &["branch", "head office"][..],
            ),
            ("mapisweep --profile b", &["branch"]),
            ("mapisweep logons --user ", &[]),
            ("mapisweep close ", &[]),
            ("mapisweep config show ", &[]),
            (
                "mapisweep logons --servers-from s",
                &["script.txt", "servers.txt"],
            ),
            ("mapisweep helper export s", &["script.txt", "servers.txt"]),
            ("mapisweep man s", &["script.txt", "servers.txt"]),
            (
                "mapisweep completions ",
                &["bash", "elvish", "fish", "powershell", "zsh"],
            ),
            ("mapisweep --config .other.toml close --profile ", &["far"]),
            ("mapisweep close --config=.other.toml --profile ", &["far"]),
            (
                "mapisweep close --config '~/.other.toml' --profile ",
                &["far"],
            ),
        ] {
            let line = format!(r#"source "$SCRIPT"; complete -C "{words}""#);
            let offered = offered(home.path(), &script, "fish", &line);
            assert_eq!(offered, expected, "{words}");
        }
    }
    if is_installed("zsh") {
        let (home, script) = home_with_script("zsh").await;
        let line = r#"zsh -n "$SCRIPT" && echo sound"#;
        assert_eq!(offered(home.path(), &script, "zsh", line), ["sound"]);
        for (words, expected) in [
            (
                "mapisweep close --profile ''",
                &["branch", "head office"][..],
            ),
            (
                "mapisweep --config .other.toml close --profile ''",
                &["far"],
            ),
            (
                "mapisweep close --config=.other.toml --profile ''",
                &["far"],
            ),
            (r"mapisweep --config '~/.other.toml' --profile ''", &["far"]),
        ] {
            // what completion has, with words that are not there any more once it is asked
            let line = format!(
                r#"compdef() {{ :; }}
                   compadd() {{ print -rl -- $profiles }}
                   _arguments() {{ words=(); _mapisweep_profiles; return 1 }}
                   source "$SCRIPT"
                   words=({words}); _mapisweep"#
            );
            let offered = offered(home.path(), &script, "zsh", &line);
            assert_eq!(offered, expected, "{words}");
        }
    }
}

/// The file that is named on the line is asked for its profiles, and no files are offered where a name is meant.
#[tokio::test]
async fn bash_offers_the_profiles_of_the_file_that_is_named_and_files_only_where_they_are_meant() {
    let (home, script) = home_with_script("bash").await;
    for (words, expected) in [
        (
            "mapisweep close --profile",
            &["branch", r"head\ office"][..],
        ),
        ("mapisweep --config .other.toml close --profile", &["far"]),
        (
            "mapisweep --config = .other.toml close --profile =",
            &["far"],
        ),
        (
            "mapisweep close --config '~/.other.toml' --profile",
            &["far"],
        ),
        (
            "mapisweep close --config '\".other.toml\"' --profile",
            &["far"],
        ),
        ("mapisweep --config none.toml close --profile", &[]),
        ("mapisweep man", &["files"]),
        ("mapisweep helper export", &["files"]),
    ] {
        assert_eq!(
            offered_by_bash(home.path(), &script, words),
            expected,
            "{words}"
        );
    }
    // nothing by itself, but what is offered above
    let line = r#"source "$SCRIPT"; complete -p mapisweep"#;
    let how = offered(home.path(), &script, "bash", line);
    assert_eq!(how, ["complete -F _mapisweep_or_profile mapisweep"]);
}

/// A file that somebody else wrote is read when a key is pressed; its names are no commands, neither then nor on the line.
#[tokio::test]
async fn a_profile_s_name_is_never_run_by_bash() {
    let (home, script) = home_with_script("bash").await;
    let file = home.path().join(".config/mapisweep/config.toml");
    let names = "[profile.'$(touch one)']\n[profile.'`touch two`']\n[profile.'a; touch three']\n";
    std::fs::write(file, names).unwrap();
    let offered = offered_by_bash(home.path(), &script, "mapisweep close --profile");
    assert_eq!(offered.len(), 3, "{offered:?}");
    let typed = format!("printf '%s\\n' {}", offered.join(" "));
    let on_the_line = self::offered(home.path(), &script, "bash", &typed);
    assert_eq!(
        on_the_line,
        ["$(touch one)", "`touch two`", "a; touch three"]
    );
    for file in ["one", "two", "three"] {
        assert!(!home.path().join(file).exists(), "{file}");
    }
}

#[tokio::test]
async fn bash_completes_profiles_by_name_and_files_only_where_files_are_meant() {
    let (home, script) = home_with_script("bash").await;
    for (words, expected) in [
        (
            "mapisweep logons --profile",
            &["branch", r"head\ office"][..],
        ),
        (
            "mapisweep logons --servers-from",
            &["script.txt", "servers.txt"],
        ),
        ("mapisweep close --helper", &["script.txt", "servers.txt"]),
        ("mapisweep logons --user", &[]),
        ("mapisweep logons --server", &[]),
        ("mapisweep close --idle", &[]),
        ("mapisweep logons --dag", &[]),
        (
            "mapisweep logons --format",
            &["csv", "json", "ndjson", "table"],
        ),
        (
            "mapisweep watch --format",
            &["csv", "json", "nagios", "ndjson", "openmetrics", "table"],
        ),
        (
            "mapisweep config",
            &["check", "help", "path", "profiles", "show"],
        ),
    ] {
        let mut offered = offered_by_bash(home.path(), &script, words);
        offered.retain(|word| !word.starts_with(['-', '.']));
        offered.sort();
        assert_eq!(offered, expected, "{words}");
    }
}

/// A script is one, in whichever format a result would be.
#[tokio::test]
async fn a_script_has_no_data_format() {
    for format in ["json", "csv", "ndjson"] {
        let run = Mapisweep::alone().args(&format!("completions bash --format {format}"));
        let ran = run.run().await.exits(2).prints_nothing();
        ran.says("a completion script has no data format: leave --format out");
    }
    let run = Mapisweep::alone().args("completions bash --format table");
    run.run().await.exits(0).prints("complete -F");
}

#[tokio::test]
async fn help_is_given_whatever_stands_beside_it() {
    for (line, shown) in [
        ("help", "Find and close the stale MAPI sessions"),
        (
            "help --format=json",
            "Find and close the stale MAPI sessions",
        ),
        ("help --help", "Find and close the stale MAPI sessions"),
        ("help -h", "Find and close the stale MAPI sessions"),
        ("help close --format=json", "plan, confirm, close, verify"),
        ("help --color never close", "plan, confirm, close, verify"),
        ("help config show -v", "every setting that would hold"),
    ] {
        let ran = Mapisweep::alone().args(line).run().await.exits(0);
        ran.prints(shown).says_nothing();
    }
    let ran = Mapisweep::alone().args("help nothing").run().await.exits(2);
    ran.says("unrecognized subcommand 'nothing'");
}
