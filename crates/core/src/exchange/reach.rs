//! Whether a server reaches another one: what an admin's computer does not reach may be alive all the same, behind a
//! firewall or beyond a VPN, and the server that holds connections from there is the one to know.
//!
//! Nothing is sent to the other machine but the beginnings of connections.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use mapisweep_winrm::psrp::clixml::Value;

use crate::batch::{Question, Row};

/// A function of the batch script's.
pub const FUNCTION: &str = "Test-MapisweepReach";

/// What is knocked at. A firewall of Windows drops what comes to a port that nobody has opened, so these are what the
/// others of an organization have to reach on a client access server: web services (80, 443), RPC's end point mapper (135),
/// by which Outlook and other servers begin, and for administration file sharing (445) and WinRM (5985).
pub const PORTS: [u16; 5] = [80, 135, 443, 445, 5985];

/// Windows begins a connection anew after 3 s, so that one lost packet is not silence; and it asks twice more, half a
/// second apart, before it takes a refusal for one.
const MOST_SECONDS: i32 = 5;

/// What one server heard from another machine's addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Where something came back, be it a refusal: only a machine that runs refuses.
    pub answered: Option<(IpAddr, u16)>,
    /// Where nothing did at any of [`PORTS`].
    pub silent: BTreeSet<IpAddr>,
    /// Where that cannot be told, and why.
    pub not_known: BTreeMap<IpAddr, String>,
}

/// What came of one attempt.
enum Heard {
    Answer,
    Nothing,
    /// It failed on the way, or on this side, which says nothing of the machine.
    NotKnown(String),
}

impl Reach {
    /// Asks whether a server reaches these addresses.
    pub fn of(addresses: &[IpAddr]) -> Question {
        let addresses = addresses.iter().map(IpAddr::to_string);
        let ports = PORTS.iter().map(|port| Value::I32(i32::from(*port)));
        Question::of(FUNCTION, &["Address", "Port", "Result"])
            .parameter("Addresses", Value::strings(addresses))
            .parameter("Ports", Value::list(ports))
            .parameter("MostSeconds", Value::I32(MOST_SECONDS))
    }

    /// That of a server that did not answer it.
    pub fn not_told(addresses: &[IpAddr], why: &str) -> Self {
        let not_known = addresses.iter().map(|address| (*address, why.to_owned()));
        Self {
            not_known: not_known.collect(),
            ..Self::default()
        }
    }

    /// Reads the answer to that: an address is silent only where each of its ports was told to be.
    pub fn from_rows(addresses: &[IpAddr], rows: &[Row]) -> Self {
        let mut heard: BTreeMap<(IpAddr, u16), Heard> = BTreeMap::new();
        for row in rows {
            let address = row.text("Address").and_then(|text| text.parse().ok());
            let port = row.number("Port").and_then(|port| port.try_into().ok());
            if let (Some(address), Some(port)) = (address, port) {
                heard.insert((address, port), Heard::of(row.text("Result")));
            }
        }
        let mut reach = Self::default();
        for &address in addresses {
            let mut why = None;
            for port in PORTS {
                match heard.get(&(address, port)) {
                    Some(Heard::Answer) => {
                        reach.answered.get_or_insert((address, port));
                    }
                    Some(Heard::Nothing) => {}
                    Some(Heard::NotKnown(error)) => {
                        why.get_or_insert_with(|| format!("port {port}: {error}"));
                    }
                    None => {
                        why.get_or_insert_with(|| format!("port {port} was not tried"));
                    }
                }
            }
            match why {
                Some(why) => _ = reach.not_known.insert(address, why),
                None => _ = reach.silent.insert(address),
            }
        }
        if let Some((address, _)) = reach.answered {
            reach.silent.remove(&address);
        }
        reach
    }
}

impl Heard {
    /// What the name of a .NET `SocketError` says of the other machine. That a router, or nobody on the same network,
    /// knows the way to it is taken for silence, as from the admin's computer; that this side has no network is not.
    fn of(result: Option<String>) -> Self {
        match result.as_deref() {
            Some("Success" | "ConnectionRefused" | "ConnectionReset" | "ConnectionAborted") => {
                Self::Answer
            }
            Some("Nothing" | "TimedOut" | "HostUnreachable" | "HostDown") => Self::Nothing,
            Some(error) => Self::NotKnown(error.to_owned()),
            None => Self::NotKnown("what came of it was not told".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Batch, Number, Reader, line};

    const CAS: &str = "10.0.0.12";

    /// What the script tells of ports.
    fn read(results: &[(&str, u16, &str)]) -> Reach {
        let addresses: Vec<_> = [CAS, "2001:db8::12"]
            .into_iter()
            .filter(|address| *address == CAS || results.iter().any(|(of, ..)| of == address))
            .map(|address| address.parse().unwrap())
            .collect();
        let batch = Batch::of(Reach::of(&addresses));
        let mut reader = Reader::new(&batch);
        let mut take = |line: String| reader.take(line.as_str().into()).unwrap();
        take(line::head("EX01"));
        for (address, port, result) in results {
            take(format!("0|r|={address}|={port}|{result}"));
        }
        take(format!("0|.|{}", results.len()));
        let answer = reader.whole(Number::FIRST).unwrap();
        Reach::from_rows(&addresses, &answer.rows)
    }

    #[test]
    fn an_address_is_silent_only_where_each_port_was_told_to_be() {
        let all = |result: &'static str| PORTS.map(|port| (CAS, port, result));
        let but = |port: u16, result: &'static str| {
            all("=Nothing").map(|(address, own, silent)| match own == port {
                true => (address, own, result),
                false => (address, own, silent),
            })
        };
        type Told = Vec<(&'static str, u16, &'static str)>;
        type Known = (Option<u16>, bool, Option<&'static str>);
        let cases: [(&str, Told, Known); 12] = [
            ("nothing", all("=Nothing").into(), (None, true, None)),
            ("time was up", all("=TimedOut").into(), (None, true, None)),
            (
                "nobody there",
                but(80, "=HostUnreachable").into(),
                (None, true, None),
            ),
            (
                "one port is open",
                but(443, "=Success").into(),
                (Some(443), false, None),
            ),
            (
                "one is refused",
                but(5985, "=ConnectionRefused").into(),
                (Some(5985), false, None),
            ),
            (
                "one is reset",
                but(80, "=ConnectionReset").into(),
                (Some(80), false, None),
            ),
            (
                "a firewall on this side",
                but(135, "=AccessDenied").into(),
                (None, false, Some("port 135: AccessDenied")),
            ),
            (
                "no network on this side",
                all("=NetworkUnreachable").into(),
                (None, false, Some("port 80: NetworkUnreachable")),
            ),
            (
                "one port is missing",
                all("=Nothing")[1..].into(),
                (None, false, Some("port 80 was not tried")),
            ),
            (
                "what came of it is null",
                but(80, "-").into(),
                (None, false, Some("port 80: what came of it was not told")),
            ),
            (
                "what came of it is missing",
                but(80, "").into(),
                (None, false, Some("port 80: what came of it was not told")),
            ),
            (
                "none is told",
                Vec::new(),
                (None, false, Some("port 80 was not tried")),
            ),
        ];
        let address: IpAddr = CAS.parse().unwrap();
        for (name, results, (answered, silent, not_known)) in cases {
            let reach = read(&results);
            assert_eq!(
                reach.answered,
                answered.map(|port| (address, port)),
                "{name}"
            );
            assert_eq!(reach.silent.contains(&address), silent, "{name}");
            let why = reach.not_known.get(&address).map(String::as_str);
            assert_eq!(why, not_known, "{name}");
        }
    }

    #[test]
    fn each_address_is_judged_by_itself() {
        let mut results: Vec<_> = PORTS.map(|port| (CAS, port, "=Nothing")).into();
        results.extend(PORTS.map(|port| ("2001:db8::12", port, "=NetworkUnreachable")));
        let reach = read(&results);
        assert_eq!(reach.answered, None);
        assert_eq!(reach.silent, [CAS.parse().unwrap()].into());
        let others: Vec<_> = reach.not_known.into_keys().collect();
        assert_eq!(others, ["2001:db8::12".parse::<IpAddr>().unwrap()]);
    }
}
