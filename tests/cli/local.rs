//! What needs no server.

use crate::support::Mapisweep;

/// What is wrong is said, and what clap would take for it is not.
#[tokio::test]
async fn a_line_that_is_wrong_is_answered_in_words_that_help() {
    const HOW: &str = "--connect-to ex01=127.0.0.1:9 --auth ntlm --user ann";
    const CLOSE: &str = "\nUsage: mapisweep close [OPTIONS] <USER>...\n";
    for (line, said, not_said) in [
        (
            "close x --idle -5m",
            "\"-5m\" is not a length of time",
            "as a value, use",
        ),
        (
            "close x --idle=-5m",
            "\"-5m\" is not a length of time",
            "as a value, use",
        ),
        (
            "close x --max -5",
            "invalid value '-5' for '--max <N>'",
            "as a value, use",
        ),
        (
            "close x --canary -5",
            "it is no number above 0",
            "as a value, use",
        ),
        (
            "victims --since -1d",
            "\"-1d\" is not a length of time",
            "as a value, use",
        ),
        (
            "watch --interval -1m",
            "invalid value '-1m' for '--interval <TIME>'",
            "as a value, use",
        ),
        (
            "close x --idle --yes",
            "\"--yes\" is not a length of time",
            "as a value, use",
        ),
        (
            "close jsmith --resume",
            "tip: --resume is an option of `mapisweep sweep`\n",
            "--realm",
        ),
        (
            "logons --dry-run",
            "tip: --dry-run is an option of `mapisweep close`, `mapisweep sweep` and `mapisweep victims`\n",
            "similar",
        ),
        (
            "close x --weather",
            "unexpected argument '--weather' found",
            "is an option of",
        ),
        (
            "close x --idel 5m",
            "a similar argument exists: '--idle'",
            "is an option of",
        ),
        ("close", CLOSE, "Usage: mapisweep close --"),
        ("close x --resume", CLOSE, "Usage: mapisweep close --"),
        (
            "close x --all --idle 5m",
            CLOSE,
            "Usage: mapisweep close --",
        ),
        (
            "helper export",
            "\nUsage: mapisweep helper export [OPTIONS] <FILE>\n",
            "Usage: mapisweep helper export --",
        ),
        (
            "completions",
            "\nUsage: mapisweep completions [OPTIONS] <SHELL>\n",
            "Usage: mapisweep completions --",
        ),
    ] {
        let how = if line.starts_with("close") { HOW } else { "" };
        let ran = Mapisweep::alone().args(&format!("{line} {how}"));
        let ran = ran.run().await.exits(2);
        assert!(ran.stderr().contains(said), "{line}: {said}\n{ran}");
        assert!(
            !ran.stderr().contains(not_said),
            "{line}: {not_said}\n{ran}"
        );
    }
}

#[tokio::test]
async fn no_server_no_user_no_sense() {
    for (line, said) in [
        (
            "logons",
            "no server is named. Give --server NAME or --dag NAME",
        ),
        // nor is it a terminal that is missing first
        (
            "sweep",
            "no server is named. Give --server NAME or --dag NAME",
        ),
        (
            "victims --close",
            "no server is named. Give --server NAME or --dag NAME",
        ),
        (
            "logons --server ex01",
            "nobody is named who signs in, and there is no ticket. Get a ticket with `kinit",
        ),
        // there is no keyring here, where `login` could keep anything
        (
            "logons --server ex01",
            "or give --user 'CORP\\ann' or set MAPISWEEP_USER, and the password with --password-stdin or MAPISWEEP_PASSWORD",
        ),
        (
            "logons --server ex01 --user A\\B\\c",
            "\"A\\B\\c\" is not a user name: a user name has at most one backslash",
        ),
        (
            "logons --server ex01 --user CORP/ann",
            "\"CORP/ann\" is not a user name: what separates a domain from a name is a backslash, and no slash",
        ),
        (
            "logons --server fe80::1%eth0",
            "leave the zone away (% and what follows)",
        ),
        (
            "close -jsmith --server ex01",
            "a user whose name begins with a dash stands last, behind a --: -- -jsmith",
        ),
        (
            "logons --server ex01 --profile hq",
            "no profile is named \"hq\"",
        ),
        (
            "logons --server ex01 --config missing.toml",
            "cannot read missing.toml",
        ),
        (
            "logons --server http://ex01",
            "is not a server name such as",
        ),
        (
            "logons --server ex01,ex02",
            "is not a server name such as ex01 or ex01.corp.example:5985; for several, repeat --server",
        ),
        (
            "victims --server ex01 --idle 2h",
            "flags that say how to close are given, and --close is not. Add --close",
        ),
        (
            "close jsmith --server ex01 --idle soon",
            "is not a length of time such as 30s, 15m or 2h",
        ),
        (
            "logons --server ex01 --timeout 0s",
            "is not a length of time above zero",
        ),
        (
            "victims --server ex01 --since 0d",
            "is not a length of time above zero",
        ),
        (
            "logons --server ex01 --jobs 0",
            "'0' for '--jobs <N>': it is no number above 0\n",
        ),
        (
            "close jsmith --server ex01 --user ann --yes --max 0",
            "'0' for '--max <N>': it is no number above 0\n",
        ),
        (
            "config show --max 0",
            "'0' for '--max <N>': it is no number above 0\n",
        ),
        (
            "dag --server ex01 --user ann --allow-member-domain bad/domain",
            "\"bad/domain\" is not a domain such as branch.example",
        ),
        (
            "whoami --user a@b@c",
            "\"a@b@c\" is not a user name: a user name has at most one @",
        ),
        ("logons --dag *", "'*' makes it a pattern; name one DAG"),
        (
            "helper export -",
            "a program is not written to standard output",
        ),
        (
            "logons --server ex01 --user ann --ca-file missing.pem",
            "missing.pem cannot be read",
        ),
        (
            "connections --server ex01 --user ann --helper missing.exe",
            "cannot read missing.exe",
        ),
        (
            "logons --server ex01 --user ann --ca-file /dev/zero",
            "/dev/zero is larger than the 4194304 bytes that a file of certificates can have",
        ),
        (
            "connections --server ex01 --user ann --helper /dev/zero",
            "/dev/zero is not the helper: larger than the 65536 bytes a signed helper can have",
        ),
        (
            "logons --server ex01 --user ann --pin 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "a certificate is pinned, and plain HTTP shows none",
        ),
        ("whistle", "unrecognized subcommand 'whistle'"),
        (
            "whistle\u{1b}[2J\u{202e}",
            "unrecognized subcommand 'whistle<U+001B>[2J<U+202E>'",
        ),
        (
            "logons --server \u{9b}2J",
            "invalid value '<U+009B>2J' for '--server <NAME[:PORT]>'",
        ),
        (
            "logons --server ex01 --user ann --ca-file \u{1b}[8m.pem",
            "<U+001B>[8m.pem cannot be read",
        ),
    ] {
        Mapisweep::alone()
            .args(line)
            .run()
            .await
            .exits(2)
            .prints_nothing()
            .says(said);
    }
}

#[tokio::test]
async fn a_mistake_in_the_configuration_is_named_with_its_place() {
    Mapisweep::alone()
        .config("jobs = 8\nidel = '15m'\n")
        .args("logons --server ex01")
        .run()
        .await
        .exits(2)
        .says(
            "config.toml is not a valid configuration: line 2: \"idel\" is unknown. Is idle meant? Nothing was done.",
        );
    for verb in ["config show", "logons --server ex01", "whoami"] {
        Mapisweep::alone()
            .config("[profile.default]\npassword = 'x'\n")
            .args(verb)
            .run()
            .await
            .exits(2)
            .says("line 2, profile default: \"password\" is unknown. No password is kept in this file: `mapisweep login`");
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_told_in_words_and_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("h.exe"), "signed").unwrap();
    for (verb, name, said) in [
        (
            "man",
            "h.exe",
            "is a file, and the pages go into a folder. Nothing was done. Give the name of a folder",
        ),
        (
            "man",
            "h.exe/x",
            "there is a file where a folder has to be. Nothing was done. Choose another folder.",
        ),
        (
            "helper export",
            "nodir/x.exe",
            "is not there. Nothing was done. Make it, or choose another name.",
        ),
        (
            "helper export",
            "dang.exe/",
            "ends in a slash, so it is the name of a folder",
        ),
        (
            "helper export",
            ".",
            "is a folder. Nothing was done. Give the name of a file.",
        ),
        (
            "helper export",
            "h.exe",
            "h.exe\" is there already, and is not overwritten",
        ),
    ] {
        let ran = Mapisweep::alone()
            .args(verb)
            .arg(format!("{}/{name}", folder.path().display()))
            .run()
            .await
            .exits(2)
            .says(said);
        assert!(!ran.stderr().contains("os error"), "{ran}");
    }
    Mapisweep::alone()
        .args("close jsmith --server ex01 --user ann --yes --report=~/x.md")
        .run()
        .await
        .exits(2)
        .says("no shell has put a home directory in the place of ~");
}

#[tokio::test]
async fn the_helper_can_be_had_for_signing() {
    let run = Mapisweep::alone().args("helper export helper.exe");
    let file = run.home().join("helper.exe");
    let run = Mapisweep::alone()
        .args("helper export")
        .arg(file.display().to_string());
    let hash = Mapisweep::alone()
        .args("helper sha256")
        .run()
        .await
        .exits(0);
    let hash = hash.stdout().trim();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    run.run().await.exits(0).says(hash);
    // it may be signed by now
    Mapisweep::alone()
        .args("helper export")
        .arg(file.display().to_string())
        .run()
        .await
        .exits(2)
        .says("helper.exe\" is there already, and is not overwritten");
    let digest = <sha2::Sha256 as sha2::Digest>::digest(std::fs::read(file).unwrap());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, hash);
}

#[tokio::test]
async fn whoami_says_where_name_and_password_come_from() {
    let nobody = Mapisweep::alone().args("whoami").run().await;
    nobody.exits(3).says("Nobody would sign in");
    let profile = "[profile.default]\nuser = 'CORP\\ann'\n";
    Mapisweep::alone()
        .config(profile)
        .args("whoami")
        .run()
        .await
        .exits(0)
        .prints(r"CORP\ann, named by the profile; password would be asked for");
    Mapisweep::alone()
        .config(profile)
        .args("whoami --user bob")
        .env("MAPISWEEP_PASSWORD", "secret")
        .run()
        .await
        .exits(0)
        .prints("bob, named by --user; password from MAPISWEEP_PASSWORD");
    // as for the verbs that sign in
    Mapisweep::alone()
        .args("whoami --user bob --auth ntlm")
        .env("MAPISWEEP_USER", r"CORP\ann")
        .env("MAPISWEEP_PASSWORD", "secret")
        .run()
        .await
        .exits(2)
        .prints_nothing()
        .says("MAPISWEEP_PASSWORD");
}

#[tokio::test]
async fn help_that_cannot_be_written_is_said() {
    for line in ["--help", "--version", "close --help"] {
        let ran = Mapisweep::alone().args(line).full_output().run().await;
        ran.exits(1).says("standard output cannot be written");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_keyring_service_a_clear_sentence() {
    for line in [
        "login --user ann --password-stdin",
        "login --list",
        "logout --user ann",
    ] {
        let run = Mapisweep::alone().args(line).input("secret\n").run();
        run.await
            .exits(1)
            .says("no keyring service is running")
            .says("Only such a service keeps a password: on a desktop, log on to it first");
    }
    // nobody is sent to store it where nothing can be stored
    let run = Mapisweep::alone().args("logons --server ex01 --user ann --auth ntlm");
    let ran = run.run().await.exits(2);
    let ran = ran.says("Pipe it in with --password-stdin, or set MAPISWEEP_PASSWORD.");
    assert!(!ran.stderr().contains("mapisweep login"), "{ran}");
}

/// What nobody would see is shown as what it is.
#[tokio::test]
async fn a_tab_in_a_name_is_no_blank() {
    let run = Mapisweep::alone().args("whoami").arg("--user=CORP\tann");
    run.run()
        .await
        .exits(2)
        .says("\"CORP<U+0009>ann\" is not a user name: the user name contains a control character");
}

/// It would be judged, and count against the account.
#[tokio::test(flavor = "multi_thread")]
async fn what_no_keyboard_has_is_not_sent_as_a_password() {
    let staged = crate::support::locked_out().await;
    let before = staged.lab.server("ex01").events().len();
    for input in ["\0\0\0\0\0\0", "sec\0ret\n"] {
        let run = Mapisweep::on(&staged.lab).args("logons --server ex01 --password-stdin");
        let ran = run.input(input).run().await.exits(2);
        ran.says("what standard input holds is no password: there is a NUL in it");
        assert_eq!(staged.lab.server("ex01").events().len(), before);
    }
}

#[tokio::test]
async fn colours_are_for_terminals_unless_asked_for() {
    let shown = async |line: &str, environment: &str| {
        let run = Mapisweep::alone()
            .args(line)
            .env(environment, "1")
            .env("MAPISWEEP_USER", "ann");
        run.run().await.exits(0).stdout().contains('\u{1b}')
    };
    assert!(!shown("whoami", "UNSET").await);
    assert!(shown("whoami --color always", "UNSET").await);
    for (line, environment, coloured) in [
        ("whoami", "UNSET", true),
        ("whoami", "NO_COLOR", false),
        ("whoami --color never", "UNSET", false),
    ] {
        let run = Mapisweep::alone()
            .args(line)
            .env(environment, "1")
            .env("MAPISWEEP_USER", "ann");
        let screen = tokio::task::spawn_blocking(move || {
            let mut terminal = run.on_terminal();
            terminal.shows("named by");
            terminal.exits();
            terminal.screen()
        });
        let screen = screen.await.unwrap();
        assert_eq!(
            screen.contains('\u{1b}'),
            coloured,
            "{line} {environment}: {screen:?}"
        );
    }
}
