//! The script's function that knocks at another machine's ports, at real ones: the engine does what the lab only says it
//! does.

use std::{
    io::Read as _,
    net::{IpAddr, Ipv4Addr, TcpListener},
    time::Duration,
};

use mapisweep_core::exchange::{Reach, reach::PORTS};

use crate::{Case, Made, On, black_hole::BlackHole, function::asked, stage::Stage};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub fn cases() -> impl Iterator<Item = Made> {
    let cases: [Case; 4] = [
        (
            "reach: who listens and who refuses is told from who is silent",
            told_apart,
        ),
        ("reach: nothing is sent", nothing_sent),
        ("reach: what cannot be tried is no silence", not_tried),
        (
            "reach: a refusal at the usual ports is an answer",
            usual_ports,
        ),
    ];
    let made = |(name, case): Case| (name.to_owned(), On::Linux, Box::new(case) as Box<_>);
    cases.into_iter().map(made)
}

/// What the engine tells of these ports, each with what came of it.
fn told(stage: &Stage, address: &str, ports: &[u16]) -> Result<Vec<(u16, String)>, String> {
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    // lists come so over the wire
    let parameters = format!(
        "@{{ Addresses = [Collections.ArrayList]@('{address}'); Ports = [Collections.ArrayList]@({}); MostSeconds = 2 }}",
        ports.join(", ")
    );
    let rows = asked(stage, Reach::of(&[HERE]), &parameters)?;
    let told = rows.iter().map(|row| {
        assert_eq!(row.text("Address").as_deref(), Some(address));
        let port = row.number("Port").unwrap();
        (port.try_into().unwrap(), row.text("Result").unwrap())
    });
    Ok(told.collect())
}

/// A port where nobody listens.
fn closed() -> u16 {
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn told_apart(stage: &mut Stage) {
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let open = listener.local_addr().unwrap().port();
    let (hole, closed) = (BlackHole::new(), closed());
    let silent = hole.address().port();
    let told = told(stage, "127.0.0.1", &[silent, open, closed]).unwrap();
    let expected = [
        (silent, "Nothing"),
        (open, "Success"),
        (closed, "ConnectionRefused"),
    ];
    assert_eq!(
        told,
        expected.map(|(port, result)| (port, result.to_owned()))
    );
}

fn nothing_sent(stage: &mut Stage) {
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let open = listener.local_addr().unwrap().port();
    told(stage, "127.0.0.1", &[open]).unwrap();
    let (mut knock, _) = listener.accept().unwrap();
    knock
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut sent = Vec::new();
    knock.read_to_end(&mut sent).unwrap();
    assert!(sent.is_empty(), "{sent:?}");
}

fn not_tried(stage: &mut Stage) {
    // nobody can be connected to there
    let told_of_all = told(stage, "255.255.255.255", &[80]).unwrap();
    let [(80, result)] = &told_of_all[..] else {
        panic!("{told_of_all:?}");
    };
    assert!(
        ["NetworkUnreachable", "AccessDenied"].contains(&result.as_str()),
        "{result}"
    );
    let why = told(stage, "somewhere", &[80]).unwrap_err();
    assert!(why.contains("IP address"), "{why}");
}

/// Whatever listens here or does not, this computer runs.
fn usual_ports(stage: &mut Stage) {
    let ports = PORTS.map(|port| port.to_string()).join(", ");
    let given = format!("@{{ Addresses = '127.0.0.1'; Ports = {ports}; MostSeconds = 5 }}");
    let rows = asked(stage, Reach::of(&[HERE]), &given).unwrap();
    let reach = Reach::from_rows(&[HERE], &rows);
    assert!(reach.answered.is_some(), "{reach:?}");
    assert!(reach.not_known.is_empty(), "{reach:?}");
    assert!(reach.silent.is_empty(), "{reach:?}");
}
