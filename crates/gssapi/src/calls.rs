//! The calls of RFC 2744 section 5 that are made, and those that libraries add to it.

use std::ffi::c_int;

use libloading::Library;

use crate::abi::{Buffer, ChannelBindings, Handle, Oid, OidSet, Part, Store};

/// Declares the table and how it is filled in: each call under its own name.
macro_rules! calls {
    ($($name:ident($($argument:ty),* $(,)?);)*) => {
        /// Where each call is. Each gives back a major status, and the minor one through its first argument.
        #[derive(Clone, Copy)]
        pub(crate) struct Calls {
            $(pub(crate) $name: unsafe extern "C" fn($($argument),*) -> u32,)*
            /// Not in RFC 2744: messages in parts.
            pub(crate) gss_unwrap_iov: Option<UnwrapIov>,
            /// Not in RFC 2744: credentials from another place than the environment names.
            pub(crate) gss_acquire_cred_from: Option<AcquireCredFrom>,
        }

        impl Calls {
            /// Looks all of them up.
            pub(crate) fn find(library: &Library) -> Result<Self, libloading::Error> {
                // SAFETY: these names are RFC 2744's, with the types that it gives them.
                unsafe {
                    Ok(Self {
                        $($name: *library.get(concat!(stringify!($name), "\0").as_bytes())?,)*
                        gss_unwrap_iov: library
                            .get(b"gss_unwrap_iov\0")
                            .or_else(|_| library.get(APPLES_UNWRAP_IOV))
                            .ok()
                            .map(|call| *call),
                        gss_acquire_cred_from: library
                            .get(b"gss_acquire_cred_from\0")
                            .ok()
                            .map(|call| *call),
                    })
                }
            }
        }
    };
}

/// How Apple names it; no other library does.
pub(crate) const APPLES_UNWRAP_IOV: &[u8] = b"__ApplePrivate_gss_unwrap_iov\0";

type UnwrapIov =
    unsafe extern "C" fn(*mut u32, Handle, *mut c_int, *mut u32, *mut Part, c_int) -> u32;

type AcquireCredFrom = unsafe extern "C" fn(
    *mut u32,
    Handle,
    u32,
    *const OidSet,
    c_int,
    *const Store,
    *mut Handle,
    *mut *mut OidSet,
    *mut u32,
) -> u32;

calls! {
    gss_import_name(*mut u32, *const Buffer, *const Oid, *mut Handle);
    gss_display_name(*mut u32, Handle, *mut Buffer, *mut *mut Oid);
    gss_release_name(*mut u32, *mut Handle);

    gss_acquire_cred(
        *mut u32, Handle, u32, *const OidSet, c_int, *mut Handle, *mut *mut OidSet, *mut u32,
    );
    gss_acquire_cred_with_password(
        *mut u32, Handle, *const Buffer, u32, *const OidSet, c_int, *mut Handle, *mut *mut OidSet, *mut u32,
    );
    gss_inquire_cred(*mut u32, Handle, *mut Handle, *mut u32, *mut c_int, *mut *mut OidSet);
    gss_release_cred(*mut u32, *mut Handle);

    gss_init_sec_context(
        *mut u32, Handle, *mut Handle, Handle, *const Oid, u32, u32, *const ChannelBindings, *const Buffer,
        *mut *const Oid, *mut Buffer, *mut u32, *mut u32,
    );
    gss_accept_sec_context(
        *mut u32, *mut Handle, Handle, *const Buffer, *const ChannelBindings, *mut Handle, *mut *const Oid,
        *mut Buffer, *mut u32, *mut u32, *mut Handle,
    );
    gss_delete_sec_context(*mut u32, *mut Handle, *mut Buffer);

    gss_wrap(*mut u32, Handle, c_int, u32, *const Buffer, *mut c_int, *mut Buffer);
    gss_unwrap(*mut u32, Handle, *const Buffer, *mut Buffer, *mut c_int, *mut u32);

    gss_display_status(*mut u32, u32, c_int, *const Oid, *mut u32, *mut Buffer);
    gss_release_buffer(*mut u32, *mut Buffer);
}
