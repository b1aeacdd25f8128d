//! How time and memory grow with the connection table: ten times the rows, and ten times the targets among them, should
//! take about ten times as long. `scripts/bench helper` runs this and prints the ratios.

use divan::{counter::ItemsCount, AllocProfiler, Bencher};
use mapisweep_helper::{
    run, targets::Targets, Code, Endpoint, Exit, Family, FourTuple, Host, Output, Processes, Row,
    State,
};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Rows in the table. Each is of store.exe, and one in ten is a target.
const ROWS: [usize; 2] = [5_000, 50_000];
const TARGET_EVERY: usize = 10;

const STORE: u32 = 2316;
const PROCESSES: u32 = 200;

#[divan::bench(args = ROWS)]
fn list(bencher: Bencher, rows: usize) {
    bencher
        .counter(ItemsCount::new(rows))
        .with_inputs(|| Machine::with(rows))
        .bench_refs(|machine| {
            let exit = run(b"list\0", &mut &b""[..], machine, &mut Nowhere);
            assert_eq!(exit, Exit::Done);
        });
}

#[divan::bench(args = ROWS)]
fn close(bencher: Bencher, rows: usize) {
    let list = target_list(rows);
    let arguments = format!("close\0--max\0{}\0", rows / TARGET_EVERY);
    bencher
        .counter(ItemsCount::new(rows))
        .with_inputs(|| Machine::with(rows))
        .bench_refs(|machine| {
            let mut input = list.as_bytes();
            let exit = run(arguments.as_bytes(), &mut input, machine, &mut Nowhere);
            assert_eq!(exit, Exit::Done);
        });
}

#[divan::bench(args = ROWS)]
fn read_targets(bencher: Bencher, rows: usize) {
    let list = target_list(rows);
    let count = rows / TARGET_EVERY;
    bencher.counter(ItemsCount::new(count)).bench(|| {
        let mut targets = Targets::default();
        assert!(targets.read(list.as_bytes(), count as u32).is_ok());
    });
}

/// A machine on which every order is carried out at once.
struct Machine {
    rows: Vec<Row>,
}

impl Machine {
    fn with(rows: usize) -> Self {
        let row = |number| Row {
            connection: connection(number),
            state: State::ESTABLISHED,
            pid: STORE,
        };
        Machine {
            rows: (0..rows).map(row).collect(),
        }
    }
}

impl Host for Machine {
    fn elevated(&mut self) -> bool {
        true
    }
    fn connections(&mut self, show: &mut dyn FnMut(&Row)) -> Result<(), Code> {
        self.rows.iter().for_each(show);
        Ok(())
    }
    fn processes(&mut self, processes: &mut Processes) -> Result<(), Code> {
        for pid in 0..PROCESSES {
            processes.add(4 * pid, "svchost.exe".encode_utf16());
        }
        processes.add(STORE, "store.exe".encode_utf16());
        Ok(())
    }
    fn close(&mut self, connection: &FourTuple) -> Result<(), Code> {
        self.rows[number(connection)].state = State::CLOSED;
        Ok(())
    }
    fn pause(&mut self, _: u32) {}
}

/// The connection of a row: four from each client, every other client over IPv6.
fn connection(number: usize) -> FourTuple {
    let client = number / 4;
    let port = FIRST_PORT + (number % 4) as u16;
    let [_, a, b, c] = (client as u32).to_be_bytes();
    if client % 2 == 0 {
        return FourTuple {
            family: Family::Tcp4,
            local: Endpoint::v4([172, 16, 0, 5], 6001),
            remote: Endpoint::v4([10, a, b, c], port),
        };
    }
    let ipv6 = |end: [u8; 4]| {
        let mut address = [0; 16];
        address[0] = 0xfd;
        address[12..].copy_from_slice(&end);
        address
    };
    FourTuple {
        family: Family::Tcp6,
        local: Endpoint::v6(ipv6([0, 0, 0, 5]), 0, 6001),
        remote: Endpoint::v6(ipv6([1, a, b, c]), 0, port),
    }
}

const FIRST_PORT: u16 = 50_000;

/// The row of a connection.
fn number(connection: &FourTuple) -> usize {
    let address = connection.remote.address();
    let client = u32::from_be_bytes([0, address[13], address[14], address[15]]);
    client as usize * 4 + usize::from(connection.remote.port() - FIRST_PORT)
}

/// What the client sends to have one row in ten closed.
fn target_list(rows: usize) -> String {
    let targets = (0..rows).step_by(TARGET_EVERY).map(connection);
    let mut list: String = targets.map(|target| line(&target)).collect();
    list.push_str(&format!("end {}\r\n", rows / TARGET_EVERY));
    list
}

fn line(target: &FourTuple) -> String {
    let FourTuple {
        family,
        local,
        remote,
    } = target;
    let (local, remote) = (text(local), text(remote));
    format!("{} {local} {remote} {STORE} store.exe\r\n", family.name())
}

fn text(end: &Endpoint) -> String {
    match end.ipv4() {
        Some([a, b, c, d]) => format!("{a}.{b}.{c}.{d}:{}", end.port()),
        None => {
            let address = std::net::Ipv6Addr::from(end.address());
            let groups = address.segments().map(|group| format!("{group:x}"));
            format!("[{}]:{}", groups.join(":"), end.port())
        }
    }
}

/// Output that is thrown away, so that memory is the helper's own.
struct Nowhere;

impl Output for Nowhere {
    fn write(&mut self, _: &[u8]) -> Result<(), Code> {
        Ok(())
    }
}
