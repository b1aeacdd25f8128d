//! What can go wrong on one server.

use std::{fmt, time::Duration};

use mapisweep_winrm::{psrp::client, wsman::number};

use crate::{connection, kerberos::Cause, shell};
use mapisweep_core::{
    batch::{RowError, line::LineError},
    exchange::{Failure, Gap, Throttled, Version},
    helper_run::RunError,
};

/// Why a step on a server failed. The command line's advice says what to do about each.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No connection could be made or it was refused.
    #[error(transparent)]
    Connection(#[from] connection::Error),
    /// Something went wrong at Exchange's own endpoint.
    #[error("at Exchange's own endpoint: {cause}")]
    OwnEndpoint {
        /// The server, by its full name or as it calls itself.
        host: String,
        /// What.
        #[source]
        cause: Box<ServerError>,
    },
    /// Who answers there is another server, and what only the server itself tells was asked.
    #[error(
        "{server} answers in its place, and who is logged on here is not believed of another server"
    )]
    ServedByAnother {
        /// That one, as its answers say.
        server: String,
    },
    /// Exchange's cmdlets are to be asked at its own endpoint, and that cannot be.
    #[error("Exchange's own endpoint cannot be used: {0}")]
    NoOwnEndpoint(NoOwnEndpoint),
    /// Neither the snap-in on the plain endpoint nor Exchange's own endpoint told anything.
    #[error("{snap_in}, and Exchange's own endpoint does not help")]
    NeitherWay {
        /// What became of the snap-in.
        #[source]
        snap_in: Box<ServerError>,
        /// What of the endpoint.
        own: Box<ServerError>,
    },
    /// A DAG's own name led to none of its members.
    #[error("the DAG's own name leads to none of its members")]
    NoMember {
        /// The DAG.
        dag: String,
        /// What became of the name.
        #[source]
        cause: Box<ServerError>,
    },
    /// Exchange knows no DAG of this name.
    #[error("no DAG is called {dag:?}")]
    NoSuchDag {
        /// The name.
        dag: String,
    },
    /// The remote session failed.
    #[error(transparent)]
    Shell(#[from] shell::Error),
    /// The server has no Exchange management tools.
    #[error("no Exchange management tools are installed there")]
    NotExchange,
    /// Exchange 2013 or later, where there is nothing to close.
    #[error("Exchange 2013 or later")]
    TooNew {
        /// The build, where it got as far as asking.
        version: Option<Version>,
    },
    /// A cmdlet failed.
    #[error("{cmdlet} failed: {message}")]
    Cmdlet {
        /// The cmdlet.
        cmdlet: &'static str,
        /// What kind of failure.
        failure: Failure,
        /// The server's own words, in its own language.
        message: String,
    },
    /// A cmdlet returned nothing where something was certain.
    #[error("{cmdlet} returned nothing")]
    NoAnswer {
        /// The cmdlet.
        cmdlet: &'static str,
    },
    /// A cmdlet returned several objects where there can be one.
    #[error("{cmdlet} returned {count} objects where there can be one")]
    SeveralAnswers {
        /// The cmdlet.
        cmdlet: &'static str,
        /// How many.
        count: usize,
    },
    /// A cmdlet did not come to its end, and nobody said why.
    #[error("{cmdlet} gave no whole answer: {gap}")]
    CutShort {
        /// The cmdlet.
        cmdlet: &'static str,
        /// What is known.
        gap: Gap,
    },
    /// A step was given up, and may have been done all the same.
    #[error("the server was not done within {limit:?}")]
    TooSlow {
        /// How long was waited.
        limit: Duration,
    },
    /// The helper was given up, or a step in which it was to run.
    #[error(
        "{} within {limit:?}{}",
        if *.is_it { "the helper did not end" } else { "the server, where the helper was to run, was not done" },
        if *.is_gone { ", and was ended and removed" } else { "" }
    )]
    HelperTooSlow {
        /// How long was waited.
        limit: Duration,
        /// Whether all that was to be done before it was done.
        is_it: bool,
        /// Whether it was seen gone since then.
        is_gone: bool,
    },
    /// A shell was made, or may have been, and its name, or that of its computer, was not heard.
    #[error("the answer that would have told where was lost")]
    ShellUnheard,
    /// Nothing was sent of what was to be done.
    #[error(transparent)]
    NothingSent(Box<ServerError>),
    /// What was approved is not what is there now.
    #[error("things have changed since the plan was made: {what}")]
    ChangedMeanwhile {
        /// What.
        what: String,
    },
    /// The cleaning up was given up.
    #[error("the cleaning up was given up before its end")]
    CleaningUpTooSlow,
    /// The script's answer is not of the form that was agreed on.
    #[error("the script's answer cannot be understood")]
    Unreadable(#[source] LineError),
    /// Another computer answered than before: nothing was asked of it but its name.
    #[error("{answered} answered where {expected} did before")]
    AnotherComputer {
        /// The computer that answered first.
        expected: String,
        /// The one that answered now.
        answered: String,
    },
    /// None of the users exists, or a name is several people's: nothing more was asked.
    #[error("nobody is called so, or several people are")]
    NobodyMeant,
    /// A returned object was not as expected.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The helper could not be run, or did not say what it did.
    #[error(transparent)]
    Helper(#[from] RunError),
    /// The same where it was only to list connections.
    #[error(transparent)]
    Listing(RunError),
    /// The same where what became of the connections was looked at afterwards.
    #[error(transparent)]
    SeenAfterwards(RunError),
    /// A closing did not tell its end; what became of the connections was looked at afterwards.
    #[error(transparent)]
    EndSeenAfterwards(Box<ServerError>),
    /// The helper's file is still on the server.
    #[error("the helper could not be removed from the server: {path}")]
    HelperLeft {
        /// Where it is.
        path: String,
    },
    /// It was not seen that nothing is left behind.
    #[error("{what} may be left there")]
    MayBeLeft {
        /// What.
        what: Leftovers,
        /// Why nobody knows.
        #[source]
        cause: Box<ServerError>,
    },
    /// What became of a closing that was begun is not known.
    #[error("some connections may be closed, none was seen closed")]
    MayBeClosed {
        /// Why nobody knows.
        #[source]
        cause: Box<ServerError>,
    },
    /// A DAG names it, and nobody meant it: nothing was sent there.
    #[error("the DAG names it as a member, and it is {0}")]
    Outsider(Outsider),
    /// Not tried, because the same sign-in was refused at another server first, or by the KDC for it.
    #[error("not tried: this sign-in was refused at {server}")]
    NotTried {
        /// Where it was refused.
        server: String,
    },
    /// There is nothing to sign in with.
    #[error("there is nothing to sign in with")]
    NoCredential,
    /// Interrupted by the admin.
    #[error("interrupted")]
    Interrupted,
    /// Interrupted by the admin while the helper was closing connections.
    #[error("interrupted while closing: some connections may be closed, none was seen closed")]
    InterruptedWhileClosing,
}

/// Why a server that a DAG names is not signed in to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outsider {
    /// It is an address and no name.
    Address,
    /// It is the computer that mapisweep runs on.
    ThisComputer,
    /// It is in none of the domains that were named.
    OtherDomain {
        /// Those.
        meant: Vec<String>,
    },
}

impl fmt::Display for Outsider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("an address and no name"),
            Self::ThisComputer => f.write_str("this computer itself"),
            Self::OtherDomain { meant } if meant.is_empty() => {
                f.write_str("in a domain, and none was named")
            }
            Self::OtherDomain { meant } => write!(f, "not in {}", meant.join(", ")),
        }
    }
}

/// Why Exchange's own endpoint is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoOwnEndpoint {
    /// The snap-in alone is wanted.
    NotWanted,
    /// It refuses NTLM.
    Ntlm,
    /// It is called by its full name, and a short one or an address was given.
    NoFullName,
}

impl fmt::Display for NoOwnEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotWanted => "the snap-in alone is wanted",
            Self::Ntlm => "it refuses NTLM",
            Self::NoFullName => "it is called by the server's full name",
        })
    }
}

/// What a run may leave on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftovers {
    /// A remote shell.
    Shell,
    /// The helper's file.
    Helper,
    /// Both.
    HelperAndShell,
}

impl fmt::Display for Leftovers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shell => "a remote shell",
            Self::Helper => "the helper",
            Self::HelperAndShell => "the helper and a remote shell",
        })
    }
}

impl ServerError {
    /// The same of what failed before anything was sent of what was to be done; an interrupt is one as ever.
    pub(super) fn before_sending(self) -> Self {
        match self {
            Self::Interrupted => Self::Interrupted,
            error => Self::NothingSent(Box::new(error)),
        }
    }

    /// The same once the server was left, and no helper is there any more.
    pub(super) fn with_helper_gone(self) -> Self {
        match self {
            Self::HelperTooSlow { limit, is_it, .. } => Self::HelperTooSlow {
                limit,
                is_it,
                is_gone: is_it,
            },
            error => error,
        }
    }

    /// Whether reading the server once more, however late, would end in the same way.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::TooNew { .. } | Self::NotExchange | Self::NotTried { .. }
        )
    }

    /// Whether nothing was heard of the server, or no more: what was open there may still be.
    pub(super) fn is_on_the_way(&self) -> bool {
        self.connection().is_some()
    }

    /// Whether an answer was lost, or another came than one to what was asked.
    pub(super) fn says_nothing_of_the_question(&self) -> bool {
        let is_anothers = self
            .connection()
            .is_some_and(connection::Error::is_anothers_answer);
        match self {
            Self::Shell(error) => is_anothers || error.is_worth_asking_again(),
            _ => is_anothers,
        }
    }

    /// Whether what was asked for got no answer: what it was about may be well.
    pub fn is_unanswered(&self) -> bool {
        matches!(
            self,
            Self::Connection(_) | Self::Shell(_) | Self::TooSlow { .. }
        )
    }

    /// Whether the server took the sign-in before it failed.
    pub fn is_after_sign_in(&self) -> bool {
        matches!(self, Self::Shell(shell::Error::Remoting(_)))
    }

    /// Whether a closing that failed so has certainly closed nothing.
    pub fn is_before_closing(&self) -> bool {
        match self {
            Self::Helper(error) => error.is_before_its_work(),
            Self::Listing(_)
            | Self::Interrupted
            | Self::NotTried { .. }
            | Self::NoCredential
            | Self::NothingSent(_)
            | Self::ChangedMeanwhile { .. } => true,
            error => error.is_refused_pipeline(),
        }
    }

    /// Whether something is left on the server, or may be: what it is, the error says.
    pub fn leaves_something(&self) -> bool {
        let is_left = matches!(self, Self::HelperLeft { .. } | Self::MayBeLeft { .. });
        is_left || self.may_leave_a_shell()
    }

    /// Whether the helper is left on the server, or may be.
    pub fn leaves_the_helper(&self) -> bool {
        let is_shell = |what: &Leftovers| matches!(what, Leftovers::Shell);
        match self {
            Self::HelperLeft { .. } => true,
            Self::MayBeLeft { what, .. } => !is_shell(what),
            _ => false,
        }
    }

    /// Whether a shell was made, or may have been, that cannot be closed.
    pub(super) fn may_leave_a_shell(&self) -> bool {
        matches!(self, Self::Shell(shell::Error::MayBeLeft(_)))
    }

    /// Whether the name leads nowhere, or to where nobody answers.
    pub(super) fn is_nobody_there(&self) -> bool {
        matches!(
            self.connection(),
            Some(
                connection::Error::Unresolved { .. }
                    | connection::Error::Unreachable { .. }
                    | connection::Error::ConnectTimeout { .. }
            )
        )
    }

    /// Whether nothing came back in time, as where a firewall drops what is sent.
    pub(super) fn is_without_an_answer(&self) -> bool {
        matches!(
            self.connection(),
            Some(connection::Error::ConnectTimeout { .. })
        )
    }

    /// Whether it is about Exchange's own endpoint alone: what is on the plain one can be asked all the same.
    pub(super) fn is_of_own_endpoint(&self) -> bool {
        matches!(self, Self::OwnEndpoint { .. } | Self::NoOwnEndpoint(_))
    }

    /// Whether the plain endpoint is closed to who asks: nothing listens, or it lets nobody in from here, or administrators
    /// only.
    pub(super) fn is_closed_endpoint(&self) -> bool {
        if let Self::Shell(shell::Error::Remoting(client::Error::Refused { operation, fault })) =
            self
        {
            let is_closed = [number::ACCESS_DENIED, number::NO_SUCH_RESOURCE];
            return *operation == client::Operation::Create
                && is_closed.iter().any(|&number| fault.is(number));
        }
        matches!(
            self.connection(),
            Some(
                connection::Error::Unreachable { .. }
                    | connection::Error::NotWinRm { status: 403, .. }
            )
        )
    }

    /// Whether nothing of what was asked has run, because the endpoint, or a policy there, takes no scripts.
    pub fn is_refused_script(&self) -> bool {
        matches!(
            self,
            Self::Cmdlet {
                failure: Failure::NoScripts | Failure::ConstrainedLanguage,
                ..
            }
        )
    }

    /// Whether nothing of a script has run, because it was refused, or because another computer answered than was meant.
    pub fn is_refused_batch(&self) -> bool {
        matches!(self, Self::AnotherComputer { .. }) || self.is_refused_script()
    }

    /// Whether nothing of a pipeline has run, because the server refused it, or its script did.
    pub fn is_refused_pipeline(&self) -> bool {
        let refused = client::Operation::Command;
        match self {
            Self::Shell(shell::Error::Remoting(client::Error::Refused { operation, .. })) => {
                *operation == refused
            }
            error => error.is_refused_batch(),
        }
    }

    /// How long a throttling policy has this wait, where that is short.
    pub(super) fn short_wait(&self) -> Option<Duration> {
        self.throttled()?.short_wait()
    }

    /// Whether the server took the sign-in and lets this user open no shell.
    pub fn is_access_denied(&self) -> bool {
        match self {
            Self::Shell(shell::Error::Remoting(client::Error::Refused { fault, .. })) => {
                fault.is(number::ACCESS_DENIED)
            }
            _ => false,
        }
    }

    /// What was asked too much of, by a throttling policy or its like.
    pub fn throttled(&self) -> Option<Throttled> {
        match self {
            Self::OwnEndpoint { cause, .. } => cause.throttled(),
            Self::Shell(shell::Error::Remoting(client::Error::Refused { fault, .. })) => {
                Throttled::of(fault)
            }
            _ => None,
        }
    }

    /// Whether a password that was taken before was refused now: it may have been changed.
    pub fn is_password_no_longer(&self) -> bool {
        self.connection()
            .is_some_and(connection::Error::judges_password)
    }

    /// Whether the server judged the password and refused it, or a KDC did: trying it elsewhere could lock the account.
    pub fn is_refused_password(&self) -> bool {
        match self.connection() {
            Some(connection::Error::Refused(refusal)) => refusal.judges_password(),
            Some(connection::Error::Kerberos(error)) => error.is_about_the_person(),
            _ => false,
        }
    }

    /// Whether the server may have judged the password, and said nothing that tells.
    pub fn may_have_judged_password(&self) -> bool {
        let connection = self.connection();
        let is_lost = connection.is_some_and(connection::Error::maybe_delivered);
        is_lost || matches!(self, Self::TooSlow { .. })
    }

    /// Whether it was refused and another one may do: a KDC says where it is the account instead, a server does not.
    pub fn asks_for_another_password(&self) -> bool {
        let is_the_account = match self.connection() {
            Some(connection::Error::Kerberos(error)) => {
                !matches!(error.cause(), Cause::WrongPassword | Cause::PasswordExpired)
            }
            _ => false,
        };
        self.is_refused_password() && !is_the_account
    }

    fn connection(&self) -> Option<&connection::Error> {
        match self {
            Self::NothingSent(error) | Self::OwnEndpoint { cause: error, .. } => error.connection(),
            Self::Connection(error) | Self::Shell(shell::Error::Connection(error)) => Some(error),
            _ => None,
        }
    }
}
