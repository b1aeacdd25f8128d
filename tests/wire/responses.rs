//! Every recorded response is read without loss of its meaning.

use mapisweep::wsman::{Body, Error, Response};

use crate::recordings::{folder, recordings};

#[test]
fn every_recorded_response_is_a_response_or_a_fault() {
    let Some(folder) = folder("pypsrp") else {
        return;
    };
    let (mut responses, mut timeouts, mut other) = (0, 0, Vec::new());
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
                    body: Body::Other(element),
                    ..
                }) => other.push(element.name.local.into_owned()),
                Ok(_) => responses += 1,
                Err(Error::Fault(fault)) if fault.is_timeout() => timeouts += 1,
                Err(Error::Fault(fault)) => {
                    assert!(fault.number.is_some(), "{}: {fault:?}", recording.name)
                }
                Err(error) => panic!("{}, pair {index}: {error}", recording.name),
            }
        }
    }
    eprintln!(
        "{} files: {responses} responses, {timeouts} timeouts, {} for others",
        recordings.len(),
        other.len()
    );
    assert!(responses > 0);
}
