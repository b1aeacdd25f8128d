//! What a server shows to whoever has not signed in: its addresses, its certificate, the ways to sign in, its clock.

use std::{net::IpAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::header::{DATE, WWW_AUTHENTICATE};

use super::{CertificateFacts, Error, Peer, link::within, offers, socket::Socket};

/// What was seen, as far as it was come.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    /// Where the connection went, `host:port`.
    pub dialled: String,
    /// That host, where the admin named it in the server's place.
    pub given: Option<String>,
    /// The addresses of that host; none where a proxy looks it up.
    pub addresses: Vec<IpAddr>,
    /// The proxy in between.
    pub proxy: Option<String>,
    /// TLS is spoken there.
    pub is_over_tls: bool,
    /// Somebody answered there.
    pub is_answered: bool,
    /// The version of TLS, and the certificate.
    pub tls: Option<(&'static str, CertificateFacts)>,
    /// The schemes that it offers to sign in with, in its words and order.
    pub offered: Vec<String>,
    /// How far its clock is ahead of this computer's, to the second; where it told the time.
    pub ahead: Option<SignedDuration>,
}

impl Peer {
    /// Asks nothing and signs nobody in: looks the name up, connects, and hears what is offered. What was seen until something
    /// went wrong is kept.
    pub async fn probe(self: &Arc<Self>, probe: &mut Probe) -> Result<(), Error> {
        probe.dialled = self.dial_address();
        probe.given = self.stand_in().map(str::to_owned);
        probe.is_over_tls = self.verifier.is_some();
        probe.proxy = self
            .options
            .proxy
            .as_ref()
            .map(|proxy| proxy.at.to_string());
        if probe.proxy.is_none() {
            let found = self.addresses.look_up().await;
            let found = found.map_err(|error| error.of_host(self.dial_host()))?;
            probe.addresses = found.iter().map(|address| address.ip()).collect();
            probe.addresses.dedup();
        }
        let mut socket = Socket::new(self, &Arc::default())?;
        let answer = within(self, socket.post(&[], Vec::new())).await;
        // also where it then went wrong
        probe.tls = socket.tls();
        let answer = answer?;
        probe.is_answered = true;
        probe.offered = offers::schemes(answer.texts(&WWW_AUTHENTICATE));
        let told = answer.text(&DATE).and_then(moment);
        probe.ahead = told.map(|told| rounded(told.duration_since(Timestamp::now())));
        Ok(())
    }
}

fn moment(date: &str) -> Option<Timestamp> {
    rfc2822::parse(date).ok().map(|date| date.timestamp())
}

/// The header tells whole seconds only, the one that has begun.
fn rounded(ahead: SignedDuration) -> SignedDuration {
    let half = SignedDuration::from_millis(500);
    SignedDuration::from_secs((ahead + half).as_millis().div_euclid(1000) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_http_is_read() {
        let read = moment("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(read, "1994-11-06T08:49:37Z".parse().ok());
        assert_eq!(moment("yesterday"), None);
    }

    #[test]
    fn what_is_less_than_a_second_is_nothing() {
        for (millis, seconds) in [(-999, -1), (-400, 0), (0, 0), (700, 1), (480_000, 480)] {
            let ahead = rounded(SignedDuration::from_millis(millis));
            assert_eq!(ahead, SignedDuration::from_secs(seconds), "{millis}");
        }
    }
}
