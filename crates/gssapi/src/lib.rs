//! Kerberos by the system's own GSSAPI library, found when the program runs.
//!
//! Nothing of it is needed to build, and where it is missing there is one sentence ([`Missing`]). It speaks Kerberos 5
//! only (RFC 4121) and never the library's own SPNEGO, which hides Kerberos's reasons behind its own.
//!
//! | file | what it is for |
//! | --- | --- |
//! | `library` | which library, and where it is |
//! | `environment` | which configuration the library reads |
//! | `name`, `credential` | who somebody is, and what proves it: a password, a ticket cache, a key table |
//! | `initiator`, `acceptor` | the two sides of a sign-in, token in and token out |
//! | `context`, `seal` | what was agreed upon, and messages protected by it |
//! | `status` | what the library says of a failure |
//! | `frame` | whether an answer may be given to the library at all |
//! | `abi`, `calls`, `krb5`, `buffer` | the C interface (RFC 2744 and what libraries add to it) |
//!
//! # Invariants
//!
//! - Together with `helper/` it is the only code with `unsafe`. Nobody outside needs any.
//! - Every call may wait, for a KDC most of all, and none can be stopped: it is made on a thread that can be left to
//!   itself. The library is never unloaded, so such a thread always finds it.
//! - A [`Credential`] is for many threads at once; an [`Initiator`], an [`Acceptor`] and a [`Context`] for one at a time.
//! - A password is given to the library where it lies and copied nowhere. No error holds one.
//! - It knows nothing of WinRM.

mod abi;
mod acceptor;
mod buffer;
mod calls;
mod context;
mod credential;
pub mod environment;
mod frame;
mod initiator;
mod krb5;
mod library;
mod name;
mod seal;
mod status;

pub use acceptor::Acceptor;
pub use context::{Context, Flags, Step};
pub use credential::Credential;
pub use initiator::Initiator;
pub use library::{Family, LIBRARY_VARIABLE, Library, Missing};
pub use name::Principal;
pub use seal::Layout;
pub use status::Error;
