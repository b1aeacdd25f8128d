//! Whether a run is at work: by a lock that the system drops when its process ends, however it does.
//!
//! Each run that is to close something holds the lock of a file of its own in the state directory; and who goes on with a run
//! that was cut off holds that one's as well, so that no two do. Laptops that share a home directory see each other's locks
//! as far as what the directory is on has them; where it has none, the process in the record is looked for.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    fs::OFlags,
    process::{Pid, getpid, test_kill_process},
    system::uname,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config;

/// The process of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The computer's name.
    pub host: String,
    /// The number that it has there.
    pub pid: i32,
    /// It holds the run's lock; false where there are no locks.
    pub holds_lock: bool,
}

/// A run's lock, held until this is dropped.
#[derive(Debug)]
pub struct AtWork {
    file: Option<(PathBuf, File)>,
}

/// Why a run's lock is not to be had.
#[derive(Debug, PartialEq, Eq)]
pub enum Busy {
    /// A process holds it.
    AtWork,
    /// There are no locks, and its process is there still.
    IsThere,
    /// There are no locks, and its process was another computer's.
    NotSeen,
}

/// Who clears dead files away holds a lock for a moment.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

impl Process {
    /// This one.
    pub fn own(lock: &AtWork) -> Self {
        Self {
            host: host(),
            pid: getpid().as_raw_nonzero().get(),
            holds_lock: lock.file.is_some(),
        }
    }

    /// Whether it is, or was, on this computer.
    pub fn is_here(&self) -> bool {
        self.host == host()
    }

    fn is_there(&self) -> bool {
        let pid = Pid::from_raw(self.pid);
        // another user's is there, too
        pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
    }
}

fn host() -> String {
    uname().nodename().to_string_lossy().into_owned()
}

impl AtWork {
    /// Takes the lock of a new run, and clears away what runs that were killed have left. Without a lock the run goes on:
    /// its record has its process.
    pub fn begin(state_dir: &Path, run: Uuid) -> Self {
        clear(&folder(state_dir));
        let locked = Self::lock(state_dir, run);
        let file = locked.ok().and_then(|file| file.ok());
        Self { file }
    }

    /// Takes the lock of an earlier run, whose record names this process.
    ///
    /// # Errors
    /// That run is at work, or may be.
    pub fn take(state_dir: &Path, run: Uuid, process: Option<&Process>) -> Result<Self, Busy> {
        match Self::lock(state_dir, run) {
            Ok(Ok(file)) if process.is_none_or(|process| process.holds_lock) => {
                Ok(Self { file: Some(file) })
            }
            Ok(Err(_)) => Err(Busy::AtWork),
            Ok(Ok(_)) | Err(_) => match process {
                Some(process) if !process.is_here() => Err(Busy::NotSeen),
                Some(process) if process.is_there() => Err(Busy::IsThere),
                _ => Ok(Self { file: None }),
            },
        }
    }

    /// Nothing, where another holds it.
    fn lock(state_dir: &Path, run: Uuid) -> io::Result<Result<(PathBuf, File), Locked>> {
        let folder = folder(state_dir);
        config::make_state_dir(&folder)?;
        let path = folder.join(run.to_string());
        for _ in 0..TRIES {
            let file = open(&path, true)?;
            match file.try_lock() {
                // it may have been cleared away meanwhile
                Ok(()) if is_at(&file, &path) => return Ok(Ok((path, file))),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(Err(Locked))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some((path, _file)) = &self.file {
            // while it is locked, so that nobody else's is removed
            _ = fs::remove_file(path);
        }
    }
}

/// Another holds the lock.
struct Locked;

fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("at-work")
}

fn open(path: &Path, create: bool) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

/// Removes the files whose locks nobody holds.
fn clear(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    for there in files.flatten() {
        let path = there.path();
        let is_ours = there
            .file_name()
            .to_str()
            .is_some_and(|name| Uuid::parse_str(name).is_ok());
        let Some(file) = is_ours.then(|| open(&path, false).ok()).flatten() else {
            continue;
        };
        if file.try_lock().is_ok() && is_at(&file, &path) {
            // what stays is in nobody's way
            _ = fs::remove_file(&path);
        }
    }
}
