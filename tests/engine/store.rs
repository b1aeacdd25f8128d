//! A store.exe whose connections are real, and whose logons last as long as they do.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use mapisweep_wine::{Client, Program, SERVER_V4, SERVER_V6, Told};

use crate::{exchange::Exchange, stage::Stage};

/// The port that clients connect to.
const PORT: u16 = 6001;

/// Dropping ends it.
pub struct Store {
    _program: Program,
    /// The clients' ends.
    pub clients: Vec<Client>,
    held: Arc<Mutex<Held>>,
}

/// Connections by their number, and the addresses that said they made them.
#[derive(Default)]
struct Held {
    by: BTreeMap<u32, String>,
    /// How many have said so.
    greeted: usize,
}

impl Store {
    /// Connects these clients: an address and how many connections it holds. When the last of them has ended, the
    /// address's logons are gone from what `exchange` tells.
    pub fn with(stage: &Stage, mut exchange: Exchange, clients: &[(&str, usize)]) -> Self {
        let held = Arc::<Mutex<Held>>::default();
        let state = stage.teller();
        let hearing = Arc::clone(&held);
        let hear = move |number, told| {
            let mut held = hearing.lock().unwrap();
            match told {
                Told::Said(address) => {
                    held.by.insert(number, address);
                    held.greeted += 1;
                }
                Told::HungUp | Told::Ended(_) => {
                    let Some(address) = held.by.remove(&number) else {
                        return;
                    };
                    if !held.by.values().any(|other| *other == address) {
                        exchange.logons.retain(|logon| logon.address != address);
                        state.tell(&exchange);
                    }
                }
            }
        };
        let testbed = &stage.place().testbed;
        let program = testbed.start_and_hear("store.exe", &[PORT], hear).unwrap();
        let mut store = Self {
            _program: program,
            clients: Vec::new(),
            held,
        };
        for (address, count) in clients {
            for _ in 0..*count {
                let from: IpAddr = address.parse().unwrap();
                let server = if from.is_ipv4() { SERVER_V4 } else { SERVER_V6 };
                let mut client = testbed.connect(from, (server, PORT)).unwrap();
                client.say(address).unwrap();
                store.clients.push(client);
            }
        }
        let everybody = store.clients.len();
        until(|| store.held.lock().unwrap().greeted == everybody);
        store
    }

    /// How many connections there are from an address, as the clients see it.
    pub fn open_from(&mut self, address: &str) -> usize {
        let address: IpAddr = address.parse().unwrap();
        let clients = self.clients.iter_mut();
        clients
            .filter(|client| client.address.ip() == address)
            .filter_map(|client| client.is_open().then_some(()))
            .count()
    }
}

/// Waits for what must come: for long, because there are machines where all of this takes ten times as long as on others.
pub fn until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(90);
    while !holds() {
        assert!(Instant::now() < deadline, "it does not come to that");
        thread::sleep(Duration::from_millis(5));
    }
}
