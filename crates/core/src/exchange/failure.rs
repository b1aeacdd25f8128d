//! Why a cmdlet failed, told from the exception's type so that it works in every language of Windows.

use mapisweep_winrm::psrp::pipeline::ErrorRecord;

/// What an error record from an Exchange cmdlet means for the admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No such user, server or DAG.
    NotFound,
    /// The cmdlet does not exist in this session: no Exchange management tools, or no right to use it.
    UnknownCommand,
    /// The snap-in is not installed on this server.
    NoSnapIn,
    /// Exchange could not reach Active Directory: nearly always the second hop that NTLM cannot make.
    DirectoryOutOfReach,
    /// Signed in, but without the right to do this.
    AccessDenied,
    /// The event log has none that was asked for.
    NoEvents,
    /// The server's store could not be asked.
    StoreOutOfReach,
    /// The endpoint takes no scripts (no-language or restricted-language mode): nothing of it has run.
    NoScripts,
    /// A policy keeps scripts from all but the simplest (constrained-language mode).
    ConstrainedLanguage,
    /// Something else; the server's own words are all there is.
    Other,
}

impl Failure {
    /// Tells the kind of failure by exception type and error id, never by text.
    pub fn of(error: &ErrorRecord) -> Self {
        // the category's reason is the exception's short name; it is there even where the type did not survive
        let exception = error.exception_type.as_deref();
        let exception = exception
            .or(error.category_reason.as_deref())
            .unwrap_or_default();
        let exception = exception.rsplit('.').next().unwrap_or(exception);
        let id = error.fully_qualified_id.as_deref().unwrap_or_default();
        match exception {
            _ if ["NoMatchingEventsFound", "GetEventLogNoEntriesFound"]
                .iter()
                .any(|none| id.starts_with(none)) =>
            {
                Self::NoEvents
            }
            "ManagementObjectNotFoundException" => Self::NotFound,
            "CommandNotFoundException" => Self::UnknownCommand,
            _ if id.contains("ConstrainedLanguage") => Self::ConstrainedLanguage,
            // what is sent is the same script always, and it parses: in no-language mode none is taken (id
            // ScriptsNotAllowed), in restricted-language mode what comes first in it is refused
            "ParseException" | "IncompleteParseException" => Self::NoScripts,
            "UnauthorizedAccessException"
            | "SecurityException"
            | "SecurityAccessDeniedException" => Self::AccessDenied,
            // the id and the cmdlet's class, which follows it, are not spelt alike
            "PSArgumentException" | "PSSnapInException"
                if id.to_ascii_lowercase().contains("addpssnapin") =>
            {
                Self::NoSnapIn
            }
            "ADTransientException"
            | "ADOperationException"
            | "ADExternalException"
            | "ADServerSettingsChangedException"
            | "ADTopologyEndpointNotFoundException"
            | "ADTopologyUnexpectedException"
            | "DataSourceTransientException"
            | "DataSourceOperationException"
            | "NoSuitableServerFoundException"
            | "SuitabilityDirectoryException"
            | "CannotGetForestInfoException" => Self::DirectoryOutOfReach,
            name if name.starts_with("MapiException") || name.starts_with("Mapi") => {
                Self::StoreOutOfReach
            }
            _ => Self::Other,
        }
    }
}
