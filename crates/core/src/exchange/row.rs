//! Reading one object that a cmdlet returned, column by column.

use jiff::Timestamp;

use mapisweep_winrm::psrp::clixml::Value;

/// A returned object lacks something that mapisweep cannot do without.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{cmdlet} returned an object without a usable {column}")]
pub struct RowError {
    /// The cmdlet that returned the object.
    pub cmdlet: &'static str,
    /// The column that is missing or of an unexpected type.
    pub column: &'static str,
}

/// One returned object; absent, null and blank columns all read as `None`.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) cmdlet: &'static str,
    pub(super) object: &'a Value,
}

impl<'a> Row<'a> {
    pub(super) fn value(self, column: &str) -> Option<&'a Value> {
        self.object
            .get(column)
            .filter(|value| !matches!(value, Value::Null))
    }

    /// What PowerShell would show for the column.
    pub(super) fn text(self, column: &str) -> Option<String> {
        let shown = self.value(column)?.display();
        let shown = shown.trim();
        (!shown.is_empty()).then(|| shown.to_owned())
    }

    pub(super) fn required_text(self, column: &'static str) -> Result<String, RowError> {
        self.text(column).ok_or(RowError {
            cmdlet: self.cmdlet,
            column,
        })
    }

    /// A counter: never negative, whatever integer type this Exchange version sends.
    pub(super) fn count(self, column: &str) -> Option<u64> {
        self.value(column)?
            .as_i64()
            .and_then(|number| u64::try_from(number).ok())
    }

    pub(super) fn time(self, column: &str) -> Option<Timestamp> {
        self.value(column)?.as_timestamp()
    }

    /// The items of a multi-valued column, as text; a single value counts as one item.
    pub(super) fn texts(self, column: &str) -> Vec<String> {
        let Some(value) = self.value(column) else {
            return Vec::new();
        };
        match value.as_list() {
            Some(items) => items.iter().map(Value::display).collect(),
            None => vec![value.display()],
        }
    }
}
