//! Where the configuration and the state are, and reading the former. What it may say: [`mapisweep_core::config`].

use std::{
    fs::DirBuilder,
    io::{self, Read as _},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, base_strategy::Xdg};
use mapisweep_core::{config::Config, text::visible};

pub mod check;

/// The most bytes that the file may have: thousands of servers and networks.
pub const MAX_SIZE: u64 = 1 << 20;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file exists but cannot be read, or was asked for and does not exist.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file has more than [`MAX_SIZE`] bytes.
    #[error("{path} has more than {MAX_SIZE} bytes, so it is not a configuration")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The usual file has no place: which one is meant would depend on the folder that the program is started in.
    #[error("the home directory is {}, which is no full path", quoted(.home))]
    RelativeHome {
        /// As the environment has it.
        home: PathBuf,
    },
    /// The file is not as described; the source names line and column.
    #[error("{path} is not a valid configuration")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        #[source]
        source: Box<toml::de::Error>,
        /// The first of all mistakes, where they can be told apart.
        first: Option<Box<check::Mistake>>,
        /// There is a backslash in that line, which means something in double quotes, and nothing without any.
        at_backslash: bool,
    },
}

/// Where the configuration is, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// It was asked for, so it must be there.
    pub is_required: bool,
}

/// `path`, or the usual file where none is given; nothing where there is no home directory.
///
/// # Errors
/// The usual file has no place.
pub fn place(path: Option<&Path>) -> Result<Option<Place>, Error> {
    let asked_for = path.map(|path| Place {
        path: path.to_owned(),
        is_required: true,
    });
    if asked_for.is_some() {
        return Ok(asked_for);
    }
    let usual = |path| Place {
        path,
        is_required: false,
    };
    Ok(default_path()?.map(usual))
}

/// Reads `path`, or the usual file where none is given; that one need not exist.
pub fn load(path: Option<&Path>) -> Result<Config, Error> {
    let place = place(path)?;
    let Some((path, text)) = place.map(text_at).transpose()?.flatten() else {
        return Ok(Config::default());
    };
    toml::from_str(&text).map_err(|source| Error::Parse {
        path,
        first: check::mistakes(&text).into_iter().next().map(Box::new),
        at_backslash: check::is_at_backslash(&text, &source),
        source: Box::new(source),
    })
}

/// The file and its text; nothing where it is not there and need not be.
pub fn text_at(Place { path, is_required }: Place) -> Result<Option<(PathBuf, String)>, Error> {
    match read(&path) {
        Ok(text) if text.len() as u64 > MAX_SIZE => Err(Error::TooLarge { path }),
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_required => Ok(None),
        Err(source) => Err(Error::Read { path, source }),
    }
}

/// The text of a file, and no more of it than tells that it is too large: `--config` may name a device.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_SIZE + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// `config.toml` in the XDG configuration directory, on every system; `None` where there is no home directory.
fn default_path() -> Result<Option<PathBuf>, Error> {
    let Ok(directories) = Xdg::new() else {
        return Ok(None);
    };
    let folder = directories.config_dir();
    match folder.is_absolute() {
        true => Ok(Some(folder.join("mapisweep").join("config.toml"))),
        // what it protects would not be protected
        false => Err(Error::RelativeHome {
            home: directories.home_dir().to_owned(),
        }),
    }
}

/// mapisweep's directory in the XDG state directory, on every system; `None` where there is no home directory, or one that
/// is not the same from every folder.
pub fn state_dir() -> Option<PathBuf> {
    let folder = Xdg::new().ok()?.state_dir()?;
    folder.is_absolute().then(|| folder.join("mapisweep"))
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", visible(&path.display().to_string()))
}

/// Makes that directory, for its owner alone; where it is there, it stays as it is.
pub fn make_state_dir(directory: &Path) -> io::Result<()> {
    let mut maker = DirBuilder::new();
    maker.recursive(true).mode(0o700).create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let comment = |size: u64| format!("#{}", " ".repeat(size as usize - 1));
        for (size, fits) in [(MAX_SIZE, true), (MAX_SIZE + 1, false)] {
            std::fs::write(&path, comment(size)).unwrap();
            match load(Some(&path)) {
                Ok(config) => assert!(fits && config == Config::default(), "{size}"),
                Err(error) => assert!(!fits && matches!(error, Error::TooLarge { .. }), "{size}"),
            }
        }
    }

    #[test]
    fn a_missing_file_matters_only_where_it_was_asked_for() {
        let missing = Path::new("/nonexistent/mapisweep.toml");
        assert!(matches!(load(Some(missing)), Err(Error::Read { .. })));
    }
}
