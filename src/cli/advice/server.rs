//! Advice for what Exchange and the helper say.

use super::{
    Advice, Scene, connection, second_hop,
    shell::{self, SHELL_ENDS},
    with_causes,
};
use crate::{
    cli::text::plain,
    servers::{Leftovers, Outsider, ServerError},
};
use mapisweep_core::{
    exchange::Failure,
    helper_run::{ReportError, RunError},
};

const REPORT_IT: &str = "That should not happen: please report it with the output of -vv.";

const HELPER_GOES: &str =
    "The helper is in %ProgramFiles%\\mapisweep, if it is there: the next run removes it.";

pub(super) fn advice(error: &ServerError, scene: Scene<'_>) -> Advice {
    match error {
        ServerError::Connection(error) => connection::advice(error, scene),
        ServerError::Shell(error) => shell::advice(error, scene),
        ServerError::NotExchange => Advice::new(
            with_causes(error),
            "Name the mailbox server of Exchange 2007 or 2010, not a client or a management computer.",
        ),
        ServerError::TooNew { version } => Advice::new(
            match version {
                Some(version) => format!("it runs {version}"),
                None => with_causes(error),
            },
            "There is nothing to close: since 2013 clients come over HTTPS only, and Get-LogonStatistics delivers \
             nothing.",
        ),
        ServerError::Cmdlet {
            cmdlet,
            failure,
            message,
        } => cmdlet_failed(cmdlet, *failure, &plain(message), scene),
        ServerError::TooSlow { .. } => Advice::new(
            with_causes(error),
            format!(
                "{} may be overloaded: --step-timeout gives it longer.",
                scene.server
            ),
        ),
        ServerError::CleaningUpTooSlow => Advice::new(with_causes(error), ""),
        ServerError::CutShort { .. } => Advice::new(
            with_causes(error),
            format!("Nothing can be said about {}. Try again.", scene.server),
        ),
        ServerError::SeveralAnswers { .. }
        | ServerError::NoAnswer { .. }
        | ServerError::NobodyMeant
        | ServerError::Unreadable(_)
        | ServerError::Row(_) => Advice::new(with_causes(error), REPORT_IT),
        ServerError::Helper(error) => helper(error, scene),
        ServerError::HelperLeft { .. } => Advice::new(
            with_causes(error),
            "Delete it there, or run mapisweep there again: it removes what it finds first.",
        ),
        ServerError::MayBeLeft { what, cause } => Advice::new(
            format!("{what} may be left there: {}", advice(cause, scene).what),
            match what {
                Leftovers::Shell => SHELL_ENDS.to_owned(),
                Leftovers::Helper => HELPER_GOES.to_owned(),
                Leftovers::HelperAndShell => format!("{HELPER_GOES} {SHELL_ENDS}"),
            },
        ),
        ServerError::MayBeClosed { cause } => Advice::new(
            format!("{}: {error}", advice(cause, scene).what),
            "See what is left with `mapisweep logons` before trying again.",
        ),
        ServerError::Outsider(Outsider::OtherDomain { .. }) => Advice::new(
            with_causes(error),
            "Nothing was sent there. If it is one of yours, add --allow-member-domain with its domain, or \
             `member-domains` to the profile.",
        ),
        ServerError::Outsider(_) => Advice::new(
            with_causes(error),
            "Nothing was sent there. If it is one of yours, give its name with --server.",
        ),
        ServerError::NotTried { .. } => Advice::new(
            with_causes(error),
            "A wrong password counts against the account at every server, so it is tried at one.",
        ),
        ServerError::Interrupted => Advice::new(with_causes(error), ""),
        ServerError::InterruptedWhileClosing => Advice::new(
            with_causes(error),
            "See what is left with `mapisweep logons`.",
        ),
    }
}

fn cmdlet_failed(cmdlet: &str, failure: Failure, message: &str, scene: Scene<'_>) -> Advice {
    let Scene { server, user, .. } = scene;
    match failure {
        Failure::NotFound => Advice::new(
            format!("{cmdlet} found nothing: {message}"),
            "Check the name.",
        ),
        // every PowerShell has these, where all of it may be used
        Failure::UnknownCommand if OF_WINDOWS.contains(&cmdlet) => Advice::new(
            format!("there is no {cmdlet} for {user} there"),
            format!(
                "This endpoint of {server} is restricted to some commands; mapisweep needs the plain one."
            ),
        ),
        Failure::UnknownCommand if cmdlet == OF_DAGS => Advice::new(
            format!("there is no {cmdlet} for {user} there"),
            format!(
                "Exchange 2007 has no DAGs: name its servers with --server. On a later one, {user} has no Exchange role."
            ),
        ),
        Failure::UnknownCommand => Advice::new(
            format!("there is no {cmdlet} for {user} there"),
            format!(
                "The Exchange management tools are missing on {server}, or {user} has no Exchange role."
            ),
        ),
        Failure::NoSnapIn => Advice::new(
            format!("the Exchange snap-in cannot be loaded: {message}"),
            format!("Install the Exchange management tools on {server}."),
        ),
        Failure::DirectoryOutOfReach => Advice::new(
            format!("{cmdlet} could not reach Active Directory: {message}"),
            second_hop::ways_out(scene),
        ),
        Failure::AccessDenied => Advice::new(
            format!("{cmdlet} was denied: {message}"),
            format!(
                "Give {user} the right to read Exchange: View-Only Administrator (2007) or View-Only Organization \
                 Management (2010)."
            ),
        ),
        Failure::StoreOutOfReach => Advice::new(
            format!("{cmdlet} could not ask the store: {message}"),
            format!(
                "Check on {server} that the service MSExchangeIS runs and the databases are mounted."
            ),
        ),
        Failure::NoScripts => Advice::new(
            format!("{cmdlet} was refused: {message}"),
            format!(
                "Nothing of it has run. This endpoint of {server} runs single commands only; the helper needs the plain \
                 one, as an administrator."
            ),
        ),
        Failure::ConstrainedLanguage => Advice::new(
            format!("{cmdlet} was stopped: {message}"),
            format!(
                "A policy (AppLocker or WDAC) on {server} confines PowerShell to its simplest language, and the helper \
                 cannot be run so."
            ),
        ),
        Failure::Other => Advice::new(format!("{cmdlet} failed: {message}"), ""),
    }
}

/// It came with Exchange 2010.
const OF_DAGS: &str = "Get-DatabaseAvailabilityGroup";

/// Those of the cmdlets asked for that are not Exchange's.
const OF_WINDOWS: [&str; 5] = [
    "Get-Date",
    "Get-Item",
    "Get-ItemProperty",
    "Get-PSSnapin",
    "Add-PSSnapin",
];

fn helper(error: &RunError, scene: Scene<'_>) -> Advice {
    let Scene { server, .. } = scene;
    let what = match error {
        RunError::Report(error) => with_causes(error),
        error => with_causes(error),
    };
    match error {
        error if error.is_blocked_by_policy() => Advice::new(
            format!("{what}: a policy or security product blocks it"),
            "Write it to a file with `mapisweep helper export FILE`, sign it or allow its SHA-256 (`mapisweep helper \
             sha256`), then give the signed file with --helper.",
        ),
        RunError::AlreadyThere(_) => Advice::new(
            what,
            "Another run may be at work there: wait for it. If there is none, delete the file, then run this again.",
        ),
        RunError::NotWritten(_) => Advice::new(
            what,
            format!(
                "It takes an administrator of {server}. If you are one: another run may be at work there, \
                 %ProgramFiles%\\mapisweep may not be writable, or the disk full."
            ),
        ),
        RunError::HashDiffers(_) => Advice::new(
            what,
            "Nothing was run. Another run may be at work there, or a security product has changed the file: allow its \
             SHA-256 (`mapisweep helper sha256`).",
        ),
        RunError::NotStarted { .. } => Advice::new(what, format!("Is {server} a 64-bit Windows?")),
        RunError::DidNotFinish(_) => Advice::new(
            what,
            "What it did is not known: look with `mapisweep connections` before trying again.",
        ),
        RunError::Report(ReportError::NotElevated) => {
            Advice::new(what, shell::not_administrator(scene))
        }
        RunError::Report(ReportError::OtherProtocol(_)) => Advice::new(
            what,
            "The file given with --helper belongs to another version: export and sign this version's.",
        ),
        RunError::Report(ReportError::TableUnreadable) => Advice::new(what, "Try again."),
        RunError::Report(ReportError::Truncated { .. }) => Advice::new(
            what,
            "Something on the server may have ended it, as a security product does. Look with `mapisweep connections` \
             before trying again.",
        ),
        RunError::Report(ReportError::OtherTargets) => Advice::new(
            what,
            "What it closed is not known: look with `mapisweep connections` before trying again.",
        ),
        RunError::Report(_) | RunError::NoResult => Advice::new(what, REPORT_IT),
    }
}
