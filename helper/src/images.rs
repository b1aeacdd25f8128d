//! Which processes may lose a connection.

use alloc::string::String;
use alloc::vec::Vec;

/// The processes in which the TCP connections of Outlook end: Exchange 2007, and Exchange 2010.
pub const EXCHANGE: [&str; 2] = [
    "store.exe",
    "Microsoft.Exchange.RpcClientAccess.Service.exe",
];

/// The longest program name that Windows reports (`MAX_PATH`), in characters.
pub const NAME_LIMIT: usize = 260;

/// The names of the programs whose connections may be listed and closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Images {
    /// [`EXCHANGE`]
    Exchange,
    /// Others, named by `--image`, *instead of* those of Exchange.
    Named(Vec<String>),
    /// Every process. For listing only.
    All,
}

impl Images {
    /// Whether a program of this name is one of them. The unknown program, whose name is empty, never is one unless
    /// all are.
    pub fn allow(&self, image: &str) -> bool {
        match self {
            Images::Exchange => EXCHANGE.iter().any(|name| same_image(name, image)),
            Images::Named(names) => names.iter().any(|name| same_image(name, image)),
            Images::All => true,
        }
    }
}

/// Whether two names name the same program. Windows does not tell letters of different case apart in file names;
/// here that holds for a to z, other letters must be the same.
pub fn same_image(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// Whether this is a file name without a directory that Windows could have.
pub fn is_image_name(name: &str) -> bool {
    const NEVER: [char; 9] = ['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
    !name.is_empty()
        && name.chars().count() <= NAME_LIMIT
        && !name.starts_with(' ')
        && !name.ends_with(' ')
        && !name
            .chars()
            .any(|c| c < ' ' || c == '\x7f' || NEVER.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec;

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
            assert_eq!(Images::Exchange.allow(image), allowed, "{image}");
        }
    }

    #[test]
    fn named_programs_replace_those_of_exchange() {
        let images = Images::Named(vec!["edge.exe".to_string()]);
        assert!(images.allow("Edge.exe"));
        assert!(!images.allow("store.exe"));
        assert!(!images.allow(""));
    }

    #[test]
    fn a_program_name_is_a_file_name_without_a_directory() {
        for (name, good) in [
            ("store.exe", true),
            ("Name with spaces.exe", true),
            ("größe.exe", true),
            ("[System Process]", true),
            ("", false),
            ("*", false),
            ("st?re.exe", false),
            (r"C:\store.exe", false),
            ("bin/store.exe", false),
            ("store\r.exe", false),
            (" store.exe", false),
            ("store.exe ", false),
            (&"x".repeat(NAME_LIMIT), true),
            (&"x".repeat(NAME_LIMIT + 1), false),
        ] {
            assert_eq!(is_image_name(name), good, "{name:?}");
        }
    }
}
