//! The network store interface, by which IPv6 connections are ended.
//!
//! Windows documents no call for that. `nsi.dll`, from Vista on, has one; the numbers it takes are known from the
//! public source code of other programs, the names given to them here are a reading of them. Server 2003 has no such
//! library, and then the answer is "not supported".
//!
//! Nothing is loaded for it: where the library exists, iphlpapi.dll reads the connection table through it, so that it is
//! there since the table was read.

use core::ffi::c_void;
use core::mem::{size_of, transmute};
use core::ptr::null;

use mapisweep_helper::Code;

use crate::calls::{GetModuleHandleA, GetProcAddress};

type NsiSetAllParameters = unsafe extern "system" fn(
    store: u32,
    action: u32,
    module: *const ModuleId,
    object: u32,
    key: *const [u32; 14],
    key_size: u32,
    data: *const c_void,
    data_size: u32,
) -> u32;

/// `NPI_MODULEID`: its length, its kind (a GUID), the GUID.
#[repr(C)]
struct ModuleId {
    length: u32,
    kind: u32,
    guid: [u8; 16],
}

/// `NPI_MS_TCP_MODULEID`, {EB004A03-9B1A-11D4-9123-0050047759BC}.
static TCP: ModuleId = ModuleId {
    length: 24,
    kind: 1,
    guid: [
        0x03, 0x4a, 0x00, 0xeb, 0x1a, 0x9b, 0xd4, 0x11, 0x91, 0x23, 0x00, 0x50, 0x04, 0x77, 0x59,
        0xbc,
    ],
};

const STORE_ACTIVE: u32 = 1;
const ACTION_DELETE: u32 = 2;
/// The object of the TCP module whose keys are address pairs, and whose entries can be deleted.
const OBJECT_CONNECTIONS: u32 = 16;

/// Ends the connection of this key. Returns an error code; 0 is success.
pub fn delete_tcp(key: &[u32; 14]) -> u32 {
    // SAFETY: the names end in a zero. No library is this program itself, which exports nothing.
    let function = unsafe {
        let library = GetModuleHandleA(b"nsi.dll\0".as_ptr());
        GetProcAddress(library, b"NsiSetAllParameters\0".as_ptr())
    };
    if function.is_null() {
        return Code::NOT_SUPPORTED.0;
    }
    // SAFETY: it is not null, and this is the signature of the function of that name. Module and key are as long as
    // they say, and only read; there are no data.
    unsafe {
        transmute::<*const c_void, NsiSetAllParameters>(function)(
            STORE_ACTIVE,
            ACTION_DELETE,
            &TCP,
            OBJECT_CONNECTIONS,
            key,
            size_of::<[u32; 14]>() as u32,
            null(),
            0,
        )
    }
}
