//! The differences that are meant to be, and why.

/// The beginning of a path, and the reason.
#[rustfmt::skip]
const DELIBERATE: &[(&str, &str)] = &[
    ("Create.option.WINRS_NOPROFILE", "Create: the user's profile is left to the server's default"),
    ("Create.shell.IdleTimeOut", "Create: the idle time-out is left to the server's default"),
    ("InitRunspacePool.HostInfo", "INIT_RUNSPACEPOOL: there is no host"),
    ("InitRunspacePool.ApplicationArguments", "INIT_RUNSPACEPOOL: no application arguments"),
    ("InitRunspacePool.MinRunspaces", "INIT_RUNSPACEPOOL: one runspace"),
    ("InitRunspacePool.MaxRunspaces", "INIT_RUNSPACEPOOL: one runspace"),
    ("InitRunspacePool.PSThreadOptions", "INIT_RUNSPACEPOOL: threads are left to the server's default"),
    ("InitRunspacePool.ApartmentState", "INIT_RUNSPACEPOOL: threads are left to the server's default"),
    ("PublicKey.PublicKey", "PUBLIC_KEY: a key pair is used once"),
    ("CreatePipeline.RemoteStreamOptions", "CREATE_PIPELINE: records need not say which command wrote them; typed as specified"),
    ("CreatePipeline.HostInfo", "CREATE_PIPELINE: there is no host"),
    ("CreatePipeline.ApartmentState", "CREATE_PIPELINE: threads are left to the server's default"),
    ("CreatePipeline.AddToHistory", "CREATE_PIPELINE: nothing goes into a history"),
    ("CreatePipeline.PowerShell.History", "CREATE_PIPELINE: nothing goes into a history"),
    ("CreatePipeline.PowerShell.ExtraCmds", "CREATE_PIPELINE: one statement a pipeline"),
    ("CreatePipeline.PowerShell.RedirectShellErrorOutputPipe", "CREATE_PIPELINE: errors stay in their own stream"),
    ("CreatePipeline.PowerShell.Cmds[].Merge", "CREATE_PIPELINE: no stream is merged into another, and PowerShell 5's merge is not named"),
    ("CreatePipeline.PowerShell.Cmds[].UseLocalScope", "CREATE_PIPELINE: a script has a scope of its own, so that it leaves no preference behind"),
    ("PipelineHostResponse.m", "host responses: every question is declined"),
    ("RunspacePoolHostResponse.m", "host responses: every question is declined"),
    ("Send.pr", "host responses: the stream names the pipeline, as specified"),
    ("Send not made", "Send: as much as the envelope holds, so fewer of them"),
    ("Terminate not made", "Signal: ended pipelines are given up once there are four of them"),
    ("Terminate not recorded", "Signal: ended pipelines are given up once there are four of them"),
    ("Delete not recorded", "Delete: the shell is deleted even where the recorded client left it"),
    ("KeysOnly", "keys: recorded without a pipeline, or without an answer"),
];

/// Why this may differ.
pub fn reason(path: &str) -> Option<&'static str> {
    let matching = DELIBERATE
        .iter()
        .find(|(beginning, _)| path.starts_with(beginning));
    matching.map(|(_, reason)| *reason)
}
