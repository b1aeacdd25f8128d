//! A server under Wine: its store is a process there, with clients on real connections of their own addresses, and the
//! very exe that is sent runs there on them.
//!
//! The process holds the connections and passes on what clients say; who is logged on is kept here, as everywhere. When
//! the process sees a connection end, whoever ended it, the sessions that lived on it end.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Weak},
};

pub use mapisweep_wine::{Client, Program, SERVER_V4, SERVER_V6, Testbed, missing};
use mapisweep_wine::{System, Told};
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    process::Command,
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::{JoinSet, spawn_blocking},
};

use crate::{
    fault::HelperFault,
    mapi::listener::{self, Line},
    organization::ServerSpec,
    windows::helper::Ended,
    world::{MAIL_PORT, World},
};

/// The server's address.
pub(crate) const ADDRESS: Ipv4Addr = match SERVER_V4 {
    IpAddr::V4(address) => address,
    IpAddr::V6(_) => panic!("an IPv4 address"),
};

/// The process that mail clients connect to; dropping ends it.
pub(crate) struct Store {
    _program: Arc<Program>,
}

impl Store {
    /// Starts it; the future serves its clients.
    pub async fn start(
        testbed: Arc<Testbed>,
        world: Arc<World>,
        server: ServerSpec,
    ) -> io::Result<(Self, impl Future<Output = ()>)> {
        let (image, _) = server.version.client_process();
        let (sender, told) = mpsc::unbounded_channel();
        let hear = move |number, event| {
            // when nobody serves any more, nobody needs to know
            let _ = sender.send((number, event));
        };
        let start = move || testbed.start_and_hear(image, &[MAIL_PORT], hear);
        let program = Arc::new(spawn_blocking(start).await??);
        let serving = serve(world, server, Arc::downgrade(&program), told);
        Ok((Self { _program: program }, serving))
    }
}

async fn serve(
    world: Arc<World>,
    server: ServerSpec,
    program: Weak<Program>,
    mut told: UnboundedReceiver<(u32, Told)>,
) {
    let mut clients = JoinSet::new();
    let mut lines: BTreeMap<u32, UnboundedSender<Told>> = BTreeMap::new();
    while let Some((number, event)) = told.recv().await {
        let line = lines.entry(number).or_insert_with(|| {
            let (sender, told) = mpsc::unbounded_channel();
            let line = StoreLine {
                number,
                program: program.clone(),
                told,
            };
            clients.spawn(listener::connection(world.clone(), server.clone(), line));
            sender
        });
        let is_last = !matches!(event, Told::Said(_));
        // the lab may be done with a client that still talks
        let _ = line.send(event);
        if is_last {
            lines.remove(&number);
        }
        while clients.try_join_next().is_some() {}
    }
}

/// A connection that the process holds.
struct StoreLine {
    number: u32,
    program: Weak<Program>,
    told: UnboundedReceiver<Told>,
}

impl Line for StoreLine {
    async fn hear(&mut self) -> io::Result<Option<String>> {
        match self.told.recv().await {
            Some(Told::Said(line)) => Ok(Some(line)),
            Some(Told::HungUp) | None => Ok(None),
            Some(Told::Ended(_)) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        let program = self.program.upgrade().ok_or(io::ErrorKind::BrokenPipe)?;
        program.say(self.number, line)
    }
}

/// Connects a client of this address to the store; returns its own end.
pub(crate) async fn connect(
    testbed: Arc<Testbed>,
    from: IpAddr,
) -> io::Result<(TcpStream, SocketAddr)> {
    let server = if from.is_ipv4() { SERVER_V4 } else { SERVER_V6 };
    let client = spawn_blocking(move || testbed.connect(from, (server, MAIL_PORT))).await??;
    let address = client.address;
    Ok((TcpStream::from_std(client.into_stream())?, address))
}

/// Runs this exe to its end; dropped before, it is killed.
pub(crate) async fn run_helper(
    testbed: &Testbed,
    exe: &[u8],
    arguments: &[String],
    input: &str,
    fault: HelperFault,
) -> io::Result<Ended> {
    let system = match fault {
        HelperFault::ClosesNothing => System::Pretending,
        _ => System::Closing,
    };
    let installed = testbed.install(exe)?;
    let command = installed.command(arguments, system)?;
    let mut process = Command::from(command).kill_on_drop(true).spawn()?;
    if let Some(mut pipe) = process.stdin.take() {
        // it need not read to the end
        let _ = pipe.write_all(input.as_bytes()).await;
    }
    let output = process.wait_with_output().await?;
    Ok(Ended {
        exit_code: output.status.code().unwrap_or(-1),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
    })
}
