//! .NET enumerations as CLIXML writes them (\[MS-PSRP\] 2.2.3).

use crate::psrp::clixml::{Content, Object, Value};

/// An enumeration's value: its full type name, its number and its name.
pub fn enumeration(type_name: &str, number: i32, name: &str) -> Value {
    let bases = ["System.Enum", "System.ValueType", "System.Object"];
    let names = std::iter::once(type_name).chain(bases);
    Object {
        type_names: Some(names.map(str::to_owned).collect()),
        to_string: Some(name.to_owned()),
        content: Content::Primitive(Value::I32(number)),
        ..Object::default()
    }
    .into()
}

pub(super) fn apartment_state_unknown() -> Value {
    enumeration(
        "System.Management.Automation.Runspaces.ApartmentState",
        2,
        "UNKNOWN",
    )
}

pub(super) fn thread_options_default() -> Value {
    enumeration(
        "System.Management.Automation.Runspaces.PSThreadOptions",
        0,
        "Default",
    )
}

/// Whether records carry where they were written: they need not, and PowerShell 2.0 sends less without.
pub(super) fn remote_stream_options_none() -> Value {
    enumeration(
        "System.Management.Automation.RemoteStreamOptions",
        0,
        "None",
    )
}

pub(super) fn merge_none() -> Value {
    enumeration(
        "System.Management.Automation.Runspaces.PipelineResultTypes",
        0,
        "None",
    )
}
