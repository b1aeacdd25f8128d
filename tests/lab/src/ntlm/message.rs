//! NTLM's three messages, as far as an acceptor needs them. \[MS-NLMP\] 2.2.1

use super::utf16;

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// NegotiateFlags. \[MS-NLMP\] 2.2.2.5
pub(super) mod flag {
    pub const UNICODE: u32 = 0x0000_0001;
    pub const REQUEST_TARGET: u32 = 0x0000_0004;
    pub const SIGN: u32 = 0x0000_0010;
    pub const SEAL: u32 = 0x0000_0020;
    pub const NTLM: u32 = 0x0000_0200;
    pub const ALWAYS_SIGN: u32 = 0x0000_8000;
    pub const TARGET_TYPE_DOMAIN: u32 = 0x0001_0000;
    pub const EXTENDED_SESSION_SECURITY: u32 = 0x0008_0000;
    pub const TARGET_INFO: u32 = 0x0080_0000;
    pub const VERSION: u32 = 0x0200_0000;
    pub const BITS_128: u32 = 0x2000_0000;
    pub const KEY_EXCHANGE: u32 = 0x4000_0000;
    pub const BITS_56: u32 = 0x8000_0000;
}

/// AV_PAIR ids. \[MS-NLMP\] 2.2.2.1
pub(super) mod av {
    pub const END: u16 = 0;
    pub const NETBIOS_COMPUTER: u16 = 1;
    pub const NETBIOS_DOMAIN: u16 = 2;
    pub const DNS_COMPUTER: u16 = 3;
    pub const DNS_DOMAIN: u16 = 4;
    pub const DNS_TREE: u16 = 5;
    pub const FLAGS: u16 = 6;
    pub const TIMESTAMP: u16 = 7;
    pub const CHANNEL_BINDINGS: u16 = 10;
}

/// The type of an NTLM message, or `None` when it is none.
pub(super) fn kind(message: &[u8]) -> Option<u32> {
    (message.get(..8)? == SIGNATURE)
        .then(|| u32_at(message, 8))
        .flatten()
}

/// NEGOTIATE_MESSAGE's flags.
pub(super) fn negotiate_flags(message: &[u8]) -> Option<u32> {
    u32_at(message, 12)
}

/// What CHALLENGE_MESSAGE says of the server.
pub(super) struct Challenge<'a> {
    pub flags: u32,
    pub nonce: [u8; 8],
    pub netbios_domain: &'a str,
    pub netbios_computer: &'a str,
    pub dns_domain: &'a str,
    pub dns_computer: &'a str,
    /// Windows FILETIME.
    pub time: u64,
}

impl Challenge<'_> {
    pub fn encode(&self) -> Vec<u8> {
        const HEADER: usize = 56;
        let target = utf16(self.netbios_domain);
        let info = self.target_info();
        let mut message = Vec::new();
        message.extend(SIGNATURE);
        message.extend(2u32.to_le_bytes());
        message.extend(field(target.len(), HEADER));
        message.extend(self.flags.to_le_bytes());
        message.extend(self.nonce);
        message.extend([0; 8]);
        message.extend(field(info.len(), HEADER + target.len()));
        message.extend([6, 1, 0xb1, 0x1d, 0, 0, 0, 15]); // Windows 7 / Server 2008 R2
        message.extend(target);
        message.extend(info);
        message
    }

    fn target_info(&self) -> Vec<u8> {
        let mut info = Vec::new();
        for (id, text) in [
            (av::NETBIOS_DOMAIN, self.netbios_domain),
            (av::NETBIOS_COMPUTER, self.netbios_computer),
            (av::DNS_DOMAIN, self.dns_domain),
            (av::DNS_COMPUTER, self.dns_computer),
            (av::DNS_TREE, self.dns_domain),
        ] {
            push_av(&mut info, id, &utf16(text));
        }
        push_av(&mut info, av::TIMESTAMP, &self.time.to_le_bytes());
        push_av(&mut info, av::END, &[]);
        info
    }
}

fn push_av(info: &mut Vec<u8>, id: u16, value: &[u8]) {
    info.extend(id.to_le_bytes());
    info.extend((value.len() as u16).to_le_bytes());
    info.extend(value);
}

fn field(length: usize, offset: usize) -> Vec<u8> {
    let length = (length as u16).to_le_bytes();
    [&length[..], &length, &(offset as u32).to_le_bytes()].concat()
}

/// AUTHENTICATE_MESSAGE.
pub(super) struct Authenticate<'a> {
    pub domain: String,
    pub user: String,
    pub nt_response: &'a [u8],
    pub encrypted_session_key: &'a [u8],
    pub flags: u32,
}

/// Where AUTHENTICATE_MESSAGE holds its MIC.
pub(super) const MIC: std::ops::Range<usize> = 72..88;

impl<'a> Authenticate<'a> {
    pub fn decode(message: &'a [u8]) -> Option<Self> {
        Some(Self {
            nt_response: bytes_of(message, 20)?,
            domain: text(bytes_of(message, 28)?)?,
            user: text(bytes_of(message, 36)?)?,
            encrypted_session_key: bytes_of(message, 52)?,
            flags: u32_at(message, 60)?,
        })
    }

    /// NTProofStr, and the blob that it covers.
    pub fn proof(&self) -> Option<(&'a [u8], &'a [u8])> {
        self.nt_response.split_at_checked(16)
    }

    /// The value of an AV pair that the client sent back in its blob.
    pub fn av_pair(&self, wanted: u16) -> Option<&'a [u8]> {
        let (_, blob) = self.proof()?;
        let mut pairs = blob.get(28..)?;
        loop {
            let id = u16_at(pairs, 0)?;
            let end = 4 + usize::from(u16_at(pairs, 2)?);
            let value = pairs.get(4..end)?;
            if id == av::END {
                return None;
            }
            if id == wanted {
                return Some(value);
            }
            pairs = pairs.get(end..)?;
        }
    }
}

/// The bytes that the length and offset at `position` point to.
fn bytes_of(message: &[u8], position: usize) -> Option<&[u8]> {
    let length = usize::from(u16_at(message, position)?);
    let offset = u32_at(message, position + 4)? as usize;
    message.get(offset..offset.checked_add(length)?)
}

fn text(utf16_le: &[u8]) -> Option<String> {
    let (units, []) = utf16_le.as_chunks::<2>() else {
        return None;
    };
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
        .collect::<Result<_, _>>()
        .ok()
}

fn u16_at(bytes: &[u8], position: usize) -> Option<u16> {
    Some(u16::from_le_bytes(
        bytes.get(position..)?.first_chunk().copied()?,
    ))
}

fn u32_at(bytes: &[u8], position: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(position..)?.first_chunk().copied()?,
    ))
}
