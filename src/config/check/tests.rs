use super::*;

fn told(text: &str) -> Vec<String> {
    let told = |Mistake { line, kind, .. }: Mistake| match kind {
        Kind::NotToml { why, at_backslash } => format!("{line} {why} {at_backslash}"),
        Kind::UnknownKey { key, nearest } => format!("{line} {key}? {nearest:?}"),
        Kind::Value { key, why } => format!("{line} {key}: {why}"),
    };
    mistakes(text).into_iter().map(told).collect()
}

#[test]
fn every_mistake_is_named_with_its_line_and_the_key_that_may_be_meant() {
    for (text, expected) in [
        ("", &[][..]),
        ("jobs = 3\n[profile.a]\nuser = 'CORP\\ann'", &[]),
        ("idel = '15m'", &["1 idel? Some(\"idle\")"]),
        (
            "step_timeout = '15m'",
            &["1 step_timeout? Some(\"step-timeout\")"],
        ),
        ("weather = 'fine'", &["1 weather? None"]),
        (
            "idle = 'soon'\njobs = 0\n\n[profile.a]\nservres = []\n[profile.b]\ntransport = 'ftp'\nusr = ''",
            &[
                "1 idle: \"soon\" is not a length of time such as 30s, 15m or 2h",
                "2 jobs: invalid value: integer `0`, expected a whole number of 1 or more",
                "5 servres? Some(\"servers\")",
                "7 transport: unknown value `ftp`, expected `http` or `https`",
                "8 usr? Some(\"user\")",
            ],
        ),
        (
            "profile = 3",
            &["1 profile: invalid type: integer `3`, expected a table"],
        ),
        (
            "[[protect]]\nnetwrk = '10.1.8.0/24'",
            &["2 netwrk? Some(\"network\")"],
        ),
        // neither hides the other
        (
            "[[protect]]\nreason = 'x'\n\n[[protect]]\nnetwork = '10.1.8.0/99'\nreasn = ''",
            &[
                "1 protect: missing field `network`",
                "5 network: \"10.1.8.0/99\" is not an address or a network such as 10.1.8.0/24",
                "6 reasn? Some(\"reason\")",
            ],
        ),
        (
            "protect = [{ network = 'x' }, { network = 3, reason = 4 }]",
            &[
                "1 network: \"x\" is not an address or a network such as 10.1.8.0/24",
                "1 network: invalid type: integer `3`, expected text in quotes",
                "1 reason: invalid type: integer `4`, expected text in quotes",
            ],
        ),
        (
            "[[protect]]\nreason = 'x'\nnetwork = '10.1.8.0/99'",
            &["3 network: \"10.1.8.0/99\" is not an address or a network such as 10.1.8.0/24"],
        ),
        (
            "protect = [3]",
            &["1 protect: invalid type: integer `3`, expected a table"],
        ),
        (
            "[profile.a]\nservers = [\n 'ex/1',\n 'ex01',\n 'ex/2',\n]\n[profile.b]\nservers = []\n[profile.\"\"]\nusr = 1",
            &[
                "3 servers: \"ex/1\" is not a server name such as ex01 or ex01.corp.example:5985",
                "5 servers: \"ex/2\" is not a server name such as ex01 or ex01.corp.example:5985",
                "8 servers: a list that is empty names no server: leave it out",
                "9 profile: a name that is empty is none, and no run can ask for it",
                "10 usr? Some(\"user\")",
            ],
        ),
        (
            "[connect-to]\nex01 = 'x'\nex02 = '127.0.0.1:1'\nex03 = 3",
            &[
                "2 ex01: \"x\" is not a host and a port such as 127.0.0.1:15985",
                "4 ex03: invalid type: integer `3`, expected text in quotes",
            ],
        ),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn what_is_right_is_kept() {
    let text =
        "jobs = 0\nmax = 3\n[profile.a]\nusr = 'x'\nuser = 'ann'\n[[protect]]\nnetwork = 'x'";
    let config = without(text, &mistakes(text)).unwrap();
    assert_eq!(
        (config.jobs, config.max.map(std::num::NonZeroUsize::get)),
        (None, Some(3))
    );
    assert_eq!(config.profiles["a"].user.as_deref(), Some("ann"));
    let text = "[connect-to]\nex01 = 'x'\nex02 = '127.0.0.1:1'";
    let config = without(text, &mistakes(text)).unwrap();
    assert!(config.connect_to.keys().eq(["ex02"]), "{config:?}");
    assert_eq!(without("jobs =", &mistakes("jobs =")), None);
}

#[test]
fn a_backslash_is_noticed() {
    for (text, is_at_backslash) in [
        ("user = \"CORP\\ann\"", true),
        ("user = CORP\\ann", true),
        ("jobs = 1\n[profile.a]\nuser = \"CORP\\ann\"\n", true),
        ("# \\\nuser = ann", false),
    ] {
        let found = mistakes(text);
        let is = matches!(&found[..], [Mistake { kind: Kind::NotToml { at_backslash, .. }, .. }] if *at_backslash);
        assert_eq!(is, is_at_backslash, "{text} {found:?}");
    }
}
