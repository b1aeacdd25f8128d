//! From `reqwest`'s error to ours: its kinds are few, what matters is in its chain of sources.

use std::{error::Error as StdError, io, iter};

use mapisweep_core::text::with_causes;
use mapisweep_winrm::endpoint::Scheme;
use tracing::debug;

use super::{CertificateFacts, Error, Peer, Trust, certificate::SeenCertificate, peer::Unresolved};

/// A new TCP connection was asked for on a socket that has had its one; nothing was sent.
#[derive(Debug, thiserror::Error)]
#[error("the socket is closed and a new one was not allowed")]
pub(super) struct SocketSpent;

/// Tells what a failed request means. `carries_request` says whether there was anything to deliver.
pub(super) fn explain(
    error: reqwest::Error,
    peer: &Peer,
    seen: &SeenCertificate,
    carries_request: bool,
) -> Error {
    let error = error.without_url();
    // the libraries' words for it, one within the other, are of use to nobody else
    debug!(error = %with_causes(&error), "the request failed");
    if find::<SocketSpent>(&error).is_some() {
        return Error::Lost {
            maybe_delivered: false,
        };
    }
    if !error.is_connect() {
        let is_parse = find::<hyper::Error>(&error).is_some_and(hyper::Error::is_parse);
        if is_parse && !carries_request && peer.endpoint.scheme() == Scheme::Http {
            return Error::NotHttp {
                address: peer.dial_address(),
            };
        }
        let after = peer.options.response_timeout;
        return match (error.is_timeout(), carries_request) {
            (true, true) => Error::Silent { after },
            (true, false) => peer.is_mute(after),
            (false, maybe_delivered) => Error::Lost { maybe_delivered },
        };
    }

    let host = peer.endpoint.host().to_owned();
    if let Some(unresolved) = find::<Unresolved>(&error) {
        return unresolved.of_host(peer.dial_host());
    }
    match find::<rustls::Error>(&error) {
        Some(source @ rustls::Error::InvalidCertificate(_)) => {
            return untrusted(host, &peer.options.trust, seen.facts(), source.clone());
        }
        Some(source) => {
            return Error::Tls {
                host,
                source: source.clone(),
            };
        }
        None => {}
    }
    let address = peer.dial_address();
    if error.is_timeout() {
        return Error::ConnectTimeout {
            address,
            after: peer.options.connect_timeout,
            over_tls: peer.verifier.is_some(),
        };
    }
    // the innermost says it best: "other" around "unexpected end of file" is of no help
    let kinds = chain(&error)
        .filter_map(|error| error.downcast_ref())
        .map(io::Error::kind);
    let kind = kinds.last().unwrap_or(io::ErrorKind::Other);
    let is_broken_off = matches!(
        kind,
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof
    );
    if is_broken_off && peer.endpoint.scheme() == Scheme::Https {
        return Error::TlsBrokenOff;
    }
    Error::Unreachable { address, kind }
}

fn untrusted(
    host: String,
    trust: &Trust,
    certificate: Option<CertificateFacts>,
    source: rustls::Error,
) -> Error {
    match (trust, certificate) {
        (Trust::Pinned(pins), Some(found)) if !pins.contains(&found.pin) => Error::WrongPin {
            host,
            expected: pins.to_vec(),
            found: Box::new(found),
        },
        (_, certificate) => Error::Untrusted {
            host,
            certificate: certificate.map(Box::new),
            source,
        },
    }
}

/// The first error of type `T` in the chain.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// An error and its causes. An [`io::Error`] that wraps another hides it from `source`.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|inner| inner as &(dyn StdError + 'static))
            .or_else(|| error.source())
    })
}
