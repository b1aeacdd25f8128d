//! The command line as it was typed, in words that a shell takes again: who reads the report can judge what was asked for, and
//! ask for it once more.
//!
//! No argument of mapisweep is a secret: passwords come from elsewhere, and a proxy's URL that holds one ends the run before
//! there is a plan. A test holds each flag against a list, so that a new one is thought about.

use std::{
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStrExt,
};

use mapisweep_core::text::is_unseen;

use crate::cli::text::count;

/// So many characters are shown of all of it, the first and the last of them.
const LONGEST: usize = 1200;
/// And so many of one word: a path may be as long.
const LONGEST_WORD: usize = 400;

/// These words, behind the variables that are in force besides; the program goes by its own name, wherever it lies.
pub fn typed(line: &[OsString], variables: &[(&str, OsString)]) -> Vec<String> {
    let variables = variables
        .iter()
        .map(|(name, value)| format!("{name}={}", word(value)));
    let arguments = line.iter().skip(1).map(|argument| word(argument));
    let words = variables.chain(["mapisweep".to_owned()]).chain(arguments);
    shortened(words.collect())
}

/// One word, as a shell reads it.
fn word(text: &OsStr) -> String {
    let bytes = text.as_bytes();
    let all = bytes.utf8_chunks().map(|chunk| chunk.valid());
    let all: String = all.collect();
    let is_whole = all.len() == bytes.len();
    let word = match all.as_str() {
        all if !is_whole || all.contains(is_unseen) => escaped(bytes),
        all if !all.is_empty() && all.chars().all(is_plain) => all.to_owned(),
        all => format!("'{}'", all.replace('\'', r"'\''")),
    };
    match word.chars().count() > LONGEST_WORD {
        true => word.chars().take(LONGEST_WORD).chain(['…']).collect(),
        false => word,
    }
}

/// What means nothing but itself to any shell.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c)
}

/// With what nobody sees, or what is no text, as its number.
fn escaped(bytes: &[u8]) -> String {
    let mut word = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' | '\'' => word.extend(['\\', c]),
                '\n' => word.push_str(r"\n"),
                '\t' => word.push_str(r"\t"),
                c if !is_unseen(c) => word.push(c),
                c if c.is_ascii() => word.push_str(&format!(r"\x{:02x}", u32::from(c))),
                c => word.push_str(&format!(r"\U{:08x}", u32::from(c))),
            }
        }
        let broken = chunk.invalid().iter();
        word.extend(broken.map(|byte| format!(r"\x{byte:02x}")));
    }
    word + "'"
}

/// The first words and the last ones: flags may stand before hundreds of names, and behind them.
fn shortened(mut words: Vec<String>) -> Vec<String> {
    let all = words.iter().map(|word| word.chars().count() + 1);
    if all.sum::<usize>() <= LONGEST {
        return words;
    }
    let (first, last) = (fitting(words.iter()), fitting(words.iter().rev()));
    let left_out = words.len() - first - last;
    let mark = format!("[… {} left out …]", count(left_out, "word"));
    words.splice(first..first + left_out, [mark]);
    words
}

/// How many of these words there is room for.
fn fitting<'w>(words: impl Iterator<Item = &'w String>) -> usize {
    let mut room = LONGEST / 2;
    let fit = words.take_while(|word| {
        let left = room.checked_sub(word.chars().count() + 1);
        room = left.unwrap_or(room);
        left.is_some()
    });
    fit.count()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    fn of(line: &[&str]) -> String {
        let line: Vec<_> = line.iter().map(OsString::from).collect();
        typed(&line, &[]).join(" ")
    }

    #[test]
    fn a_shell_would_take_it_again() {
        for (word, shown) in [
            ("jsmith", "jsmith"),
            ("--server=ex01:5985", "--server=ex01:5985"),
            (r"CORP\jsmith", r"'CORP\jsmith'"),
            ("John Smith", "'John Smith'"),
            ("O'Hara", r"'O'\''Hara'"),
            ("", "''"),
            ("$(reboot)", "'$(reboot)'"),
            ("~ann", "'~ann'"),
            ("Zoë", "'Zoë'"),
            ("a\nb\\c'd", r"$'a\nb\\c\'d'"),
            ("fdp\u{202e}exe", r"$'fdp\U0000202eexe'"),
            ("\u{1b}[2J", r"$'\x1b[2J'"),
        ] {
            let expected = format!("mapisweep close {shown}");
            assert_eq!(of(&["/opt/m", "close", word]), expected);
        }
        let broken = OsStr::from_bytes(b"a\xff").to_owned();
        assert_eq!(
            typed(&["m".into(), broken], &[]).join(" "),
            r"mapisweep $'a\xff'"
        );
        let variables = [("MAPISWEEP_SERVER", OsString::from("ex01 ex02"))];
        assert_eq!(
            typed(&["m".into(), "sweep".into()], &variables).join(" "),
            "MAPISWEEP_SERVER='ex01 ex02' mapisweep sweep"
        );
    }

    #[test]
    fn hundreds_of_names_leave_room_for_the_flags() {
        let names: Vec<_> = (0..500).map(|number| format!("user{number:03}")).collect();
        let mut line = vec!["m", "close"];
        line.extend(names.iter().map(String::as_str));
        line.extend(["--server", "ex01", "--yes"]);
        let shown = of(&line);
        assert!(shown.chars().count() < LONGEST + 40, "{shown}");
        assert!(
            shown.starts_with("mapisweep close user000 user001 "),
            "{shown}"
        );
        assert!(shown.ends_with(" user499 --server ex01 --yes"), "{shown}");
        assert!(shown.contains(" words left out …] "), "{shown}");
        let long = of(&["m", "close", &"x".repeat(9000)]);
        assert!(long.chars().count() < LONGEST, "{long}");
    }

    /// Whoever adds an argument decides whether a report may show it: none of these is a secret.
    #[test]
    fn every_argument_of_the_verbs_that_close_may_be_shown() {
        const SHOWN: &str = "help users at_least resume since close dry_run yes plan_age idle all include_shared max max_people \
            max_connections canary dead_server match_names report file servers servers_from dag allow_member_domain transport \
            exchange_endpoint ca_file pin connect_to proxy timeout step_timeout jobs user password_stdin auth realm kdc \
            no_delegation spn no_channel_binding profile config format color quiet verbose";
        let mut definition = Cli::command();
        definition.build();
        for verb in ["close", "sweep", "victims"] {
            let verb = definition.find_subcommand(verb).unwrap();
            for argument in verb.get_arguments() {
                let name = argument.get_id().as_str();
                let is_known = SHOWN.split_whitespace().any(|known| known == name);
                assert!(is_known, "may {name} be in a report?");
            }
        }
    }
}
