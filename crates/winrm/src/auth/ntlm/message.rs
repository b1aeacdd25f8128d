//! The bytes of an AUTHENTICATE message (\[MS-NLMP\] 2.2.1.3) around its MIC, which `ntlmclient` does not know.

use std::ops::Range;

use super::{Key, keys};

/// Where the MIC stands in an AUTHENTICATE message.
const MIC: Range<usize> = 72..88;

/// Where the offsets of the six payload fields stand.
const OFFSETS: [usize; 6] = [16, 24, 32, 40, 48, 56];

/// The MIC over the three messages of a handshake; one already in the last message does not count.
pub fn mic(
    exported_key: &Key,
    negotiate: &[u8],
    challenge: &[u8],
    authenticate: &[u8],
) -> [u8; 16] {
    let mut authenticate = authenticate.to_vec();
    set_mic(&mut authenticate, [0; 16]);
    keys::hmac(exported_key, &[negotiate, challenge, &authenticate])
}

/// The acceptor's check of the MIC.
pub fn verify_mic(
    exported_key: &Key,
    negotiate: &[u8],
    challenge: &[u8],
    authenticate: &[u8],
) -> bool {
    authenticate
        .get(MIC)
        .is_some_and(|theirs| mic(exported_key, negotiate, challenge, authenticate) == theirs)
}

/// Moves the payload of a message that starts it right after the version field, and leaves zeros in between.
pub(super) fn make_room_for_mic(authenticate: &mut Vec<u8>) {
    for field in OFFSETS {
        if let Some(offset) = authenticate
            .get_mut(field..)
            .and_then(<[u8]>::first_chunk_mut)
        {
            *offset = u32::from_le_bytes(*offset)
                .saturating_add(MIC.len() as u32)
                .to_le_bytes();
        }
    }
    authenticate.splice(MIC.start..MIC.start, [0; MIC.end - MIC.start]);
}

pub(super) fn set_mic(authenticate: &mut [u8], mic: [u8; 16]) {
    if let Some(field) = authenticate.get_mut(MIC) {
        field.copy_from_slice(&mic);
    }
}
