//! Every recorded response is read without loss of its meaning.

use mapisweep_winrm::wsman::{Body, Error, Response};

use mapisweep_outside::{folder, recordings, say};

#[test]
fn every_recorded_response_is_a_response_or_a_fault() {
    let Some(folder) = folder("pypsrp") else {
        return;
    };
    let (mut responses, mut timeouts, mut faults, mut other) = (0, 0, 0, 0);
    let recordings = recordings(&folder);
    for recording in &recordings {
        for (index, pair) in recording
            .pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| !pair.response.is_empty())
        {
            match Response::parse(&pair.response) {
                Ok(Response {
                    body: Body::Other(_),
                    ..
                }) => other += 1,
                Ok(_) => responses += 1,
                Err(Error::Fault(fault)) if fault.is_timeout() => timeouts += 1,
                Err(Error::Fault(fault)) => {
                    assert!(!fault.words().is_empty(), "{}: {fault:?}", recording.name);
                    faults += 1;
                }
                Err(error) => panic!("{}, pair {index}: {error}", recording.name),
            }
        }
    }
    say(&format!(
        "{} files: {responses} responses to a shell, {other} other ones, {timeouts} timeouts, {faults} other faults",
        recordings.len()
    ));
    assert!(responses > 0);
}
