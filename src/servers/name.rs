//! Whether two names are one server.

use std::net::IpAddr;

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
