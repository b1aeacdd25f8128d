//! Error records, as Windows serialises them. \[MS-PSRP\] 2.2.3.15

use mapisweep_winrm::psrp::{
    clixml::{Content, Value},
    pipeline,
};

use super::{
    exception,
    object::{object, text_or_null},
};

/// An error, terminating or not.
#[derive(Debug, Clone)]
pub(crate) struct ErrorRecord {
    /// Full .NET type name.
    exception: &'static str,
    /// FullyQualifiedErrorId.
    id: String,
    message: String,
    category: Category,
    activity: String,
    target: Option<String>,
}

/// System.Management.Automation.ErrorCategory, what the lab needs of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    NotSpecified = 0,
    InvalidArgument = 5,
    InvalidData = 6,
    InvalidOperation = 7,
    ObjectNotFound = 13,
    OperationStopped = 14,
    PermissionDenied = 18,
}

impl ErrorRecord {
    pub fn new(exception: &'static str, id: &str, message: impl Into<String>) -> Self {
        Self {
            exception,
            id: id.to_owned(),
            message: message.into(),
            category: Category::NotSpecified,
            activity: String::new(),
            target: None,
        }
    }

    /// The pipeline was stopped.
    pub fn stopped() -> Self {
        let exception = "System.Management.Automation.PipelineStoppedException";
        Self::new(
            exception,
            "PipelineStopped",
            "The pipeline has been stopped.",
        )
        .category(Category::OperationStopped)
    }

    /// There is no such command, or its snap-in is not loaded.
    pub fn command_not_found(name: &str) -> Self {
        let message = format!(
            "The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. \
             Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
        );
        let exception = "System.Management.Automation.CommandNotFoundException";
        Self::new(exception, "CommandNotFoundException", message)
            .category(Category::ObjectNotFound)
            .target(name)
    }

    /// A cmdlet was not called as it can be.
    pub fn binding(cmdlet: &str, id: &str, message: String) -> Self {
        let exception = "System.Management.Automation.ParameterBindingException";
        Self::new(exception, &format!("{id},{cmdlet}"), message)
            .category(Category::InvalidArgument)
            .in_cmdlet(cmdlet)
    }

    pub fn category(mut self, category: Category) -> Self {
        self.category = category;
        self
    }

    /// What was being worked on.
    pub fn target(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    /// The cmdlet that failed.
    pub fn in_cmdlet(mut self, cmdlet: &str) -> Self {
        cmdlet.clone_into(&mut self.activity);
        self
    }

    pub fn to_value(&self) -> Value {
        let reason = self.reason();
        let (target, target_type) = match &self.target {
            Some(target) => (target.as_str(), "String"),
            None => ("", ""),
        };
        let category = format!(
            "{:?}: ({target}:{target_type}) [{}], {reason}",
            self.category, self.activity
        );
        object(&["System.Management.Automation.ErrorRecord", "System.Object"])
            .shown_as(&self.message)
            .note(
                "Exception",
                exception::to_value(self.exception, &self.message),
            )
            .note("TargetObject", text_or_null(self.target.clone()))
            .note("FullyQualifiedErrorId", self.id.as_str())
            .note("InvocationInfo", self.invocation())
            .note("ErrorCategory_Category", self.category as i32)
            .note("ErrorCategory_Activity", self.activity.as_str())
            .note("ErrorCategory_Reason", reason)
            .note("ErrorCategory_TargetName", target)
            .note("ErrorCategory_TargetType", target_type)
            .note("ErrorCategory_Message", category)
            .note("SerializeExtendedInfo", false)
            .build()
    }

    /// As a client reads it.
    pub fn as_read(&self) -> pipeline::ErrorRecord {
        pipeline::ErrorRecord {
            message: self.message.clone(),
            exception_type: Some(self.exception.to_owned()),
            fully_qualified_id: Some(self.id.clone()),
            category: pipeline::ErrorCategory(self.category as i32),
            category_reason: Some(self.reason().to_owned()),
            target: self.target.clone(),
        }
    }

    /// The exception's short name.
    fn reason(&self) -> &'static str {
        exception::short_name(self.exception)
    }

    /// How the cmdlet was called: from nowhere in particular. Null before there is one.
    fn invocation(&self) -> Value {
        if self.activity.is_empty() {
            return Value::Null;
        }
        const STRINGS_TO_OBJECTS: &str = "System.Collections.Generic.Dictionary`2[[System.String, mscorlib, \
            Version=2.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089],[System.Object, mscorlib, \
            Version=2.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089]]";
        const OBJECTS: &str = "System.Collections.Generic.List`1[[System.Object, mscorlib, Version=2.0.0.0, \
            Culture=neutral, PublicKeyToken=b77a5c561934e089]]";
        let bound = object(&[STRINGS_TO_OBJECTS, "System.Object"]);
        let unbound = object(&[OBJECTS, "System.Object"]);
        // what could not be bound has a command, but was not invoked by any name
        let invoked = match self.reason() {
            "ParameterBindingException" => "",
            _ => self.activity.as_str(),
        };
        let info = "System.Management.Automation.InvocationInfo";
        object(&[info, "System.Object"])
            .shown_as(info)
            .with("MyCommand", self.activity.as_str())
            .with(
                "BoundParameters",
                bound.holding(Content::Dictionary(Vec::new())),
            )
            .with(
                "UnboundArguments",
                unbound.holding(Content::List(Vec::new())),
            )
            .with("ScriptLineNumber", 0)
            .with("OffsetInLine", 0)
            .with("HistoryId", Value::I64(1))
            .with("ScriptName", "")
            .with("Line", "")
            .with("PositionMessage", "")
            .with("InvocationName", invoked)
            .with("PipelineLength", 0)
            .with("PipelinePosition", 0)
            .with("ExpectingInput", false)
            .with("CommandOrigin", "Internal")
            .build()
    }
}
