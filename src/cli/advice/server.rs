//! Advice for what Exchange and the helper say.

use super::{
    Advice, Place, connection,
    local::shell_word,
    own, second_hop,
    shell::{self, SHELL_ENDS},
    with_causes,
};
use crate::{
    cli::text::quoted,
    servers::{Leftovers, Outsider, ServerError},
};
use mapisweep_core::{
    exchange::{Failure, own::is_of_exchange},
    helper_run::{ReportError, RunError},
};

const REPORT_IT: &str = "That should not happen: please report it with the output of -vv.";

const HELPER_GOES: &str =
    "The helper is in %ProgramFiles%\\mapisweep, if it is there: the next run removes it.";

pub(super) fn advice(error: &ServerError, place: Place<'_>) -> Advice {
    match error {
        ServerError::Connection(error) => connection::advice(error, place),
        ServerError::NoMember { dag, cause } => {
            let Advice { what, to_do } = advice(cause, place);
            let dag = shell_word(dag);
            let member = format!(
                "A DAG's own name need not lead anywhere: name one of its members beside it, as --server MEMBER --dag {dag}."
            );
            Advice::new(what, format!("{member} {to_do}"))
        }
        ServerError::NoSuchDag { dag } => Advice::new(
            format!("no DAG is called {}", quoted(dag)),
            format!(
                "Check the name; `mapisweep dag --server {}` shows all that there are.",
                shell_word(place.server)
            ),
        ),
        ServerError::Shell(error) => shell::advice(error, place),
        ServerError::OwnEndpoint { host, cause } => own::advice(host, cause, place),
        ServerError::ServedByAnother { .. } => own::advice(place.server, error, place),
        ServerError::NoOwnEndpoint(why) => own::none(*why, place),
        ServerError::NeitherWay { snap_in, own } => {
            own::neither(advice(snap_in, place), &advice(own, place))
        }
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
             nothing. What works there is `mapisweep victims`, which tells whom limits kept out, and `mapisweep doctor`.",
        ),
        ServerError::Cmdlet {
            cmdlet,
            failure,
            message,
        } => cmdlet_failed(cmdlet, *failure, message, place),
        ServerError::TooSlow { .. } => Advice::new(
            with_causes(error),
            format!(
                "{} may be overloaded: --step-timeout gives it longer.",
                place.server
            ),
        ),
        ServerError::HelperTooSlow { is_it, .. } => {
            let server = place.server;
            let held = match is_it {
                true => format!("A security product on {server} may hold it"),
                false => format!(
                    "{server} may be overloaded, or a security product there holds the helper"
                ),
            };
            Advice::new(
                with_causes(error),
                format!(
                    "{held}: allow its SHA-256 there (`mapisweep helper sha256`), or give it longer with --step-timeout."
                ),
            )
        }
        ServerError::ShellUnheard => Advice::new(with_causes(error), ""),
        ServerError::NothingSent(error) => {
            let Advice { what, to_do } = advice(error, place);
            Advice::new(format!("{what}; nothing was closed"), to_do)
        }
        ServerError::ChangedMeanwhile { .. } => Advice::new(
            with_causes(error),
            "Nothing was closed there: run it again to see the plan as it is now.",
        ),
        ServerError::CleaningUpTooSlow => Advice::new(with_causes(error), ""),
        ServerError::CutShort { .. } => Advice::new(
            with_causes(error),
            format!("Nothing can be said about {}. Try again.", place.server),
        ),
        ServerError::AnotherComputer { expected, answered } => Advice::new(
            format!("{answered} answered where {expected} did before, and was asked nothing"),
            format!(
                "A load balancer seems to answer to {}, or several computers to one name: name the server itself with \
                 --server.",
                place.server
            ),
        ),
        ServerError::SeveralAnswers { .. }
        | ServerError::NoAnswer { .. }
        | ServerError::NobodyMeant
        | ServerError::Unreadable(_)
        | ServerError::Row(_) => Advice::new(with_causes(error), REPORT_IT),
        ServerError::Helper(error) => helper(error, When::Closing, place),
        ServerError::Listing(error) => helper(error, When::Listing, place),
        ServerError::SeenAfterwards(error) => helper(error, When::SeenAfterwards, place),
        ServerError::EndSeenAfterwards(cause) => Advice::new(
            advice(cause, place).what,
            When::SeenAfterwards.of_connections(),
        ),
        ServerError::HelperLeft { .. } => Advice::new(
            with_causes(error),
            "Delete it there, or run mapisweep there again: it removes what it finds first.",
        ),
        ServerError::MayBeLeft { what, cause } => Advice::new(
            format!("{what} may be left there: {}", advice(cause, place).what),
            match what {
                Leftovers::Shell => SHELL_ENDS.to_owned(),
                Leftovers::Helper => HELPER_GOES.to_owned(),
                Leftovers::HelperAndShell => format!("{HELPER_GOES} {SHELL_ENDS}"),
            },
        ),
        ServerError::MayBeClosed { cause } => Advice::new(
            format!("{}: {error}", advice(cause, place).what),
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
        ServerError::NoCredential => Advice::new(
            with_causes(error),
            "Get a ticket with `kinit -f`, or give a password: `mapisweep login`.",
        ),
        ServerError::Interrupted => Advice::new(with_causes(error), ""),
        ServerError::InterruptedWhileClosing => Advice::new(
            with_causes(error),
            "See what is left with `mapisweep logons`.",
        ),
    }
}

fn cmdlet_failed(cmdlet: &str, failure: Failure, message: &str, place: Place<'_>) -> Advice {
    let Place { server, user, .. } = place;
    match failure {
        Failure::NotFound => Advice::new(
            format!("{cmdlet} found nothing: {message}"),
            "Check the name.",
        ),
        Failure::UnknownCommand => {
            let missing = named_in(message).unwrap_or(cmdlet);
            Advice::new(
                format!("there is no {missing} for {user} there"),
                match missing {
                    OF_DAGS => format!(
                        "Exchange 2007 has no DAGs: name its servers with --server. On a later one, {user} has no Exchange \
                         role."
                    ),
                    missing if is_of_exchange(missing) => format!(
                        "The Exchange management tools are missing on {server}, or {user} has no Exchange role."
                    ),
                    // every PowerShell has the others, where all of it may be used
                    _ => format!(
                        "This endpoint of {server} is restricted to some commands; mapisweep needs the plain one."
                    ),
                },
            )
        }
        Failure::NoSnapIn => Advice::new(
            format!("the Exchange snap-in cannot be loaded: {message}"),
            format!("Install the Exchange management tools on {server}."),
        ),
        Failure::DirectoryOutOfReach => Advice::new(
            format!("{cmdlet} could not reach Active Directory: {message}"),
            second_hop::ways_out(place),
        ),
        Failure::AccessDenied if OF_THE_LOG.contains(&cmdlet) => Advice::new(
            format!("{cmdlet} was denied: {message}"),
            format!(
                "Let {user} read {server}'s event log: as one of its Administrators or Event Log Readers."
            ),
        ),
        Failure::AccessDenied if !is_of_exchange(cmdlet) => Advice::new(
            format!("{cmdlet} was denied: {message}"),
            shell::not_administrator(place),
        ),
        Failure::NoEvents => Advice::new(format!("{cmdlet} found no events: {message}"), ""),
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
        // a parser's listing of the whole script may be in the message
        Failure::NoScripts => Advice::new(
            format!(
                "this endpoint of {server} takes single commands and no scripts, so nothing was done"
            ),
            "The helper needs the plain endpoint, as an administrator; `mapisweep logons` does without it.",
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

/// Those that read the event log.
const OF_THE_LOG: [&str; 2] = ["Get-WinEvent", "Get-EventLog"];

/// The command that is missing, as PowerShell says it: in quotes, in every language.
fn named_in(message: &str) -> Option<&str> {
    let is_quote = |c| matches!(c, '\'' | '"' | '‘'..='‟' | '«' | '»' | '「' | '」');
    let is_command = |word: &&str| {
        word.contains('-') && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    message.split(is_quote).map(str::trim).find(is_command)
}

/// When the helper went wrong.
#[derive(Clone, Copy)]
enum When {
    /// While it was to close connections, and what it closed is not known.
    Closing,
    /// While it was only to list them.
    Listing,
    /// While it was to close them, and what became of them was looked at.
    SeenAfterwards,
}

impl When {
    /// What is known of the connections.
    fn of_connections(self) -> &'static str {
        match self {
            Self::Closing => {
                "What it closed is not known: look with `mapisweep connections` before trying again."
            }
            Self::Listing => "It was only to list connections: try again.",
            Self::SeenAfterwards => {
                "What became of the connections was looked at afterwards: for those that are gone nothing is left to be done."
            }
        }
    }
}

fn helper(error: &RunError, when: When, place: Place<'_>) -> Advice {
    let Place { server, .. } = place;
    let of_connections = when.of_connections();
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
        RunError::AtWork(_) => Advice::new(what, "Wait for it, then run this again."),
        RunError::NoTurn(_) => Advice::new(
            what,
            format!("Nothing was done. It takes an administrator of {server}."),
        ),
        RunError::NotCleared(_) => Advice::new(
            what,
            format!(
                "It takes an administrator of {server}. If you are one, look what keeps %ProgramFiles%\\mapisweep from being \
                 removed there."
            ),
        ),
        RunError::AlreadyThere(_) => Advice::new(
            what,
            "Another run may be at work there: wait for it. If there is none, delete the file, then run this again.",
        ),
        RunError::NotWritten(_) => Advice::new(
            what,
            format!(
                "It takes an administrator of {server}. If you are one: %ProgramFiles%\\mapisweep may not be \
                 writable, the disk full, or a security product in the way."
            ),
        ),
        RunError::NotChecked(_) => Advice::new(
            what,
            "Nothing was run. A security product may have taken the file away or hold it: allow its SHA-256 (`mapisweep \
             helper sha256`). Or another run is at work there.",
        ),
        RunError::HashDiffers(_) => Advice::new(
            what,
            "Nothing was run. A security product may have changed the file: allow its SHA-256 (`mapisweep helper \
             sha256`).",
        ),
        RunError::NotStarted { .. } => Advice::new(what, format!("Is {server} a 64-bit Windows?")),
        RunError::DidNotFinish(_) => Advice::new(what, of_connections),
        RunError::Report(ReportError::NotElevated) => {
            Advice::new(what, shell::not_administrator(place))
        }
        RunError::Report(ReportError::OtherProtocol(_)) => Advice::new(
            what,
            format!("It is not this version's that answered. {of_connections}"),
        ),
        RunError::Report(ReportError::TableUnreadable) => Advice::new(what, "Try again."),
        RunError::Report(error @ ReportError::Ended { .. }) => Advice::new(
            what,
            match error.is_crash() {
                true => format!(
                    "{REPORT_IT} A security product on {server} that reaches into programs may be the cause, too: allow its \
                     SHA-256 there (`mapisweep helper sha256`). {of_connections}"
                ),
                false => format!(
                    "A security product on {server} may have ended it: allow its SHA-256 there (`mapisweep helper sha256`). \
                     {of_connections}"
                ),
            },
        ),
        RunError::Report(ReportError::Truncated { .. }) => Advice::new(what, of_connections),
        RunError::Report(ReportError::OtherTargets | ReportError::FewerTargets { .. }) => {
            Advice::new(
                what,
                format!(
                    "{of_connections} A security product on {server} may have come between: allow the helper's SHA-256 there \
                     (`mapisweep helper sha256`). If there is none, please report it with the output of -vv."
                ),
            )
        }
        RunError::Report(_) | RunError::NoResult => Advice::new(what, REPORT_IT),
    }
}
