//! Who is at the other end of one TCP connection.

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret;

use super::{
    seal::{SPNEGO, Seal},
    ticket::{Refusal, Wrapping},
};
use crate::{
    event::What,
    fault::{Faults, Scheme},
    kerberos::Keys,
    ntlm::{Acceptor, Binding, Identity},
    organization::{DNS_DOMAIN, DOMAIN, ServerSpec, UserSpec},
    site::Site,
    winrm::Caller,
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
    account: String,
    /// Whether a ticket in the client's name came along.
    is_delegated: bool,
    /// Present after NTLM and Kerberos; Basic seals nothing.
    pub seal: Option<Seal>,
}

impl SignedIn {
    /// Who asks, as WinRM sees it.
    pub fn caller(&self) -> Caller<'_> {
        Caller {
            account: &self.account,
            is_delegated: self.is_delegated,
        }
    }
}

/// What to do with a request after looking at its Authorization header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The connection is signed in: look at the body.
    Proceed,
    /// So it is now: with this `WWW-Authenticate` header, whatever the answer.
    ProceedWith(String),
    /// 401, with these `WWW-Authenticate` headers.
    Unauthorized(Vec<String>),
}

/// The connection's surroundings.
pub(super) struct Place<'a> {
    pub world: &'a World,
    pub server: &'a ServerSpec,
    pub site: Site,
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
                self.token(scheme, token, &faults, place)
            }
            _ => self.refuse(place),
        }
    }

    /// The protocol string of the bodies that are sealed here.
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::SignedIn(client) => client.seal.as_ref().map_or(SPNEGO, Seal::protocol),
            Self::Anonymous | Self::Challenged(_) => SPNEGO,
        }
    }

    /// Under `Negotiate` the token tells the mechanism; the other schemes have one each.
    fn token(&mut self, scheme: &str, token: &str, faults: &Faults, place: &Place<'_>) -> Verdict {
        let Ok(token) = BASE64_STANDARD.decode(token) else {
            return self.refuse(place);
        };
        let is_ntlm = token.starts_with(b"NTLMSSP\0");
        let (keys, wrapping) = match (scheme, &place.world.kerberos) {
            ("Kerberos", Ok(keys)) => (keys, Wrapping::Bare),
            ("Negotiate", Ok(keys)) if !is_ntlm => (keys, Wrapping::Spnego),
            // Exchange's own endpoint takes none
            _ if place.site == Site::Exchange => {
                return self.turn_away(String::new(), "it takes no NTLM".to_owned(), place);
            }
            _ => return self.ntlm(scheme, &token, faults, place),
        };
        let accepted = accept_ticket(keys, wrapping, &token, faults, place);
        self.ticket(scheme, accepted, place)
    }

    fn ticket(
        &mut self,
        scheme: &str,
        accepted: Result<(SignedIn, Vec<u8>), Refusal>,
        place: &Place<'_>,
    ) -> Verdict {
        match accepted {
            Ok((client, answer)) => {
                *self = Self::SignedIn(Box::new(client));
                self.announce(scheme, "Kerberos", place);
                Verdict::ProceedWith(format!("{scheme} {}", BASE64_STANDARD.encode(answer)))
            }
            Err(refusal) => {
                let user = match &refusal {
                    Refusal::UnknownUser(user) => user.clone(),
                    _ => String::new(),
                };
                self.turn_away(user, refusal.to_string(), place)
            }
        }
    }

    fn ntlm(&mut self, scheme: &str, token: &[u8], faults: &Faults, place: &Place<'_>) -> Verdict {
        let binding = Binding {
            certificate_hash: place.certificate_hash,
            required: faults.strict_channel_binding,
        };
        let outcome = match std::mem::replace(self, Self::Anonymous) {
            Self::Challenged(acceptor) => acceptor
                .accept(token, &binding, |user, domain| {
                    let user = find(place.world, user, domain)?;
                    let mut password = user.password.expose_secret().to_owned();
                    if faults.passwords_changed {
                        password.push_str(" of today");
                    }
                    Some((user.account.clone(), password))
                })
                .map(|accepted| {
                    *self = Self::SignedIn(Box::new(SignedIn {
                        account: accepted.account,
                        is_delegated: false,
                        seal: Some(Seal::Ntlm(Box::new(accepted.sealer))),
                    }));
                    Verdict::Proceed
                }),
            _ => {
                Acceptor::challenge(token, &identity(place.server)).map(|(acceptor, challenge)| {
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
                self.announce(scheme, "NTLM", place);
                verdict
            }
            Err(refusal) => {
                let user = Acceptor::claimed_user(token).unwrap_or_default();
                self.turn_away(user, refusal.to_string(), place)
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
                    is_delegated: false,
                    seal: None,
                }));
                if !already {
                    self.announce("Basic", "Basic", place);
                }
                Verdict::Proceed
            }
            _ => {
                let why = "unknown user or wrong password".to_owned();
                self.turn_away(name.to_owned(), why, place)
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

    fn turn_away(&mut self, user: String, why: String, place: &Place<'_>) -> Verdict {
        place
            .world
            .tell(place.server, What::SignInRefused { user, why });
        self.refuse(place)
    }

    fn announce(&self, scheme: &str, mechanism: &'static str, place: &Place<'_>) {
        if let Self::SignedIn(signed_in) = self {
            let what = What::SignedIn {
                user: format!("{DOMAIN}\\{}", signed_in.account),
                scheme: scheme.to_owned(),
                mechanism,
                is_delegated: signed_in.is_delegated,
            };
            place.world.tell(place.server, what);
        }
    }
}

/// What the server offers.
fn schemes(faults: &Faults, place: &Place<'_>) -> Vec<String> {
    let has_kerberos = place.world.kerberos.is_ok();
    let own = match faults.only_scheme {
        None if has_kerberos && place.site == Site::Exchange => vec!["Kerberos"],
        None if place.site == Site::Exchange => vec![],
        None if has_kerberos => vec!["Negotiate", "Kerberos"],
        None | Some(Scheme::Negotiate) => vec!["Negotiate"],
        Some(Scheme::Ntlm) => vec!["NTLM"],
        Some(Scheme::Kerberos) if has_kerberos => vec!["Kerberos"],
        Some(Scheme::Kerberos) => vec![],
    };
    let basic = faults.basic_over_https && place.certificate_hash.is_some();
    let basic = basic.then_some("Basic realm=\"WSMAN\"");
    own.into_iter().chain(basic).map(str::to_owned).collect()
}

/// Judges a client's ticket; with the client comes the token to answer with.
fn accept_ticket(
    keys: &Keys,
    wrapping: Wrapping,
    token: &[u8],
    faults: &Faults,
    place: &Place<'_>,
) -> Result<(SignedIn, Vec<u8>), Refusal> {
    let channel = place
        .certificate_hash
        .map(|hash| [b"tls-server-end-point:".as_slice(), hash].concat());
    let accepted = wrapping.accept(keys, token, channel.as_deref())?;
    if channel.is_some() && faults.strict_channel_binding && !accepted.is_bound {
        return Err(Refusal::NotBound);
    }
    let principal = accepted.principal;
    let (name, realm) = principal.rsplit_once('@').unwrap_or((&principal, ""));
    let Some(user) = find(place.world, name, realm) else {
        return Err(Refusal::UnknownUser(principal));
    };
    let client = SignedIn {
        account: user.account.clone(),
        is_delegated: accepted.is_delegated,
        seal: Some(match wrapping {
            Wrapping::Spnego => Seal::NegotiatedKerberos(accepted.sealer),
            Wrapping::Bare => Seal::BareKerberos(accepted.sealer),
        }),
    };
    Ok((client, accepted.answer))
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
        netbios_computer: server.computer_name(),
        dns_domain: DNS_DOMAIN.to_owned(),
        dns_computer: server.fqdn(),
    }
}
