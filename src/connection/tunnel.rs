//! A connection that somebody else has made, handed to the HTTP client.
//!
//! `reqwest` opens its connections itself, but to a Unix socket as well as to an address. So a socket is put into a
//! folder that only this user may enter; the first connection that comes from this very process is joined to the other
//! one, and folder and socket are gone. A loopback port would do the same and give a ride to whoever came first.

use std::{io, path::PathBuf, process};

use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::task::AbortOnDropHandle;

use super::proxy::Stream;

/// A place for one connection to pass through.
#[derive(Debug)]
pub(super) struct Tunnel {
    folder: TempDir,
}

/// A connection on its way through; dropped, it ends.
#[derive(Debug)]
pub(super) struct Joined {
    _task: AbortOnDropHandle<()>,
}

impl Tunnel {
    /// Nobody can connect yet.
    pub fn new() -> io::Result<Self> {
        // what no one else may enter is how such a folder is made
        tempfile::tempdir().map(|folder| Self { folder })
    }

    /// Where its near end will be.
    pub fn near_end(&self) -> PathBuf {
        self.folder.path().join("near")
    }

    /// Lets one connection through to `far`.
    pub fn open(self, far: Box<dyn Stream>) -> io::Result<Joined> {
        let listener = UnixListener::bind(self.near_end())?;
        let task = tokio::spawn(join(listener, self.folder, far));
        Ok(Joined {
            _task: AbortOnDropHandle::new(task),
        })
    }
}

async fn join(listener: UnixListener, folder: TempDir, mut far: Box<dyn Stream>) {
    let mut near = loop {
        match listener.accept().await {
            Ok((near, _)) if is_ours(&near) => break near,
            Ok(_) => {}
            Err(_) => return,
        }
    };
    drop((listener, folder));
    // how it ends is seen at either end
    _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
}

/// Whether the other end is in this process.
fn is_ours(near: &UnixStream) -> bool {
    let other = near.peer_cred().ok().and_then(|other| other.pid());
    other.is_some_and(|pid| pid.cast_unsigned() == process::id())
}
