//! Whatever is taken for a sealed body is written again as a body that reads the same; and what opens was sealed with
//! the key, byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::auth::Context as _;
use mapisweep_winrm::auth::multipart::{decode, encode, open};
use mapisweep_winrm::auth::ntlm::{Channel, Key};

fuzz_target!(|body: &[u8]| {
    let Ok(parts) = decode(body) else { return };
    // seeds are sealed with this key
    let key = Key::from([7; 16]);
    let mut opener = Channel::of_client(&key);
    let written = encode(opener.protocol(), &parts);
    assert_eq!(decode(&written).as_ref(), Ok(&parts));

    let Ok(message) = open(&mut opener, body) else {
        return;
    };
    let mut sealer = Channel::of_server(&key);
    let mut rest = message.as_slice();
    for part in parts {
        let (text, after) = rest.split_at(part.ciphertext.len());
        let sealed = sealer.seal(text).unwrap();
        assert_eq!(sealed.signature, part.signature);
        assert_eq!(sealed.ciphertext, part.ciphertext);
        rest = after;
    }
    assert!(rest.is_empty());
});
