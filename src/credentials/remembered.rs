//! Who signed in last: `mapisweep login` remembers the *name* (never the password) in the state directory, so that
//! later commands need no `--user`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

fn file(state_dir: &Path) -> PathBuf {
    state_dir.join("user")
}

/// The remembered name, if there is one.
pub fn load(state_dir: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(file(state_dir)) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|user| !user.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Remembers this name, in a directory that is there.
pub fn store(state_dir: &Path, user: &str) -> io::Result<()> {
    fs::write(file(state_dir), format!("{user}\n"))
}

/// Forgets it, if it is this one.
pub fn forget(state_dir: &Path, user: &str) -> io::Result<()> {
    match load(state_dir)? {
        Some(remembered) if remembered.eq_ignore_ascii_case(user) => {
            fs::remove_file(file(state_dir))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_remembered_until_it_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path();
        assert_eq!(load(state).unwrap(), None);
        store(state, r"CORP\ann").unwrap();
        assert_eq!(load(state).unwrap().as_deref(), Some(r"CORP\ann"));
        forget(state, r"CORP\bob").unwrap();
        assert_eq!(load(state).unwrap().as_deref(), Some(r"CORP\ann"));
        forget(state, r"corp\ANN").unwrap();
        assert_eq!(load(state).unwrap(), None);
    }
}
