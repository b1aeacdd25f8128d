//! What is being done on a server, for whoever watches.

use serde::Serialize;

/// What is being done on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Resolving its name and connecting.
    Connecting,
    /// Waiting until another server has judged the password.
    AwaitingPassword,
    /// Signing in and opening the remote shell.
    SigningIn,
    /// Asking who belongs to a DAG.
    AskingForMembers,
    /// Reading which servers, DAGs and databases there are.
    ReadingDirectory,
    /// Asking where databases are mounted.
    AskingWhatIsMounted,
    /// Looking the users up.
    FindingUsers,
    /// Recognising the server, loading the Exchange cmdlets, reading the logons.
    ReadingLogons,
    /// Asking what is needed, for whoever wants to know whether it is there.
    Examining,
    /// Reading the logons, and pushing and running the helper to list connections.
    ReadingAll,
    /// Reading the event log.
    ReadingEvents,
    /// Asking whether it reaches servers that are said to be dead.
    TryingDeadServers,
    /// Reading the log of the RPC Client Access service.
    ReadingClientLog,
    /// Asking whose DNs the events name.
    NamingVictims,
    /// Pushing and running the helper to list connections.
    ListingConnections,
    /// Nothing, until the plan is made and approved.
    Waiting,
    /// Pushing and running the helper to close connections.
    Closing,
    /// Reading the logons again.
    Verifying,
    /// Removing what is left and closing the remote shell.
    CleaningUp,
    /// Looking what became of a closing that did not say so; runs the helper to list connections.
    LookingAfter,
    /// Nothing more will happen here, and something may be left.
    Left,
    /// Nothing more will happen here.
    Finished,
}

/// Told of every step; the terminal's progress bars in real life.
pub trait Observer: Send + Sync {
    /// This server has begun this step.
    fn step(&self, server: &str, step: Step);

    /// The helper may be there from now on, or is gone.
    fn helper(&self, _server: &str, _may_be_there: bool) {}

    /// This server said something that changes nothing and that a person may want to know: a warning, mostly.
    fn remark(&self, server: &str, what: &str);

    /// Which way was taken there, and why: for whoever wants to know all.
    fn detail(&self, _server: &str, _what: &str) {}
}
