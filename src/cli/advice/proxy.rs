//! Advice for what goes wrong at a proxy.

use mapisweep_core::config::{BadProxy, ProxyProtocol};

use super::{Advice, with_causes};
use crate::{
    cli::text::{list, plain},
    connection::{ProxyError, ProxyFailure},
    credentials::proxy::PASSWORD_VARIABLE,
};

const CHECK: &str = "Check --proxy, or `proxy` in the configuration; --proxy none does without.";

impl From<&BadProxy> for Advice {
    fn from(error: &BadProxy) -> Self {
        let to_do = match error {
            BadProxy::Form => CHECK.to_owned(),
            BadProxy::PasswordInside => format!(
                "Others can read it there. Leave it out of --proxy and of the configuration, and put it into \
                 {PASSWORD_VARIABLE}."
            ),
        };
        Self::new(with_causes(error), to_do)
    }
}

pub(super) fn advice(error: &ProxyError) -> Advice {
    use ProxyFailure::*;
    let ProxyError {
        proxy,
        target,
        failure,
    } = error;
    let (kind, own, other) = match proxy.protocol {
        ProxyProtocol::Http => ("an HTTP proxy", "http://", "socks5://"),
        ProxyProtocol::Socks5 => ("a SOCKS 5 proxy", "socks5://", "http://"),
    };
    match failure {
        Unresolved(_) => Advice::new(
            format!("the proxy {proxy} has a name that cannot be resolved"),
            CHECK,
        ),
        Unreachable(source) => Advice::new(
            format!(
                "the proxy {proxy} cannot be reached: {}",
                plain(&source.to_string())
            ),
            CHECK,
        ),
        TimedOut(after) => Advice::new(
            format!("the proxy {proxy} made no connection to {target} within {after:?}"),
            format!(
                "Either it is down, or it waits for a server that drops packets: check that the server is up and that \
                 the proxy may reach {target}."
            ),
        ),
        Closed(_) => Advice::new(
            format!("the proxy {proxy} closed the connection instead of answering"),
            format!("Is it {kind}? Else it may be {other} that is spoken there. {CHECK}"),
        ),
        NotThatKind(said) => Advice::new(
            format!(
                "what is at {proxy} does not answer as {kind} does ({})",
                plain(said)
            ),
            format!("Check the port, and whether it is {other} that is spoken there. {CHECK}"),
        ),
        SignIn { user: None, .. } => Advice::new(
            format!("the proxy {proxy} wants a sign-in"),
            format!(
                "Put the user into its URL ({own}USER@HOST:PORT) and the password into {PASSWORD_VARIABLE}."
            ),
        ),
        SignIn {
            user: Some(user),
            offered,
        } if offered.is_empty() || is_basic_among(offered) => Advice::new(
            format!("the proxy {proxy} refused the sign-in of {}", plain(user)),
            format!("Check the user in its URL and the password in {PASSWORD_VARIABLE}."),
        ),
        SignIn { offered, .. } => Advice::new(
            format!(
                "the proxy {proxy} takes only {} to sign in with",
                plain(&list(offered))
            ),
            "mapisweep signs in to a proxy by Basic. Ask for that, or for a way without a sign-in; a helper such as cntlm \
             on this computer can sign in instead.",
        ),
        Forbidden => Advice::new(
            format!("the proxy {proxy} does not allow connections to {target}"),
            format!(
                "Have {target} allowed there: many proxies let CONNECT through to port 443 only."
            ),
        ),
        NameUnknown => Advice::new(
            format!("the proxy {proxy} cannot resolve the name of {target}"),
            "The proxy looks it up, not this computer: give the full name, such as ex01.corp.example.",
        ),
        NotConnected(said) => Advice::new(
            format!(
                "the proxy {proxy} could not connect to {target} ({})",
                plain(said)
            ),
            "Either it cannot resolve the name, which it looks up itself (give the full one, such as \
             ex01.corp.example), or nothing answers there: check the name and the port.",
        ),
    }
}

fn is_basic_among(offered: &[String]) -> bool {
    offered
        .iter()
        .any(|scheme| scheme.eq_ignore_ascii_case("Basic"))
}
