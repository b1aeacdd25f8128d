//! The target list as the client writes it.

use alloc::vec::Vec;
use std::net::SocketAddr;
use std::string::String;

use super::END;
use crate::address::{self, Family};
use crate::text::write_number;

/// A target list that grows.
#[derive(Clone, Debug, Default)]
pub struct List {
    text: Vec<u8>,
    count: u32,
}

impl List {
    /// Adds a connection, the process that owns it and that process's program. What is no target, such as a connection
    /// between ends of different families, is written all the same, for the helper to refuse the list.
    pub fn add(&mut self, local: SocketAddr, remote: SocketAddr, pid: u32, image: &str) {
        let text = &mut self.text;
        text.extend_from_slice(Family::of(local).name().as_bytes());
        for end in [local, remote] {
            text.push(b' ');
            address::write(text, Family::of(end), &end.into());
        }
        text.push(b' ');
        write_number(text, pid, 10);
        text.push(b' ');
        text.extend_from_slice(image.as_bytes());
        text.extend_from_slice(b"\r\n");
        self.count += 1;
    }

    /// The whole list.
    pub fn end(mut self) -> String {
        self.text.extend_from_slice(END.as_bytes());
        write_number(&mut self.text, self.count, 10);
        self.text.extend_from_slice(b"\r\n");
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::Targets;
    use crate::{ErrorKind, FourTuple};

    const STORE: &str = "store.exe";

    fn list(ends: &[(&str, &str)]) -> String {
        let mut list = List::default();
        for (local, remote) in ends {
            list.add(local.parse().unwrap(), remote.parse().unwrap(), 2316, STORE);
        }
        list.end()
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let ends = [
            ("10.0.0.11:6001", "10.1.4.23:50001"),
            ("[fe80::1%4]:6001", "[2001:db8::2]:50001"),
            ("[::ffff:10.0.0.11]:6001", "[::ffff:10.1.4.23]:50001"),
        ];
        let text = list(&ends);
        let mut targets = Targets::default();
        targets.read(text.as_bytes(), 3).unwrap();
        assert_eq!(targets.list.len(), ends.len());
        for (target, (local, remote)) in targets.list.iter().zip(ends) {
            let connection = FourTuple::between(local.parse().unwrap(), remote.parse().unwrap());
            assert_eq!(Some(target.connection), connection);
            assert_eq!((target.pid, target.image), (2316, STORE.as_bytes()));
        }
    }

    #[test]
    fn ends_of_different_families_are_no_target() {
        for ends in [
            ("10.0.0.11:6001", "[2001:db8::a01:417]:50001"),
            ("[2001:db8::a01:417]:6001", "10.1.4.23:50001"),
        ] {
            let read = Targets::default().read(list(&[ends]).as_bytes(), 1);
            assert_eq!(read, Err(ErrorKind::NotATarget.with(1)), "{ends:?}");
        }
    }
}
