//! Where a configuration of Kerberos does not fit its format (krb5.conf(5), as MIT's library reads it). The library says
//! only that it does not; this is asked afterwards, and never decides whether a configuration is taken.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

/// What does not fit, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of {} {flaw}", file.display())]
pub struct Fault {
    /// The file.
    pub file: PathBuf,
    /// Its line, counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a line; to be read after its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Something is missing from `[section]`, or follows it.
    #[error("should be a `[section]` and nothing else")]
    Section,
    /// A section where a brace is open.
    #[error("begins a section while a `{{` is open")]
    SectionInBraces,
    /// Nothing that can stand in a section.
    #[error("is neither a `[section]` nor a `name = value`")]
    NoRelation,
    /// The name of a value is none.
    #[error("has not one word before its `=`")]
    Name,
    /// A closing brace and no opening one.
    #[error("closes a `{{` that is not open")]
    NothingToClose,
    /// No brace where the line before it leaves the value out.
    #[error("should be the `{{` that the line before it calls for")]
    NoBrace,
    /// A file or folder that cannot be read.
    #[error("includes what cannot be read ({})", words(*.0))]
    Include(io::ErrorKind),
    /// Files that include one another.
    #[error("includes itself")]
    Circle,
    /// A module in the configuration's place, which can only be in the first file; here that is our own.
    #[error("names a module, which is taken from the first file only")]
    Module,
}

/// The first fault in these files and in what they include. Those that are missing or closed to us are left out, as the
/// library leaves them out.
pub fn first_fault(files: &[PathBuf]) -> Option<Fault> {
    let readable = files
        .iter()
        .filter_map(|file| Some((file, read(file).ok()?)));
    readable
        .map(|(file, text)| check(file, &text, 0))
        .find_map(Result::err)
}

fn words(kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        other => other.to_string(),
    }
}

/// No administrator nests deeper.
const DEEPEST: usize = 32;

/// A line that is longer is read as two.
const LONGEST_LINE: usize = 2047;

fn check(file: &Path, text: &[u8], depth: usize) -> Result<(), Fault> {
    let mut scanner = Scanner::default();
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let here = |flaw| Fault {
            file: file.to_owned(),
            line: index + 1,
            flaw,
        };
        for part in line.chunks(LONGEST_LINE) {
            match scanner.line(part).map_err(here)? {
                Content::Own => {}
                Content::Include(_) | Content::Folder(_) if depth == DEEPEST => {
                    return Err(here(Flaw::Circle));
                }
                Content::Include(path) => {
                    let text = read(path).map_err(|error| here(Flaw::Include(error.kind())))?;
                    check(path, &text, depth + 1)?;
                }
                Content::Folder(path) => {
                    let files = included(path).map_err(|kind| here(Flaw::Include(kind)))?;
                    for file in files {
                        let text =
                            read(&file).map_err(|error| here(Flaw::Include(error.kind())))?;
                        check(&file, &text, depth + 1)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// A folder in a file's place holds nothing.
fn read(file: &Path) -> io::Result<Vec<u8>> {
    match file.is_dir() {
        true => Ok(Vec::new()),
        false => fs::read(file),
    }
}

/// The files of a folder that are included: editors' and packagers' copies are not.
fn included(folder: &Path) -> Result<Vec<PathBuf>, io::ErrorKind> {
    let entries = fs::read_dir(folder).map_err(|error| error.kind())?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| error.kind())?;
        let name = entry.file_name();
        let name = name.as_bytes();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        if name.iter().all(is_plain) || (name.ends_with(b".conf") && !name.starts_with(b".")) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// What a line brings in.
#[derive(Debug, PartialEq, Eq)]
enum Content<'a> {
    /// What it says, or nothing.
    Own,
    /// Another file.
    Include(&'a Path),
    /// The files of a folder.
    Folder(&'a Path),
}

/// Reads lines one after the other.
#[derive(Default)]
struct Scanner {
    place: Place,
    open_braces: usize,
}

#[derive(Default)]
enum Place {
    /// Before the first section nothing is looked at.
    #[default]
    Preamble,
    Section,
    /// After `name =`.
    BraceDue,
}

impl Scanner {
    fn line<'a>(&mut self, line: &'a [u8]) -> Result<Content<'a>, Flaw> {
        // as C reads it
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        if let Some(path) = argument(line, b"include") {
            return Ok(Content::Include(path));
        }
        if let Some(path) = argument(line, b"includedir") {
            return Ok(Content::Folder(path));
        }
        let text = trim(line);
        match self.place {
            Place::Preamble if argument(line, b"module").is_some() => return Err(Flaw::Module),
            Place::Preamble if !line.starts_with(b"[") => {}
            Place::Preamble | Place::Section => {
                self.place = Place::Section;
                self.section(text)?;
            }
            Place::BraceDue if text.starts_with(b"{") => self.place = Place::Section,
            Place::BraceDue => return Err(Flaw::NoBrace),
        }
        Ok(Content::Own)
    }

    fn section(&mut self, text: &[u8]) -> Result<(), Flaw> {
        match text.first() {
            None | Some(b'#' | b';') => Ok(()),
            Some(b'[') if self.open_braces > 0 => Err(Flaw::SectionInBraces),
            Some(b'[') => match split(text, b']') {
                Some((_, b"" | b"*")) => Ok(()),
                _ => Err(Flaw::Section),
            },
            Some(b'}') => {
                let closed = self.open_braces.checked_sub(1);
                self.open_braces = closed.ok_or(Flaw::NothingToClose)?;
                Ok(())
            }
            Some(_) => self.relation(text),
        }
    }

    fn relation(&mut self, text: &[u8]) -> Result<(), Flaw> {
        let (name, value) = split(text, b'=').ok_or(Flaw::NoRelation)?;
        let name = trim(name);
        if name.is_empty() || name.iter().any(is_blank) {
            return Err(Flaw::Name);
        }
        match trim(value) {
            b"" => {
                self.open_braces += 1;
                self.place = Place::BraceDue;
            }
            b"{" => self.open_braces += 1,
            _ => {}
        }
        Ok(())
    }
}

/// What follows a word at the very beginning of a line.
fn argument<'a>(line: &'a [u8], word: &[u8]) -> Option<&'a Path> {
    let rest = line.strip_prefix(word)?;
    if !rest.first().is_some_and(is_blank) {
        return None;
    }
    let ends = |byte: &u8| b"\r\n".contains(byte);
    let end = rest
        .iter()
        .rposition(|byte| !ends(byte))
        .map_or(0, |at| at + 1);
    let rest = rest.get(..end).unwrap_or_default();
    let start = rest.iter().position(|byte| !is_blank(byte)).unwrap_or(end);
    Some(Path::new(OsStr::from_bytes(
        rest.get(start..).unwrap_or_default(),
    )))
}

fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let mut parts = text.splitn(2, |byte| *byte == at);
    Some((parts.next()?, parts.next()?))
}

/// As C's `isspace`, which counts the vertical tab.
fn is_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || *byte == 0x0b
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(last)
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests;
