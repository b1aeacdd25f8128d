//! Which Exchange a server runs, and so whether mapisweep can help there.

use std::fmt;

/// An Exchange version, the first two numbers of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 8 for Exchange 2007, 14 for 2010, 15 for everything since.
    pub major: u32,
    /// With major 8 and 14 the service pack; with 15 it tells 2013, 2016 and 2019 apart.
    pub minor: u32,
}

/// The Exchange product, as far as its sessions and connections differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// 2003 or earlier: has no Exchange cmdlets.
    Older,
    /// 2007: clients end in store.exe on the mailbox server.
    Exchange2007,
    /// 2010: clients end in the RPC Client Access service.
    Exchange2010,
    /// 2013 and later: clients speak HTTPS only, `Get-LogonStatistics` delivers nothing.
    Newer,
}

impl Version {
    /// Reads `Version 8.3 (Build 83.6)`, the text form of `AdminDisplayVersion` in every language, or `14.3.123.4`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map_while(|part| part.parse().ok());
        let (major, minor) = (numbers.next()?, numbers.next()?);
        Some(Self { major, minor })
    }

    /// Whether both are one release, whatever their service packs: only servers of one release can be in one DAG.
    pub fn is_same_release(self, other: Self) -> bool {
        // 15.0, 15.1 and 15.2 are releases of their own
        self.major == other.major && (self.major < 15 || self.minor == other.minor)
    }

    /// The product this build belongs to.
    pub fn generation(self) -> Generation {
        match self.major {
            0..8 => Generation::Older,
            8 => Generation::Exchange2007,
            14 => Generation::Exchange2010,
            _ => Generation::Newer,
        }
    }
}

/// The name an admin uses: `Exchange 2007 SP3`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, service_pack) = match (self.major, self.minor) {
            (8, sp) => ("2007", sp),
            (14, sp) => ("2010", sp),
            (15, 0) => ("2013", 0),
            (15, 1) => ("2016", 0),
            (15, 2) => ("2019 or later", 0),
            (major, minor) => return write!(f, "Exchange {major}.{minor}"),
        };
        write!(f, "Exchange {year}")?;
        match service_pack {
            0 => Ok(()),
            sp => write!(f, " SP{sp}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_packs_do_not_tell_releases_apart() {
        for (one, other, same) in [
            ("14.1.218.15", "14.3.123.4", true),
            ("8.0.685.25", "8.3.83.6", true),
            ("15.1.225.16", "15.1.2507.6", true),
            ("15.0.1497.2", "15.1.2507.6", false),
            ("14.3.123.4", "15.0.1497.2", false),
        ] {
            let [one, other] = [one, other].map(|text| Version::parse(text).unwrap());
            assert_eq!(one.is_same_release(other), same, "{one} {other}");
        }
    }

    #[test]
    fn reads_what_exchange_shows() {
        for (text, shown, generation) in [
            (
                "Version 8.3 (Build 83.6)",
                "Exchange 2007 SP3",
                Generation::Exchange2007,
            ),
            (
                "Version 8.0 (Build 685.25)",
                "Exchange 2007",
                Generation::Exchange2007,
            ),
            (
                "Version 14.3 (Build 123.4)",
                "Exchange 2010 SP3",
                Generation::Exchange2010,
            ),
            ("14.1.218.15", "Exchange 2010 SP1", Generation::Exchange2010),
            (
                "Version 15.0 (Build 1497.2)",
                "Exchange 2013",
                Generation::Newer,
            ),
            (
                "Version 15.1 (Build 2507.6)",
                "Exchange 2016",
                Generation::Newer,
            ),
            (
                "Version 15.2 (Build 1118.7)",
                "Exchange 2019 or later",
                Generation::Newer,
            ),
            (
                "Version 6.5 (Build 7638.2: SP2)",
                "Exchange 6.5",
                Generation::Older,
            ),
        ] {
            let version = Version::parse(text).expect(text);
            assert_eq!(version.to_string(), shown);
            assert_eq!(version.generation(), generation, "{text}");
        }
        for nonsense in ["", "Version", "8", "Version 99999999999.1"] {
            assert_eq!(Version::parse(nonsense), None, "{nonsense}");
        }
    }
}
