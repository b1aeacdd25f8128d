//! Where a cache is, and what is seen there without reading what is secret.

use std::{
    fs, io,
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// A cache by its name: a kind, a colon, and what is left to the kind; a file where there is no kind.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// One cache.
    File(Seen),
    /// Several.
    Folder(Content),
    /// KCM, which keeps them for everybody.
    Service,
    /// The kernel, a process, another program's.
    Elsewhere,
}

/// What is seen of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen {
    Nothing,
    Folder,
    Closed {
        is_anothers: bool,
    },
    Unreadable(io::ErrorKind),
    File {
        is_link: bool,
        is_open_to_others: bool,
        /// What tells a cache from another file, and nothing of its tickets.
        start: Vec<u8>,
    },
}

/// What is seen of a folder of caches.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    Missing,
    NoFolder,
    Closed {
        is_anothers: bool,
    },
    /// No cache is in it.
    Bare,
    /// The one that is named as the default is not in it, but others are.
    NoDefault(String),
    Default(Seen),
}

impl Place {
    /// Looks there.
    pub fn of(name: &str) -> Self {
        match name.split_once(':') {
            Some(("FILE" | "WRFILE", path)) => Self::File(Seen::at(Path::new(path))),
            Some(("DIR", path)) => match path.strip_prefix(':') {
                Some(file) => Self::File(Seen::at(Path::new(file))),
                None => Self::Folder(Content::of(Path::new(path))),
            },
            Some(("KCM", _)) => Self::Service,
            Some((kind, _)) if !kind.contains('/') => Self::Elsewhere,
            _ => Self::File(Seen::at(Path::new(name))),
        }
    }
}

impl Seen {
    fn at(path: &Path) -> Self {
        /// A five and the version.
        const START: u64 = 2;
        let look = || {
            let is_link = fs::symlink_metadata(path)?.is_symlink();
            let found = fs::metadata(path)?;
            if found.is_dir() {
                return Ok(Self::Folder);
            }
            if !found.is_file() {
                return Ok(Self::Unreadable(io::ErrorKind::InvalidInput));
            }
            let mut start = Vec::new();
            fs::File::open(path)?.take(START).read_to_end(&mut start)?;
            Ok(Self::File {
                is_link,
                is_open_to_others: found.mode() & 0o077 != 0,
                start,
            })
        };
        look().unwrap_or_else(|error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Self::Nothing,
            io::ErrorKind::PermissionDenied => Self::Closed {
                is_anothers: is_anothers(path),
            },
            kind => Self::Unreadable(kind),
        })
    }
}

impl Content {
    fn of(folder: &Path) -> Self {
        match Self::look(folder) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::Missing,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Self::NoFolder,
            Err(_) => Self::Closed {
                is_anothers: is_anothers(folder),
            },
        }
    }

    fn look(folder: &Path) -> io::Result<Self> {
        let caches = caches(folder)?;
        let default = match fs::read_to_string(folder.join("primary")) {
            Ok(named) => named.trim().to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => "tkt".to_owned(),
            Err(error) => return Err(error),
        };
        Ok(match Seen::at(&folder.join(&default)) {
            Seen::Nothing if caches.is_empty() => Self::Bare,
            Seen::Nothing => Self::NoDefault(default),
            seen => Self::Default(seen),
        })
    }
}

/// The files of a folder that are caches by their names.
fn caches(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let is_cache = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b"tkt");
    Ok(entries
        .iter()
        .filter(|entry| is_cache(entry))
        .map(fs::DirEntry::path)
        .collect())
}

fn is_anothers(path: &Path) -> bool {
    let me = rustix::process::geteuid().as_raw();
    fs::metadata(path).is_ok_and(|found| found.uid() != me)
}
