//! A connection that somebody else has made, handed to the HTTP client.
//!
//! `reqwest` opens its connections itself, but to a Unix socket as well as to an address. So a socket is put into a
//! folder that only this user may enter; the first connection that comes from this very process is joined to the other
//! one, and folder and socket are gone. A loopback port would do the same and give a ride to whoever came first.

use std::{env, fs::Permissions, io, os::unix::fs::PermissionsExt as _, path::PathBuf, process};

use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::proxy::Stream;

/// A place for one connection to pass through: nothing but a name until it does, so that nothing is left of a program
/// that is killed while a proxy keeps it waiting.
#[derive(Debug)]
pub(super) struct Tunnel {
    name: String,
}

/// A connection on its way through; dropped, it ends.
#[derive(Debug)]
pub(super) struct Joined {
    _task: AbortOnDropHandle<()>,
}

impl Tunnel {
    /// Nobody can connect yet.
    pub fn new() -> Self {
        // short, for the path of a socket must be
        let (random, _) = Uuid::new_v4().as_u64_pair();
        let name = format!(".mapisweep-{random:016x}");
        Self { name }
    }

    /// Where its near end will be.
    pub fn near_end(&self) -> PathBuf {
        env::temp_dir().join(&self.name).join("near")
    }

    /// Lets one connection through to `far`.
    pub fn open(self, far: Box<dyn Stream>) -> io::Result<Joined> {
        let only_us = Permissions::from_mode(0o700);
        let mut called_so = tempfile::Builder::new();
        called_so.prefix(&self.name).rand_bytes(0);
        let folder = called_so.permissions(only_us).tempdir()?;
        let listener = UnixListener::bind(self.near_end())?;
        let task = tokio::spawn(join(listener, folder, far));
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test]
    async fn one_connection_passes_and_nothing_is_left_of_the_way() {
        let tunnel = Tunnel::new();
        let near_end = tunnel.near_end();
        let folder = near_end.parent().unwrap().to_owned();
        assert!(!folder.exists(), "nothing is there before it is needed");

        let (far, mut server) = duplex(64);
        let joined = tunnel.open(Box::new(far)).unwrap();
        let mode = folder.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let mut near = UnixStream::connect(&near_end).await.unwrap();
        let mut heard = [0; 5];
        near.write_all(b"there").await.unwrap();
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"there");
        server.write_all(b"back!").await.unwrap();
        near.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"back!");
        assert!(!folder.exists());

        drop(joined);
        assert_eq!(near.read(&mut heard).await.unwrap(), 0, "it ends");
        assert_eq!(server.read(&mut heard).await.unwrap(), 0, "at both ends");
    }

    #[tokio::test]
    async fn a_way_that_is_not_taken_is_cleared_away() {
        let tunnel = Tunnel::new();
        let near_end = tunnel.near_end();
        let (far, mut server) = duplex(64);
        drop(tunnel.open(Box::new(far)).unwrap());
        assert_eq!(
            server.read(&mut [0]).await.unwrap(),
            0,
            "the far end is closed"
        );
        assert!(!near_end.parent().unwrap().exists());
    }

    /// Another process of the same user, for nobody else can enter the folder.
    #[tokio::test]
    async fn another_process_gets_no_ride() {
        const CONNECT: &str = "import socket, sys
near = socket.socket(socket.AF_UNIX)
near.connect(sys.argv[1])
print(near.recv(1))";
        let tunnel = Tunnel::new();
        let near_end = tunnel.near_end();
        let (far, mut server) = duplex(64);
        let _joined = tunnel.open(Box::new(far)).unwrap();
        let mut python = Command::new("python3");
        python.args(["-c", CONNECT]).arg(&near_end);
        let Ok(Ok(other)) = tokio::task::spawn_blocking(move || python.output()).await else {
            return mapisweep_outside::skip("a tunnel and another process", "no python3");
        };
        assert_eq!(String::from_utf8_lossy(&other.stdout), "b''\n", "{other:?}");

        let mut near = UnixStream::connect(&near_end).await.unwrap();
        near.write_all(b"we do").await.unwrap();
        let mut heard = [0; 5];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"we do");
    }
}
