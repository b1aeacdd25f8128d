//! Seeds for the fuzzer: what its targets read, cut out of the recordings and of the engine's vectors into
//! `target/tmp/seeds`, where `scripts/fuzz` finds it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mapisweep_winrm::psrp::fragment::Fragmenter;
use serde_json::Value;

use crate::fragments::Streams;
use crate::node::Node;
use mapisweep_outside::{files, folder, read, recordings};

#[test]
fn recordings_become_seeds() {
    let mut seeds = Seeds::new();
    seeds.vectors(include_str!(
        "../../crates/winrm/tests/engine_vectors/vectors.jsonl"
    ));
    if let Some(folder) = folder("pypsrp") {
        for recording in recordings(&folder) {
            seeds.conversation(recording.envelopes());
        }
    }
    for name in ["exchange", "winrb_stubs", "pywinrm_faults"] {
        if let Some(folder) = folder(name) {
            for path in files(&folder, &[".xml", ".erb"]) {
                seeds.conversation([(false, read(&path).as_str())]);
            }
        }
    }
    if let Some(folder) = folder("nlmp") {
        seeds.handshakes(&read(&folder.join("pyspnego_real_ntlm_vectors.json")));
    }
    for (target, count) in seeds.counts {
        assert!(count > 5, "{count} seeds for {target}");
    }
}

struct Seeds {
    root: PathBuf,
    /// How many there are for each target.
    counts: BTreeMap<&'static str, usize>,
}

impl Seeds {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("seeds");
        let _ = fs::remove_dir_all(&root);
        Self {
            root,
            counts: BTreeMap::new(),
        }
    }

    /// Whether the client sent it, and the envelope: what the server sent, and the messages that either carried.
    fn conversation<'x>(&mut self, envelopes: impl IntoIterator<Item = (bool, &'x str)>) {
        let mut streams = Streams::default();
        for (is_request, xml) in envelopes {
            if !is_request {
                self.add("soap_response", xml.as_bytes());
            }
            let messages = Node::parse(xml).map(|envelope| streams.push(&envelope, is_request));
            for message in messages.into_iter().flatten().flatten() {
                self.message(message);
            }
        }
    }

    fn message(&mut self, message: Vec<u8>) {
        const MESSAGE_HEADER: usize = 40;
        const PIECE: u8 = b'@';
        if let Some(data) = message.get(MESSAGE_HEADER..) {
            self.add("clixml", data);
        }
        let mut fragmenter = Fragmenter::default();
        fragmenter.push(message);
        let fragments = fragmenter.take(usize::MAX);
        self.add("psrp_fragments", &[&[PIECE], &*fragments].concat());
    }

    fn vectors(&mut self, lines: &str) {
        for line in lines.lines() {
            let vector: Value = serde_json::from_str(line).expect("JSON");
            for message in vector["messages"].as_array().expect("a list") {
                self.add("clixml", message[1].as_str().expect("CLIXML").as_bytes());
            }
        }
    }

    fn handshakes(&mut self, vectors: &str) {
        let vectors: Value = serde_json::from_str(vectors).expect("JSON");
        for vector in vectors.as_array().expect("a list") {
            let challenge = vector["msgs"]["2"].as_str().expect("a challenge");
            let digits = |at| u8::from_str_radix(&challenge[at..at + 2], 16).expect("hex");
            let bytes: Vec<u8> = (0..challenge.len()).step_by(2).map(digits).collect();
            self.add("ntlm_challenge", &bytes);
        }
    }

    /// Large ones only slow the fuzzer down.
    fn add(&mut self, target: &'static str, seed: &[u8]) {
        const MOST_BYTES: usize = 8 * 1024;
        if (1..=MOST_BYTES).contains(&seed.len()) {
            let folder = self.root.join(target);
            fs::create_dir_all(&folder).expect("a folder");
            let count = self.counts.entry(target).or_default();
            *count += 1;
            fs::write(folder.join(count.to_string()), seed).expect("a file");
        }
    }
}
