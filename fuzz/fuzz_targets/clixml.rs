//! CLIXML is read or refused, and what was read is written as text that reads as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::psrp::clixml::{parse, to_xml};

fuzz_target!(|text: &str| {
    if let Ok(value) = parse(text) {
        let written = to_xml(&value);
        let again = parse(&written).expect("what was written can be read");
        assert_eq!(to_xml(&again), written);
    }
});
