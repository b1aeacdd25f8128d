//! The lines in which [`SCRIPT`](super::SCRIPT) answers, version 2.
//!
//! ```text
//! answer   = head *line
//! head     = "mapisweep 2" "|" text      the computer that answers; where another one is meant, no line follows
//! line     = number "|" ( row / warning / error / failure / end / skipped )
//! row      = "r" *( "|" field )          an object: the wanted columns, in their order
//! warning  = "w" "|" field               its text
//! error    = "e" 6( "|" field )          message, exception type, fully qualified id, reason, category's number, target
//! failure  = "f" 6( "|" field )          the same of the error that ended the cmdlet
//! end      = "." "|" 1*DIGIT             the cmdlet was run; how many rows there are
//! skipped  = "x"                         it was not run, for what it depends on
//! field    = [ item / list ]             nothing: the object has no such property, or it cannot be read
//! list     = "*" [ item *( "~," item ) ]
//! item     = "-" / text / date           null
//! text     = "=" *character              whatever type it is: as a cast to string makes it, in no language;
//!                                        an event's property (`EventProperty`) is the item that it holds
//! date     = "@" *character              a date and time: round-trip, `o`, in its own offset
//! character = any but "|" and "~" / "~p" for "|" / "~~" for "~"
//! ```
//!
//! A number is a question's place in its batch, counted from 0; questions are answered in their order. Each line is a string
//! of its own, so that a value may hold line ends; some hundred lines come in one list. Nothing else is taken for an answer.

use std::borrow::Cow;

use mapisweep_winrm::psrp::clixml::{DateTime, Value};

/// What the first line of all begins with.
const HEAD: &str = "mapisweep 2|";

/// The first line of an answer: whose it is.
pub fn head(computer: &str) -> String {
    let mut line = HEAD.to_owned();
    write_item(&Value::from(computer), &mut line);
    line
}

/// Reads it.
pub fn computer(line: &str) -> Result<String, &'static str> {
    let name = line.strip_prefix(HEAD);
    let name = name.ok_or("it is not the first line of the form that is known here")?;
    if name.contains('|') {
        return Err("a field is none");
    }
    match Item::parse(name)? {
        Item::Text(name) if !name.trim().is_empty() => Ok(name.into_owned()),
        _ => Err("it does not name the computer that answers"),
    }
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An object.
    Row,
    /// A warning.
    Warning,
    /// An error that did not end the cmdlet.
    Error,
    /// The error that ended it.
    Failure,
    /// It was run.
    End,
    /// It was not.
    Skipped,
}

/// Fields of an error.
pub const ERROR_FIELDS: usize = 6;

/// A line is not of this form, or not where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the answer is not as agreed: {reason}")]
pub struct LineError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// One field of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<'a> {
    /// There is no such property.
    Absent,
    /// One value.
    Item(Item<'a>),
    /// Several, or a list of one or none.
    List(Vec<Item<'a>>),
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// `$null`.
    Null,
    /// Text, or what became text.
    Text(Cow<'a, str>),
    /// A date, as it is written.
    Date(&'a str),
}

/// Takes a line apart: its number, what it is, and its fields, which begin with a bar where there are any.
pub fn split(line: &str) -> Result<(usize, Kind, &str), &'static str> {
    let (number, rest) = line.split_once('|').ok_or("it has no number")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|_| is_number);
    let number = number.ok_or("its number is none")?;
    let (kind, fields) = rest.split_at_checked(1).ok_or("it says nothing")?;
    let kind = match kind {
        "r" => Kind::Row,
        "w" => Kind::Warning,
        "e" => Kind::Error,
        "f" => Kind::Failure,
        "." => Kind::End,
        "x" => Kind::Skipped,
        _ => return Err("it is of no known kind"),
    };
    match fields.is_empty() || fields.starts_with('|') {
        true => Ok((number, kind, fields)),
        false => Err("it is of no known kind"),
    }
}

/// The fields of a line, each with its bar before it.
pub fn fields(fields: &str) -> impl Iterator<Item = &str> {
    // what stands before the first bar is no field
    fields.split('|').skip(1)
}

impl<'a> Field<'a> {
    /// Reads a field.
    pub fn parse(field: &'a str) -> Result<Self, &'static str> {
        if field.is_empty() {
            return Ok(Self::Absent);
        }
        let Some(items) = field.strip_prefix('*') else {
            return Ok(Self::Item(Item::parse(field)?));
        };
        if items.is_empty() {
            return Ok(Self::List(Vec::new()));
        }
        let items = split_list(items).map(Item::parse);
        Ok(Self::List(items.collect::<Result<_, _>>()?))
    }
}

impl<'a> Item<'a> {
    fn parse(item: &'a str) -> Result<Self, &'static str> {
        match item.split_at_checked(1) {
            Some(("-", "")) => Ok(Self::Null),
            Some(("=", text)) => Ok(Self::Text(unescape(text)?)),
            Some(("@", date)) if !date.contains('~') => Ok(Self::Date(date)),
            _ => Err("a field is none"),
        }
    }
}

/// Cuts at `~,`, which no text contains: every tilde of a text is written with a second character.
fn split_list(mut list: &str) -> impl Iterator<Item = &str> {
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let mut from = 0;
        while let Some(tilde) = list.get(from..).and_then(|rest| rest.find('~')) {
            let at = from + tilde;
            if list.get(at + 1..).is_some_and(|rest| rest.starts_with(',')) {
                let (item, rest) = (list.get(..at)?, list.get(at + 2..)?);
                list = rest;
                return Some(item);
            }
            // past what is escaped, whatever it is: `unescape` judges it
            let escaped = list.get(at + 1..).and_then(|rest| rest.chars().next());
            from = at + 1 + escaped.map_or(0, char::len_utf8);
        }
        is_over = true;
        Some(list)
    })
}

fn unescape(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let mut parts = text.split('~');
    let first = parts.next().unwrap_or_default();
    if first.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    let mut whole = first.to_owned();
    while let Some(part) = parts.next() {
        match part.strip_prefix('p') {
            Some(rest) => {
                whole.push('|');
                whole.push_str(rest);
            }
            // a doubled tilde leaves nothing between the two
            None if part.is_empty() => {
                whole.push('~');
                whole.push_str(parts.next().ok_or("a tilde stands alone")?);
            }
            None => return Err("a tilde stands alone"),
        }
    }
    Ok(Cow::Owned(whole))
}

/// Writes a field as the script does; `None` is an absent property.
pub fn write(value: Option<&Value>, line: &mut String) {
    line.push('|');
    let Some(value) = value else { return };
    match value.as_list() {
        None => write_item(value, line),
        Some(items) => {
            line.push('*');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    line.push_str("~,");
                }
                write_item(item, line);
            }
        }
    }
}

fn write_item(value: &Value, line: &mut String) {
    let value = held_by_event_property(value).unwrap_or(value);
    if let Some(date) = date(value).and_then(|date| round_trip(date.as_str())) {
        line.push('@');
        line.push_str(&date);
        return;
    }
    if *value == Value::Null {
        line.push('-');
        return;
    }
    line.push('=');
    for character in text(value).chars() {
        match character {
            '~' => line.push_str("~~"),
            '|' => line.push_str("~p"),
            other => line.push(other),
        }
    }
}

fn is_a(value: &Value, type_name: &str) -> bool {
    let mut types = value.type_names().iter();
    types.any(|name| name.ends_with(type_name))
}

fn held_by_event_property(value: &Value) -> Option<&Value> {
    match is_a(value, "System.Diagnostics.Eventing.Reader.EventProperty") {
        true => value.get("Value"),
        false => None,
    }
}

/// As a cast to string makes it, which writes bytes one after the other.
fn text(value: &Value) -> String {
    match value.unwrapped() {
        Value::Bytes(bytes) => {
            let bytes: Vec<_> = bytes.iter().map(u8::to_string).collect();
            bytes.join(" ")
        }
        _ => value.display(),
    }
}

/// A date; a `DateTimeOffset`, which comes as an object, by its time in UTC.
fn date(value: &Value) -> Option<&DateTime> {
    match value.unwrapped() {
        Value::DateTime(date) => Some(date),
        _ if is_a(value, "System.DateTimeOffset") => match value.get("UtcDateTime")?.unwrapped() {
            Value::DateTime(date) => Some(date),
            _ => None,
        },
        _ => None,
    }
}

/// With seven decimals, as `o` has it; CLIXML has no more than are needed. `None` for what is no date, for a server may say
/// anything: that is text, and escaped.
fn round_trip(date: &str) -> Option<String> {
    const TO_THE_SECOND: usize = "2009-06-15T14:30:00".len();
    let (seconds, rest) = date.trim().split_at_checked(TO_THE_SECOND)?;
    let fraction = rest.strip_prefix('.').unwrap_or_default();
    let decimals = fraction.bytes().take_while(u8::is_ascii_digit).count();
    let (decimals, offset) = match fraction.split_at(decimals) {
        ("", _) => ("", rest),
        parted => parted,
    };
    let date = format!("{seconds}.{decimals:0<7}{offset}");
    let is_of_it = |byte: u8| byte.is_ascii_digit() || b"-T:.+Z".contains(&byte);
    date.bytes().all(is_of_it).then_some(date)
}
