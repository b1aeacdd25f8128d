//! Error records, as Windows serialises them. \[MS-PSRP\] 2.2.3.15

use mapisweep_winrm::psrp::clixml::Value;

use super::object::object;

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
    ObjectNotFound = 13,
    OperationStopped = 14,
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
        let reason = self.exception.rsplit('.').next().unwrap_or_default();
        let (target, target_type) = match &self.target {
            Some(target) => (target.as_str(), "String"),
            None => ("", ""),
        };
        let category = format!(
            "{:?}: ({target}:{target_type}) [{}], {reason}",
            self.category, self.activity
        );
        let exception = object(&[self.exception, "System.Exception", "System.Object"])
            .shown_as(&format!("{}: {}", self.exception, self.message))
            .with("Message", self.message.as_str())
            .with("InnerException", Value::Null);
        object(&["System.Management.Automation.ErrorRecord", "System.Object"])
            .shown_as(&self.message)
            .note("Exception", exception)
            .note(
                "TargetObject",
                super::object::text_or_null(self.target.clone()),
            )
            .note("FullyQualifiedErrorId", self.id.as_str())
            .note("InvocationInfo", Value::Null)
            .note("ErrorCategory_Category", self.category as i32)
            .note("ErrorCategory_Activity", self.activity.as_str())
            .note("ErrorCategory_Reason", reason)
            .note("ErrorCategory_TargetName", target)
            .note("ErrorCategory_TargetType", target_type)
            .note("ErrorCategory_Message", category)
            .note("SerializeExtendedInfo", false)
            .build()
    }
}
