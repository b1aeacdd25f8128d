//! Names, as the library holds them (RFC 2744 section 3.10).

use std::{fmt, ptr};

use crate::{
    Error, Library,
    abi::{Buffer, ENTERPRISE_NAME, HOSTBASED_SERVICE, Handle, Oid, PRINCIPAL_NAME},
    buffer::Filled,
};

/// Whom a credential is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// `ann@CORP.EXAMPLE`; without a realm the library's default one is taken.
    pub name: String,
    /// Whether the name is one that the KDC resolves (`NT-ENTERPRISE`, RFC 6806 section 5): then what follows the `@`
    /// is not the realm but a part of the name, as of a UPN. Where its realm is known, it follows a second `@`.
    pub is_enterprise: bool,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A name that the library holds.
pub(crate) struct Name {
    library: Library,
    handle: Handle,
}

// SAFETY: a name is not changed once it is made, but by being released, which needs the whole of it.
unsafe impl Send for Name {}

impl Name {
    /// Somebody.
    pub(crate) fn principal(library: &Library, principal: &Principal) -> Result<Self, Error> {
        if !principal.is_enterprise {
            return Self::import(library, &principal.name, &PRINCIPAL_NAME);
        }
        Self::import(library, &principal.name, &ENTERPRISE_NAME).map_err(|_| {
            Error::NoEnterpriseNames {
                library: library.path().to_owned(),
            }
        })
    }

    /// A service on a host, `HTTP@ex01.corp.example` (RFC 2743 section 4.1).
    pub(crate) fn service(library: &Library, service: &str) -> Result<Self, Error> {
        Self::import(library, service, &HOSTBASED_SERVICE)
    }

    fn import(library: &Library, name: &str, kind: &'static Oid) -> Result<Self, Error> {
        let mut imported = Self::none(library);
        let mut minor = 0;
        // SAFETY: all pointers are to values that live through the call.
        let major = unsafe {
            (library.calls().gss_import_name)(
                &mut minor,
                &Buffer::lend(name.as_bytes()),
                kind,
                imported.as_mut(),
            )
        };
        library.check("gss_import_name", major, minor)?;
        Ok(imported)
    }

    /// Nobody yet: for a call that fills it in.
    pub(crate) fn none(library: &Library) -> Self {
        Self {
            library: library.clone(),
            handle: ptr::null_mut(),
        }
    }

    /// To be filled in by one call.
    pub(crate) fn as_mut(&mut self) -> *mut Handle {
        &mut self.handle
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    /// As the library writes it.
    pub(crate) fn display(&self) -> Result<String, Error> {
        let mut text = Filled::new(&self.library);
        let mut minor = 0;
        // SAFETY: the name is the library's own; the pointers are to values that live through the call.
        let major = unsafe {
            (self.library.calls().gss_display_name)(
                &mut minor,
                self.handle,
                text.as_mut(),
                ptr::null_mut(),
            )
        };
        self.library.check("gss_display_name", major, minor)?;
        Ok(text.text())
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            // SAFETY: the name is the library's own, and nobody looks at it any more.
            unsafe { (self.library.calls().gss_release_name)(&mut 0, &mut self.handle) };
        }
    }
}
