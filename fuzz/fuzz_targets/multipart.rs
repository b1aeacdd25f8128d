//! Whatever is taken for a sealed body is written again as a body that reads the same; and what opens was sealed with
//! the key, byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mapisweep_winrm::auth::multipart::{decode, encode, unseal};
use mapisweep_winrm::auth::ntlm::{Direction, Key, Seal, Unseal};

fuzz_target!(|body: &[u8]| {
    let Ok(parts) = decode(body) else { return };
    let written = encode(&parts);
    assert_eq!(decode(&written).as_ref(), Ok(&parts));

    // seeds are sealed with this key
    let key = Key::from([7; 16]);
    let mut opener = Unseal::new(&key, Direction::ServerToClient);
    let Ok(message) = unseal(&mut opener, body) else {
        return;
    };
    let mut sealer = Seal::new(&key, Direction::ServerToClient);
    let mut rest = message.as_slice();
    for part in parts {
        let (text, after) = rest.split_at(part.ciphertext.len());
        let mut sealed = text.to_vec();
        assert_eq!(sealer.seal(&mut sealed), part.signature);
        assert_eq!(sealed, part.ciphertext);
        rest = after;
    }
    assert!(rest.is_empty());
});
