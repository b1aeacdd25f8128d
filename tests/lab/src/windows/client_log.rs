//! The log of the RPC Client Access service of Exchange 2010. Its fields are those that Microsoft names; what stands in them
//! is known from two lines only, and when a line is written is a guess: here when a client connects.

use std::net::IpAddr;

use jiff::Timestamp;

/// The head line that names the fields.
pub(crate) const FIELDS: &str = "#Fields: date-time,session-id,seq-number,client-name,organization-info,client-software,\
                                 client-software-version,client-mode,client-ip,server-ip,protocol,application-id,\
                                 operation,rpc-status,processing-time,operation-specific,failures";

/// One file of it, line by line.
#[derive(Debug, Default)]
pub(crate) struct ClientLog {
    lines: Vec<String>,
}

impl ClientLog {
    /// Somebody connected; no address is often all that is said of it.
    pub fn connected(&mut self, at: Timestamp, dn: &str, from: Option<IpAddr>) {
        let session = self.lines.len();
        let from = from.map(|from| from.to_string()).unwrap_or_default();
        self.lines.push(format!(
            "{at},{session},0,{dn},,OUTLOOK.EXE,14.0.7172.5000,Cached,{from},,ncacn_ip_tcp,,Connect,0,00:00:00.0150000,,"
        ));
    }

    /// The lines within the last so many bytes, the first of which may have lost its beginning and is left out.
    pub fn last(&self, bytes: usize) -> Vec<String> {
        let mut left = bytes;
        let fits = |line: &&String| {
            let size = line.len() + "\r\n".len();
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        };
        let mut lines: Vec<_> = self.lines.iter().rev().take_while(fits).cloned().collect();
        lines.reverse();
        lines
    }
}
