//! What goes over the C interface (RFC 2744 section 3, appendix A).
//!
//! Apple's headers pack these structures to two bytes on Intel, and only there.

use std::{
    ffi::{c_char, c_void},
    ptr,
};

/// A handle that only the library looks into: `gss_name_t`, `gss_cred_id_t`, `gss_ctx_id_t`.
pub(crate) type Handle = *mut c_void;

/// `GSS_C_INDEFINITE`: as long as there is, and no end.
pub(crate) const INDEFINITE: u32 = u32::MAX;
/// `GSS_C_INITIATE`
pub(crate) const INITIATE: i32 = 1;
/// `GSS_C_ACCEPT`
pub(crate) const ACCEPT: i32 = 2;

/// The bits of a major status that are errors; those below only inform (RFC 2744 section 3.9.1).
pub(crate) const ERRORS: u32 = 0xffff_0000;
/// `GSS_S_CONTINUE_NEEDED`
pub(crate) const CONTINUE_NEEDED: u32 = 1;
/// `GSS_S_DUPLICATE_TOKEN`, `GSS_S_OLD_TOKEN`, `GSS_S_UNSEQ_TOKEN` and `GSS_S_GAP_TOKEN`: not the message that was due.
pub(crate) const OUT_OF_ORDER: u32 = 2 | 4 | 8 | 16;
/// `GSS_S_CREDENTIALS_EXPIRED`
pub(crate) const CREDENTIALS_EXPIRED: u32 = 11 << 16;

/// `gss_buffer_desc`
#[cfg_attr(
    all(target_vendor = "apple", target_arch = "x86_64"),
    repr(C, packed(2))
)]
#[cfg_attr(not(all(target_vendor = "apple", target_arch = "x86_64")), repr(C))]
#[derive(Clone, Copy)]
pub(crate) struct Buffer {
    pub(crate) length: usize,
    pub(crate) value: *mut c_void,
}

impl Buffer {
    pub(crate) const EMPTY: Self = Self {
        length: 0,
        value: ptr::null_mut(),
    };

    /// Lends bytes that the library only reads.
    pub(crate) fn lend(bytes: &[u8]) -> Self {
        Self {
            length: bytes.len(),
            value: bytes.as_ptr().cast_mut().cast(),
        }
    }

    /// Lends bytes that the library may change.
    pub(crate) fn lend_mut(bytes: &mut [u8]) -> Self {
        Self {
            length: bytes.len(),
            value: bytes.as_mut_ptr().cast(),
        }
    }
}

/// `gss_OID_desc`
#[cfg_attr(
    all(target_vendor = "apple", target_arch = "x86_64"),
    repr(C, packed(2))
)]
#[cfg_attr(not(all(target_vendor = "apple", target_arch = "x86_64")), repr(C))]
pub(crate) struct Oid {
    length: u32,
    elements: *const c_void,
}

// SAFETY: an identifier is never changed, nor are its bytes.
unsafe impl Sync for Oid {}

impl Oid {
    const fn new(elements: &'static [u8]) -> Self {
        Self {
            length: elements.len() as u32,
            elements: elements.as_ptr().cast(),
        }
    }
}

/// The mechanism, Kerberos 5: 1.2.840.113554.1.2.2 (RFC 4121 section 1).
pub(crate) static KERBEROS: Oid = Oid::new(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02");
/// `GSS_C_NT_HOSTBASED_SERVICE`: 1.2.840.113554.1.2.1.4.
pub(crate) static HOSTBASED_SERVICE: Oid = Oid::new(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04");
/// `GSS_KRB5_NT_PRINCIPAL_NAME`: 1.2.840.113554.1.2.2.1 (RFC 1964 section 2.1.1).
pub(crate) static PRINCIPAL_NAME: Oid = Oid::new(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01");
/// `GSS_KRB5_NT_ENTERPRISE_NAME`: 1.2.840.113554.1.2.2.6, MIT's.
pub(crate) static ENTERPRISE_NAME: Oid = Oid::new(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x06");

/// `gss_OID_set_desc`
#[cfg_attr(
    all(target_vendor = "apple", target_arch = "x86_64"),
    repr(C, packed(2))
)]
#[cfg_attr(not(all(target_vendor = "apple", target_arch = "x86_64")), repr(C))]
pub(crate) struct OidSet {
    pub(crate) count: usize,
    pub(crate) elements: *const Oid,
}

/// `gss_key_value_element_desc`, of MIT and newer versions of Heimdal.
#[repr(C)]
pub(crate) struct KeyValue {
    pub(crate) key: *const c_char,
    pub(crate) value: *const c_char,
}

/// `gss_key_value_set_desc`: where credentials are.
#[repr(C)]
pub(crate) struct Store {
    pub(crate) count: u32,
    pub(crate) elements: *const KeyValue,
}

/// `gss_channel_bindings_struct` (RFC 2744 section 3.11): without addresses, as RFC 5929 wants it.
#[cfg_attr(
    all(target_vendor = "apple", target_arch = "x86_64"),
    repr(C, packed(2))
)]
#[cfg_attr(not(all(target_vendor = "apple", target_arch = "x86_64")), repr(C))]
pub(crate) struct ChannelBindings {
    initiator_type: u32,
    initiator_address: Buffer,
    acceptor_type: u32,
    acceptor_address: Buffer,
    application_data: Buffer,
}

impl ChannelBindings {
    /// Lends the application data.
    pub(crate) fn lend(application_data: &[u8]) -> Self {
        // GSS_C_AF_UNSPEC, not GSS_C_AF_NULLADDR: what everybody hashes
        const UNSPECIFIED: u32 = 0;
        Self {
            initiator_type: UNSPECIFIED,
            initiator_address: Buffer::EMPTY,
            acceptor_type: UNSPECIFIED,
            acceptor_address: Buffer::EMPTY,
            application_data: Buffer::lend(application_data),
        }
    }
}

/// `gss_iov_buffer_desc`: a part of a sealed message.
#[cfg_attr(
    all(target_vendor = "apple", target_arch = "x86_64"),
    repr(C, packed(2))
)]
#[cfg_attr(not(all(target_vendor = "apple", target_arch = "x86_64")), repr(C))]
pub(crate) struct Part {
    pub(crate) kind: u32,
    pub(crate) buffer: Buffer,
}

/// `GSS_IOV_BUFFER_TYPE_DATA`
pub(crate) const DATA: u32 = 1;
/// `GSS_IOV_BUFFER_TYPE_HEADER`
pub(crate) const HEADER: u32 = 2;
/// `GSS_IOV_BUFFER_TYPE_PADDING`
pub(crate) const PADDING: u32 = 9;

// what the headers' own compilers say
#[cfg(all(
    target_pointer_width = "64",
    not(all(target_vendor = "apple", target_arch = "x86_64"))
))]
const _: () = assert!(
    size_of::<Oid>() == 16 && size_of::<ChannelBindings>() == 64 && size_of::<Part>() == 24
);
#[cfg(all(target_vendor = "apple", target_arch = "x86_64"))]
const _: () = assert!(
    size_of::<Oid>() == 12 && size_of::<ChannelBindings>() == 56 && size_of::<Part>() == 20
);
