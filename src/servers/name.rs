//! Whether two names are one server's.

use std::net::{IpAddr, SocketAddr};

/// Whether two names are the same but for how they are written. Whose they are, only the server can say.
pub fn is_same_name(one: &str, other: &str) -> bool {
    fn bare(name: &str) -> &str {
        name.strip_suffix('.').unwrap_or(name)
    }
    match (one.parse::<IpAddr>(), other.parse::<IpAddr>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => bare(one).eq_ignore_ascii_case(bare(other)),
    }
}

/// Whether two names may be one server's: a short one, and a full one that begins with it.
pub fn may_be_same_server(one: &str, other: &str) -> bool {
    let is_name = |name: &str| name.parse::<IpAddr>().is_err();
    let label = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let is_short = |name: &str| !name.contains('.');
    is_same_name(one, other)
        || (is_name(one)
            && is_name(other)
            && (is_short(one) || is_short(other))
            && label(one) == label(other))
}

/// Whether a server's name as an admin gives it, with its port or without, is that of the computer; an address may be
/// anybody's.
pub fn is_name_of(given: &str, computer: &str) -> bool {
    let is_address =
        |text: &str| text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok();
    let host = given.split(':').next().unwrap_or(given);
    is_address(given) || may_be_same_server(host, computer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_are_the_same_or_may_be_one_server_or_neither() {
        for (one, other, same, may_be) in [
            ("ex01", "EX01", true, true),
            ("ex01.corp.example", "EX01.corp.example.", true, true),
            ("ex01.", "ex01", true, true),
            ("2001:db8::1", "2001:DB8:0::1", true, true),
            ("ex01", "ex01.corp.example", false, true),
            ("ex01.corp.example", "ex01.branch.example", false, false),
            ("ex01", "ex011", false, false),
            ("10.1.0.1", "10.2.0.2", false, false),
            ("10", "10.2.0.2", false, false),
        ] {
            assert_eq!(is_same_name(one, other), same, "{one} {other}");
            assert_eq!(may_be_same_server(one, other), may_be, "{one} {other}");
        }
    }

    #[test]
    fn a_computer_is_told_by_the_first_part_of_a_name() {
        for (given, computer, is) in [
            ("ex01", "EX01", true),
            ("ex01.corp.example", "EX01", true),
            ("EX01.corp.example:15985", "EX01", true),
            ("mail.corp.example", "EX01", false),
            ("ex01", "EX02", false),
            ("10.1.4.2", "EX01", true),
            ("10.1.4.2:5985", "EX01", true),
            ("2001:db8::1", "EX01", true),
        ] {
            assert_eq!(is_name_of(given, computer), is, "{given}");
        }
    }
}
