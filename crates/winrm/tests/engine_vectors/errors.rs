//! Errors, whether they end the pipeline or not.

use mapisweep_winrm::psrp::{
    clixml::Value,
    message::{Message, MessageType},
    payload::PipelineStateMessage,
    pipeline::ErrorCategory,
};
use serde_json::json;

use crate::table::{Row, hold, sends, shows, type_name};

const WRITTEN: &str = "Microsoft.PowerShell.Commands.WriteErrorException";

pub fn table() -> Vec<Row> {
    vec![
        goes_on(
            "error: Write-Error",
            ["went wrong", WRITTEN, WRITTEN, "NotSpecified"],
        ),
        goes_on(
            "error: Write-Error with all it can have",
            ["went wrong", WRITTEN, "Vectors1", "ObjectNotFound"],
        ),
        goes_on(
            "error: with its invocation",
            ["went wrong", WRITTEN, WRITTEN, "NotSpecified"],
        ),
        ends(
            "error: throw",
            [
                "went wrong",
                "System.Management.Automation.RuntimeException",
                "went wrong",
                "OperationStopped",
            ],
        ),
        ends(
            "error: throw an object",
            [
                "@{Code=7}",
                "System.Management.Automation.RuntimeException",
                "@{Code=7}",
                "OperationStopped",
            ],
        ),
        ends(
            "error: throw an exception with a cause",
            [
                "outer",
                "System.InvalidOperationException",
                "outer",
                "OperationStopped",
            ],
        ),
        ends("error: of the runtime", BY_ZERO),
        ends("error: of the runtime, with its invocation", BY_ZERO),
        ends(
            "error: a command that is not there",
            [
                "The term 'Get-LogonStatistics' is not recognized as a name of a cmdlet, function, script file, or executable \
                 program.\nCheck the spelling of the name, or if a path was included, verify that the path is correct and \
                 try again.",
                "System.Management.Automation.CommandNotFoundException",
                "CommandNotFoundException",
                "ObjectNotFound",
            ],
        ),
        ends(
            "error: a parameter that is not there",
            [
                "A parameter cannot be found that matches parameter name 'Nonsense'.",
                "System.Management.Automation.ParameterBindingException",
                "NamedParameterNotFound,Microsoft.PowerShell.Commands.GetDateCommand",
                "InvalidArgument",
            ],
        ),
        ends(
            "error: a parameter that does not fit",
            [
                "Cannot bind parameter 'Year'. Cannot convert value \"many\" to type \"System.Int32\". Error: \"The input \
                 string 'many' was not in a correct format.\"",
                "System.Management.Automation.ParameterBindingException",
                "CannotConvertArgumentNoMessage,Microsoft.PowerShell.Commands.GetDateCommand",
                "InvalidArgument",
            ],
        ),
        ends(
            "error: a script that does not parse",
            [
                "Missing condition in if statement after 'if ('.",
                "System.Management.Automation.IncompleteParseException",
                "IfStatementMissingCondition",
                "ParserError",
            ],
        ),
        goes_on(
            "error: of a cmdlet",
            [
                "Cannot find path '/nowhere/at/all' because it does not exist.",
                "System.Management.Automation.ItemNotFoundException",
                "PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand",
                "ObjectNotFound",
            ],
        ),
        ends(
            "error: of a method",
            [
                "Exception calling \"Parse\" with \"1\" argument(s): \"The input string 'x' was not in a correct format.\"",
                "System.Management.Automation.MethodInvocationException",
                "FormatException",
                "NotSpecified",
            ],
        ),
        shows(
            "error: as output",
            |error| {
                let cause = error
                    .get("Exception")
                    .and_then(|exception| exception.get("InnerException"))
                    .unwrap();
                (
                    type_name(cause).to_owned(),
                    cause.get("Message").map(Value::display),
                )
            },
            [(
                "System.FormatException".to_owned(),
                Some("The input string 'x' was not in a correct format.".to_owned()),
            )],
        ),
        hold(
            "error: exception as output",
            [(
                "System.ArgumentException",
                json!({
                    "Message": "bad (Parameter 'name')", "ParamName": "name", "TargetSite": null, "Data": [],
                    "InnerException": null, "HelpLink": null, "Source": null, "HResult": -2_147_024_809, "StackTrace": null,
                }),
            )],
        ),
        goes_on(
            "error: of another session",
            [
                "far away",
                "System.Management.Automation.RemoteException",
                "Far",
                "NotSpecified",
            ],
        ),
        sends(
            "error: not an error",
            |message| (message.kind, message.data.display()),
            [
                (MessageType::PipelineOutput, "before".to_owned()),
                (MessageType::ErrorRecord, "between".to_owned()),
                (MessageType::PipelineOutput, "after".to_owned()),
            ],
        ),
    ]
}

const BY_ZERO: [&str; 4] = [
    "Attempted to divide by zero.",
    "System.Management.Automation.RuntimeException",
    "RuntimeException",
    "NotSpecified",
];

/// An error that does not end the pipeline: its message, exception, id and category.
fn goes_on(name: &'static str, error: [&'static str; 4]) -> Row {
    let look = |message: &Message| (message.kind, told(&message.data));
    sends(
        name,
        look,
        [(MessageType::ErrorRecord, error.map(str::to_owned))],
    )
}

/// An error that does.
fn ends(name: &'static str, error: [&'static str; 4]) -> Row {
    let look = |message: &Message| {
        let state = PipelineStateMessage::from_value(&message.data).unwrap();
        told(&state.error.unwrap())
    };
    sends(name, look, [error.map(str::to_owned)])
}

fn told(error: &Value) -> [String; 4] {
    assert_eq!(type_name(error), "System.Management.Automation.ErrorRecord");
    let exception = error.get("Exception").unwrap();
    assert_eq!(
        exception.get("Message").map(Value::display),
        Some(error.display())
    );
    let category = error
        .get("ErrorCategory_Category")
        .and_then(Value::as_i64)
        .unwrap();
    [
        error.display(),
        type_name(exception).to_owned(),
        error.get("FullyQualifiedErrorId").unwrap().display(),
        ErrorCategory(category.try_into().unwrap())
            .name()
            .to_owned(),
    ]
}
