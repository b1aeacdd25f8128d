//! The file of the audit log: one line a record, however many runs write at the same time, and whatever became of a line
//! that was cut short.

use std::{
    fs::{self, File, FileType, OpenOptions, TryLockError},
    io::{self, BufReader, Write},
    os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use mapisweep_core::text::escape_json;
use rustix::{fs::OFlags, process::geteuid};

use super::Record;
use crate::config;

/// An audit log, open for appending.
#[derive(Debug)]
pub struct AuditLog {
    file: File,
}

/// Why the audit log cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// What is there may be somebody's trap, and is no log.
    #[error("it is {0} and no regular file")]
    NoFile(&'static str),
    /// Another user could read or replace it.
    #[error("it belongs to another user, whose number is {0}")]
    NotOurs(u32),
    /// Another run holds it and does not let go.
    #[error("another program holds its lock")]
    Locked,
    /// The system refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Others hold the lock for as long as a disk takes to write a record.
const PATIENCE: Duration = Duration::from_secs(5);
const BETWEEN_TRIES: Duration = Duration::from_millis(5);

impl AuditLog {
    /// The file's place inside the state directory.
    pub fn path_in(state_dir: &Path) -> PathBuf {
        state_dir.join("audit.jsonl")
    }

    /// Opens the log for appending. Where there is none it is made, and its directory, for the owner alone; what is there
    /// keeps its permissions. A link is not followed.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        if let Some(directory) = path.parent() {
            config::make_state_dir(directory)?;
        }
        // a pipe without a reader would be waited for
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let opened = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(flags.bits().cast_signed())
            .open(path);
        let file = opened.map_err(|error| match fs::symlink_metadata(path) {
            Ok(there) if !there.is_file() => LogError::NoFile(kind(there.file_type())),
            _ => error.into(),
        })?;
        let there = file.metadata()?;
        if !there.is_file() {
            return Err(LogError::NoFile(kind(there.file_type())));
        }
        match there.uid() {
            owner if owner == geteuid().as_raw() => Ok(Self { file }),
            owner => Err(LogError::NotOurs(owner)),
        }
    }

    /// Opens the log for reading, if there is one, by the same rules.
    pub fn open_existing(path: &Path) -> Result<Option<BufReader<File>>, LogError> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Ok(Some(BufReader::new(Self::open(path)?.file))),
        }
    }

    /// Appends one record as one line and waits until it is on the disk. What could not be written whole is taken back.
    pub fn append(&mut self, record: &Record) -> Result<(), LogError> {
        let line = escape_json(&serde_json::to_string(record).map_err(io::Error::from)?);
        let is_locked = self.lock()?;
        let length = self.file.metadata()?.len();
        let written = self.write(&line, length);
        if is_locked {
            if written.is_err() {
                // if this fails, too, the next record begins a line of its own
                _ = self.file.set_len(length);
            }
            self.file.unlock()?;
        }
        Ok(written?)
    }

    /// What a run that was killed, or a full disk, left of a record is not made part of this one.
    fn write(&mut self, line: &str, length: u64) -> io::Result<()> {
        let begin = match self.ends_with_a_line(length)? {
            true => "",
            false => "\n",
        };
        self.file.write_all(format!("{begin}{line}\n").as_bytes())?;
        self.file.sync_data()
    }

    fn ends_with_a_line(&self, length: u64) -> io::Result<bool> {
        let Some(last) = length.checked_sub(1) else {
            return Ok(true);
        };
        let mut byte = [0];
        self.file.read_exact_at(&mut byte, last)?;
        Ok(byte == *b"\n")
    }

    /// Keeps other runs from writing meanwhile; false where the file system knows no locks. Then a record is still one
    /// write at the end, and nothing is taken back, for it may be another's.
    fn lock(&self) -> Result<bool, LogError> {
        let began = Instant::now();
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(true),
                Err(TryLockError::Error(_)) => return Ok(false),
                Err(TryLockError::WouldBlock) if began.elapsed() > PATIENCE => {
                    return Err(LogError::Locked);
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            }
        }
    }
}

fn kind(there: FileType) -> &'static str {
    match there {
        link if link.is_symlink() => "a symbolic link",
        directory if directory.is_dir() => "a directory",
        pipe if pipe.is_fifo() => "a named pipe",
        socket if socket.is_socket() => "a socket",
        _ => "a device",
    }
}
