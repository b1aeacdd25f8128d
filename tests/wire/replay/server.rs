//! A server that answers our client with what a real one answered a recorded one.

use mapisweep_winrm::psrp::clixml::Value;
use mapisweep_winrm::psrp::fragment::{Defragmenter, Fragmenter, HEADER};
use mapisweep_winrm::psrp::message::{Message, MessageType};
use mapisweep_winrm::psrp::payload::{EncryptedSessionKey, PublicKey};
use mapisweep_winrm::psrp::secure::SessionKey;
use mapisweep_winrm::wsman::{Body, Error, Fault, Response};

use super::compare::{self, Difference};
use super::conversation::Conversation;
use super::recipe::Recipe;
use super::seen::{Kind, Seen};

pub struct Server<'c> {
    conversation: &'c Conversation,
    /// For each recorded pair, whether it has served.
    used: Vec<bool>,
    /// The last recorded pair that served.
    last: usize,
    requests: usize,
    /// The recorded server refused something, or the recorded connection broke.
    went_wrong: bool,
    differences: Vec<Difference>,
    inbox: Defragmenter,
    messages: Vec<Message>,
    /// The session key, encrypted for our client instead of the recorded one.
    encrypted_key: Option<String>,
}

impl<'c> Server<'c> {
    pub fn new(conversation: &'c Conversation) -> Self {
        Self {
            conversation,
            used: vec![false; conversation.pairs.len()],
            last: 0,
            requests: 0,
            went_wrong: false,
            differences: Vec::new(),
            inbox: Defragmenter::default(),
            messages: Vec::new(),
            encrypted_key: None,
        }
    }

    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Whether the recorded client saw a failure, after which it may have gone on as ours does not.
    pub fn went_wrong(&self) -> bool {
        self.went_wrong
    }

    /// What our client sent, decoded.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// How our requests differ, those included that were recorded and not made.
    pub fn differences(&self) -> Vec<Difference> {
        let pairs = self.conversation.pairs.iter().zip(&self.used);
        let unused = pairs.filter(|(_, used)| !*used && !self.went_wrong);
        let unused = unused
            .map(|(pair, _)| Difference::new(format!("{:?} not made", pair.seen.kind), "", ""));
        self.differences.iter().cloned().chain(unused).collect()
    }

    /// Whether the recorded client stopped this pipeline here.
    pub fn is_stopped_now(&self, recipe: &Recipe) -> bool {
        let position = |kind| {
            let own =
                |seen: &Seen| seen.kind == kind && seen.command.as_ref() == Some(&recipe.command);
            let mut pairs = self.conversation.pairs.iter().zip(&self.used);
            pairs.position(|(pair, used)| !used && own(&pair.seen))
        };
        match (position(Kind::Stop), position(Kind::Receive)) {
            (Some(stop), Some(receive)) => stop < receive,
            (stop, None) => stop.is_some(),
            (None, Some(_)) => false,
        }
    }

    /// The recorded answer to such a request; `None` where there is none, as if the connection were lost.
    pub fn answer(&mut self, envelope: &str) -> Option<Result<Response, Box<Fault>>> {
        let ours = Seen::read(envelope);
        self.requests += 1;
        self.take(&ours);
        if envelope.len() > ours.max_envelope {
            self.differences.push(Difference::new(
                "envelope size",
                envelope.len(),
                ours.max_envelope,
            ));
        }
        let pairs = self.conversation.pairs.iter();
        let Some(found) = pairs
            .zip(&self.used)
            .position(|(pair, used)| !used && pair.seen.asks_the_same_as(&ours))
        else {
            self.differences.push(Difference::new(
                format!("{:?} not recorded", ours.kind),
                "",
                "",
            ));
            return matches!(
                ours.kind,
                Kind::Send | Kind::Stop | Kind::Terminate | Kind::Delete
            )
            .then(|| Ok(done()));
        };
        if found < self.last && ours.kind != Kind::Send {
            self.differences
                .push(Difference::new("order", format!("{:?}", ours.kind), found));
        }
        let pair = &self.conversation.pairs[found];
        self.used[found] = true;
        self.last = self.last.max(found);
        self.differences
            .extend(compare::requests(&pair.seen, &ours));
        match Response::parse(&pair.response) {
            Ok(response) => Some(Ok(self.with_key(response))),
            Err(Error::Fault(fault)) => {
                self.went_wrong |= !fault.is_timeout();
                Some(Err(fault))
            }
            Err(_) if pair.response.is_empty() => {
                self.went_wrong = true;
                None
            }
            Err(error) => panic!("{}: {error}", self.conversation.name),
        }
    }

    fn take(&mut self, ours: &Seen) {
        for bytes in self.inbox.push(&ours.fragments).expect("our fragments") {
            let message = Message::decode(&bytes).expect("our message");
            if message.kind == MessageType::PublicKey {
                let key = PublicKey::from_value(&message.data).expect("our public key");
                let (_, encrypted) = SessionKey::for_public_key(&key.0, &mut rand::rngs::OsRng)
                    .expect("our public key");
                self.encrypted_key = Some(encrypted);
            }
            self.messages.push(message);
        }
    }

    /// The recorded session key cannot be decrypted without the recorded client's private key.
    fn with_key(&self, mut response: Response) -> Response {
        let Body::Received(received) = &mut response.body else {
            return response;
        };
        for stream in &mut received.streams {
            let message = stream
                .data
                .get(HEADER..)
                .and_then(|blob| Message::decode(blob).ok());
            let Some(message) =
                message.filter(|message| message.kind == MessageType::EncryptedSessionKey)
            else {
                continue;
            };
            let encrypted = self
                .encrypted_key
                .clone()
                .expect("a key is sent only when asked for");
            let data: Value = EncryptedSessionKey(encrypted).to_value();
            let mut fragmenter = Fragmenter::default();
            fragmenter.push(Message { data, ..message }.encode());
            stream.data = fragmenter.take(usize::MAX);
        }
        response
    }
}

fn done() -> Response {
    Response {
        relates_to: None,
        body: Body::Done,
    }
}
