//! What Exchange's own endpoint says when it is asked too much: by a throttling policy, or because its host counts wrong.
//!
//! Three forms are known, from public threads. WinRM in IIS counts shells (number 2150859173) and requests in a time, of
//! one user (2150859175) or of all (2150859176), and says for how many milliseconds nothing more is taken: the last
//! number of its sentence, in every language. From Exchange 2010 SP1 on a sentence of the authorisation's own carries
//! the budget, whose labels are never translated: `ActiveRunspaces: 18/18`, `LockRemaining: 00:00:12`.

use std::time::Duration;

use mapisweep_winrm::wsman::{Fault, number};

/// How much of what is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttled {
    /// One user has as many shells open as the policy allows, so many where it says.
    Shells(Option<u64>),
    /// One user has asked for too much in a time.
    User(Option<Duration>),
    /// All of them together have; so long is nothing taken.
    Everybody(Option<Duration>),
}

impl Throttled {
    /// Reads it out of a fault; `None` where that is about something else.
    pub fn of(fault: &Fault) -> Option<Self> {
        let words = fault.words();
        if let Some(budget) = of_budget(words) {
            return Some(budget);
        }
        if fault.is(number::TOO_MANY_SHELLS) {
            return Some(Self::Shells(numbers(words).next()));
        }
        let wait = || {
            // the user's sentence has the quota, its time and the wait; one number alone is none of it
            let numbers: Vec<_> = numbers(words).collect();
            match numbers[..] {
                [_, .., last] => Some(Duration::from_millis(last)),
                _ => None,
            }
        };
        if fault.is(number::SYSTEM_LOAD) {
            return Some(Self::Everybody(wait()));
        }
        fault.is(number::USER_LOAD).then(|| Self::User(wait()))
    }

    /// How long to wait before it is asked once more, where that is worth it: a person waits as well.
    pub fn short_wait(self) -> Option<Duration> {
        const SHORT: Duration = Duration::from_secs(30);
        match self {
            Self::Shells(_) => None,
            Self::User(wait) | Self::Everybody(wait) => wait.filter(|wait| *wait <= SHORT),
        }
    }

    /// Whether no policy means to have anybody wait for so long: a server that has run for some 50 days counts wrong, until
    /// the pool of its endpoint is recycled.
    pub fn is_absurd(self) -> bool {
        /// The periods of a policy are seconds; that of the host is two.
        const LONG: Duration = Duration::from_secs(24 * 60 * 60);
        matches!(self, Self::Everybody(Some(wait)) if wait > LONG)
    }
}

/// What the budget in a sentence says.
fn of_budget(words: &str) -> Option<Throttled> {
    if !words.contains("BudgetType:") {
        return None;
    }
    let value = |label: &str| {
        let rest = words.split_once(label)?.1.trim_start();
        rest.split_whitespace().next()
    };
    let (used, allowed) = value("ActiveRunspaces:")?.split_once('/')?;
    let allowed: Option<u64> = allowed.parse().ok();
    match (used.parse::<u64>().ok(), allowed) {
        (Some(used), Some(allowed)) if used >= allowed => Some(Throttled::Shells(Some(allowed))),
        _ => {
            let locked = value("LockRemaining:").and_then(time_of_day);
            Some(Throttled::User(locked.filter(|wait| !wait.is_zero())))
        }
    }
}

/// `00:00:12.5`
fn time_of_day(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let mut whole = || parts.next()?.parse::<u64>().ok();
    let (hours, minutes) = (whole()?, whole()?);
    let seconds: f64 = parts.next()?.parse().ok()?;
    let seconds = Duration::try_from_secs_f64(seconds).ok()?;
    let whole = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?;
    seconds.checked_add(Duration::from_secs(whole))
}

fn numbers(words: &str) -> impl Iterator<Item = u64> {
    let parts = words.split(|c: char| !c.is_ascii_digit());
    parts.filter_map(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(number: u32, message: &str) -> Fault {
        Fault {
            number: Some(number),
            message: Some(message.to_owned()),
            ..Fault::default()
        }
    }

    const BUDGET: &str = "[FailureCategory=AuthZ-AuthorizationException] Fail to create a runspace because you have exceeded \
        the maximum number of connections allowed : 18 for the policy party : MaxConcurrency. Policy: CN=Global; Snapshot: \
        Owner: Sid~S-1-5-21-1-2-3-500~WSMan~false BudgetType: WSMan ActiveRunspaces: 18/18 Balance: 600000/1800000/-3000000 \
        PowerShellCmdletsLeft: 200/200 CmdletTimePeriod: 5 Locked: False LockRemaining: 00:00:00";

    #[test]
    fn what_is_too_much_is_read_by_numbers_and_labels() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (number, message, throttled) in [
            (
                number::TOO_MANY_SHELLS,
                "This user is allowed a maximum number of 18 concurrent shells, which has been exceeded.",
                Some(Throttled::Shells(Some(18))),
            ),
            (
                number::USER_LOAD,
                "The user load quota of 1 requests per 5 seconds has been exceeded. Send future requests at a slower rate or \
                 raise the quota for this user. The next request from this user will not be approved for at least 4000 \
                 milliseconds.",
                Some(Throttled::User(seconds(4))),
            ),
            (
                number::SYSTEM_LOAD,
                "システム負荷クォータ (2 秒あたりの要求数 1000) を超過しています。このユーザーによる次回の要求は少なくとも \
                 1566000000 ミリ秒が経過するまで承認されません。",
                Some(Throttled::Everybody(seconds(1_566_000))),
            ),
            (
                number::SYSTEM_LOAD,
                "Too much.",
                Some(Throttled::Everybody(None)),
            ),
            (
                number::USER_LOAD,
                "99999999999999999999999 and 5",
                Some(Throttled::User(None)),
            ),
            (5, BUDGET, Some(Throttled::Shells(Some(18)))),
            (
                5,
                "BudgetType: PowerShell ActiveRunspaces: 1/18 Locked: True LockRemaining: 00:00:12.5",
                Some(Throttled::User(Some(Duration::from_millis(12_500)))),
            ),
            (
                5,
                "BudgetType: PowerShell ActiveRunspaces: 1/Unlimited LockRemaining: soon",
                Some(Throttled::User(None)),
            ),
            (5, "Access is denied.", None),
            (number::TOO_MANY_OPERATIONS, "allowed 15 in 2 seconds", None),
        ] {
            assert_eq!(
                Throttled::of(&fault(number, message)),
                throttled,
                "{message}"
            );
        }
    }

    #[test]
    fn a_short_wait_is_waited_for_and_an_absurd_one_is_called_so() {
        let wait = Duration::from_secs;
        for (throttled, short, absurd) in [
            (Throttled::User(Some(wait(4))), true, false),
            (Throttled::User(Some(wait(31))), false, false),
            (Throttled::User(None), false, false),
            (Throttled::Everybody(Some(wait(2))), true, false),
            (Throttled::Everybody(Some(wait(600))), false, false),
            (Throttled::Everybody(Some(wait(1_566_000))), false, true),
            // a policy may be as strict as it likes
            (Throttled::User(Some(wait(1_566_000))), false, false),
            (Throttled::Shells(Some(18)), false, false),
        ] {
            let read = (throttled.short_wait().is_some(), throttled.is_absurd());
            assert_eq!(read, (short, absurd), "{throttled:?}");
        }
    }
}
