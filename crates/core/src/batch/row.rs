//! One returned object, column by column.

use mapisweep_winrm::psrp::clixml::{DateTime, Value};

use super::{
    line::{self, Field, Item},
    question::Question,
};

/// A returned object lacks something that mapisweep cannot do without.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{cmdlet} returned an object without a usable {column}")]
pub struct RowError {
    /// The cmdlet that returned the object.
    pub cmdlet: &'static str,
    /// The column that is missing or of an unexpected type.
    pub column: &'static str,
}

/// One returned object, as its line has it; absent, null and blank columns all read as `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    cmdlet: &'static str,
    columns: &'static [&'static str],
    /// Of the form that [`line`](mod@super::line) specifies.
    fields: Box<str>,
}

impl Row {
    /// The fields of a line, each of which must be one.
    pub(super) fn parse(question: &Question, fields: &str) -> Result<Self, &'static str> {
        let mut count = 0;
        for field in line::fields(fields) {
            Field::parse(field)?;
            count += 1;
        }
        match count == question.columns.len() {
            true => Ok(Self::new(question, fields.into())),
            false => Err("it has another number of columns than were asked for"),
        }
    }

    /// Puts an object into the same form.
    pub fn of_object(question: &Question, object: &Value) -> Self {
        let columns = question.columns.iter().copied();
        Self::new(question, fields_of(columns, object).into())
    }

    fn new(question: &Question, fields: Box<str>) -> Self {
        Self {
            cmdlet: question.cmdlet,
            columns: question.columns,
            fields,
        }
    }

    /// The line's fields, each with its bar before it.
    pub fn fields(&self) -> &str {
        &self.fields
    }

    /// Whether it has none of the columns: then it is something else than was asked for, such as text.
    pub fn is_foreign(&self) -> bool {
        self.fields.bytes().all(|byte| byte == b'|')
    }

    /// What PowerShell would show for the column.
    pub fn text(&self, column: &str) -> Option<String> {
        let text = match self.field(column) {
            Field::Absent => None,
            Field::Item(item) => item.text(),
            Field::List(items) => items.into_iter().find_map(Item::text),
        }?;
        let shown = text.trim();
        (!shown.is_empty()).then(|| shown.to_owned())
    }

    /// The same where it cannot be done without.
    pub fn required_text(&self, column: &'static str) -> Result<String, RowError> {
        self.text(column).ok_or(self.lacks(column))
    }

    /// A number.
    pub fn number(&self, column: &str) -> Option<i64> {
        self.text(column)?.parse().ok()
    }

    /// A truth value.
    pub fn truth(&self, column: &str) -> Option<bool> {
        match self.text(column)?.as_str() {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        }
    }

    /// A date, as it is written. Text that looks like one is none: it could be in any language.
    pub fn date(&self, column: &str) -> Option<DateTime> {
        match self.field(column) {
            Field::Item(Item::Date(date)) => Some(DateTime::new(date)),
            _ => None,
        }
    }

    /// The items of a multi-valued column, as text; a single value counts as one item.
    pub fn texts(&self, column: &str) -> Vec<String> {
        match self.field(column) {
            Field::Absent => Vec::new(),
            Field::Item(item) => item.text().into_iter().collect(),
            Field::List(items) => items.into_iter().filter_map(Item::text).collect(),
        }
    }

    /// That it is without a usable one.
    pub fn lacks(&self, column: &'static str) -> RowError {
        let cmdlet = self.cmdlet;
        RowError { cmdlet, column }
    }

    fn field(&self, column: &str) -> Field<'_> {
        let mut pairs = self.columns.iter().zip(line::fields(&self.fields));
        let field =
            pairs.find_map(|(own, field)| own.eq_ignore_ascii_case(column).then_some(field));
        // it was read once when it came
        field.map_or(Field::Absent, |field| {
            Field::parse(field).unwrap_or(Field::Absent)
        })
    }
}

/// These columns of an object as the fields of a line.
pub(super) fn fields_of<'c>(columns: impl IntoIterator<Item = &'c str>, object: &Value) -> String {
    let mut fields = String::new();
    for column in columns {
        let value = match column {
            Question::ITSELF => Some(object),
            name => object.get(name),
        };
        line::write(value, &mut fields);
    }
    fields
}

impl Item<'_> {
    fn text(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text.into_owned()),
            Self::Date(date) => Some(date.to_owned()),
        }
    }
}
