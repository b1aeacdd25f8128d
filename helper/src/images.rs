//! Which processes may lose a connection.

/// The processes in which the TCP connections of Outlook end: Exchange 2007, and Exchange 2010.
pub const EXCHANGE: [&[u8]; 2] = [
    b"store.exe",
    b"Microsoft.Exchange.RpcClientAccess.Service.exe",
];

/// How many programs can be named.
pub const NAMES_LIMIT: usize = 8;

/// The longest program name that is accepted. Windows itself reports no longer ones.
const NAME_LIMIT: usize = 260;

/// The programs whose connections may be listed and closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Images<'a> {
    /// Those of these names. Unused places are empty.
    Named([&'a [u8]; NAMES_LIMIT]),
    /// All. For listing only.
    All,
}

impl<'a> Images<'a> {
    /// [`EXCHANGE`]
    pub fn exchange() -> Self {
        let mut names = [&b""[..]; NAMES_LIMIT];
        names[..2].copy_from_slice(&EXCHANGE);
        Images::Named(names)
    }

    /// Whether a program of this name is one of them. The unknown program, whose name is empty, never is one unless
    /// all are. Windows does not tell letters of different case apart in file names.
    pub fn allow(&self, image: &[u8]) -> bool {
        match self {
            Images::All => true,
            Images::Named(names) => {
                let same = |name: &&[u8]| name.eq_ignore_ascii_case(image);
                !image.is_empty() && names.iter().any(same)
            }
        }
    }
}

/// Whether this is a file name without a directory, of visible ASCII characters, that Windows could have.
pub fn is_image_name(name: &[u8]) -> bool {
    let allowed = |byte: &u8| matches!(byte, b' '..=b'~') && !b"\\/:*?\"<>|".contains(byte);
    !matches!(name, [] | [b' ', ..] | [.., b' '])
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
            assert_eq!(
                Images::exchange().allow(image.as_bytes()),
                allowed,
                "{image}"
            );
        }
    }

    #[test]
    fn named_programs_replace_those_of_exchange() {
        let mut names = [&b""[..]; NAMES_LIMIT];
        names[3] = b"edge.exe";
        let images = Images::Named(names);
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
            (&"x".repeat(NAME_LIMIT), true),
            (&"x".repeat(NAME_LIMIT + 1), false),
        ] {
            assert_eq!(is_image_name(name.as_bytes()), good, "{name:?}");
        }
    }
}
