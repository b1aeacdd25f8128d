//! Every recorded PSRP message, of either side, is decoded and written again as equivalent XML.

use std::collections::{BTreeMap, HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use mapisweep::{
    remoting::{clixml, fragment::Defragmenter, message::Message},
    wsman::Element,
};
use quick_xml::{XmlVersion, events::Event, reader::Reader};

use crate::recordings::{Recording, folder, recordings};

#[test]
fn every_recorded_message_is_written_again_as_it_was() {
    let Some(folder) = folder("pypsrp") else {
        return;
    };
    let recordings = recordings(&folder);
    let mut kinds = BTreeMap::<String, usize>::new();
    let mut failures = Vec::new();
    for recording in &recordings {
        for bytes in messages(recording, &mut failures) {
            match rewritten(&bytes) {
                Ok(kind) => *kinds.entry(kind).or_default() += 1,
                Err(failure) => failures.push(format!("{}: {failure}", recording.name)),
            }
        }
    }
    eprintln!(
        "{} files, {} pairs, {} messages of {} types, {} failures",
        recordings.len(),
        recordings
            .iter()
            .map(|recording| recording.pairs.len())
            .sum::<usize>(),
        kinds.values().sum::<usize>(),
        kinds.len(),
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(!kinds.is_empty());
}

/// Decodes a message, writes it again and compares; its type.
fn rewritten(bytes: &[u8]) -> Result<String, String> {
    let message = Message::decode(bytes).map_err(|error| format!("{error}: {error:?}"))?;
    let kind = format!("{:?}", message.kind);
    let original = String::from_utf8_lossy(bytes.get(40..).unwrap_or_default());
    let original = original.trim_start_matches('\u{feff}');
    if original.trim().is_empty() {
        return Ok(kind);
    }
    let ours = clixml::to_xml(&message.data);
    let (was, is) = (canonical(original), canonical(&ours));
    match was == is {
        true => Ok(kind),
        false => Err(format!("{kind}\n  was {was}\n  is  {is}")),
    }
}

/// All whole messages of a recording: fragments are put together for each direction and each pipeline apart.
fn messages(recording: &Recording, failures: &mut Vec<String>) -> Vec<Vec<u8>> {
    let mut streams = HashMap::<(bool, String), Defragmenter>::new();
    let mut whole = Vec::new();
    for pair in &recording.pairs {
        for (is_request, envelope) in [(true, &pair.request), (false, &pair.response)] {
            if envelope.is_empty() {
                continue;
            }
            let envelope = Element::parse(envelope).expect("checked by other tests");
            for (pipeline, fragments) in fragments(&envelope) {
                // what the client sends is one stream; what it receives is one a pipeline
                let pipeline = if is_request { String::new() } else { pipeline };
                let stream = streams.entry((is_request, pipeline)).or_default();
                match stream.push(&fragments) {
                    Ok(messages) => whole.extend(messages),
                    Err(error) => failures.push(format!("{}: {error}", recording.name)),
                }
            }
        }
    }
    whole
}

/// What creationXml, Arguments and Stream elements carry, with the pipeline they name.
fn fragments(element: &Element) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    if ["creationXml", "Arguments", "Stream"].contains(&&*element.name.local) {
        let pipeline = element.attr("CommandId").unwrap_or_default().to_uppercase();
        let compact: String = element.text().split_ascii_whitespace().collect();
        match STANDARD.decode(compact) {
            Ok(bytes) if is_psrp(&bytes) => found.push((pipeline, bytes)),
            // the streams of a cmd shell are plain text
            _ => {}
        }
    }
    for child in &element.children {
        found.extend(fragments(child));
    }
    found
}

/// Whether this begins as a fragment does: object ids are small, and the reserved flag bits are zero.
fn is_psrp(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0; 6]) && bytes.get(16).is_some_and(|flags| *flags < 4)
}

/// XML with nothing left that does not matter: RefIds numbered by appearance, attributes sorted, empty elements
/// written one way, white space between elements dropped.
fn canonical(xml: &str) -> String {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut ids = HashMap::<(bool, String), usize>::new();
    let mut out = String::new();
    let mut text = String::new();
    let mut after_start = false;
    loop {
        let event = reader.read_event().expect("decoded before");
        match &event {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let is_type = name.starts_with("TN");
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.expect("decoded before");
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
                    let key = attribute.key.as_ref().to_owned();
                    if key != "RefId" {
                        return format!(" {key}={value:?}");
                    }
                    let next = ids.len();
                    let id = ids.entry((is_type, value.into_owned())).or_insert(next);
                    format!(" RefId={id}")
                });
                let mut attributes: Vec<_> = attributes.collect();
                attributes.sort();
                out.push_str(&format!("<{name}{}>", attributes.concat()));
                text.clear();
                after_start = true;
            }
            Event::End(end) => {
                if after_start {
                    out.push_str(&clixml::unescape(&text));
                }
                out.push_str(&format!("</{}>", end.name().as_ref()));
                after_start = false;
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(part) => match part.resolve_char_ref().expect("decoded before") {
                Some(character) => text.push(character),
                None => text.push_str(
                    quick_xml::escape::resolve_xml_entity(&part.xml10_content())
                        .expect("decoded before"),
                ),
            },
            Event::Eof => return out,
            _ => {}
        }
    }
}
