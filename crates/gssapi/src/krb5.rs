//! The few calls of the library underneath, `libkrb5`, that tell what GSSAPI does not. MIT and Heimdal have them under
//! the same names; Apple does not offer them.

use std::{
    ffi::{CStr, OsString, c_char, c_void},
    os::unix::ffi::OsStringExt as _,
    ptr,
};

use libloading::Library;

use crate::Error;

/// A handle that only the library looks into: `krb5_context`, `krb5_ccache`, `krb5_principal`.
type Handle = *mut c_void;
/// An array that ends in a null pointer.
type Files = *mut *mut c_char;

macro_rules! calls {
    ($($name:ident($($argument:ty),* $(,)?) $(-> $back:ty)?;)*) => {
        /// Where each call is.
        #[derive(Clone, Copy)]
        pub(crate) struct Krb5 {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $back)?,)*
        }

        impl Krb5 {
            /// Looks all of them up, in the library and in what it depends on.
            pub(crate) fn find(library: &Library) -> Option<Self> {
                if cfg!(target_vendor = "apple") {
                    return None;
                }
                // SAFETY: the names and types are those of both libraries' documentation.
                unsafe {
                    Some(Self {
                        $($name: *library.get(concat!(stringify!($name), "\0")).ok()?,)*
                    })
                }
            }
        }
    };
}

calls! {
    krb5_init_context(*mut Handle) -> i32;
    krb5_free_context(Handle);
    krb5_get_error_message(Handle, i32) -> *const c_char;
    krb5_free_error_message(Handle, *const c_char);
    krb5_get_default_realm(Handle, *mut *mut c_char) -> i32;
    krb5_free_default_realm(Handle, *mut c_char);
    krb5_cc_default_name(Handle) -> *const c_char;
    krb5_cc_default(Handle, *mut Handle) -> i32;
    krb5_cc_get_principal(Handle, Handle, *mut Handle) -> i32;
    krb5_cc_close(Handle, Handle) -> i32;
    krb5_unparse_name(Handle, Handle, *mut *mut c_char) -> i32;
    krb5_free_unparsed_name(Handle, *mut c_char);
    krb5_free_principal(Handle, Handle);
    krb5_get_default_config_files(*mut Files) -> i32;
    krb5_free_config_files(Files);
}

impl Krb5 {
    /// Reads the configuration, and keeps nothing of it.
    pub(crate) fn read_configuration(&self) -> Result<(), Error> {
        Context::new(self).map(drop)
    }

    /// The realm that a name without one belongs to.
    pub(crate) fn default_realm(&self) -> Result<String, Error> {
        let context = Context::new(self)?;
        let mut realm = ptr::null_mut();
        // SAFETY: it fills in `realm`, or fails and leaves nothing to be released; the text is released once, after it was
        // copied.
        unsafe {
            let code = (self.krb5_get_default_realm)(context.handle, &mut realm);
            context.check("krb5_get_default_realm", code)?;
            let copied = text(realm).unwrap_or_default();
            (self.krb5_free_default_realm)(context.handle, realm);
            Ok(String::from_utf8_lossy(&copied).into_owned())
        }
    }

    /// The ticket cache that is taken where none is named.
    pub(crate) fn default_cache(&self) -> Result<String, Error> {
        let context = Context::new(self)?;
        // SAFETY: the context is there, and what comes back is null or its own text, which is copied at once.
        let name = unsafe { text((self.krb5_cc_default_name)(context.handle)) };
        Ok(String::from_utf8_lossy(&name.unwrap_or_default()).into_owned())
    }

    /// Whose tickets that cache holds.
    pub(crate) fn default_principal(&self) -> Result<String, Error> {
        let context = Context::new(self)?;
        let (mut cache, mut principal, mut name) =
            (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        // SAFETY: each call is given what the ones before it filled in, and what a call filled in is released once; one
        // that fails fills in nothing. The text is copied before that.
        unsafe {
            let code = (self.krb5_cc_default)(context.handle, &mut cache);
            context.check("krb5_cc_default", code)?;
            let code = (self.krb5_cc_get_principal)(context.handle, cache, &mut principal);
            let found = context.check("krb5_cc_get_principal", code);
            (self.krb5_cc_close)(context.handle, cache);
            found?;
            let code = (self.krb5_unparse_name)(context.handle, principal, &mut name);
            let written = context.check("krb5_unparse_name", code);
            (self.krb5_free_principal)(context.handle, principal);
            written?;
            let copied = text(name).unwrap_or_default();
            (self.krb5_free_unparsed_name)(context.handle, name);
            Ok(String::from_utf8_lossy(&copied).into_owned())
        }
    }

    /// The files that its configuration is read from, in the order in which they count.
    pub(crate) fn configuration_files(&self) -> Option<Vec<OsString>> {
        let mut files = ptr::null_mut();
        // SAFETY: it fills in `files`, or fails and leaves nothing to be released.
        if unsafe { (self.krb5_get_default_config_files)(&mut files) } != 0 || files.is_null() {
            return None;
        }
        // SAFETY: the array is the one just made, ends in a null pointer, and is released once, after it was copied.
        unsafe {
            let copied = (0..)
                .map_while(|index| text(*files.add(index)))
                .map(OsString::from_vec)
                .collect();
            (self.krb5_free_config_files)(files);
            Some(copied)
        }
    }
}

/// A `krb5_context`, released when it is dropped.
struct Context<'a> {
    krb5: &'a Krb5,
    handle: Handle,
}

impl<'a> Context<'a> {
    /// Reads the configuration.
    fn new(krb5: &'a Krb5) -> Result<Self, Error> {
        let mut handle = ptr::null_mut();
        // SAFETY: it fills in `handle`, or fails and leaves nothing to be released.
        match unsafe { (krb5.krb5_init_context)(&mut handle) } {
            0 => Ok(Self { krb5, handle }),
            code => Err(refused(
                "krb5_init_context",
                code,
                "the library cannot be set up".to_owned(),
            )),
        }
    }

    fn check(&self, call: &'static str, code: i32) -> Result<(), Error> {
        if code == 0 {
            return Ok(());
        }
        // SAFETY: the text is released once, after it was copied.
        let words = unsafe {
            let words = (self.krb5.krb5_get_error_message)(self.handle, code);
            let copied = text(words).unwrap_or_default();
            if !words.is_null() {
                (self.krb5.krb5_free_error_message)(self.handle, words);
            }
            copied
        };
        let words = String::from_utf8_lossy(&words).into_owned();
        Err(refused(call, code, words))
    }
}

impl Drop for Context<'_> {
    fn drop(&mut self) {
        // SAFETY: the context is the one that `new` made, and nobody uses it any more.
        unsafe { (self.krb5.krb5_free_context)(self.handle) };
    }
}

/// There is no major status underneath GSSAPI.
fn refused(call: &'static str, minor: i32, text: String) -> Error {
    Error::Refused {
        call,
        major: 0,
        minor,
        text,
    }
}

/// # Safety
/// `start` is null or a text that ends in a null byte.
unsafe fn text(start: *const c_char) -> Option<Vec<u8>> {
    // SAFETY: as the caller promises.
    (!start.is_null()).then(|| unsafe { CStr::from_ptr(start) }.to_bytes().to_vec())
}
