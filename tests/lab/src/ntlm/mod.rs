//! The accepting side of NTLMv2, \[MS-NLMP\], written apart from the client's so that they can disagree.
//!
//! Stricter than Windows where that shows a client's mistakes: extended session security, 128-bit keys, key exchange
//! and a valid MIC are required.

mod acceptor;
mod message;
mod seal;

pub(crate) use acceptor::{Acceptor, Binding, Identity};
pub(crate) use seal::Sealer;

use hmac::{Hmac, Mac};
use md4::{Digest, Md4};
use md5::Md5;

/// HMAC-MD5 over the concatenation of `parts`.
fn hmac_md5(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = <Hmac<Md5> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// \[MS-NLMP\] 3.3.2, NTOWFv2.
fn ntowf_v2(password: &str, user: &str, domain: &str) -> [u8; 16] {
    let nt_hash = Md4::digest(utf16(password));
    hmac_md5(&nt_hash, &[&utf16(&user.to_uppercase()), &utf16(domain)])
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
