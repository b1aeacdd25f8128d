use std::{num::NonZeroUsize, time::Duration};

use super::*;

fn parsed(text: &str) -> Config {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_documented_example_is_valid() {
    let source = include_str!("mod.rs");
    let example: String = source
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
        .collect();
    let config = parsed(&example);
    assert_eq!(
        config.idle,
        Some(HumanDuration(Duration::from_secs(15 * 60)))
    );
    assert_eq!(config.max.map(NonZeroUsize::get), Some(100));
    let helper = config.helper.as_deref().and_then(|file| file.to_str());
    assert_eq!(helper, Some("/opt/mapisweep/helper-signed.exe"));
    assert_eq!(config.profiles["default"].servers[1].host, "ex02");
    assert_eq!(config.profiles["branch"].transport, Some(Transport::Https));
    assert_eq!(config.profiles["self-signed"].pin, [Pin::of(b"abc")]);
    let proxy = config
        .proxy
        .as_ref()
        .map(|choice| choice.proxy().unwrap().is_some());
    assert_eq!(proxy, Some(true));
    let proxy = config.profiles["self-signed"]
        .proxy
        .as_ref()
        .map(|choice| choice.proxy());
    assert_eq!(proxy, Some(Ok(None)));
    assert_eq!(config.protect[0].network.0.prefix_len(), 24);
    assert_eq!(config.connect_to["ex01"].port, 15985);
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, complaint) in [
        ("idel = '15m'", "unknown field `idel`"),
        (
            "idle = 'soon'",
            "\"soon\" is not a length of time such as 30s, 15m or 2h",
        ),
        ("jobs = 0", "nonzero"),
        (
            "[[protect]]\nnetwork = '10.1.0.0/33'",
            "not an address or a network",
        ),
        ("[profile.a]\nauth = 'digest'", "unknown variant `digest`"),
        ("[profile.a]\nservers = ['ex01/x']", "not a server name"),
        (
            "[profile.a]\npin = ['abc']",
            "not the SHA-256 of a certificate",
        ),
        ("[connect-to]\nex01 = '127.0.0.1'", "not a host and a port"),
    ] {
        let error = toml::from_str::<Config>(text).expect_err(text).to_string();
        assert!(error.contains(complaint), "{text}: {error}");
        assert!(error.contains("line"), "{text}: {error}");
    }
}

#[test]
fn the_default_profile_is_used_where_none_is_asked_for() {
    let config = parsed("[profile.default]\nuser = 'ann'\n[profile.hq]\nuser = 'bob'");
    let user = |name| {
        config
            .profile(name)
            .map(|profile| profile.user.unwrap_or_default())
    };
    assert_eq!(user(None).unwrap(), "ann");
    assert_eq!(user(Some("hq")).unwrap(), "bob");
    assert_eq!(parsed("").profile(None).unwrap(), Profile::default());
    let error = user(Some("nowhere")).unwrap_err();
    assert_eq!(error.known, ["default", "hq"]);
}

#[test]
fn the_keys_are_those_that_are_taken() {
    let complaint = |text: &str| toml::from_str::<Config>(text).unwrap_err().to_string();
    for (text, keys) in [
        ("nonsense = 1", &Config::KEYS[..]),
        ("[profile.a]\nnonsense = 1", &Profile::KEYS),
        ("[[protect]]\nnonsense = 1", &Protect::KEYS),
    ] {
        let complaint = complaint(text);
        let expected: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        let expected = match &expected[..] {
            [one, other] => format!("{one} or {other}"),
            several => format!("one of {}", several.join(", ")),
        };
        let expected = format!("unknown field `nonsense`, expected {expected}");
        assert!(complaint.contains(&expected), "{complaint}\n{expected}");
    }
}
