//! Who is at the other end of one TCP connection.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret;

use crate::{
    event::What,
    fault::Faults,
    ntlm::{Acceptor, Binding, Identity, Sealer},
    organization::{DNS_DOMAIN, DOMAIN, ServerSpec, UserSpec},
    world::World,
};

/// How far a connection's sign-in has come. Belongs to the TCP connection, and ends with it.
pub(super) enum SignIn {
    Anonymous,
    Challenged(Acceptor),
    SignedIn(Box<SignedIn>),
}

/// A client that proved who it is.
pub(super) struct SignedIn {
    pub account: String,
    /// Present after NTLM; Basic seals nothing.
    pub sealer: Option<Sealer>,
}

/// What to do with a request after looking at its Authorization header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The connection is signed in: look at the body.
    Proceed,
    /// 401, with these `WWW-Authenticate` headers.
    Unauthorized(Vec<String>),
}

/// The connection's surroundings.
pub(super) struct Place<'a> {
    pub world: &'a World,
    pub server: &'a ServerSpec,
    /// SHA-256 of the certificate when the connection is TLS.
    pub certificate_hash: Option<&'a [u8; 32]>,
}

impl SignIn {
    /// Looks at one request's Authorization header.
    pub fn step(&mut self, authorization: Option<&str>, place: &Place<'_>) -> Verdict {
        let faults = place.world.state().machine(place.server).faults().clone();
        match authorization.and_then(|header| header.split_once(' ')) {
            None if matches!(self, Self::SignedIn(_)) => Verdict::Proceed,
            Some(("Basic", token))
                if faults.basic_over_https && place.certificate_hash.is_some() =>
            {
                self.basic(token, place)
            }
            Some((scheme, token))
                if schemes(&faults, place)
                    .iter()
                    .any(|offered| offered == scheme) =>
            {
                self.ntlm(scheme, token, &faults, place)
            }
            _ => self.refuse(place),
        }
    }

    fn ntlm(&mut self, scheme: &str, token: &str, faults: &Faults, place: &Place<'_>) -> Verdict {
        let Ok(token) = BASE64_STANDARD.decode(token) else {
            return self.refuse(place);
        };
        let binding = Binding {
            certificate_hash: place.certificate_hash,
            required: faults.strict_channel_binding,
        };
        let outcome = match std::mem::replace(self, Self::Anonymous) {
            Self::Challenged(acceptor) => acceptor
                .accept(&token, &binding, |user, domain| {
                    let user = find(place.world, user, domain)?;
                    let password = user.password.expose_secret().to_owned();
                    Some((user.account.clone(), password))
                })
                .map(|accepted| {
                    *self = Self::SignedIn(Box::new(SignedIn {
                        account: accepted.account,
                        sealer: Some(accepted.sealer),
                    }));
                    Verdict::Proceed
                }),
            _ => {
                Acceptor::challenge(&token, &identity(place.server)).map(|(acceptor, challenge)| {
                    *self = Self::Challenged(acceptor);
                    Verdict::Unauthorized(vec![format!(
                        "{scheme} {}",
                        BASE64_STANDARD.encode(challenge)
                    )])
                })
            }
        };
        match outcome {
            Ok(verdict) => {
                self.announce(scheme, place);
                verdict
            }
            Err(refusal) => {
                let user = Acceptor::claimed_user(&token).unwrap_or_default();
                let why = refusal.to_string();
                place
                    .world
                    .tell(place.server, What::SignInRefused { user, why });
                self.refuse(place)
            }
        }
    }

    fn basic(&mut self, token: &str, place: &Place<'_>) -> Verdict {
        let decoded = BASE64_STANDARD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let (name, password) = decoded
            .as_deref()
            .and_then(|text| text.split_once(':'))
            .unwrap_or_default();
        let (domain, user) = name.split_once('\\').unwrap_or(("", name));
        match find(place.world, user, domain) {
            Some(known) if known.password.expose_secret() == password => {
                let already = matches!(self, Self::SignedIn(_));
                *self = Self::SignedIn(Box::new(SignedIn {
                    account: known.account.clone(),
                    sealer: None,
                }));
                if !already {
                    self.announce("Basic", place);
                }
                Verdict::Proceed
            }
            _ => {
                let why = "unknown user or wrong password".to_owned();
                let user = name.to_owned();
                place
                    .world
                    .tell(place.server, What::SignInRefused { user, why });
                self.refuse(place)
            }
        }
    }

    /// Forgets what the connection was; returns what to offer it anew.
    pub fn reset(&mut self, place: &Place<'_>) -> Vec<String> {
        *self = Self::Anonymous;
        let faults = place.world.state().machine(place.server).faults().clone();
        schemes(&faults, place)
    }

    fn refuse(&mut self, place: &Place<'_>) -> Verdict {
        Verdict::Unauthorized(self.reset(place))
    }

    fn announce(&self, scheme: &str, place: &Place<'_>) {
        if let Self::SignedIn(signed_in) = self {
            let user = format!("{DOMAIN}\\{}", signed_in.account);
            let scheme = scheme.to_owned();
            place
                .world
                .tell(place.server, What::SignedIn { user, scheme });
        }
    }
}

/// What the server offers.
fn schemes(faults: &Faults, place: &Place<'_>) -> Vec<String> {
    let mut schemes = vec![
        if faults.ntlm_scheme_only {
            "NTLM"
        } else {
            "Negotiate"
        }
        .to_owned(),
    ];
    if faults.basic_over_https && place.certificate_hash.is_some() {
        schemes.push("Basic realm=\"WSMAN\"".to_owned());
    }
    schemes
}

/// Finds the account meant by what a client sent: `user` with `CORP` or `corp.example`, with no domain, or
/// `user@corp.example` with none.
fn find<'a>(world: &'a World, user: &str, domain: &str) -> Option<&'a UserSpec> {
    let (user, domain) = match user.split_once('@') {
        Some((user, domain_of_upn)) if domain.is_empty() => (user, domain_of_upn),
        _ => (user, domain),
    };
    let ours = domain.is_empty()
        || domain.eq_ignore_ascii_case(DOMAIN)
        || domain.eq_ignore_ascii_case(DNS_DOMAIN);
    world.organization.user(user).filter(|_| ours)
}

fn identity(server: &ServerSpec) -> Identity {
    Identity {
        netbios_domain: DOMAIN.to_owned(),
        netbios_computer: server.name.to_ascii_uppercase(),
        dns_domain: DNS_DOMAIN.to_owned(),
        dns_computer: server.fqdn(),
    }
}
