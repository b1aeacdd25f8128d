//! Calls to the client's host: nobody sits there, so questions are declined rather than left unanswered.

use crate::psrp::{
    clixml::{Content, Object, Value},
    payload::properties,
};

/// The call id of calls that want no answer. \[MS-PSRP\] 2.2.2.27.
const VOID: i64 = -100;

/// `SetShouldExit`, which a script that runs `exit` makes PowerShell call. \[MS-PSRP\] 2.2.3.17.
const SET_SHOULD_EXIT: i64 = 6;

/// Whether a script has ended itself with this call.
pub(super) fn is_exit(call: &Value) -> bool {
    call.get("mi").and_then(Value::as_i64) == Some(SET_SHOULD_EXIT)
}

/// What a call to the host is answered with; `None` if it wants no answer. \[MS-PSRP\] 2.2.2.28.
pub(super) fn decline(call: &Value) -> Option<Value> {
    let id = call
        .get("ci")
        .and_then(Value::as_i64)
        .filter(|id| *id != VOID)?;
    let method = call.get("mi").cloned().unwrap_or(Value::Null);
    Some(properties([
        ("ci", Value::I64(id)),
        ("mi", method),
        ("me", not_interactive()),
    ]))
}

/// An error record. \[MS-PSRP\] 2.2.3.15.
fn not_interactive() -> Value {
    const MESSAGE: &str = "mapisweep is not interactive and answers no questions";
    let exception = Object {
        type_names: Some(
            [
                "System.NotImplementedException",
                "System.Exception",
                "System.Object",
            ]
            .map(String::from)
            .into(),
        ),
        to_string: Some(MESSAGE.to_owned()),
        content: Content::None,
        adapted: vec![("Message".to_owned(), MESSAGE.into())],
        ..Object::default()
    };
    properties([
        ("Exception", exception.into()),
        ("TargetObject", Value::Null),
        ("FullyQualifiedErrorId", "HostNotInteractive".into()),
        ("InvocationInfo", Value::Null),
        ("ErrorCategory_Category", Value::I32(11)),
        ("ErrorCategory_Activity", "".into()),
        ("ErrorCategory_Reason", "NotImplementedException".into()),
        ("ErrorCategory_TargetName", "".into()),
        ("ErrorCategory_TargetType", "".into()),
        ("ErrorCategory_Message", MESSAGE.into()),
        ("SerializeExtendedInfo", false.into()),
    ])
}
