use super::*;
use std::net::{SocketAddr, SocketAddrV6};
use std::string::String;

/// Reads one end, all of the text.
fn read(family: Family, text: &str) -> Option<Endpoint> {
    let mut reader = Reader::new(text.as_bytes());
    let end = read_end(family, &mut reader);
    reader.ended_well().then_some(end)
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
fn an_ipv6_end_has_one_text_which_means_what_std_says() {
    for text in [
        "[0:0:0:0:0:0:0:0]:1",
        "[0:0:0:0:0:0:0:1]:6001",
        "[2001:db8:0:0:0:0:0:2]:51234",
        "[fe80:0:0:0:0:0:0:1%4]:6001",
        "[0:0:0:0:0:ffff:a00:5]:80",
        "[1:2:3:4:5:6:7:8]:65535",
        "[fe80:0:0:0:0:0:0:1%4294967295]:1",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1",
    ] {
        let end = read(Family::Tcp6, text).unwrap_or_else(|| panic!("{text} is not read"));
        let theirs: SocketAddrV6 = text.parse().unwrap();
        assert_eq!(end, Endpoint::from(SocketAddr::V6(theirs)), "{text}");
        assert_eq!(written(Family::Tcp6, &end), text);
    }
}

#[test]
fn other_ipv6_texts_are_not_read() {
    for text in [
        "",
        "[]:1",
        "[::]:1",
        "[fe80::1]:1",
        "[1]:1",
        "[1:2:3:4:5:6:7]:1",
        "[1:2:3:4:5:6:7:8:9]:1",
        "[1:2:3:4:5:6:7:]:1",
        "[:2:3:4:5:6:7:8]:1",
        "[1:2:3:4:5:6:7:08]:1",
        "[1:2:3:4:5:6:7:A]:1",
        "[1:2:3:4:5:6:7:10000]:1",
        "[1:2:3:4:5:6:7:g]:1",
        "[1:2:3:4:5:6:1.2.3.4]:1",
        "1:2:3:4:5:6:7:8:6001",
        "[1:2:3:4:5:6:7:8]",
        "[1:2:3:4:5:6:7:8]:",
        "[1:2:3:4:5:6:7:8]6001",
        "[1:2:3:4:5:6:7:8]:65536",
        "[1:2:3:4:5:6:7:8%]:1",
        "[1:2:3:4:5:6:7:8%eth0]:1",
        "[1:2:3:4:5:6:7:8%4294967296]:1",
        "[1:2:3:4:5:6:7:8%04]:1",
        "[1:2:3:4:5:6:7:8%4%4]:1",
        "[1:2:3:4:5:6:7:8]]:1",
        "[[1:2:3:4:5:6:7:8]:1",
        "10.0.0.5:80",
    ] {
        assert_eq!(read(Family::Tcp6, text), None, "{text:?}");
    }
}

#[test]
fn an_address_is_kept_in_the_order_in_which_it_is_written() {
    let address = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let end = Endpoint::v6(address, 7, 0x1771);
    assert_eq!((end.address(), end.port()), (address, 0x1771));
    let text = "[102:304:506:708:90a:b0c:d0e:f10%7]:6001";
    assert_eq!(written(Family::Tcp6, &end), text);
}

#[test]
fn a_connection_has_both_ends_in_its_family() {
    for (text, good) in [
        ("tcp4 10.0.0.5:6001 10.1.4.23:51234", true),
        (
            "tcp6 [1:2:3:4:5:6:7:8]:6001 [fe80:0:0:0:0:0:0:1%4]:51234",
            true,
        ),
        ("tcp4 10.0.0.5:6001 [0:0:0:0:0:0:0:1]:1", false),
        ("tcp6 10.0.0.5:6001 [0:0:0:0:0:0:0:1]:1", false),
        ("tcp 10.0.0.5:6001 10.1.4.23:51234", false),
        ("tcp5 10.0.0.5:6001 10.1.4.23:51234", false),
        ("TCP4 10.0.0.5:6001 10.1.4.23:51234", false),
        ("udp4 10.0.0.5:6001 10.1.4.23:51234", false),
    ] {
        let mut reader = Reader::new(text.as_bytes());
        let connection = FourTuple::read(&mut reader);
        assert_eq!(reader.ended_well(), good, "{text}");
        if good {
            let mut parts = text.split(' ');
            let mut part = || parts.next().unwrap();
            let theirs = FourTuple::parse(part(), part(), part());
            assert_eq!(theirs, Some(connection));
        }
    }
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
