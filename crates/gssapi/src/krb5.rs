//! The few calls of the library underneath, `libkrb5`, that tell what GSSAPI does not. MIT and Heimdal have them under
//! the same names; Apple does not offer them.

use std::{
    ffi::{CStr, OsString, c_char, c_void},
    os::unix::ffi::OsStringExt as _,
    ptr,
};

use libloading::Library;

type Context = *mut c_void;
/// An array that ends in a null pointer.
type Files = *mut *mut c_char;

/// Where each call is.
pub(crate) struct Krb5 {
    init_context: unsafe extern "C" fn(*mut Context) -> i32,
    free_context: unsafe extern "C" fn(Context),
    cc_default_name: unsafe extern "C" fn(Context) -> *const c_char,
    get_default_config_files: unsafe extern "C" fn(*mut Files) -> i32,
    free_config_files: unsafe extern "C" fn(Files),
}

impl Krb5 {
    /// Looks them up, in the library and in what it depends on.
    pub(crate) fn find(library: &Library) -> Option<Self> {
        if cfg!(target_vendor = "apple") {
            return None;
        }
        // SAFETY: the names and types are those of both libraries' documentation.
        unsafe {
            Some(Self {
                init_context: *library.get(b"krb5_init_context\0").ok()?,
                free_context: *library.get(b"krb5_free_context\0").ok()?,
                cc_default_name: *library.get(b"krb5_cc_default_name\0").ok()?,
                get_default_config_files: *library.get(b"krb5_get_default_config_files\0").ok()?,
                free_config_files: *library.get(b"krb5_free_config_files\0").ok()?,
            })
        }
    }

    /// The ticket cache that is taken where none is named.
    pub(crate) fn default_cache(&self) -> Option<String> {
        let mut context = ptr::null_mut();
        // SAFETY: it fills in `context`, or fails and leaves nothing to be released.
        if unsafe { (self.init_context)(&mut context) } != 0 {
            return None;
        }
        // SAFETY: the context is the one just made; what comes back is its own text or null, and is copied before the
        // context is released, once.
        unsafe {
            let name = text((self.cc_default_name)(context));
            (self.free_context)(context);
            Some(String::from_utf8_lossy(&name?).into_owned())
        }
    }

    /// The files that its configuration is read from, in the order in which they count.
    pub(crate) fn configuration_files(&self) -> Option<Vec<OsString>> {
        let mut files = ptr::null_mut();
        // SAFETY: it fills in `files`, or fails and leaves nothing to be released.
        if unsafe { (self.get_default_config_files)(&mut files) } != 0 || files.is_null() {
            return None;
        }
        // SAFETY: the array is the one just made, ends in a null pointer, and is released once, after it was copied.
        unsafe {
            let copied = (0..)
                .map_while(|index| text(*files.add(index)))
                .map(OsString::from_vec)
                .collect();
            (self.free_config_files)(files);
            Some(copied)
        }
    }
}

/// # Safety
/// `start` is null or a text that ends in a null byte.
unsafe fn text(start: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: as the caller promises.
    (!start.is_null()).then(|| unsafe { CStr::from_ptr(start) }.to_bytes().to_vec())
}
