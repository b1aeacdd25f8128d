//! What an admin may call a user: a name that can mean one person only, as far as a name tells.

use crate::text::is_unseen;

/// Why a name cannot mean one person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPerson {
    /// Nothing is named. Exchange would give everybody.
    #[error("it is empty; {NAME_ONE}")]
    Empty,
    /// A pattern. Exchange would give whoever it fits.
    #[error("{0:?} makes it a pattern, which may fit others as well; {NAME_ONE}")]
    Pattern(char),
    /// A character that nobody sees, as Windows' dialogs put some into what is copied from them.
    #[error("it holds {0}, which nobody sees; type it by hand, or {NAME_ONE}")]
    Unseen(String),
}

const NAME_ONE: &str = "name one person by account, e-mail address or display name";

/// The name of one person, as it is given to Exchange: without the blanks around it that come along when it is copied.
pub fn one_person(name: &str) -> Result<String, NotAPerson> {
    let name = name.trim_matches([' ', '\u{a0}', '\u{3000}']);
    if name.trim().is_empty() {
        return Err(NotAPerson::Empty);
    }
    if let Some(wild) = name.chars().find(|c| matches!(c, '*' | '?' | '[' | ']')) {
        return Err(NotAPerson::Pattern(wild));
    }
    match name.chars().find(|c| is_unseen(*c)) {
        Some(unseen) => Err(NotAPerson::Unseen(crate::text::mark(unseen))),
        None => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_person() {
        for name in [
            "jsmith",
            r"CORP\jsmith",
            "jsmith@corp.example",
            "John Smith",
            "Müller, Jörg (Köln)",
            "山田太郎",
            "/o=Corp/ou=A/cn=Recipients/cn=jsmith",
            "o'brien",
            "a.b-c_d+e",
        ] {
            assert_eq!(one_person(name).as_deref(), Ok(name));
            assert_eq!(one_person(&format!(" {name}\u{a0}")).as_deref(), Ok(name));
        }
    }

    #[test]
    fn nobody_and_everybody_are_no_person() {
        let unseen = |mark: &str| NotAPerson::Unseen(mark.to_owned());
        for (name, why) in [
            ("", NotAPerson::Empty),
            (" ", NotAPerson::Empty),
            ("\t\r\n", NotAPerson::Empty),
            ("\u{a0}\u{3000}", NotAPerson::Empty),
            ("*", NotAPerson::Pattern('*')),
            ("j*", NotAPerson::Pattern('*')),
            (r"CORP\*", NotAPerson::Pattern('*')),
            ("jsmit?", NotAPerson::Pattern('?')),
            ("[a-z]smith", NotAPerson::Pattern('[')),
            ("smith]", NotAPerson::Pattern(']')),
            ("\u{200b}", unseen("<U+200B>")),
            ("\u{200e}jsmith", unseen("<U+200E>")),
            ("jsmith\u{0}", unseen("<U+0000>")),
            ("jsmith\n", unseen("<U+000A>")),
            ("js\u{1b}[mmith", NotAPerson::Pattern('[')),
        ] {
            assert_eq!(one_person(name), Err(why), "{name:?}");
        }
    }
}
