//! An envelope is read or refused, whatever comments and blanks stand around it; an element that was read is written
//! as text that reads as the same element.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::wsman::{Body, Error, Response, names::PREFIXES};
use mapisweep_winrm::xml::{Element, XmlError};

fuzz_target!(|xml: &str| {
    let found = Response::parse(xml);
    let around = Response::parse(&format!("<!-- -->\n{xml}\n<!-- -->"));
    match (&found, &around) {
        (Ok(found), Ok(around)) => assert_eq!(found, around),
        (Err(Error::Fault(found)), Err(Error::Fault(around))) => assert_eq!(found, around),
        (Err(_), Err(_)) => {}
        // a declaration and a byte order mark stand only at the very front
        (Ok(_), Err(_)) => assert!(xml.starts_with(['\u{feff}']), "{around:?}"),
        (Err(_), Ok(_)) => panic!("{found:?}"),
    }
    if let Ok(Response {
        body: Body::Received(received),
        ..
    }) = &found
    {
        let bytes: usize = received
            .streams
            .iter()
            .map(|stream| stream.data.len())
            .sum();
        assert!(bytes <= xml.len());
    }
    if let Ok(element) = Element::parse(xml) {
        let written = element.to_xml(&PREFIXES);
        match Element::parse(&written) {
            Ok(again) => assert_eq!(again.to_xml(&PREFIXES), written),
            // an escape is longer than the character
            Err(error) => assert!(matches!(error, XmlError::TooLarge { .. }), "{error:?}"),
        }
    }
});
