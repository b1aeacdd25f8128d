//! What proves who somebody is (RFC 2744 section 3.5).

use std::{
    ffi::CString, fmt, os::unix::ffi::OsStrExt as _, path::Path, ptr, sync::Arc, time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    Error, Family, Library, Principal,
    abi::{ACCEPT, Buffer, Handle, INDEFINITE, INITIATE, KERBEROS, KeyValue, OidSet, Store},
    name::Name,
};

/// Tickets, or the keys of a service. A clone is the same one: what it gets from a KDC serves all of them.
#[derive(Clone)]
pub struct Credential(Arc<Held>);

struct Held {
    library: Library,
    handle: Handle,
}

// SAFETY: a credential is the library's to lock: MIT and Heimdal both do, in it and in the cache that belongs to it.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

impl Credential {
    /// Gets a ticket-granting ticket for a password, now: a wrong password is told here, and counts once. It lies in
    /// a cache of its own in memory, and so do the service tickets that are got with it.
    ///
    /// Once with MIT. Heimdal 7 sends a refused one a second time where the KDC does not offer FAST, and cannot be kept
    /// from it: it counts twice against the account.
    ///
    /// # Errors
    /// What the KDC or the library says; [`Error::NoEnterpriseNames`].
    pub fn from_password(
        library: &Library,
        principal: &Principal,
        password: &SecretString,
    ) -> Result<Self, Error> {
        let name = Name::principal(library, principal)?;
        let password = Buffer::lend(password.expose_secret().as_bytes());
        Self::acquire(library, "gss_acquire_cred_with_password", |minor, out| {
            // SAFETY: all pointers are to values that live through the call; the library copies what it keeps.
            unsafe {
                (library.calls().gss_acquire_cred_with_password)(
                    minor,
                    name.handle(),
                    &password,
                    INDEFINITE,
                    &kerberos_only(),
                    INITIATE,
                    out,
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            }
        })
    }

    /// Takes tickets that are there already: those of a named principal from the whole collection of caches, otherwise
    /// those of the default cache.
    ///
    /// Tickets that have run out are taken by MIT ([`lifetime`](Self::lifetime) is zero, and there is no
    /// [`name`](Self::name)); Heimdal says that there are none. [`Library::default_principal`] tells more.
    ///
    /// # Errors
    /// What the library says: there are none, above all; for the default cache that cannot be read, with its own number.
    /// [`Error::CannotSearch`], [`Error::NoEnterpriseNames`].
    pub fn from_cache(library: &Library, principal: Option<&Principal>) -> Result<Self, Error> {
        let Some(principal) = principal else {
            return Self::from_default_cache(library);
        };
        let name = Name::principal(library, principal)?;
        match unsearchable(library) {
            None => Self::existing(library, &name, INITIATE),
            Some(cache) => {
                let default = Self::from_default_cache(library)?;
                match default.name()? == name.display()? {
                    true => Ok(default),
                    false => Err(Error::CannotSearch {
                        library: library.path().to_owned(),
                        cache,
                    }),
                }
            }
        }
    }

    fn from_default_cache(library: &Library) -> Result<Self, Error> {
        if let Err(error) = library.default_principal()
            && !is_none_at_all(library, &error)
        {
            return Err(error);
        }
        let credential = Self::existing(library, &Name::none(library), INITIATE)?;
        // MIT looks for the tickets only when it is asked for something
        credential.lifetime()?;
        Ok(credential)
    }

    /// The keys of the services in the key table that `KRB5_KTNAME` names, to accept sign-ins with.
    ///
    /// # Errors
    /// What the library says.
    pub fn acceptor(library: &Library) -> Result<Self, Error> {
        Self::existing(library, &Name::none(library), ACCEPT)
    }

    /// The same of another key table. No record is kept of the tickets that were seen, so a replayed one is not noticed:
    /// this is for servers of tests, which leave no file behind.
    ///
    /// # Errors
    /// What the library says; [`Error::Lacks`], as Heimdal does up to version 7.
    pub fn from_keytab(library: &Library, keytab: &Path) -> Result<Self, Error> {
        const CALL: &str = "gss_acquire_cred_from";
        let Some(acquire_cred_from) = library.calls().gss_acquire_cred_from else {
            return Err(Error::Lacks {
                library: library.path().to_owned(),
                call: CALL,
            });
        };
        let keytab = [b"FILE:", keytab.as_os_str().as_bytes()].concat();
        // no path has a null byte in it
        let keytab = CString::new(keytab).unwrap_or_default();
        let store = [(c"keytab", keytab.as_c_str()), (c"rcache", c"none:")];
        let store = store.map(|(key, value)| KeyValue {
            key: key.as_ptr(),
            value: value.as_ptr(),
        });
        Self::acquire(library, CALL, |minor, out| {
            // SAFETY: all pointers are null or to values that live through the call.
            unsafe {
                acquire_cred_from(
                    minor,
                    ptr::null_mut(),
                    INDEFINITE,
                    &kerberos_only(),
                    ACCEPT,
                    &Store {
                        count: store.len() as u32,
                        elements: store.as_ptr(),
                    },
                    out,
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            }
        })
    }

    fn existing(library: &Library, name: &Name, usage: i32) -> Result<Self, Error> {
        Self::acquire(library, "gss_acquire_cred", |minor, out| {
            // SAFETY: all pointers are to values that live through the call.
            unsafe {
                (library.calls().gss_acquire_cred)(
                    minor,
                    name.handle(),
                    INDEFINITE,
                    &kerberos_only(),
                    usage,
                    out,
                    ptr::null_mut(),
                    ptr::null_mut(),
                )
            }
        })
    }

    fn acquire(
        library: &Library,
        call: &'static str,
        fill: impl FnOnce(&mut u32, *mut Handle) -> u32,
    ) -> Result<Self, Error> {
        let mut minor = 0;
        let mut handle = ptr::null_mut();
        let major = fill(&mut minor, &mut handle);
        library.check(call, major, minor)?;
        Ok(Self::take(library, handle))
    }

    /// Owns a credential that the library made.
    pub(crate) fn take(library: &Library, handle: Handle) -> Self {
        Self(Arc::new(Held {
            library: library.clone(),
            handle,
        }))
    }

    pub(crate) fn handle(&self) -> Handle {
        self.0.handle
    }

    /// Whose it is: `ann@CORP.EXAMPLE`.
    ///
    /// # Errors
    /// What the library says.
    pub fn name(&self) -> Result<String, Error> {
        let mut name = Name::none(&self.0.library);
        self.inquire(name.as_mut(), ptr::null_mut())?;
        name.display()
    }

    /// How long it is good for: zero when it has run out, nothing when it never does.
    ///
    /// # Errors
    /// What the library says.
    pub fn lifetime(&self) -> Result<Option<Duration>, Error> {
        let mut seconds = 0;
        match self.inquire(ptr::null_mut(), &mut seconds) {
            Err(error) if error.says_expired() => Ok(Some(Duration::ZERO)),
            Err(error) => Err(error),
            Ok(()) if seconds == INDEFINITE => Ok(None),
            Ok(()) => Ok(Some(Duration::from_secs(seconds.into()))),
        }
    }

    /// `gss_inquire_cred` (RFC 2744 section 5.21), at which MIT looks for the tickets if it has not done so.
    fn inquire(&self, name: *mut Handle, seconds: *mut u32) -> Result<(), Error> {
        let Held { library, handle } = &*self.0;
        let mut minor = 0;
        // SAFETY: the credential is the library's own; the pointers are null or to values that live through the call.
        let major = unsafe {
            (library.calls().gss_inquire_cred)(
                &mut minor,
                *handle,
                name,
                seconds,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        library.check("gss_inquire_cred", major, minor)
    }
}

/// The default cache, where it is one that Heimdal cannot go on from to the others: it reads a null pointer then, and
/// that is the end of the process (7.8, `dcc_get_cache_first`). So it does where it can make no name of the one that is
/// configured, as of `FILE:%{nothing}`.
fn unsearchable(library: &Library) -> Option<String> {
    let cache = library.default_cache()?;
    let is_deadly = cache.is_empty() || cache.starts_with("DIR:");
    (library.family() == Family::Heimdal && is_deadly).then_some(cache)
}

/// Whether there is no cache at all. One that is there and cannot be read is not to be asked of MIT's library: it
/// releases a principal that it has not got, and mostly that is the end of the process (1.20,
/// `krb5_cccol_have_content`): a file that is no cache, another person's file or folder. Of a folder whose default cache
/// is missing it would go on to the others. Without any it may have a client's key table to go on with.
fn is_none_at_all(library: &Library, error: &Error) -> bool {
    const NO_FILE: i32 = -1_765_328_189;
    const ENOENT: i32 = 2;
    let is_one_of_several = || {
        let cache = library.default_cache().unwrap_or_default();
        cache.starts_with("DIR:") && !cache.starts_with("DIR::")
    };
    [NO_FILE, ENOENT].contains(&error.minor()) && !is_one_of_several()
}

/// The one mechanism.
fn kerberos_only() -> OidSet {
    OidSet {
        count: 1,
        elements: &KERBEROS,
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the credential is the library's own, and nobody uses it any more.
        unsafe { (self.library.calls().gss_release_cred)(&mut 0, &mut self.handle) };
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}
