//! The server's own clock, by which its times are read and judged.

use jiff::{SignedDuration, Timestamp, civil, tz::Offset};
use mapisweep_winrm::psrp::clixml::DateTime;

use crate::batch::{Question, Row, RowError};

/// What a server's clock showed: a wrong clock on the laptop cannot make a session look idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The moment.
    pub now: Timestamp,
    /// How far its local time is ahead of UTC then; `None` where it told the time in UTC, and so nothing of its own.
    pub utc_offset: Option<Offset>,
}

/// Stands for what no clock shows. Long ago, so that whoever judged by it would find every client in use.
const NEVER: Timestamp = Timestamp::MIN;

/// No Exchange is older. .NET's "no date" is 0001-01-01, Windows' is 1601-01-01.
const EARLIEST: Timestamp = Timestamp::constant(631_152_000, 0);

/// Clocks differ, but a time further ahead is none; .NET's "for ever" is 9999-12-31.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

impl Clock {
    /// That of a server which could not be asked for it.
    pub const NOT_TOLD: Self = Self {
        now: NEVER,
        utc_offset: None,
    };

    /// Whether the server told it.
    pub fn is_told(&self) -> bool {
        self.now != NEVER
    }

    /// Asks for it.
    pub fn question() -> Question {
        Question::of("Get-Date", &[Question::ITSELF])
    }

    /// Reads the returned object.
    pub fn from_row(row: &Row) -> Result<Self, RowError> {
        let read = |date: DateTime| {
            let now = date.timestamp()?;
            let utc_offset = utc_offset(date.as_str(), now);
            Some(Self { now, utc_offset })
        };
        let date = row.date(Question::ITSELF);
        date.and_then(read).ok_or(row.lacks("value"))
    }

    /// The moment that a date of this server means; `None` where it means none. One without offset is the server's local
    /// time, of which only today's offset is known: one from before summer time began or ended is an hour off.
    pub fn moment(&self, date: &DateTime) -> Option<Timestamp> {
        let local = || self.utc_offset?.to_timestamp(local(date.as_str())?).ok();
        let moment = date.timestamp().or_else(local)?;
        let is_ahead = self.is_told() && moment.duration_since(self.now) > AHEAD;
        let is_sane = moment >= EARLIEST && !is_ahead;
        is_sane.then_some(moment)
    }
}

/// A date without an offset.
fn local(date: &str) -> Option<civil::DateTime> {
    let (_, time) = date.trim().split_once('T')?;
    let is_local = !time.contains(['+', '-', 'Z', 'z']);
    date.trim().parse().ok().filter(|_| is_local)
}

/// How far the local time of this date is ahead of the moment it names.
fn utc_offset(date: &str, moment: Timestamp) -> Option<Offset> {
    let from = date.find('T')?;
    let length = date.get(from..)?.find(['+', '-'])?;
    let shown = Offset::UTC.to_timestamp(local(date.get(..from + length)?)?);
    let ahead = shown.ok()?.duration_since(moment).as_secs();
    Offset::from_seconds(ahead.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use mapisweep_winrm::psrp::clixml::Value;

    use super::*;

    fn clock(shown: &str) -> Clock {
        let date = Value::DateTime(DateTime::new(shown));
        Clock::from_row(&Row::of_object(&Clock::question(), &date)).unwrap()
    }

    #[test]
    fn the_clock_tells_its_offset() {
        for (shown, seconds) in [
            ("2009-06-15T14:30:00.0000000+02:00", Some(7200)),
            ("2009-06-15T14:30:00+02:00", Some(7200)),
            ("2009-06-15T02:30:00.1234567-09:30", Some(-34200)),
            ("2009-06-15T18:15:00.0000000+05:45", Some(20700)),
            ("2009-06-15T12:30:00.0000000+00:00", Some(0)),
            // no local time, so nothing is known of it
            ("2009-06-15T12:30:00.0000000Z", None),
        ] {
            let offset = clock(shown).utc_offset.map(Offset::seconds);
            assert_eq!(offset, seconds, "{shown}");
        }
    }

    #[test]
    fn without_a_clock_a_date_means_what_it_says_by_itself() {
        for (date, moment) in [
            (
                "2009-06-15T14:28:00.0000000+02:00",
                Some("2009-06-15T12:28:00Z"),
            ),
            ("2009-06-15T12:28:00Z", Some("2009-06-15T12:28:00Z")),
            ("2009-06-15T14:28:00.0000000", None),
            ("1601-01-01T00:00:00Z", None),
            ("9999-12-31T23:59:59.9999999Z", None),
        ] {
            let read = Clock::NOT_TOLD.moment(&DateTime::new(date));
            let moment = moment.map(|moment| moment.parse().unwrap());
            assert_eq!(read, moment, "{date}");
        }
    }

    #[test]
    fn a_date_means_a_moment_or_none() {
        const ITS_OWN: &str = "2009-06-15T14:30:00.0000000+02:00";
        const OF_UTC: &str = "2009-06-15T12:30:00.0000000Z";
        for (clock_shows, date, moment) in [
            (
                ITS_OWN,
                "2009-06-15T14:28:00.0000000+02:00",
                Some("2009-06-15T12:28:00Z"),
            ),
            (
                ITS_OWN,
                "2009-06-15T12:28:00.0000000Z",
                Some("2009-06-15T12:28:00Z"),
            ),
            (
                ITS_OWN,
                "2009-06-15T14:28:00.0000000",
                Some("2009-06-15T12:28:00Z"),
            ),
            (ITS_OWN, "2009-06-15T14:28:00", Some("2009-06-15T12:28:00Z")),
            (
                OF_UTC,
                "2009-06-15T14:28:00.0000000+02:00",
                Some("2009-06-15T12:28:00Z"),
            ),
            (OF_UTC, "2009-06-15T14:28:00.0000000", None),
            // clocks differ
            (
                ITS_OWN,
                "2009-06-16T14:30:00.0000000+02:00",
                Some("2009-06-16T12:30:00Z"),
            ),
            (ITS_OWN, "2009-06-16T14:30:01.0000000+02:00", None),
            (ITS_OWN, "2009-06-16T14:30:01.0000000", None),
            (
                ITS_OWN,
                "1990-01-01T00:00:00.0000000Z",
                Some("1990-01-01T00:00:00Z"),
            ),
            (ITS_OWN, "1989-12-31T23:59:59.0000000Z", None),
            (ITS_OWN, "0001-01-01T00:00:00.0000000", None),
            (ITS_OWN, "0001-01-01T00:00:00.0000000Z", None),
            (ITS_OWN, "0001-01-01T00:00:00.0000000+02:00", None),
            (ITS_OWN, "1601-01-01T00:00:00.0000000Z", None),
            (ITS_OWN, "1601-01-01T02:00:00.0000000+02:00", None),
            (ITS_OWN, "9999-12-31T23:59:59.9999999", None),
            (ITS_OWN, "9999-12-31T23:59:59.9999999Z", None),
            (ITS_OWN, "9999-12-31T23:59:59.9999999-12:00", None),
            (ITS_OWN, "2009-06-31T14:28:00.0000000", None),
            (ITS_OWN, "2009-06-15", None),
            (ITS_OWN, "14:28:00", None),
            (ITS_OWN, "", None),
        ] {
            let read = clock(clock_shows).moment(&DateTime::new(date));
            let moment = moment.map(|moment| moment.parse().unwrap());
            assert_eq!(read, moment, "{date}, {clock_shows}");
        }
    }
}
