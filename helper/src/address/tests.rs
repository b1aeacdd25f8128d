use super::*;
use std::net::{SocketAddr, SocketAddrV6};
use std::string::{String, ToString};

/// Reads one end, all of the text.
fn read(family: Family, text: &str) -> Option<Endpoint> {
    let mut reader = Reader(text.as_bytes());
    let end = endpoint(family, &mut reader)?;
    reader.0.is_empty().then_some(end)
}

fn written(family: Family, end: &Endpoint) -> String {
    let mut text = Vec::new();
    write(&mut text, family, end);
    String::from_utf8(text).unwrap()
}

#[test]
fn an_ipv4_end_has_one_text() {
    let end = Endpoint::v4([10, 1, 4, 23], 51234);
    assert_eq!(read(Family::Tcp4, "10.1.4.23:51234"), Some(end));
    assert_eq!(written(Family::Tcp4, &end), "10.1.4.23:51234");
    assert_eq!((end.ipv4(), end.port()), (Some([10, 1, 4, 23]), 51234));
    for text in [
        "",
        ":",
        "10.1.4.23",
        "10.1.4.23:",
        "10.1.4:80",
        "10.1.4.23.5:80",
        "10.1.4.256:80",
        "10.1.4.023:80",
        "10.1.4.23:65536",
        "10.1.4.23:080",
        "10.1.4.23:+80",
        "10.1.4.23:-1",
        "10.1.4.23: 80",
        " 10.1.4.23:80",
        "10.1.4.23:80 ",
        "10.1.4.*:80",
        "10.1.4.23:*",
        "0x0a.1.4.23:80",
        "10.1.4.23:99999999999",
        "١.1.1.1:80",
        "[::1]:80",
        "localhost:80",
    ] {
        assert_eq!(read(Family::Tcp4, text), None, "{text:?}");
    }
}

#[test]
fn ipv6_texts_that_are_read_mean_what_std_says() {
    for text in [
        "[::]:1",
        "[::1]:6001",
        "[1::]:6001",
        "[2001:db8::2]:51234",
        "[fe80::1%4]:6001",
        "[::ffff:10.0.0.5]:80",
        "[1:2:3:4:5:6:7:8]:65535",
        "[1:2:3:4:5:6:7::]:1",
        "[::2:3:4:5:6:7:8]:1",
        "[1:2:3:4:5:6:9.8.7.6]:1",
        "[64:ff9b::192.0.2.33]:443",
        "[2001:DB8::AbCd]:1",
        "[0:0:0:0:0:0:0:0]:1",
        "[fe80::1%4294967295]:1",
        "[0001:0002::]:1",
    ] {
        let end = read(Family::Tcp6, text).unwrap_or_else(|| panic!("{text} is not read"));
        let theirs: SocketAddrV6 = text.parse().unwrap();
        assert_eq!(end, Endpoint::from(SocketAddr::V6(theirs)), "{text}");
        assert_eq!(written(Family::Tcp6, &end), theirs.to_string(), "{text}");
    }
}

#[test]
fn other_ipv6_texts_are_not_read() {
    for text in [
        "",
        "[]:1",
        "[:]:1",
        "[:::]:1",
        "[1]:1",
        "[1::2::3]:1",
        "[1:2:3:4:5:6:7]:1",
        "[1:2:3:4:5:6:7:8:9]:1",
        "[1:2:3:4:5:6:7:8::]:1",
        "[::1:2:3:4:5:6:7:8]:1",
        "[12345::]:1",
        "[g::]:1",
        "[1.2.3.4::]:1",
        "[::1.2.3]:1",
        "[::1.2.3.4:5]:1",
        "[1:2:3:4:5:6:7:1.2.3.4]:1",
        "::1:6001",
        "[::1]",
        "[::1]:",
        "[::1]6001",
        "[::1]:65536",
        "[fe80::1%]:1",
        "[fe80::1%eth0]:1",
        "[fe80::1%4294967296]:1",
        "[fe80::1%04]:1",
        "[fe80::1%4%4]:1",
        "[::1]]:1",
        "[[::1]:1",
        "10.0.0.5:80",
    ] {
        assert_eq!(read(Family::Tcp6, text), None, "{text:?}");
    }
}

/// Eight groups, zero or not: every pattern of zero runs.
#[test]
fn every_pattern_of_zero_groups_is_written_as_std_writes_it() {
    for pattern in 0u16..256 {
        let mut address = [0; 16];
        for group in 0..8 {
            address[group * 2 + 1] = (pattern >> group & 1) as u8 * 0x1a;
        }
        let end = Endpoint::v6(address, 0, 80);
        assert_eq!(end.address(), address);
        let theirs = SocketAddrV6::new(address.into(), 80, 0, 0).to_string();
        assert_eq!(written(Family::Tcp6, &end), theirs);
        assert_eq!(read(Family::Tcp6, &theirs), Some(end));
    }
}

#[test]
fn a_connection_has_both_ends_in_its_family() {
    let read = |family, local, remote| FourTuple::parse(family, local, remote).is_some();
    assert!(read("tcp4", "10.0.0.5:6001", "10.1.4.23:51234"));
    assert!(read("tcp6", "[::ffff:10.0.0.5]:6001", "[fe80::1%4]:51234"));
    assert!(!read("tcp4", "10.0.0.5:6001", "[::1]:1"));
    assert!(!read("tcp6", "10.0.0.5:6001", "[::1]:1"));
    assert!(!read("tcp", "10.0.0.5:6001", "10.1.4.23:51234"));
    assert!(!read("TCP4", "10.0.0.5:6001", "10.1.4.23:51234"));
    assert!(!read("udp4", "10.0.0.5:6001", "10.1.4.23:51234"));
}

#[test]
fn std_and_back() {
    for (local, remote) in [
        ("10.0.0.5:6001", "10.1.4.23:51234"),
        ("[fe80::1%4]:6001", "[2001:db8::2]:51234"),
    ] {
        let (local, remote): (SocketAddr, SocketAddr) =
            (local.parse().unwrap(), remote.parse().unwrap());
        assert_eq!(
            FourTuple::between(local, remote).unwrap().ends(),
            (local, remote)
        );
    }
    assert_eq!(
        FourTuple::between("10.0.0.5:1".parse().unwrap(), "[::1]:1".parse().unwrap()),
        None
    );
}

#[test]
fn what_is_exact_and_what_stays_inside() {
    let (exact, inside) = (true, true);
    for (family, local, remote, is_exact, is_inside) in [
        ("tcp4", "10.0.0.5:6001", "10.1.4.23:51234", exact, !inside),
        ("tcp4", "10.0.0.5:6001", "0.0.0.0:51234", !exact, !inside),
        ("tcp4", "0.0.0.0:6001", "10.1.4.23:51234", !exact, !inside),
        ("tcp4", "10.0.0.5:0", "10.1.4.23:51234", !exact, !inside),
        ("tcp4", "10.0.0.5:6001", "10.1.4.23:0", !exact, !inside),
        ("tcp4", "10.0.0.5:6001", "127.0.0.1:51234", exact, inside),
        ("tcp4", "127.9.9.9:6001", "10.1.4.23:51234", exact, inside),
        ("tcp4", "10.0.0.5:6001", "10.0.0.5:51234", exact, inside),
        (
            "tcp6",
            "[2001:db8::1]:6001",
            "[2001:db8::2]:51234",
            exact,
            !inside,
        ),
        ("tcp6", "[2001:db8::1]:6001", "[::]:51234", !exact, !inside),
        (
            "tcp6",
            "[2001:db8::1]:6001",
            "[::ffff:0.0.0.0]:51234",
            !exact,
            !inside,
        ),
        (
            "tcp6",
            "[2001:db8::1]:6001",
            "[2001:db8::2]:0",
            !exact,
            !inside,
        ),
        ("tcp6", "[::1]:6001", "[2001:db8::2]:51234", exact, inside),
        (
            "tcp6",
            "[2001:db8::1]:6001",
            "[::ffff:127.0.0.1]:51234",
            exact,
            inside,
        ),
        (
            "tcp6",
            "[2001:db8::1]:6001",
            "[2001:db8::1]:51234",
            exact,
            inside,
        ),
        (
            "tcp6",
            "[fe80::1%4]:6001",
            "[fe80::1%5]:51234",
            exact,
            inside,
        ),
    ] {
        let connection = FourTuple::parse(family, local, remote).unwrap();
        let seen = (connection.is_exact(), connection.is_internal());
        assert_eq!(seen, (is_exact, is_inside), "{family} {local} {remote}");
    }
}
