//! The differences that are meant to be, and why.

/// Differences with a reason.
#[derive(Debug)]
pub struct Deliberate {
    /// In which conversations; in all, if none is named.
    conversations: &'static [&'static str],
    /// Any of these is in their paths.
    paths: &'static [&'static str],
    pub reason: &'static str,
}

impl Deliberate {
    pub fn covers(&self, conversation: &str, path: &str) -> bool {
        let everywhere = self.conversations.is_empty();
        (everywhere || self.conversations.contains(&conversation))
            && self.paths.iter().any(|part| path.contains(part))
    }
}

const fn everywhere(paths: &'static [&'static str], reason: &'static str) -> Deliberate {
    only(&[], paths, reason)
}

const fn only(
    conversations: &'static [&'static str],
    paths: &'static [&'static str],
    reason: &'static str,
) -> Deliberate {
    Deliberate {
        conversations,
        paths,
        reason,
    }
}

/// What the lab has of PowerShell 2.0 where the engine is 7, and what is made up by both.
#[rustfmt::skip]
pub const DELIBERATE: &[Deliberate] = &[
    // PowerShell 2.0 on .NET 2.0
    everywhere(&["SessionCapability.protocolversion", "ApplicationPrivateData"], "2.0 speaks 2.1, and has another table of versions"),
    everywhere(&[".BoundParameters.type", ".UnboundArguments.type"], "names of generic types have the version of .NET in them"),
    everywhere(&[".InvocationInfo.Statement", ".InvocationInfo.PSScriptRoot", ".InvocationInfo.PSCommandPath", ".DisplayScriptPosition"], "2.0 does not know where a script is"),
    everywhere(&[".ErrorDetails_ScriptStackTrace", ".PSMessageDetails"], "told by 3.0 and later"),
    everywhere(&[".Exception.HResult"], "told by .NET 4.5 and later"),
    only(&["a cmdlet without its snap-in", "a command that is not there", "a DAG", "a DAG that is not there"],
        &["PipelineState.ExceptionAsErrorRecord.text", ".Exception.text", ".Exception.Message", ".Exception.ErrorRecord"], "7 words it anew"),
    only(&["the computer's name"], &["PipelineOutput.text"], "what an entry shows as is news of .NET Core's"),
    only(&["the helper: no program"], &["PipelineOutput[]"], "newer .NET says in more words that it does not start"),
    only(&["snap-ins"], &["PipelineOutput"], "a type of 2.0's that nobody can make in 7, where a bag of its members stands in"),
    // nobody's answer
    only(&["a snap-in that is not there", "a server that is not there", "a mailbox that is not there", "a DAG that is not there"],
        &["ErrorRecord.FullyQualifiedErrorId"], "ends with the class of a cmdlet, or with the name of a function, which the stand-ins are"),
    everywhere(&[".Exception.TargetSite", ".Exception.Source", ".Exception.StackTrace"], "where in the engine it was thrown"),
    everywhere(&[".Exception.CommandName", ".Exception.ItemName", ".Exception.SessionStateCategory", ".Exception.ParamName", ".Exception.ParameterName", ".Exception.ParameterType", ".Exception.TypeSpecified", ".Exception.ErrorId", ".Exception.Line", ".Exception.Offset", ".Exception.CommandInvocation"],
        "what exceptions of one kind tell besides; nobody reads it"),
    only(&["the computer's name", "the session limit"], &[".PSDrive", ".PSProvider"], "drive and provider of a path come by name; nobody reads them"),
    // made up by both
    everywhere(&["PipelineOutput.WhenChanged"], "when it was changed is made up"),
    only(&["logons"], &["PipelineOutput.ClientVersion", "PipelineOutput.Latency", "PipelineOutput.LocaleID", "PipelineOutput.CurrentOpen", "OperationCount", "PipelineOutput.RPCCallsSucceeded"],
        "numbers are made up, and which of them are there"),
    only(&["the helper: connections"], &["PipelineOutput[]"], "the engine's server has no clients meanwhile"),
];
