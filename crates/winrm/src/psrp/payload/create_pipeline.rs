//! CREATE_PIPELINE: commands and their parameters (\[MS-PSRP\] 2.2.2.10, 2.2.3.11 to 2.2.3.13).

use super::{Error, enums, no_host, properties};
use crate::psrp::clixml::{Content, Object, Value};

/// A pipeline to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePipeline {
    /// Nothing will be sent to its input.
    pub no_input: bool,
    /// The commands, each fed by the one before.
    pub commands: Vec<CommandSpec>,
}

/// One command of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandSpec {
    /// A command's name, or a script's text.
    pub text: String,
    /// Whether it is a script.
    pub is_script: bool,
    /// Parameters in order; one without a name is positional.
    pub parameters: Vec<(Option<String>, Value)>,
}

const MESSAGE: &str = "CREATE_PIPELINE";

impl CreatePipeline {
    /// As the message carries it.
    pub fn to_value(&self) -> Value {
        let powershell = properties([
            ("IsNested", false.into()),
            ("ExtraCmds", Value::Null),
            (
                "Cmds",
                list(self.commands.iter().map(CommandSpec::to_value)),
            ),
            ("History", Value::Null),
            ("RedirectShellErrorOutputPipe", false.into()),
        ]);
        properties([
            ("NoInput", self.no_input.into()),
            ("ApartmentState", enums::apartment_state_unknown()),
            ("RemoteStreamOptions", enums::remote_stream_options_none()),
            ("AddToHistory", false.into()),
            ("HostInfo", no_host()),
            ("PowerShell", powershell),
            ("IsNested", false.into()),
        ])
    }

    /// Reads what a client asks for.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let missing = |property| Error {
            message: MESSAGE,
            property,
        };
        let powershell = value.get("PowerShell").ok_or(missing("PowerShell"))?;
        let commands = powershell.get("Cmds").and_then(Value::as_list);
        let commands = commands.ok_or(missing("Cmds"))?;
        Ok(Self {
            no_input: value
                .get("NoInput")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            commands: commands
                .iter()
                .map(CommandSpec::from_value)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl CommandSpec {
    fn to_value(&self) -> Value {
        let parameters = self.parameters.iter().map(|(name, value)| {
            let name = name.as_deref().map_or(Value::Null, Value::from);
            properties([("N", name), ("V", value.clone())])
        });
        // what a script sets, its preferences above all, must not be there for what runs after it
        let scope = match self.is_script {
            true => true.into(),
            false => Value::Null,
        };
        properties([
            ("Cmd", self.text.as_str().into()),
            ("IsScript", self.is_script.into()),
            ("UseLocalScope", scope),
            ("MergeMyResult", enums::merge_none()),
            ("MergeToResult", enums::merge_none()),
            ("MergePreviousResults", enums::merge_none()),
            // the merge instructions of later protocol versions may be left out, and mean nothing to PowerShell 2.0
            ("Args", list(parameters)),
        ])
    }

    fn from_value(value: &Value) -> Result<Self, Error> {
        let text = value.get("Cmd").and_then(Value::as_str).ok_or(Error {
            message: MESSAGE,
            property: "Cmd",
        })?;
        let arguments = value
            .get("Args")
            .and_then(Value::as_list)
            .unwrap_or_default();
        let parameter = |argument: &Value| {
            let name = argument.get("N").and_then(Value::as_str);
            // the name may come with its dash and colon, as it was typed
            let name = name.map(|name| {
                name.trim_start_matches('-')
                    .trim_end_matches(':')
                    .to_owned()
            });
            (name, argument.get("V").cloned().unwrap_or(Value::Null))
        };
        Ok(Self {
            text: text.to_owned(),
            is_script: value
                .get("IsScript")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            parameters: arguments.iter().map(parameter).collect(),
        })
    }
}

/// A `List<PSObject>`, which is how PowerShell itself types these lists.
fn list(items: impl Iterator<Item = Value>) -> Value {
    const TYPE: &str = "System.Collections.Generic.List`1[[System.Management.Automation.PSObject, \
        System.Management.Automation, Version=1.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35]]";
    Object {
        type_names: Some([TYPE, "System.Object"].map(String::from).into()),
        content: Content::List(items.collect()),
        ..Object::default()
    }
    .into()
}
