//! What can be made to go wrong on a simulated server.

use std::time::Duration;

use clap::ValueEnum;

use crate::site::OwnEndpointFault;

/// Everything that may go wrong on one server; the default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every request waits this long before it is answered: a slow line.
    pub delay: Duration,
    /// The n-th authenticated request since the fault was set, counted from 1, ends like this.
    pub at_exchange: Option<(u64, Breakage)>,
    /// So does each from the n-th on.
    pub from_exchange: Option<(u64, Breakage)>,
    /// Each response to a signed-in request says `Connection: close` and means it.
    pub close_after_each_response: bool,
    /// So does each NTLM challenge, which is how a proxy that pools connections makes sign-in impossible.
    pub close_between_ntlm_legs: bool,
    /// Only this scheme is offered, besides `Basic` where that is; otherwise `Negotiate`, and `Kerberos` where the lab has it.
    pub only_scheme: Option<Scheme>,
    /// `Basic` is offered on HTTPS.
    pub basic_over_https: bool,
    /// The server demands a channel binding (CbtHardeningLevel=Strict).
    pub strict_channel_binding: bool,
    /// The multipart boundary of responses is written `-- Encrypted Boundary`, as Exchange's IIS does.
    pub boundary_with_space: bool,
    /// Exchange's cmdlets reach Active Directory in the caller's name only, as on almost every real server: in a session
    /// that was opened without a delegated ticket, as always with NTLM, the second hop fails.
    pub requires_delegation: bool,
    /// The helper goes wrong.
    pub helper: HelperFault,
    /// Exchange's own endpoint does.
    pub own_endpoint: OwnEndpointFault,
    /// The snap-in does not let recipients be sought in the whole forest.
    pub own_domain_only: bool,
    /// Everybody's password is another one now, for whoever signs in by NTLM.
    pub passwords_changed: bool,
    /// WinRM's own endpoint lets nobody in: HTTP 403.
    pub plain_closed: bool,
    /// WinRM says that it takes messages that nothing seals; it takes them all the same only sealed.
    pub allows_unencrypted: bool,
    /// A policy confines PowerShell on WinRM's own endpoint.
    pub language: Language,
    /// Exchange's snap-ins are not as they should be.
    pub snap_ins: SnapIns,
    /// `Get-LogonStatistics` is denied.
    pub denies_logons: bool,
    /// Other servers hear nothing at its address, however it answers whoever runs mapisweep.
    pub is_dead: bool,
    /// It has no way to other servers, so that it cannot tell which of them live.
    pub is_cut_off: bool,
    /// Its clock is ahead by so much, in what it says of the time; what happened when stays as it was.
    pub clock_ahead: Duration,
}

/// What PowerShell may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// Everything.
    #[default]
    Full,
    /// No methods but those of core types: a script ends at its first one.
    Constrained,
    /// No scripts.
    None,
}

/// Which of Exchange's snap-ins a server has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SnapIns {
    /// That of its version.
    #[default]
    Own,
    /// That of its version is registered, and cannot be loaded.
    Broken,
    /// That of Exchange 2007, whatever runs there.
    Of2007,
    /// None: it has no Exchange.
    None,
}

/// The schemes that carry NTLM and Kerberos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Either.
    Negotiate,
    /// NTLM by its own name.
    Ntlm,
    /// Kerberos by its own name.
    Kerberos,
}

/// How an exchange breaks. Unless it says otherwise, the request is not acted upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Breakage {
    /// All TCP connections end, and new ones are refused: for a moment, or for as long as each exchange breaks.
    Refused,
    /// The TCP connection ends.
    CloseBefore,
    /// It is reset.
    ResetBefore,
    /// The request is acted upon, then the TCP connection ends without an answer.
    CloseAfter,
    /// The request is acted upon, then it is reset.
    ResetAfter,
    /// The request is acted upon, and it is reset in the middle of the answer.
    ResetAmid,
    /// The request is acted upon and answered, and then it is reset.
    ResetOnceAnswered,
    /// HTTP 401: the connection is nobody's any more.
    ForgetsSignIn,
    /// HTTP 407, as if a proxy wanted a password.
    ProxyWantsSignIn,
    /// HTTP 500 with an empty body.
    Status500,
    /// HTTP 500 with a page for people.
    ErrorPage,
    /// HTTP 503 with a page for people.
    Unavailable,
    /// HTTP 204.
    NoContent,
    /// HTTP 302 to another place.
    Redirect,
    /// HTTP 200 with a body that is nothing.
    Garbage,
    /// The request is acted upon, and the TCP connection ends in the middle of the answer.
    Truncated,
    /// The request is acted upon, and the answer does not end.
    Oversized,
    /// The request is acted upon, and the answer was changed on the way.
    WronglySealed,
    /// The request is acted upon, but the answer says that it is to another one.
    ForAnother,
    /// The request is acted upon, and nothing comes.
    Hang,
    /// The request is acted upon, and the answer comes a byte a second.
    Drip,
}

impl Breakage {
    /// Each of them.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    /// Whether the request is acted upon all the same.
    pub(crate) fn is_acted_upon(self) -> bool {
        match self {
            Self::Refused
            | Self::CloseBefore
            | Self::ResetBefore
            | Self::ForgetsSignIn
            | Self::ProxyWantsSignIn
            | Self::Status500
            | Self::ErrorPage
            | Self::Unavailable
            | Self::NoContent
            | Self::Redirect
            | Self::Garbage => false,
            Self::CloseAfter
            | Self::ResetAfter
            | Self::ResetAmid
            | Self::ResetOnceAnswered
            | Self::Truncated
            | Self::Oversized
            | Self::WronglySealed
            | Self::ForAnother
            | Self::Hang
            | Self::Drip => true,
        }
    }
}

/// How the helper goes wrong on the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HelperFault {
    /// It works.
    #[default]
    None,
    /// Application control refuses to start it.
    BlockedByPolicy,
    /// The bytes on disk differ from those sent.
    HashMismatch,
    /// Windows takes the orders, but the connections stay, as the helper sees.
    ClosesNothing,
    /// The first of the machine's client connections survives.
    OneSurvives,
    /// The helper claims to have seen them gone, but they stay.
    OnlyClaims,
    /// Closing is denied (5).
    Denied,
    /// The process is not elevated.
    NotElevated,
    /// It closes them all, and reports that there was nothing to close.
    ReportsNothing,
    /// It closes them all, and reports on one of them as if it had been another's.
    ReportsAnother,
    /// It dies in the middle of its output.
    Dies,
    /// It never ends by itself.
    Hangs,
}

impl HelperFault {
    /// Whether it happens around the helper rather than in the machine that the native helper sees.
    pub(crate) fn can_be_had_under_wine(self) -> bool {
        match self {
            Self::None
            | Self::BlockedByPolicy
            | Self::HashMismatch
            | Self::ClosesNothing
            | Self::Dies
            | Self::ReportsNothing
            | Self::ReportsAnother
            | Self::Hangs => true,
            Self::OneSurvives | Self::OnlyClaims | Self::Denied | Self::NotElevated => false,
        }
    }
}
