//! A machine's disk, as far as anybody writes to it.

use std::collections::{BTreeMap, BTreeSet};

/// Where programs live; only administrators may write there.
pub(crate) const PROGRAM_FILES: &str = r"C:\Program Files";

/// Files and folders by path, regardless of case.
#[derive(Debug, Default)]
pub(crate) struct Files {
    files: BTreeMap<String, File>,
    folders: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct File {
    path: String,
    bytes: Vec<u8>,
    /// A program that runs, or a file somebody holds open: it cannot be removed.
    in_use: bool,
}

/// Windows error 32.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The process cannot access the file '{0}' because it is being used by another process.")]
pub(crate) struct InUse(String);

impl Files {
    pub fn write(&mut self, path: &str, bytes: &[u8]) {
        if let Some((folder, _)) = path.rsplit_once('\\') {
            self.folders.insert(folder.to_owned());
        }
        let file = File {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
            in_use: false,
        };
        self.files.insert(key(path), file);
    }

    pub fn read(&self, path: &str) -> Option<&[u8]> {
        self.files.get(&key(path)).map(|file| file.bytes.as_slice())
    }

    pub fn hold(&mut self, path: &str, in_use: bool) {
        if let Some(file) = self.files.get_mut(&key(path)) {
            file.in_use = in_use;
        }
    }

    /// Removes a file, and its folder when that is empty then. Returns whether there was such a file.
    pub fn remove(&mut self, path: &str) -> Result<bool, InUse> {
        match self.files.get(&key(path)) {
            None => return Ok(false),
            Some(file) if file.in_use => return Err(InUse(file.path.clone())),
            Some(_) => self.files.remove(&key(path)),
        };
        if let Some((folder, _)) = path.rsplit_once('\\') {
            let inside = key(folder) + "\\";
            if !self.files.keys().any(|path| path.starts_with(&inside)) {
                self.folders.remove(folder);
            }
        }
        Ok(true)
    }

    /// Every file and folder that somebody made.
    pub fn all(&self) -> Vec<String> {
        let files = self.files.values().map(|file| file.path.clone());
        self.folders.iter().cloned().chain(files).collect()
    }
}

fn key(path: &str) -> String {
    path.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lives_as_long_as_something_is_in_it() {
        let mut files = Files::default();
        files.write(r"C:\Program Files\x\a.exe", b"a");
        files.write(r"C:\Program Files\x\b.exe", b"b");

        assert_eq!(files.remove(r"c:\program files\X\A.EXE"), Ok(true));
        assert_eq!(files.all().len(), 2);
        assert_eq!(files.remove(r"C:\Program Files\x\b.exe"), Ok(true));
        assert_eq!(files.all(), Vec::<String>::new());
    }

    #[test]
    fn a_file_in_use_stays() {
        let mut files = Files::default();
        files.write(r"C:\a.exe", b"a");
        files.hold(r"C:\a.exe", true);

        assert!(files.remove(r"C:\a.exe").is_err());
        files.hold(r"C:\a.exe", false);
        assert_eq!(files.remove(r"C:\a.exe"), Ok(true));
        assert_eq!(files.remove(r"C:\a.exe"), Ok(false));
    }
}
