//! Whatever is taken for SPNEGO's is written again as a token that reads the same; and a sealed token of Kerberos's is
//! split into pieces of the message's length, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::auth::{kerberos::split, spnego};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(said) = spnego::read_answer(bytes) {
        let written = spnego::answer(&said).unwrap();
        assert_eq!(spnego::read_answer(&written).as_ref(), Ok(&said));
    }
    if let Ok(proposal) = spnego::read_proposal(bytes) {
        let token = proposal.token.unwrap_or_default();
        let written = spnego::propose(spnego::KERBEROS, &token).unwrap();
        let again = spnego::read_proposal(&written).unwrap();
        assert_eq!(again.token, Some(token));
    }
    let length = bytes.len() / 2;
    if let Ok(sealed) = split(bytes.to_vec(), length) {
        assert!((length..=length + 1).contains(&sealed.ciphertext.len()));
        assert_eq!(
            sealed.signature.len() + sealed.ciphertext.len(),
            bytes.len()
        );
    }
});
