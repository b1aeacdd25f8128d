//! A command of a pipeline, with its typed parameters. \[MS-PSRP\] 2.2.3.12

use mapisweep_winrm::psrp::clixml::Value;

/// A cmdlet by name, or a script.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// The cmdlet's name, or the script's text.
    pub text: String,
    pub is_script: bool,
    arguments: Vec<(Option<String>, Value)>,
}

impl Command {
    /// Reads the commands of a CREATE_PIPELINE message; `None` when it has none.
    pub fn read_all(create_pipeline: &Value) -> Option<Vec<Self>> {
        let commands = create_pipeline.get("PowerShell")?.get("Cmds")?.as_list()?;
        commands.iter().map(Self::read).collect()
    }

    /// A cmdlet that a script calls.
    pub fn cmdlet(name: &str, parameters: Vec<(String, Value)>) -> Self {
        let named = parameters
            .into_iter()
            .map(|(name, value)| (Some(name), value));
        Self {
            text: name.to_owned(),
            is_script: false,
            arguments: named.collect(),
        }
    }

    fn read(command: &Value) -> Option<Self> {
        let arguments = command.get("Args")?.as_list()?;
        Some(Self {
            text: command.get("Cmd")?.as_str()?.to_owned(),
            is_script: command.get("IsScript")?.as_bool()?,
            arguments: arguments.iter().map(argument).collect::<Option<_>>()?,
        })
    }

    /// A named parameter, whatever its case.
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.arguments
            .iter()
            .find(|(own, _)| {
                own.as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
            .map(|(_, value)| value)
            .filter(|value| **value != Value::Null)
    }

    /// Names of the parameters that are given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arguments
            .iter()
            .filter_map(|(name, _)| name.as_deref())
    }

    /// A named parameter, or the first argument without a name.
    pub fn first(&self, name: &str) -> Option<&Value> {
        let unnamed = || self.arguments.iter().find(|(name, _)| name.is_none());
        self.parameter(name)
            .or_else(|| unnamed().map(|(_, value)| value))
    }

    /// A named parameter, or the first argument without a name, as text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(Value::display)
    }

    /// A named parameter as text; empty where there is none.
    pub fn text_of(&self, name: &str) -> String {
        self.parameter(name).map(Value::display).unwrap_or_default()
    }

    /// The items of a named parameter as text; none where there is no such parameter.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let items = self.parameter(name).and_then(Value::as_list);
        items
            .unwrap_or_default()
            .iter()
            .map(Value::display)
            .collect()
    }

    /// A named whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.parameter(name)?.as_i64()
    }

    /// A switch is there without a value, or with `true`.
    pub fn switch(&self, name: &str) -> bool {
        self.arguments
            .iter()
            .find(|(own, _)| {
                own.as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
            .is_some_and(|(_, value)| value.as_bool() != Some(false))
    }

    /// What to call the command in a list of events.
    pub fn summary(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}

/// Clients write names as `Server`, `-Server` or `-Server:`.
fn argument(argument: &Value) -> Option<(Option<String>, Value)> {
    let name = argument.get("N").and_then(Value::as_str);
    let name = name.map(|name| {
        name.trim_start_matches('-')
            .trim_end_matches(':')
            .to_owned()
    });
    Some((name, argument.get("V")?.clone()))
}
