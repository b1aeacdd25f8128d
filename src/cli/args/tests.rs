use clap::CommandFactory;

use super::*;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn what_is_accepted() {
    for (line, accepted) in [
        ("logons --server ex01", true),
        ("logons jsmith --server ex01 --server ex02:15985", true),
        ("close jsmith --dag DAG1 --idle 2h --yes", true),
        (
            "close jsmith --server ex01 --all --max 5 --include-shared -n",
            true,
        ),
        ("-v close jsmith -s ex01 --format json", true),
        ("close jsmith --server ex01 --plan-age 10m", true),
        ("close jsmith --server ex01 --plan-age late", false),
        ("close --server ex01 -j 8 --yes -- -jsmith", true),
        ("close -jsmith --server ex01", false),
        ("close jsmith --server ex01 -j0", false),
        ("close --server ex01", false),
        ("close * --server ex01 --yes", false),
        ("close jsmith js*th --server ex01 --yes", false),
        ("close jsmit? --server ex01", false),
        ("close [jk]smith --server ex01", false),
        ("logons * --server ex01", false),
        ("close jsmith --server ex01 --all --idle 2h", false),
        ("close jsmith --server ex01 --idle soon", false),
        ("close jsmith --server http://ex01", false),
        ("connections --server ex01 -q -v", false),
        (
            "connections -s ex01 --process store --address 10.1.4.23 --address 10.1.8.0/24",
            true,
        ),
        ("connections -s ex01 --sort client --no-header", true),
        ("connections -s ex01 --sort sessions", false),
        ("connections -s ex01 --address jsmith-lt", false),
        ("connections -s ex01 --at-limit", false),
        ("connections -s ex01 --database DB1", false),
        ("logons -s ex01 --address 10.1.4.0/24 --database DB1", true),
        ("logons -s ex01 --at-limit --sort last-used", true),
        ("logons -s ex01 --sort pid", false),
        ("logons -s ex01 --address 10.1.4.0/33", false),
        ("logons -s ex01 --process store.exe", false),
        ("close jsmith -s ex01 --no-header", false),
        ("victims --server ex01", true),
        ("victims --server ex01 --since 2d --format csv", true),
        ("victims --server ex01 --close --yes --idle 2h", true),
        ("victims --server ex01 --since yesterday", false),
        ("victims jsmith --server ex01", false),
        ("victims --server ex01 --close --all --idle 2h", false),
        ("login --user ann", true),
        ("login --user ann --no-verify", true),
        ("login --user ann --server ex01 --auth ntlm", true),
        ("login --list --format json", true),
        ("login --list --no-verify", false),
        ("dag --server ex01", true),
        ("dag DAG1 --server ex01 --format csv", true),
        ("dag DAG1 --dag DAG2", false),
        ("dag DAG1 DAG2", false),
        ("logons --servers-from list.txt", true),
        ("logons --servers-from -", true),
        ("logons --exchange-endpoint own -s ex01", true),
        ("logons --exchange-endpoint plain -s ex01", false),
        ("logons --servers-from", false),
        ("helper sha256", true),
        ("helper export out.exe", true),
        ("helper", false),
        ("sweep --server ex01", true),
        ("sweep --dag DAG1 --at-least 20 --yes --canary 2", true),
        ("sweep --servers-from list.txt --max-people 10 -n", true),
        ("sweep --server ex01 --max-connections 100 --idle 2h", true),
        ("sweep --resume --yes", true),
        ("sweep jsmith --server ex01", false),
        ("sweep --server ex01 --at-least 0", false),
        ("sweep --server ex01 --canary 0", false),
        ("sweep --resume --server ex01", false),
        ("sweep --resume --dag DAG1", false),
        ("sweep --resume --at-least 20", false),
        ("watch --server ex01", true),
        ("watch -s ex01 --interval 15s --at-least 28", true),
        ("watch -s ex01 --interval 2m --at-least 90%", true),
        ("watch -s ex01 --interval 14s", false),
        ("watch -s ex01 --interval soon", false),
        ("watch -s ex01 --at-least 0", false),
        ("watch -s ex01 --once --interval 1m", false),
        (
            "watch -s ex01 --once --warning 26 --critical 100% --format nagios",
            true,
        ),
        ("watch -s ex01 --warning 26", false),
        ("watch -s ex01 --once --format openmetrics", true),
        ("watch jsmith -s ex01", false),
    ] {
        let words = std::iter::once("mapisweep").chain(line.split_whitespace());
        assert_eq!(Cli::try_parse_from(words).is_ok(), accepted, "{line}");
    }
}
