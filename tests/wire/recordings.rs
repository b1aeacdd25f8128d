//! Where the recordings are and how they are read.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Yaml};

/// One request and what the server answered to it, both in the clear.
pub struct Pair {
    pub request: String,
    /// Empty where the connection was made to break.
    pub response: String,
}

/// One file of recorded pairs, in their order.
pub struct Recording {
    pub name: String,
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

/// A folder below the recordings' root; `None` after saying that its tests are skipped.
pub fn folder(name: &str) -> Option<PathBuf> {
    let found = root()
        .map(|root| root.join(name))
        .filter(|folder| folder.is_dir());
    if found.is_none() {
        let required = std::env::var_os("MAPISWEEP_REQUIRE_WIRE").is_some_and(|value| value == "1");
        assert!(
            !required,
            "MAPISWEEP_REQUIRE_WIRE=1, but there are no recordings of {name}"
        );
        say(&format!(
            "SKIPPED: no recordings of {name}; set MAPISWEEP_WIRE_DIR to the folder that has them"
        ));
    }
    found
}

/// Tells whoever runs the tests. Not printed as tests print, for that is shown only when one fails.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn root() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("MAPISWEEP_WIRE_DIR") {
        return Some(dir.into());
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()?
        .join("shared/wire");
    beside.is_dir().then_some(beside)
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

pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

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
