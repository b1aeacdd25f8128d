//! Every recorded PSRP message and every recorded CLIXML object, of either side, is decoded and written again as it
//! was.

use std::{collections::BTreeMap, path::Path};

use mapisweep_winrm::psrp::{
    clixml,
    message::{Message, MessageType},
    payload::{
        self, CreatePipeline, EncryptedSessionKey, InitRunspacePool, PipelineStateMessage,
        PublicKey, RunspacePoolStateMessage, SessionCapability,
    },
};

use crate::{canonical::canonical, fragments::Streams, node::Node};
use mapisweep_outside::{file_name, files, folder, read, recordings, say};

#[test]
fn every_recorded_message_is_written_again_as_it_was() {
    let Some(folder) = folder("pypsrp") else {
        return;
    };
    let mut tally = Tally::default();
    for recording in recordings(&folder) {
        tally.files += 1;
        tally.pairs += recording.pairs.len();
        let mut streams = Streams::default();
        for (is_request, envelope) in recording.envelopes() {
            tally.envelope(&recording.name, &mut streams, envelope, is_request);
        }
        tally.close(&recording.name, streams);
    }
    tally.report();
}

/// Files that hold one envelope or one CLIXML object each; those that are templates have their gaps filled.
#[test]
fn every_single_response_is_written_again_as_it_was() {
    for name in ["exchange", "winrb_stubs", "pywinrm_faults"] {
        let Some(folder) = folder(name) else {
            continue;
        };
        let mut tally = Tally::default();
        for path in files(&folder, &[".xml", ".erb"]) {
            tally.single(&path);
        }
        tally.report();
    }
}

/// What was seen, and what was wrong with it.
#[derive(Default)]
struct Tally {
    files: usize,
    pairs: usize,
    kinds: BTreeMap<String, usize>,
    objects: usize,
    others: usize,
    failures: Vec<String>,
}

impl Tally {
    fn single(&mut self, path: &Path) {
        let name = file_name(path);
        let xml = filled(&read(path));
        self.files += 1;
        match Node::parse(&xml) {
            Ok(root) if root.name == "Obj" => self.object(&name, &xml),
            Ok(root) if root.name == "Envelope" => {
                let mut streams = Streams::default();
                self.envelope(&name, &mut streams, &xml, false);
                self.close(&name, streams);
            }
            // the head of a recording, cut off by those who published it
            Ok(_) | Err(_) => self.others += 1,
        }
    }

    fn envelope(&mut self, name: &str, streams: &mut Streams, xml: &str, is_request: bool) {
        let envelope = match Node::parse(xml) {
            Ok(envelope) => envelope,
            Err(error) => return self.failures.push(format!("{name}: {error}")),
        };
        match streams.push(&envelope, is_request) {
            Ok(messages) => messages.iter().for_each(|bytes| self.message(name, bytes)),
            Err(error) => self.failures.push(format!("{name}: {error}")),
        }
    }

    fn message(&mut self, name: &str, bytes: &[u8]) {
        let message = match Message::decode(bytes) {
            Ok(message) => message,
            Err(error) => return self.failures.push(format!("{name}: {error:?}")),
        };
        let kind = format!("{:?}", message.kind);
        let written = message.encode();
        let [was, is] = [bytes, &written].map(|bytes| bytes.split_at_checked(40).expect("decoded"));
        let [was_xml, is_xml] =
            [was.1, is.1].map(|data| String::from_utf8_lossy(data).into_owned());
        if was.0 != is.0 {
            self.failures
                .push(format!("{name}: {kind}: another header"));
        }
        if was_xml.is_empty() != is_xml.is_empty() {
            self.failures
                .push(format!("{name}: {kind}: was {was_xml}, is {is_xml}"));
        }
        self.compare(name, &kind, &was_xml, &is_xml);
        if let Err(error) = typed(&message) {
            self.failures.push(format!("{name}: {kind}: {error}"));
        }
        *self.kinds.entry(kind).or_default() += 1;
    }

    fn object(&mut self, name: &str, xml: &str) {
        self.objects += 1;
        match clixml::parse(xml) {
            Ok(value) => self.compare(name, "object", xml, &clixml::to_xml(&value)),
            Err(error) => self.failures.push(format!("{name}: {error:?}")),
        }
    }

    fn compare(&mut self, name: &str, kind: &str, was: &str, is: &str) {
        let (was, is) = match (canonical(was), canonical(is)) {
            (Ok(was), Ok(is)) => (was, is),
            (was, is) => {
                return self
                    .failures
                    .push(format!("{name}: {kind}: {was:?} {is:?}"));
            }
        };
        let differs = was.lines().zip(is.lines()).find(|(was, is)| was != is);
        if let Some((was, is)) = differs {
            let failure = format!("{name}: {kind}:\n  was {was}\n  is  {is}");
            self.failures.push(failure);
        } else if was != is {
            self.failures.push(format!("{name}: {kind}: cut off"));
        }
    }

    fn close(&mut self, name: &str, streams: Streams) {
        self.others += streams.others;
        if streams.begun != streams.complete {
            let (begun, complete) = (streams.begun, streams.complete);
            let failure = format!("{name}: {begun} messages begin, {complete} end");
            self.failures.push(failure);
        }
    }

    fn report(self) {
        say(&format!(
            "{} files, {} pairs, {} messages of {} types, {} single objects, {} other streams and files, {} failures",
            self.files,
            self.pairs,
            self.kinds.values().sum::<usize>(),
            self.kinds.len(),
            self.objects,
            self.others,
            self.failures.len()
        ));
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}

/// Whether the payload is what its type says, where the program has a type for it.
fn typed(message: &Message) -> Result<(), payload::Error> {
    let data = &message.data;
    match message.kind {
        MessageType::SessionCapability => SessionCapability::from_value(data).map(drop),
        MessageType::InitRunspacePool => InitRunspacePool::from_value(data).map(drop),
        MessageType::RunspacePoolState => RunspacePoolStateMessage::from_value(data).map(drop),
        MessageType::PublicKey => PublicKey::from_value(data).map(drop),
        MessageType::EncryptedSessionKey => EncryptedSessionKey::from_value(data).map(drop),
        MessageType::CreatePipeline => CreatePipeline::from_value(data).map(drop),
        MessageType::PipelineState => PipelineStateMessage::from_value(data).map(drop),
        _ => Ok(()),
    }
}

/// A template with something in each gap.
fn filled(template: &str) -> String {
    let gap = regex::Regex::new("<%.*?%>").expect("a pattern");
    gap.replace_all(template, "0").into_owned()
}
