//! What DNS says of the names of clients whose address a server does not give.

use std::net::IpAddr;

use mapisweep_core::plan::{AddressPlan, ByDns, ByName, Decision, ServerPlan};

use super::plan::because;
use crate::cli::{
    style::{CAREFUL, FAINT},
    text::{count, list, plain},
};

/// A line for each name, below the table of a server.
pub fn lines(plan: &ServerPlan) -> String {
    let hints = plan.by_name().into_iter();
    let lines = hints.map(|hint| {
        let style = match hint.address {
            Some(_) => FAINT,
            None => CAREFUL,
        };
        format!(
            "{style}{}{style:#}\n",
            sentence(hint, is_gone_by(plan, hint))
        )
    });
    lines.collect()
}

/// The same for one address.
pub fn sentences(plan: &AddressPlan) -> String {
    let sentence = |hint: &ByName| {
        sentence(
            hint,
            plan.address.ip().is_some_and(|ip| hint.address == Some(ip)),
        )
    };
    let all: Vec<_> = plan.by_name.iter().map(sentence).collect();
    all.join("; ")
}

/// `JSMITH-LT=10.1.4.23`
pub fn pairs(plan: &AddressPlan) -> Vec<String> {
    let pairs = plan.by_name.iter().filter_map(|hint| {
        let address = hint.address?;
        Some(format!("{}={address}", hint.client.trim()))
    });
    pairs.collect()
}

/// `for JSMITH-LT by DNS`, where nothing but that names the address.
pub fn named(plan: &AddressPlan) -> Option<String> {
    let is_it = |hint: &&ByName| hint.address.is_some() && hint.address == plan.address.ip();
    let names: Vec<_> = plan.by_name.iter().filter(is_it).collect();
    let names = names.iter().map(|hint| plain(&hint.client));
    let names = list(names);
    (!names.is_empty()).then(|| format!("{names} by DNS"))
}

/// Whether the plan goes by what a name says already.
fn is_gone_by(plan: &ServerPlan, hint: &ByName) -> bool {
    let mut addresses = plan.addresses.iter();
    addresses.any(|plan| {
        let is_it = plan.address.ip().is_some() && plan.address.ip() == hint.address;
        is_it && plan.by_name.iter().any(|own| own.client == hint.client)
    })
}

fn sentence(hint: &ByName, is_gone_by: bool) -> String {
    let client = plain(&hint.client);
    let all = |addresses: &[IpAddr]| list(addresses.iter().map(IpAddr::to_string));
    match &hint.told {
        ByDns::Is(addresses) => {
            let found = format!("{client} is {} by DNS", all(addresses));
            let connections = count(hint.connections, "connection");
            let from = match (hint.connections, hint.address, &addresses[..]) {
                (0, _, [_]) => return format!("{found}; no connection comes from there"),
                (0, _, _) => return format!("{found}; no connection comes from either"),
                (_, None, _) => {
                    return format!(
                        "{found}; {connections} from both, and which of them carry its sessions is not known, so it is not gone \
                         by"
                    );
                }
                (_, Some(_), [_]) => "there".to_owned(),
                (_, Some(address), _) => address.to_string(),
            };
            let found = format!("{found}; {connections} from {from}");
            match &hint.decision {
                _ if is_gone_by => found,
                None => found,
                Some(Decision::Close) => {
                    format!("{found}; Exchange does not say so, and only --match-names closes them")
                }
                Some(other) => format!(
                    "{found}; not even --match-names closes them: {}",
                    because(other)
                ),
            }
        }
        ByDns::Several(addresses) => format!(
            "{client} is each of {} by DNS, so which of them it is, is not known",
            all(addresses)
        ),
        ByDns::CalledOtherwise { address, name } => format!(
            "{client} is {address} by DNS, but {address} is called {} there: one record is stale, so it is not gone by",
            plain(name)
        ),
        ByDns::NotCalled(address) => format!(
            "{client} is {address} by DNS, but {address} has no name there that confirms it, so it is not gone by"
        ),
        ByDns::OnlyCalled(addresses) => format!(
            "{client} has no address by DNS, but {} has that name, so it is not gone by",
            all(addresses)
        ),
        ByDns::Unknown => format!("{client} has no address by DNS"),
        ByDns::NotTold => format!("what DNS says of {client} is not known"),
    }
}
