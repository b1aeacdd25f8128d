//! A configuration is read or refused with the place of the mistake; names in it are written as they are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_core::config::{Config, HostPort, Network, ServerAddress};

fuzz_target!(|text: &str| {
    let config = match toml::from_str::<Config>(text) {
        Ok(config) => config,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for server in config
        .profiles
        .values()
        .flat_map(|profile| &profile.servers)
    {
        assert_eq!(
            server.to_string().parse::<ServerAddress>().as_ref(),
            Ok(server)
        );
    }
    for network in config.protect.iter().map(|protect| protect.network) {
        assert_eq!(network.0.to_string().parse::<Network>(), Ok(network));
    }
    for HostPort { host, .. } in config.connect_to.values() {
        assert!(!host.contains(['/', '@', ' ', '?', '#']));
    }
});
