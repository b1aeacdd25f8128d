//! Exceptions, as far as error records tell of them.

use mapisweep_winrm::psrp::clixml::{Content, Value};

use super::object::object;

const RUNTIME: &str = "System.Management.Automation.RuntimeException";
const SYSTEM: &str = "System.SystemException";

/// The last part of a type's name.
pub(super) fn short_name(exception: &str) -> &str {
    exception.rsplit('.').next().unwrap_or_default()
}

/// An exception of this type: never thrown, as those that Exchange's cmdlets write are not.
pub(super) fn to_value(type_name: &str, message: &str) -> Value {
    let name = short_name(type_name);
    let bases = bases(name);
    let types = [&[type_name], bases, &["System.Exception", "System.Object"]].concat();
    let mut exception = object(&types).shown_as(&format!("{type_name}: {message}"));
    if bases.contains(&RUNTIME) {
        exception = exception.with("WasThrownFromThrowStatement", false);
    }
    if bases.contains(&RUNTIME) || name == "PSArgumentException" {
        exception = exception.with("ErrorRecord", message);
    }
    let data = object(&["System.Collections.ListDictionaryInternal", "System.Object"]);
    [
        "TargetSite",
        "StackTrace",
        "InnerException",
        "HelpLink",
        "Source",
    ]
    .into_iter()
    .fold(exception, |exception, name| {
        exception.with(name, Value::Null)
    })
    .with("Message", message)
    .with("Data", data.holding(Content::Dictionary(Vec::new())))
    .build()
}

/// Between an exception and System.Exception.
fn bases(exception: &str) -> &'static [&'static str] {
    match exception {
        "CommandNotFoundException" | "ParameterBindingException" | "PipelineStoppedException" => {
            &[RUNTIME, SYSTEM]
        }
        "ItemNotFoundException" => &[
            "System.Management.Automation.SessionStateException",
            RUNTIME,
            SYSTEM,
        ],
        "PSArgumentException" => &["System.ArgumentException", SYSTEM],
        "WriteErrorException" | "NotSupportedException" | "ArgumentException" => &[SYSTEM],
        _ => &[],
    }
}
