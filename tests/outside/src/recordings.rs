//! Where the recordings are and how they are read.

use std::fs;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Yaml};

use crate::skip;

/// One request and what the server answered to it, both in the clear.
pub struct Pair {
    /// What was sent.
    pub request: String,
    /// Empty where the connection was made to break.
    pub response: String,
}

/// One file of recorded pairs, in their order.
pub struct Recording {
    /// The file's.
    pub name: String,
    /// In their order.
    pub pairs: Vec<Pair>,
}

impl Recording {
    /// Everything that was sent and whether the client sent it, in order.
    pub fn envelopes(&self) -> impl Iterator<Item = (bool, &str)> {
        let both = self.pairs.iter().flat_map(|pair| {
            let Pair { request, response } = pair;
            [(true, request.as_str()), (false, response.as_str())]
        });
        both.filter(|(_, envelope)| !envelope.is_empty())
    }
}

/// A folder below the recordings' root, which is `$MAPISWEEP_WIRE_DIR`, else `../shared/wire` beside the repository;
/// `None` after saying that its tests are skipped.
pub fn folder(name: &str) -> Option<PathBuf> {
    let folder = root().join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let why = format!(
        "no {}; set MAPISWEEP_WIRE_DIR to the folder that has it",
        folder.display()
    );
    skip("recorded traffic", &why);
    None
}

fn root() -> PathBuf {
    match std::env::var_os("MAPISWEEP_WIRE_DIR") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wire"),
    }
}

/// The files in a folder with one of these endings, by name.
pub fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        endings
            .iter()
            .any(|ending| file_name(path).ends_with(ending))
    });
    files.sort();
    files
}

/// The last part of a path.
pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The text of a file that must be there.
pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All recordings: every YAML file whose name does not begin with an underscore.
pub fn recordings(folder: &Path) -> Vec<Recording> {
    let mut paths = files(folder, &[".yml", ".yaml"]);
    paths.retain(|path| !file_name(path).starts_with('_'));
    paths.iter().map(|path| recording(path)).collect()
}

fn recording(path: &Path) -> Recording {
    let name = file_name(path);
    let text = read(path);
    let documents = Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let messages = documents
        .first()
        .and_then(|document| document.as_mapping_get("messages"));
    let messages = messages
        .and_then(Yaml::as_sequence)
        .unwrap_or_else(|| panic!("{name}: has no list of messages"));
    let text = |message: &Yaml, key| {
        message
            .as_mapping_get(key)
            .and_then(Yaml::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let pair = |message| Pair {
        request: text(message, "request"),
        response: text(message, "response"),
    };
    Recording {
        name,
        pairs: messages.iter().map(pair).collect(),
    }
}
