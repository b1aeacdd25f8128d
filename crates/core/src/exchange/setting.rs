//! Numbers in the registry, as PowerShell has them.

use crate::batch::Row;

/// A value in the registry.
pub(super) enum Setting {
    NotSet,
    Number(u64),
    NotUnderstood,
}

impl Setting {
    /// A DWORD is unsigned, but PowerShell has it as an Int32.
    pub fn of(row: &Row, column: &str) -> Self {
        let Some(text) = row.text(column) else {
            return Self::NotSet;
        };
        let unsigned = || text.parse::<u64>().ok();
        let signed = || text.parse::<i32>().ok();
        let number = unsigned().or_else(|| signed().map(|number| number.cast_unsigned().into()));
        number.map_or(Self::NotUnderstood, Self::Number)
    }
}
