//! A sign-in by Kerberos on one connection (RFC 4559, \[MS-WSMV\] 2.2.9.1).
//!
//! ```text
//! step(nothing)              ─► Send(token)     a ticket for the server, after asking the KDC for it
//! step(the server's token)   ─► Established     the server has proved that it holds the key of the service
//! ```

use std::sync::Arc;

use mapisweep_gssapi::Initiator;
use mapisweep_winrm::auth::{
    self, Mechanism, Scene, ServiceName, Step, kerberos::SCHEME, ntlm::NEGOTIATE, spnego,
};

use super::{
    Error, Granted, Person,
    sealing::{Kind, Sealing},
};

/// What a sign-in is to be like.
#[derive(Clone)]
pub struct Terms {
    /// Who signs in.
    pub person: Arc<Person>,
    /// The server's name, as it was given.
    pub host: String,
    /// What the ticket is for.
    pub service: ServiceName,
    /// Whether a ticket in the person's name is to go along.
    pub delegate: bool,
    /// Told whose ticket it is, and whether one goes along, before anything goes to the server.
    pub tell: Arc<Tell>,
}

/// Told whose ticket it is, and whether one goes along.
pub type Tell = dyn Fn(&Granted, Delegation) + Send + Sync;

/// Whether something went along with a sign-in that lets the server sign in elsewhere in the person's name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delegation {
    /// Nobody asked for it.
    #[default]
    NotAsked,
    /// It did.
    Given,
    /// It was asked for, and did not.
    Withheld,
}

/// The client's half of one sign-in.
pub struct Kerberos {
    terms: Terms,
    kind: Kind,
    stage: Stage,
}

enum Stage {
    New,
    Sent(Initiator),
    Done,
}

impl Kerberos {
    /// Signs in under `Negotiate` or `Kerberos`.
    pub fn new(terms: Terms, scheme: &'static str) -> Self {
        Self {
            terms,
            kind: match scheme == SCHEME {
                true => Kind::Bare,
                false => Kind::Negotiated,
            },
            stage: Stage::New,
        }
    }

    fn begin(&mut self, scene: &Scene) -> Result<Step, Error> {
        let Terms {
            person,
            host,
            service,
            delegate,
            tell,
        } = &self.terms;
        let granted = person.ticket().map_err(Error::Shared)?;
        let no_ticket = |source| Error::Service {
            person: granted.principal.clone(),
            service: service.of(host),
            source,
        };
        let mut initiator = Initiator::new(
            person.library(),
            Some(&granted.credential),
            &service.host_based(host),
            *delegate,
            scene.channel.application_data(),
        )
        .map_err(no_ticket)?;
        let token = initiator.step(None).map_err(no_ticket)?.token;
        let token = token.ok_or(Error::Lacks("say anything to the server"))?;
        let delegation = match (*delegate, initiator.flags().delegated) {
            (false, _) => Delegation::NotAsked,
            (true, true) => Delegation::Given,
            (true, false) => Delegation::Withheld,
        };
        tell(&granted, delegation);
        self.stage = Stage::Sent(initiator);
        Ok(Step::Send(match self.kind {
            Kind::Bare => token.into(),
            Kind::Negotiated => spnego::propose(spnego::KERBEROS, &token)?.into(),
        }))
    }

    fn conclude(&mut self, mut initiator: Initiator, received: &[u8]) -> Result<Step, Error> {
        let service = || self.terms.service.of(&self.terms.host);
        let token = match self.kind {
            Kind::Bare => received.to_vec(),
            Kind::Negotiated => {
                let answer = spnego::read_answer(received)?;
                match answer.token {
                    _ if answer.wants_another_than_kerberos() => {
                        return Err(Error::Declined { service: service() });
                    }
                    Some(token) => token,
                    None if answer.state == Some(spnego::State::Reject) => {
                        return Err(Error::Declined { service: service() });
                    }
                    None => return Err(Error::NotProven { service: service() }),
                }
            }
        };
        let refused = |source| Error::Answer {
            service: service(),
            source,
        };
        let stepped = initiator.step(Some(&token)).map_err(refused)?;
        if !stepped.is_established || stepped.token.is_some() {
            return Err(Error::NotProven { service: service() });
        }
        let context = initiator.into_context().map_err(refused)?;
        let flags = context.flags();
        if !flags.mutual {
            return Err(Error::NotProven { service: service() });
        }
        if !flags.confidential {
            return Err(Error::Lacks("seal messages"));
        }
        Ok(Step::Established {
            token: None,
            context: Some(Box::new(Sealing::new(context, self.kind))),
        })
    }
}

impl Mechanism for Kerberos {
    fn scheme(&self) -> &'static str {
        match self.kind {
            Kind::Bare => SCHEME,
            Kind::Negotiated => NEGOTIATE,
        }
    }

    fn step(&mut self, received: Option<&[u8]>, scene: &Scene) -> Result<Step, auth::Error> {
        let stage = std::mem::replace(&mut self.stage, Stage::Done);
        let stepped = match (stage, received) {
            (Stage::New, None) => self.begin(scene),
            (Stage::Sent(initiator), Some(received)) => self.conclude(initiator, received),
            (Stage::Sent(_), None) => Err(Error::NotProven {
                service: self.terms.service.of(&self.terms.host),
            }),
            (Stage::New, Some(_)) | (Stage::Done, _) => return Err(auth::Error::Complete),
        };
        stepped.map_err(|error| auth::Error::Outside(Box::new(error)))
    }

    /// The KDC judges it, and nobody else gets to see it.
    fn reveals_password(&self) -> bool {
        matches!(self.stage, Stage::New) && !self.terms.person.is_known()
    }

    fn may_block(&self) -> bool {
        true
    }

    fn is_mutual(&self) -> bool {
        true
    }

    fn binds_first_token(&self) -> bool {
        true
    }
}
