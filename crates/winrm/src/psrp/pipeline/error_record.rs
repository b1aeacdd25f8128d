//! PowerShell's error records.

use std::fmt;

use crate::psrp::clixml::Value;

/// An error as PowerShell describes it. \[MS-PSRP\] 2.2.3.15. Texts are in the server's language.
///
/// All of its parts are public, so that one can also be put together: by a test, or of what somebody else reported.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorRecord {
    /// What a person is to read.
    pub message: String,
    /// The exception's .NET type, such as `System.Management.Automation.CommandNotFoundException`.
    pub exception_type: Option<String>,
    /// A name for this kind of error that does not depend on the language.
    pub fully_qualified_id: Option<String>,
    /// What sort of error it is.
    pub category: ErrorCategory,
    /// Why, in a word; mostly the exception's short name.
    pub category_reason: Option<String>,
    /// What it is about, as far as it says: `TargetObject` as PowerShell would show it, else `ErrorCategory_TargetName`,
    /// which may be shortened. \[MS-PSRP\] 2.2.3.15.
    pub target: Option<String>,
}

/// `System.Management.Automation.ErrorCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCategory(pub i32);

impl ErrorRecord {
    pub(crate) fn read(record: &Value) -> Self {
        let text = |name| {
            record
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let exception = record.get("Exception");
        let exception_message = exception
            .and_then(|exception| exception.get("Message"))
            .and_then(Value::as_str);
        Self {
            message: text("ErrorDetails_Message")
                .or_else(|| exception_message.map(str::to_owned))
                .unwrap_or_else(|| record.display()),
            exception_type: exception.and_then(|exception| exception.type_names().first().cloned()),
            fully_qualified_id: text("FullyQualifiedErrorId"),
            category: ErrorCategory(category_number(record)),
            category_reason: text("ErrorCategory_Reason"),
            target: record
                .get("TargetObject")
                .map(Value::display)
                .filter(|shown| !shown.is_empty())
                .or_else(|| text("ErrorCategory_TargetName")),
        }
    }
}

fn category_number(record: &Value) -> i32 {
    let number = record.get("ErrorCategory_Category").and_then(Value::as_i64);
    number
        .and_then(|number| number.try_into().ok())
        .unwrap_or_default()
}

impl fmt::Display for ErrorRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ErrorCategory {
    /// Its name in .NET; `NotSpecified` for a number that has none.
    pub fn name(self) -> &'static str {
        let index = usize::try_from(self.0).unwrap_or_default();
        NAMES.get(index).copied().unwrap_or(NAMES[0])
    }
}

const NAMES: [&str; 32] = [
    "NotSpecified",
    "OpenError",
    "CloseError",
    "DeviceError",
    "DeadlockDetected",
    "InvalidArgument",
    "InvalidData",
    "InvalidOperation",
    "InvalidResult",
    "InvalidType",
    "MetadataError",
    "NotImplemented",
    "NotInstalled",
    "ObjectNotFound",
    "OperationStopped",
    "OperationTimeout",
    "SyntaxError",
    "ParserError",
    "PermissionDenied",
    "ResourceBusy",
    "ResourceExists",
    "ResourceUnavailable",
    "ReadError",
    "WriteError",
    "FromStdErr",
    "SecurityError",
    "ProtocolError",
    "ConnectionError",
    "AuthenticationError",
    "LimitsExceeded",
    "QuotaExceeded",
    "NotEnabled",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psrp::clixml::Object;
    use crate::psrp::payload::properties;

    #[test]
    fn the_target_is_the_object_itself_or_else_its_name() {
        let shown = |text: &str| {
            Value::from(Object {
                to_string: Some(text.to_owned()),
                ..Object::default()
            })
        };
        for (object, name, target) in [
            ("jsmith".into(), "smith".into(), Some("jsmith")),
            (shown("@{Code=7}"), Value::Null, Some("@{Code=7}")),
            (Value::I32(7), "".into(), Some("7")),
            (Value::Null, "smith".into(), Some("smith")),
            ("".into(), "smith".into(), Some("smith")),
            (shown(""), "smith".into(), Some("smith")),
            (Value::Null, "".into(), None),
            (Value::Null, Value::Null, None),
        ] {
            let case = format!("{object:?} called {name:?}");
            let record = properties([("TargetObject", object), ("ErrorCategory_TargetName", name)]);
            let read = ErrorRecord::read(&record);
            assert_eq!(read.target.as_deref(), target, "{case}");
        }
        assert_eq!(ErrorRecord::read(&properties([])).target, None);
    }
}
