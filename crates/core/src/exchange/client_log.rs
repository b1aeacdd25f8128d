//! Exchange 2010's log of the RPC Client Access service: who connected to a client access server, and from where.
//!
//! `RCA_*.LOG`, comma-separated, its fields named in a head line; known from two lines that were published
//! (`date-time`, `client-name`, `client-ip`). On 2010 the address is often blank, they say. Nothing here was seen on a
//! real server.

use std::net::IpAddr;

use jiff::Timestamp;
use mapisweep_winrm::psrp::clixml::Value;

use super::ClientAddress;
use crate::batch::{Question, Row};

/// Somebody's client was connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// Whose: legacyExchangeDN.
    pub dn: String,
    /// From where.
    pub address: IpAddr,
    /// When the line was written, by the server's clock.
    pub at: Timestamp,
}

/// A function of the batch script's.
const FUNCTION: &str = "Get-MapisweepClientLog";
const MOST_FILES: i32 = 4;
/// Of all files together.
const MOST_BYTES: i32 = 8 << 20;
/// Of each person and file.
const MOST_LINES: i32 = 100;

impl Connected {
    /// Asks for the latest lines about these people, by their DNs.
    pub fn of(dns: &[String]) -> Question {
        Question::of(FUNCTION, &["Fields", "Line"])
            .parameter("Names", Value::strings(dns.iter().cloned()))
            .parameter("MostFiles", Value::I32(MOST_FILES))
            .parameter("MostBytes", Value::I32(MOST_BYTES))
            .parameter("MostLines", Value::I32(MOST_LINES))
    }

    /// Reads a line. One that names no person, address and time says nothing here.
    pub fn from_row(row: &Row) -> Option<Self> {
        Self::from_line(&row.text("Fields")?, &row.text("Line")?)
    }

    fn from_line(fields: &str, line: &str) -> Option<Self> {
        let (_, names) = fields.split_once(':')?;
        let values = values(line.trim_end());
        let value = |name: &str| {
            let place = names.split(',').position(|own| own.trim() == name)?;
            let value = values.get(place)?;
            Some(value.as_str())
        };
        Some(Self {
            dn: value("client-name")?.to_owned(),
            address: ClientAddress::read([value("client-ip")?]).ip()?,
            at: value("date-time")?.parse().ok()?,
        })
    }
}

/// What stands between the commas; a value in quotes may have some, and quotes written twice.
fn values(line: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut is_quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => value.push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => values.push(std::mem::take(&mut value)),
            other => value.push(other),
        }
    }
    values.push(value);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &str = "#Fields: date-time,session-id,seq-number,client-name,organization-info,client-software,\
                          client-software-version,client-mode,client-ip,server-ip,protocol,application-id,operation";
    const DN: &str = "/o=Example/ou=A (B)/cn=Recipients/cn=jsmith";

    #[test]
    fn a_line_names_a_person_an_address_and_a_time_or_nothing() {
        let at = |address: &str| {
            Some(Connected {
                dn: DN.into(),
                address: address.parse().unwrap(),
                at: "2012-02-15T14:00:51.707Z".parse().unwrap(),
            })
        };
        let begins = format!("2012-02-15T14:00:51.707Z,6,1,{DN},");
        for (rest, read) in [
            (
                ",OUTLOOK.EXE,14.0,Cached,10.1.4.23,10.0.0.12,ncacn_ip_tcp,,Connect\r",
                at("10.1.4.23"),
            ),
            (
                r#","a ""b"", c",14.0,Cached,10.1.4.23,::1,x,,y"#,
                at("10.1.4.23"),
            ),
            (
                ",OUTLOOK.EXE,14.0,Cached,2001:db8::7,::1,x,,y",
                at("2001:db8::7"),
            ),
            // as on 2010, mostly
            (
                ",MFCMapi.exe,14.0.6109.5000,Classic,,,ncacn_http,,PublicLogon",
                None,
            ),
            (",OUTLOOK.EXE,14.0,Cached,somewhere,,x,,y", None),
            (",OUTLOOK.EXE", None),
            (r#","never closed,14.0,Cached,10.1.4.23,::1,x,,y"#, None),
        ] {
            let line = format!("{begins}{rest}");
            assert_eq!(Connected::from_line(FIELDS, &line), read, "{rest}");
        }
        let line = format!("10.1.4.23,{DN},2012-02-15T14:00:51.707Z");
        let other = "#Fields: client-ip, client-name, date-time";
        assert_eq!(
            Connected::from_line(other, &line),
            at("10.1.4.23"),
            "by the fields' names"
        );
        for fields in [
            "",
            "#Fields:",
            "#Fields: date-time,client-name",
            "client-ip",
        ] {
            assert_eq!(Connected::from_line(fields, &line), None, "{fields}");
        }
        let line = format!("yesterday,6,1,{DN},,O,14.0,Cached,10.1.4.23,::1,x,,y");
        assert_eq!(Connected::from_line(FIELDS, &line), None);
    }
}
