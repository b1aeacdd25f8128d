//! The command line: `list [--image NAME]... [--all]` and `close --max N [--image NAME]...`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::address::decimal;
use crate::images::{is_image_name, Images};
use crate::TARGETS_LIMIT;

/// The longest command line that is read, in UTF-16 units; Windows itself allows 32,767.
pub const COMMAND_LINE_LIMIT: usize = 32_767;

const IMAGES_LIMIT: usize = 16;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say which connections there are.
    List {
        /// Of which programs.
        images: Images,
    },
    /// End the connections named on standard input.
    Close {
        /// When more targets than this are given, none is closed. 1 to [`TARGETS_LIMIT`].
        max: u32,
        /// Of which programs they may be. Never [`Images::All`].
        images: Images,
    },
}

impl Command {
    /// Reads the arguments, without the program's own name. The error is a sentence about what is wrong.
    pub fn parse<S: AsRef<str>>(arguments: &[S]) -> Result<Self, &'static str> {
        let mut arguments = arguments.iter().map(AsRef::as_ref);
        let command = arguments.next();
        let mut options = Options::default();
        while let Some(option) = arguments.next() {
            options.take(option, &mut arguments)?;
        }
        match command {
            Some("list") => options.list(),
            Some("close") => options.close(),
            _ => Err("say `list` or `close`"),
        }
    }

    /// Its first word.
    pub fn name(&self) -> &'static str {
        match self {
            Command::List { .. } => "list",
            Command::Close { .. } => "close",
        }
    }
}

#[derive(Default)]
struct Options {
    all: bool,
    max: Option<u32>,
    names: Vec<String>,
}

impl Options {
    fn take<'a>(
        &mut self,
        option: &str,
        values: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), &'static str> {
        match option {
            "--all" => self.all = true,
            "--max" => {
                let value = values.next().and_then(|text| decimal(text, TARGETS_LIMIT));
                match value {
                    Some(max) if max > 0 && self.max.is_none() => self.max = Some(max),
                    _ => return Err("--max takes one number, from 1 to 20000"),
                }
            }
            "--image" => match values.next() {
                Some(name) if is_image_name(name) && self.names.len() < IMAGES_LIMIT => {
                    self.names.push(name.into());
                }
                _ => return Err("--image takes a program's file name, at most 16 times"),
            },
            _ => return Err("an argument is not known here"),
        }
        Ok(())
    }

    fn list(self) -> Result<Command, &'static str> {
        if self.max.is_some() {
            return Err("--max belongs to `close`");
        }
        if self.all && !self.names.is_empty() {
            return Err("--all and --image exclude each other");
        }
        let images = if self.all { Images::All } else { self.images() };
        Ok(Command::List { images })
    }

    fn close(self) -> Result<Command, &'static str> {
        if self.all {
            return Err("--all belongs to `list`");
        }
        let max = self.max.ok_or("`close` needs --max")?;
        Ok(Command::Close {
            max,
            images: self.images(),
        })
    }

    fn images(self) -> Images {
        if self.names.is_empty() {
            Images::Exchange
        } else {
            Images::Named(self.names)
        }
    }
}

/// Splits a Windows command line into its arguments and drops the first, the program. The rules are those of
/// Microsoft's C runtime: blanks separate, quotes hold together, and backslashes are themselves unless a quote
/// follows them. `None` when it is longer than [`COMMAND_LINE_LIMIT`] or not Unicode.
pub fn split(line: &[u16]) -> Option<Vec<String>> {
    if line.len() > COMMAND_LINE_LIMIT {
        return None;
    }
    let line = String::from_utf16(line).ok()?;
    let mut arguments = Vec::new();
    let mut rest = after_program(&line);
    loop {
        rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() {
            return Some(arguments);
        }
        let (argument, after) = first_argument(rest);
        arguments.push(argument);
        rest = after;
    }
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// The program's own name follows simpler rules: a quoted one ends at the next quote, whatever is before it.
fn after_program(line: &str) -> &str {
    let rest = match line.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"'),
        None => line.split_once(is_blank),
    };
    rest.map_or("", |(_, rest)| rest)
}

fn first_argument(text: &str) -> (String, &str) {
    let mut argument = String::new();
    let mut quoted = false;
    let mut rest = text.chars();
    loop {
        let here = rest.as_str();
        match rest.next() {
            None => return (argument, here),
            Some(c) if is_blank(c) && !quoted => return (argument, here),
            Some('"') if quoted && rest.as_str().starts_with('"') => {
                rest.next();
                argument.push('"');
            }
            Some('"') => quoted = !quoted,
            Some('\\') => {
                let after = here.trim_start_matches('\\');
                let count = here.len() - after.len();
                let before_quote = after.starts_with('"');
                let kept = if before_quote { count / 2 } else { count };
                argument.extend(core::iter::repeat('\\').take(kept));
                rest = after.chars();
                if before_quote && count % 2 == 1 {
                    rest.next();
                    argument.push('"');
                }
            }
            Some(c) => argument.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
