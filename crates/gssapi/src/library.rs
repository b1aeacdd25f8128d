//! Which library does the work, and where it is.

use std::{env, ffi::OsStr, fmt, sync::Arc};

use crate::{
    Error,
    calls::{APPLES_UNWRAP_IOV, Calls},
    krb5::Krb5,
};

/// A library elsewhere, taken instead of those that are looked for: Homebrew's, or a test's.
pub const LIBRARY_VARIABLE: &str = "MAPISWEEP_GSSAPI";

/// What is looked for, the first that is found is taken.
#[cfg(target_vendor = "apple")]
const KNOWN: &[&str] = &["/System/Library/Frameworks/GSS.framework/GSS"];
#[cfg(not(target_vendor = "apple"))]
const KNOWN: &[&str] = &["libgssapi_krb5.so.2", "libgssapi.so.3"];

/// The system's Kerberos library. Cloning it costs nothing.
#[derive(Clone)]
pub struct Library(Arc<Loaded>);

struct Loaded {
    path: String,
    family: Family,
    calls: Calls,
    krb5: Option<Krb5>,
}

/// Whose library it is: they differ in what they can do and in how they say what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// MIT krb5.
    Mit,
    /// Heimdal.
    Heimdal,
    /// macOS's GSS.framework, which is made of Heimdal.
    Apple,
}

/// There is no Kerberos library that can be used.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// None of those that are known.
    #[error("no Kerberos library was found: looked for {}", KNOWN.join(" and "))]
    NotFound,
    /// The one that [`LIBRARY_VARIABLE`] names.
    #[error("the Kerberos library {path}, which {LIBRARY_VARIABLE} names, cannot be used")]
    Unusable {
        /// Where it should be.
        path: String,
        /// What the system's loader says.
        #[source]
        source: libloading::Error,
    },
}

impl Library {
    /// Finds it: the one that [`LIBRARY_VARIABLE`] names, or the first of those that are known.
    ///
    /// # Errors
    /// There is none that can be used.
    pub fn load() -> Result<Self, Missing> {
        if let Some(path) = env::var_os(LIBRARY_VARIABLE) {
            return Self::open(&path).map_err(|source| Missing::Unusable {
                path: path.to_string_lossy().into_owned(),
                source,
            });
        }
        let mut found = KNOWN.iter().filter_map(|path| Self::open(path).ok());
        found.next().ok_or(Missing::NotFound)
    }

    /// Takes the one at `path`, which is a path or what the system's loader finds one by.
    ///
    /// # Errors
    /// What the loader says.
    pub fn open(path: impl AsRef<OsStr>) -> Result<Self, libloading::Error> {
        let path = path.as_ref();
        // SAFETY: a Kerberos library does nothing when it is loaded but set up its locks.
        let library = unsafe { libloading::Library::new(path)? };
        let loaded = Loaded {
            path: path.to_string_lossy().into_owned(),
            family: Family::of(&library),
            calls: Calls::find(&library)?,
            krb5: Krb5::find(&library),
        };
        // never unloaded: a thread that nobody waits for any more may still be inside it
        std::mem::forget(library);
        Ok(Self(Arc::new(loaded)))
    }

    /// Where it was found, as the system's loader was asked for it.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Whose it is.
    pub fn family(&self) -> Family {
        self.0.family
    }

    /// The ticket cache that is taken where none is named, as the library writes it: `FILE:/tmp/krb5cc_0`. Nothing
    /// where the library does not tell, as Apple's, or cannot read its configuration.
    pub fn default_cache(&self) -> Option<String> {
        self.krb5()?.default_cache().ok()
    }

    /// Whose tickets are in that cache, whether they have run out or not. Nothing where the library does not tell, as
    /// Apple's.
    ///
    /// # Errors
    /// Why there are none: here each state of a cache has its own number, while
    /// [`Credential::from_cache`](crate::Credential::from_cache) has one for all of them, and with Heimdal none.
    pub fn default_principal(&self) -> Result<Option<String>, Error> {
        self.krb5().map(Krb5::default_principal).transpose()
    }

    /// The realm that a name without one belongs to. Nothing where the configuration names none, or the library does
    /// not tell, as Apple's.
    pub fn default_realm(&self) -> Option<String> {
        self.krb5()?.default_realm().ok()
    }

    /// Has the library read its configuration.
    ///
    /// # Errors
    /// It does not take it: then nothing else can be asked of it. Heimdal takes any, and what it cannot read it leaves
    /// out; Apple's library is not asked.
    pub fn read_configuration(&self) -> Result<(), Error> {
        self.krb5().map_or(Ok(()), Krb5::read_configuration)
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.0.calls
    }

    pub(crate) fn krb5(&self) -> Option<&Krb5> {
        self.0.krb5.as_ref()
    }
}

impl Family {
    /// Told by what only one of them has.
    fn of(library: &libloading::Library) -> Self {
        // SAFETY: only whether it is there matters; it is not used.
        let has = |name: &[u8]| unsafe { library.get::<*const ()>(name).is_ok() };
        if has(APPLES_UNWRAP_IOV) {
            Self::Apple
        } else if has(b"gsskrb5_set_default_realm\0") {
            Self::Heimdal
        } else {
            Self::Mit
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mit => "MIT",
            Self::Heimdal => "Heimdal",
            Self::Apple => "Apple",
        })
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Library({} {})", self.family(), self.path())
    }
}
