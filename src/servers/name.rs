//! Whether two names are one server.

use std::net::{IpAddr, SocketAddr};

/// Whether two names mean one server: `ex01` and `EX01.corp.example` do.
pub fn is_same_server(one: &str, other: &str) -> bool {
    let is_name = |name: &str| name.parse::<IpAddr>().is_err();
    let label = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let is_short = |name: &str| !name.contains('.');
    one.eq_ignore_ascii_case(other)
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
    is_address(given) || is_same_server(host, computer)
}

#[cfg(test)]
mod tests {
    use super::*;

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
