//! Which processes may lose a connection.

use crate::text::Reader;

/// The longest program name that is accepted. Windows itself reports no longer ones.
const NAME_LIMIT: usize = 260;

/// The programs whose connections may be listed and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images<'a> {
    /// Those of these names, each ended by a zero byte.
    Named(&'a [u8]),
    /// All. For listing only.
    All,
}

impl Images<'_> {
    /// The processes in which the TCP connections of Outlook end: Exchange 2007, and Exchange 2010.
    pub const EXCHANGE: Images<'static> =
        Images::Named(b"store.exe\0Microsoft.Exchange.RpcClientAccess.Service.exe\0");

    /// Whether a program of this name is one of them. The unknown program, whose name is empty, never is one unless
    /// all are. Windows does not tell letters of different case apart in file names.
    pub fn allow(&self, image: &[u8]) -> bool {
        let mut names = match self {
            Images::All => return true,
            Images::Named(names) => Reader::new(names),
        };
        while !names.is_at_end() {
            if names.until(0).eq_ignore_ascii_case(image) {
                return true;
            }
        }
        false
    }
}

/// Whether this is a file name without a directory, of visible ASCII characters, that Windows could have. What
/// begins with a dash is an option that is not known.
pub fn is_image_name(name: &[u8]) -> bool {
    let allowed = |byte: &u8| matches!(byte, b' '..=b'~') && !b"\\/:*?\"<>|".contains(byte);
    !matches!(name, [] | [b' ' | b'-', ..] | [.., b' '])
        && name.len() <= NAME_LIMIT
        && name.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchange_is_two_programs_in_any_case() {
        for (image, allowed) in [
            ("store.exe", true),
            ("STORE.EXE", true),
            ("microsoft.exchange.rpcclientaccess.service.exe", true),
            ("store", false),
            ("xstore.exe", false),
            ("store.exe ", false),
            ("Microsoft.Exchange.Store.Worker.exe", false),
            ("lsass.exe", false),
            ("", false),
        ] {
            assert_eq!(Images::EXCHANGE.allow(image.as_bytes()), allowed, "{image}");
        }
    }

    #[test]
    fn named_programs_replace_those_of_exchange() {
        let images = Images::Named(b"a b.exe\0edge.exe\0");
        assert!(images.allow(b"Edge.exe"));
        assert!(!images.allow(b"store.exe"));
        assert!(!images.allow(b""));
    }

    #[test]
    fn all_programs_are_also_the_unknown_ones() {
        assert!(Images::All.allow(b"lsass.exe"));
        assert!(Images::All.allow(b""));
    }

    #[test]
    fn a_program_name_is_a_file_name_without_a_directory() {
        for (name, good) in [
            ("store.exe", true),
            ("Name with blanks.exe", true),
            ("[System Process]", true),
            ("", false),
            ("*", false),
            ("st?re.exe", false),
            (r"C:\store.exe", false),
            ("bin/store.exe", false),
            ("store\r.exe", false),
            ("größe.exe", false),
            (" store.exe", false),
            ("store.exe ", false),
            ("--all", false),
            (&"x".repeat(NAME_LIMIT), true),
            (&"x".repeat(NAME_LIMIT + 1), false),
        ] {
            assert_eq!(is_image_name(name.as_bytes()), good, "{name:?}");
        }
    }
}
