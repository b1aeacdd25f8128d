//! The ways to Exchange's own endpoint of a server, from what was given: `http` on port 80 first, then `https` on 443.

use std::sync::Arc;

use mapisweep_core::config::{ExchangeEndpoint, ServerAddress, Transport};
use mapisweep_winrm::{
    auth::Credential,
    endpoint::{Endpoint, Scheme},
};

use super::settings::Selection;
use crate::{
    connection::{self, Options, Peer, SignIn},
    servers::{NoOwnEndpoint, OwnWays},
};

/// The ways to the endpoint of the server at this address; nothing is sent yet. Who wants HTTPS gets nothing else.
pub fn ways(
    selection: &Selection,
    credential: &Credential,
    options: &Options,
    address: &ServerAddress,
    checked: impl Fn(Peer) -> Peer,
) -> Result<OwnWays, connection::Error> {
    if selection.exchange_endpoint == ExchangeEndpoint::SnapIn {
        return Ok(Err(NoOwnEndpoint::NotWanted));
    }
    let sign_in = match &options.sign_in {
        SignIn::Ntlm => return Ok(Err(NoOwnEndpoint::Ntlm)),
        SignIn::Auto(person) | SignIn::Kerberos(person) => SignIn::Kerberos(Arc::clone(person)),
        SignIn::Basic => SignIn::Basic,
    };
    let is_full = address.host.trim_end_matches('.').contains('.');
    if !is_full || address.host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(Err(NoOwnEndpoint::NoFullName));
    }
    let is_plain = selection.transport_to(address) == Transport::Http;
    let schemes = match is_plain {
        true => &[Scheme::Http, Scheme::Https][..],
        false => &[Scheme::Https],
    };
    let options = Options {
        sign_in,
        // Exchange reads Active Directory itself
        delegate: false,
        watch: None,
        ..options.clone()
    };
    let ways = schemes.iter().map(|&scheme| {
        let endpoint = Endpoint::of_exchange(scheme, &address.host)?;
        let dial = selection.connect_to_port(&address.host, endpoint.port());
        let peer = Peer::new(endpoint, dial, credential.clone(), options.clone())?;
        Ok(Arc::new(checked(peer)))
    });
    ways.collect::<Result<_, _>>().map(Ok)
}

#[cfg(test)]
mod tests {
    use mapisweep_winrm::auth::UserName;

    use super::*;
    use crate::cli::settings::tests::selection;

    #[test]
    fn port_80_comes_first_and_no_other_name_than_a_full_one_does() {
        let ann = || Credential::new(UserName::parse(r"CORP\ann").unwrap(), "");
        let ways_of = |host: &str, flags: &str, sign_in: SignIn| {
            let selection = selection(&format!("{flags} --server {host}"));
            let options = Options {
                sign_in,
                delegate: true,
                ..Options::default()
            };
            let address = host.parse().unwrap();
            let found = ways(&selection, &ann(), &options, &address, |peer| peer);
            match found.unwrap() {
                Ok(ways) => {
                    let ways = ways.iter().map(|way| way.endpoint().to());
                    ways.collect::<Vec<_>>().join(" ")
                }
                Err(why) => format!("{why:?}"),
            }
        };
        for (host, flags, sign_in, found) in [
            ("ex01.corp.example", "", SignIn::Ntlm, "Ntlm"),
            (
                "EX01.corp.example:5986",
                "",
                SignIn::Basic,
                "https://ex01.corp.example:443/PowerShell/",
            ),
            (
                "ex01.corp.example",
                "--transport https",
                SignIn::Basic,
                "https://ex01.corp.example:443/PowerShell/",
            ),
            ("ex01", "--transport https", SignIn::Basic, "NoFullName"),
            (
                "10.0.0.11",
                "--transport https",
                SignIn::Basic,
                "NoFullName",
            ),
            (
                "ex01.corp.example",
                "--exchange-endpoint snap-in",
                SignIn::Basic,
                "NotWanted",
            ),
        ] {
            assert_eq!(ways_of(host, flags, sign_in), found, "{host} {flags}");
        }
    }
}
