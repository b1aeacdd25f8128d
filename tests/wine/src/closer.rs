//! What ends a connection where Windows would: the kernel, when the stand-ins for Wine's libraries ask for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tempfile::TempDir;

use crate::{network::Network, run};

/// What `SetTcpEntry` answers when there is no such connection.
const NO_SUCH_CONNECTION: u32 = 317;

/// Serves orders, as `c/order.h` describes them, until it is dropped.
pub(crate) struct Closer {
    orders: TempDir,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Closer {
    pub fn start(network: Arc<Network>) -> io::Result<Self> {
        let orders = tempfile::tempdir()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (directory, stopped) = (orders.path().to_owned(), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                serve(&network, &directory).expect("orders can be read and answered");
                thread::sleep(Duration::from_millis(2));
            }
        });
        Ok(Closer {
            orders,
            stop,
            thread: Some(thread),
        })
    }

    /// Where orders are put.
    pub fn orders(&self) -> &Path {
        self.orders.path()
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // should it have panicked, it said so
            let _ = thread.join();
        }
    }
}

fn serve(network: &Network, directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let order = entry?.path();
        if order.extension().is_some_and(|kind| kind == "order") {
            let code = end(network, &fs::read_to_string(&order)?)?;
            fs::remove_file(&order)?;
            answer(order.with_extension("done"), code)?;
        }
    }
    Ok(())
}

/// Whole before it has its name.
fn answer(done: PathBuf, code: u32) -> io::Result<()> {
    let draft = done.with_extension("draft");
    fs::write(&draft, code.to_string())?;
    fs::rename(draft, done)
}

/// Ends the connection of an order `tcp4 LOCAL REMOTE`.
fn end(network: &Network, order: &str) -> io::Result<u32> {
    let mut words = order.split_whitespace().skip(1).map(without_scope);
    let (Some(local), Some(remote)) = (words.next(), words.next()) else {
        return Err(io::Error::other(format!("not an order: {order}")));
    };
    let mut kill = network.on_server("ss");
    kill.args(["--tcp", "--no-header", "--numeric", "--kill"]);
    let killed = run(kill.args(["src", &local, "dst", &remote]))?;
    match killed.lines().count() {
        0 => Ok(NO_SUCH_CONNECTION),
        _ => Ok(0),
    }
}

/// Wine gives the scope -1 to addresses that have none.
fn without_scope(end: &str) -> String {
    match (end.split_once('%'), end.split_once(']')) {
        (Some((address, _)), Some((_, port))) => format!("{address}]{port}"),
        _ => end.to_owned(),
    }
}
