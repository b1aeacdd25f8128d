//! What a Kerberos library's number comes down to. Chosen by number, never by text: texts are the library's and the
//! language's, the numbers are RFC 4120's and MIT's error table, which Heimdal keeps.

use mapisweep_gssapi as gssapi;

/// What went wrong, as far as the number says and no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// 1: the account ran out. Windows says 18 instead.
    AccountExpired,
    /// 6: the KDC knows nobody of this name.
    UnknownPerson,
    /// 7: the KDC knows no such service.
    UnknownService,
    /// 8: the service belongs to several accounts.
    SeveralServices,
    /// 12: a rule of the domain says no, such as hours, computers, or a protected account.
    Policy,
    /// 13: the KDC does not do what was asked for, such as a ticket to be passed on.
    BadOption,
    /// 14: no encryption that both sides take.
    NoCommonEncryption,
    /// 18: the account is disabled, locked out or has run out.
    AccountRevoked,
    /// 20: the ticket-granting ticket is not taken any more.
    TicketRevoked,
    /// 23: the password has run out and must be changed.
    PasswordExpired,
    /// 24, 31 and the library's own: the password is wrong.
    WrongPassword,
    /// 32: the ticket has run out.
    TicketExpired,
    /// 33: the ticket is not valid yet.
    TicketNotYetValid,
    /// 37: the clocks differ.
    ClockSkew,
    /// 41: sealed for another key: the name belongs to another account.
    Modified,
    /// 52: the answer does not fit UDP, and TCP did not go through.
    TooBigForUdp,
    /// 60: the KDC says only that something is wrong.
    Generic,
    /// 68, or no way to the realm: the person or the service is of another realm.
    WrongRealm,
    /// The KDC's answer is not what was asked for.
    ReplyModified,
    /// Nothing tells where the realm's KDCs are.
    RealmUnknown,
    /// No KDC of the realm answers.
    KdcUnreachable,
    /// The KDC's name has no address.
    KdcUnresolved,
    /// No realm is configured as the default.
    NoDefaultRealm,
    /// The configuration cannot be read.
    BadConfiguration,
    /// The library does not bind a sign-in to its TLS channel, or the server is bound to another one.
    Binding,
    /// There is no ticket, or the place where they are kept cannot be read; the number does not say which.
    NoTicket,
    /// Something else; only the library's own words tell.
    Other,
}

impl Cause {
    /// What an error comes down to.
    pub fn of(error: &gssapi::Error) -> Self {
        match error.major() & ROUTINE_ERRORS {
            BAD_BINDINGS => Self::Binding,
            _ if error.says_expired() => Self::TicketExpired,
            _ => Self::of_minor(error.minor()),
        }
    }

    fn of_minor(minor: i32) -> Self {
        if let Some(known) = protocol_number(minor).and_then(Self::of_protocol) {
            return known;
        }
        match minor {
            -1_765_328_174 => Self::WrongPassword,
            -1_765_328_230 | -1_765_328_167 => Self::RealmUnknown,
            -1_765_328_228 => Self::KdcUnreachable,
            -1_765_328_164 => Self::KdcUnresolved,
            -1_765_328_160 => Self::NoDefaultRealm,
            -1_765_328_237 => Self::ReplyModified,
            -1_765_328_236 => Self::ClockSkew,
            -1_765_328_234 | -1_765_328_196 | -1_765_328_147 => Self::NoCommonEncryption,
            -1_765_328_249 | -1_765_328_248 | PROFILE..=PROFILE_END => Self::BadConfiguration,
            -1_765_328_199 => Self::WrongRealm,
            NO_SUCH_FILE
            | -1_765_328_245..=-1_765_328_242
            | -1_765_328_191..=-1_765_328_184
            | -1_765_328_172
            | -1_765_328_137
            | -1_750_600_184..=-1_750_600_181 => Self::NoTicket,
            _ => Self::Other,
        }
    }

    /// The numbers of RFC 4120 section 7.5.9.
    fn of_protocol(number: i32) -> Option<Self> {
        Some(match number {
            1 => Self::AccountExpired,
            6 => Self::UnknownPerson,
            7 => Self::UnknownService,
            8 => Self::SeveralServices,
            12 => Self::Policy,
            13 => Self::BadOption,
            14 => Self::NoCommonEncryption,
            18 => Self::AccountRevoked,
            20 => Self::TicketRevoked,
            23 => Self::PasswordExpired,
            24 | 31 => Self::WrongPassword,
            32 => Self::TicketExpired,
            33 => Self::TicketNotYetValid,
            37 => Self::ClockSkew,
            41 => Self::Modified,
            52 => Self::TooBigForUdp,
            60 => Self::Generic,
            68 => Self::WrongRealm,
            _ => return None,
        })
    }

    /// Whether the KDC has decided upon the person, or the person's password.
    pub fn is_the_persons(self) -> bool {
        matches!(
            self,
            Self::AccountExpired
                | Self::AccountRevoked
                | Self::PasswordExpired
                | Self::WrongPassword
                | Self::Policy
        )
    }
}

/// The part of a major status that says what a call failed for (RFC 2744 section 3.9.1).
const ROUTINE_ERRORS: u32 = 0x00ff_0000;

/// `GSS_S_BAD_BINDINGS`.
const BAD_BINDINGS: u32 = 4 << 16;

/// The number in RFC 4120 section 7.5.9 of a library's error, if it has one there.
pub fn protocol_number(minor: i32) -> Option<i32> {
    let number = minor.wrapping_sub(FIRST);
    (1..128).contains(&number).then_some(number)
}

/// The number that those of RFC 4120 are counted from.
const FIRST: i32 = -1_765_328_384;

/// The numbers of MIT's library for configuration files, where they come through (`prof_err.et`).
const PROFILE: i32 = -1_429_577_728;
const PROFILE_END: i32 = PROFILE + 255;

/// Heimdal passes the system's own number on where a cache's file is missing.
const NO_SUCH_FILE: i32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_mean_what_the_standard_and_the_libraries_say() {
        for (minor, cause) in [
            (FIRST + 6, Cause::UnknownPerson),
            (FIRST + 7, Cause::UnknownService),
            (FIRST + 12, Cause::Policy),
            (FIRST + 13, Cause::BadOption),
            (FIRST + 14, Cause::NoCommonEncryption),
            (FIRST + 18, Cause::AccountRevoked),
            (FIRST + 20, Cause::TicketRevoked),
            (FIRST + 23, Cause::PasswordExpired),
            (FIRST + 24, Cause::WrongPassword),
            (FIRST + 31, Cause::WrongPassword),
            (FIRST + 32, Cause::TicketExpired),
            (FIRST + 37, Cause::ClockSkew),
            (FIRST + 41, Cause::Modified),
            (FIRST + 52, Cause::TooBigForUdp),
            (FIRST + 68, Cause::WrongRealm),
            (-1_765_328_230, Cause::RealmUnknown),
            (-1_765_328_228, Cause::KdcUnreachable),
            (-1_765_328_237, Cause::ReplyModified),
            (-1_765_328_189, Cause::NoTicket),
            (-1_765_328_243, Cause::NoTicket),
            (-1_765_328_164, Cause::KdcUnresolved),
            (-1_765_328_160, Cause::NoDefaultRealm),
            (-1_765_328_248, Cause::BadConfiguration),
            // a file that is included and missing
            (-1_429_577_697, Cause::BadConfiguration),
            (2, Cause::NoTicket),
            (0, Cause::Other),
            (i32::MAX, Cause::Other),
            (i32::MIN, Cause::Other),
        ] {
            assert_eq!(Cause::of_minor(minor), cause, "{minor}");
        }
    }
}
