//! Ctrl-C while a KDC keeps the program waiting: it waits no longer, and asks nothing of the server any more.

use std::{
    net::{TcpListener, UdpSocket},
    process::Stdio,
    time::{Duration, Instant},
};

use mapisweep_outside::say;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::house::{House, Library, PASSWORD, realm};

/// Far below `--timeout`, which is 15 s where nothing else is said.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn a_silent_kdc_is_not_waited_for() {
    let Some(house) = House::of(realm()) else {
        return;
    };
    for library in Library::BOTH {
        let (kdc, _tcp, port) = silent();
        let server = house.server(json!({}));
        let run = house.run(&server).library(library).password(PASSWORD);
        let run = run.configuration(&house.kdc.krb5_conf_without_kdc());
        let mut command = run.command(&format!("logons --kdc 127.0.0.1:{port}"));
        let running = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let running = running.spawn().unwrap();
        kdc.recv(&mut [0; 1024]).unwrap();

        let asked = Instant::now();
        let pid = Pid::from_raw(running.id().cast_signed()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let ended = running.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(130), "{library:?}: {said}");
        assert!(asked.elapsed() < AT_ONCE, "{library:?}: {said}");
        assert_eq!(server.report().count("sign_ins"), 0, "{library:?}: {said}");
    }
    say("Kerberos: Ctrl-C while a KDC is silent");
}

/// A KDC that takes whatever comes, by UDP and TCP, and never says a word.
fn silent() -> (UdpSocket, TcpListener, u16) {
    loop {
        let udp = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let port = udp.local_addr().unwrap().port();
        if let Ok(tcp) = TcpListener::bind(("127.0.0.1", port)) {
            return (udp, tcp, port);
        }
    }
}
