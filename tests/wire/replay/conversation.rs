//! What a recorded client did with one shell, and what came of it.

use std::collections::BTreeMap;

use mapisweep_winrm::psrp::fragment::Defragmenter;
use mapisweep_winrm::psrp::message::{Message, MessageType};
use mapisweep_winrm::wsman::{Body, Response};

use super::expected::Expected;
use super::recipe::{self, Recipe};
use super::seen::{Kind, Seen};
use mapisweep_outside::Recording;

pub struct Conversation {
    pub name: String,
    pub pairs: Vec<Recorded>,
    /// Everything that the recorded client sent, decoded.
    pub messages: Vec<Message>,
    pub recipes: Vec<Recipe>,
    pub expected: Expected,
}

#[derive(Clone)]
pub struct Recorded {
    pub seen: Seen,
    pub response: String,
}

/// Why pairs are left out, and how many.
pub type LeftOut = Vec<(String, usize)>;

/// The conversations of a recording that our client can have.
pub fn read(recording: &Recording) -> (Vec<Conversation>, LeftOut) {
    let mut shells = BTreeMap::<usize, Vec<Recorded>>::new();
    let mut ids = Vec::<String>::new();
    let mut left_out = LeftOut::new();
    for pair in &recording.pairs {
        if pair.request.is_empty() {
            left_out.push(("without a request".to_owned(), 1));
            continue;
        }
        let recorded = Recorded {
            seen: Seen::read(&pair.request),
            response: pair.response.clone(),
        };
        if recorded.seen.kind == Kind::Create {
            ids.push(created(&recorded.response).unwrap_or_default());
        }
        let id = recorded.seen.selectors.get("ShellId");
        let own = |own: &String| id.is_none_or(|id| id.eq_ignore_ascii_case(own));
        match ids.iter().rposition(own) {
            Some(shell) if id.is_some() || recorded.seen.kind == Kind::Create => {
                shells.entry(shell).or_default().push(recorded);
            }
            _ => left_out.push((
                format!("{} of something other than a shell", verb(&recorded.seen)),
                1,
            )),
        }
    }
    let mut conversations = Vec::new();
    for (number, pairs) in shells {
        let count = pairs.len();
        match Conversation::new(
            format!("{} #{}", recording.name, number + 1),
            pairs,
            &mut left_out,
        ) {
            Ok(conversation) => conversations.push(conversation),
            Err(reason) => left_out.push((reason, count)),
        }
    }
    (conversations, left_out)
}

fn created(response: &str) -> Option<String> {
    match Response::parse(response).ok()?.body {
        Body::Created(shell) => Some(shell.id),
        _ => None,
    }
}

fn verb(seen: &Seen) -> &str {
    seen.action.rsplit('/').next().unwrap_or_default()
}

impl Conversation {
    fn new(name: String, pairs: Vec<Recorded>, left_out: &mut LeftOut) -> Result<Self, String> {
        let first = pairs.first().ok_or("an empty conversation")?;
        if !first.seen.resource_uri.contains("/powershell/") {
            return Err("a cmd shell, which our client has no use for".to_owned());
        }
        let multiplexing = ["Disconnect", "Reconnect", "Connect"];
        if pairs
            .iter()
            .any(|pair| multiplexing.contains(&verb(&pair.seen)))
        {
            return Err(
                "a pool that is disconnected and connected again, which is not offered".to_owned(),
            );
        }
        if has_overlaps(&pairs) {
            return Err("several pipelines at the same time, which is not offered".to_owned());
        }
        let sent = sent(&pairs)?;
        let wants_keys = recipe::wants_keys(&sent.concat());
        let mut messages = Vec::new();
        let mut kept = Vec::new();
        let mut skipping = Skipping::Nothing;
        for (pair, sent) in pairs.into_iter().zip(sent) {
            let foreign = sent
                .iter()
                .map(|message| message.kind)
                .find(|kind| !is_ours(*kind, wants_keys));
            skipping = skipping.then(&pair, foreign);
            match skipping.reason(&pair) {
                Some(reason) => left_out.push((reason, 1)),
                None => {
                    messages.extend(sent);
                    kept.push(pair);
                }
            }
        }
        let commands = kept.iter().filter(|pair| pair.seen.kind == Kind::Command);
        Ok(Self {
            recipes: recipe::read(
                &messages,
                commands.map(|pair| command_of(pair).unwrap_or_default()),
            ),
            expected: Expected::recorded(kept.iter().map(|pair| pair.response.as_str())),
            name,
            pairs: kept,
            messages,
        })
    }

    pub fn to(&self) -> &str {
        self.pairs
            .first()
            .map(|pair| pair.seen.to.as_str())
            .unwrap_or_default()
    }

    pub fn resource_uri(&self) -> &str {
        self.pairs
            .first()
            .map(|pair| pair.seen.resource_uri.as_str())
            .unwrap_or_default()
    }

    /// The size of envelopes, unless it is what our client would assume anyhow.
    pub fn unusual_envelope(&self) -> Option<usize> {
        let size = self.pairs.first().map(|pair| pair.seen.max_envelope);
        size.filter(|size| *size != 153_600)
    }
}

/// Whether a command begins before all that concerns an earlier one is over.
fn has_overlaps(pairs: &[Recorded]) -> bool {
    let begins = pairs
        .iter()
        .enumerate()
        .filter(|(_, pair)| pair.seen.kind == Kind::Command);
    begins
        .clone()
        .zip(begins.skip(1))
        .any(|((_, first), (next, second))| {
            let (first, second) = (command_of(first), command_of(second));
            let later = pairs.iter().skip(next);
            let mut output =
                later.filter(|pair| matches!(pair.seen.kind, Kind::Receive | Kind::Send));
            first != second && first.is_some() && output.any(|pair| pair.seen.command == first)
        })
}

/// Whether the pairs at hand belong to something that our client does not do.
enum Skipping {
    Nothing,
    /// A question to the pool, and its answers.
    Pool(MessageType),
    /// A command that is not a pipeline, and all that concerns it.
    Command(MessageType, Option<String>),
}

impl Skipping {
    /// `foreign` is what the pair sends that our client never does.
    fn then(self, pair: &Recorded, foreign: Option<MessageType>) -> Self {
        match (foreign, &self, pair.seen.kind) {
            (Some(kind), _, Kind::Command) => Self::Command(kind, command_of(pair)),
            (Some(kind), _, _) => Self::Pool(kind),
            (None, Self::Pool(_), Kind::Receive) if pair.seen.command.is_none() => self,
            (None, Self::Command(_, command), _) if *command == pair.seen.command => self,
            _ => Self::Nothing,
        }
    }

    fn reason(&self, pair: &Recorded) -> Option<String> {
        match self {
            Self::Pool(kind) | Self::Command(kind, _) => {
                Some(format!("{kind:?}, which is not offered"))
            }
            Self::Nothing if pair.seen.kind == Kind::Other => {
                Some(format!("{} of the shell", verb(&pair.seen)))
            }
            Self::Nothing => None,
        }
    }
}

/// Whether our client sends such messages.
fn is_ours(kind: MessageType, wants_keys: bool) -> bool {
    match kind {
        MessageType::PublicKey => wants_keys,
        MessageType::SessionCapability
        | MessageType::InitRunspacePool
        | MessageType::CreatePipeline
        | MessageType::PipelineInput
        | MessageType::EndOfPipelineInput
        | MessageType::PipelineHostResponse
        | MessageType::RunspacePoolHostResponse => true,
        _ => false,
    }
}

/// The messages that each pair sends, whole ones only: a message belongs to the pair that ends it.
fn sent(pairs: &[Recorded]) -> Result<Vec<Vec<Message>>, String> {
    let mut defragmenter = Defragmenter::default();
    let mut sent = Vec::new();
    for pair in pairs {
        let whole = defragmenter
            .push(&pair.seen.fragments)
            .map_err(|error| error.to_string())?;
        let messages: Result<_, _> = whole.iter().map(|bytes| Message::decode(bytes)).collect();
        sent.push(messages.map_err(|error| error.to_string())?);
    }
    Ok(sent)
}

fn command_of(pair: &Recorded) -> Option<String> {
    match Response::parse(&pair.response).ok()?.body {
        Body::Command(id) => id.map(|id| id.to_uppercase()),
        _ => None,
    }
}
