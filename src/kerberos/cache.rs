//! Why the default ticket cache gives no ticket. GSSAPI has one number for all of it, and libkrb5's numbers leave open
//! whose a file is, or whether it is a cache at all: so the cache is looked at.

mod place;

use mapisweep_gssapi::{self as gssapi, Library};

use place::{Content, Place, Seen};

/// The default cache, and what is the matter with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cache} {state}")]
pub struct NoTicket {
    /// What it is called: `FILE:/tmp/krb5cc_1000`.
    pub cache: String,
    /// What is the matter with it.
    pub state: State,
}

/// What is the matter with a cache; to be read after its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum State {
    /// No such file or folder.
    #[error("does not exist")]
    Missing,
    /// It may not be opened, and its owner is somebody else.
    #[error("belongs to another person")]
    Anothers,
    /// It may not be opened.
    #[error("cannot be opened: permission denied")]
    Closed,
    /// Heimdal takes no file that others can read, too.
    #[error("can be read by others, and is not taken like that")]
    OpenToOthers,
    /// Heimdal takes no symbolic link.
    #[error("is a link, and is not taken like that")]
    Link,
    /// A folder where a file should be.
    #[error("is a folder")]
    Folder,
    /// A file where a folder should be.
    #[error("is no folder")]
    NoFolder,
    /// A file without anything in it.
    #[error("is empty")]
    Empty,
    /// A file of something else.
    #[error("is no ticket cache")]
    Foreign,
    /// A file of a version that is not one to four.
    #[error("is a ticket cache of a version that nobody knows")]
    Version,
    /// A file that begins as a cache does.
    #[error("is damaged")]
    Damaged,
    /// It is well, and nothing is in it.
    #[error("holds no ticket")]
    Bare,
    /// Of a folder of caches the default one is gone.
    #[error("names {0} as its default cache, which does not exist")]
    NoDefault(String),
    /// Tickets are kept by a service, KCM, and it cannot be reached.
    #[error("is kept by the service KCM, which does not answer")]
    NoService,
    /// The library has no caches of this kind.
    #[error("is of a kind that the Kerberos library cannot use")]
    UnknownKind,
    /// What was there has run out, or has not come about.
    #[error("holds no ticket of {principal} that is still good")]
    Stale {
        /// Whose cache it is.
        principal: String,
    },
    /// Tickets of somebody else than was named.
    #[error("holds the ticket of {principal}, which is not taken for anybody else")]
    OfSomebodyElse {
        /// Whose.
        principal: String,
    },
    /// The same, and there may be other caches beside it, which Heimdal cannot look for.
    #[error(
        "has the ticket of {principal} for its default one, and the Kerberos library cannot look for others there"
    )]
    OthersOutOfReach {
        /// Whose.
        principal: String,
    },
    /// Something else.
    #[error("cannot be read: {0}")]
    Other(String),
}

impl NoTicket {
    /// In this state.
    pub(super) fn new(library: &Library, state: State) -> Self {
        let cache = name(library);
        Self { cache, state }
    }

    /// Looks whether the default cache is one that no library is to be asked for: Heimdal ends the process at a version
    /// that it does not know (7.8, `storage_set_flags`).
    pub(super) fn unfit(library: &Library) -> Option<Self> {
        let cache = name(library);
        let (Place::File(seen) | Place::Folder(Content::Default(seen))) = Place::of(&cache) else {
            return None;
        };
        let state = State::of_file(&seen, 0);
        (state == State::Version).then_some(Self { cache, state })
    }

    /// Looks at the default cache, which gave no ticket.
    pub(super) fn look(library: &Library) -> Self {
        let cache = name(library);
        let state = match library.default_principal() {
            Ok(Some(principal)) => State::Stale { principal },
            Ok(None) => State::Bare,
            Err(error) => State::of(&Place::of(&cache), &error),
        };
        Self { cache, state }
    }
}

/// The default cache's, as far as anybody tells.
fn name(library: &Library) -> String {
    let named = || std::env::var("KRB5CCNAME").ok();
    let told = library.default_cache().or_else(named);
    let named = told.filter(|name| !name.is_empty());
    named.unwrap_or_else(|| "the default ticket cache".to_owned())
}

/// libkrb5's numbers for a cache (`krb5_err.et`, `k5e1_err.et`); Heimdal passes the system's on.
mod number {
    pub const BAD_NAME: i32 = -1_765_328_245;
    pub const UNKNOWN_KIND: i32 = -1_765_328_244;
    pub const NOT_FOUND: i32 = -1_765_328_243;
    pub const NO_FILE: i32 = -1_765_328_189;
    pub const NOT_SUPPORTED: i32 = -1_765_328_137;
    pub const KCM: std::ops::RangeInclusive<i32> = -1_750_600_184..=-1_750_600_181;
    pub const EPERM: i32 = 1;
    pub const ENOENT: i32 = 2;
}

impl State {
    /// What a place comes down to that the library does not read.
    fn of(place: &Place, error: &gssapi::Error) -> Self {
        let minor = error.minor();
        match place {
            Place::File(seen) => Self::of_file(seen, minor),
            Place::Folder(Content::Missing) => Self::Missing,
            Place::Folder(Content::Closed { is_anothers: true }) => Self::Anothers,
            Place::Folder(Content::Closed { is_anothers: false }) => Self::Closed,
            Place::Folder(Content::NoFolder) => Self::NoFolder,
            Place::Folder(Content::Bare) => Self::Bare,
            Place::Folder(Content::NoDefault(name)) => Self::NoDefault(name.clone()),
            Place::Folder(Content::Default(seen)) => Self::of_file(seen, minor),
            Place::Service if number::KCM.contains(&minor) => Self::NoService,
            Place::Service if minor == number::NOT_SUPPORTED => Self::NoService,
            Place::Service | Place::Elsewhere => match minor {
                number::UNKNOWN_KIND | number::NOT_SUPPORTED | number::BAD_NAME => {
                    Self::UnknownKind
                }
                number::NO_FILE | number::NOT_FOUND | number::ENOENT => Self::Bare,
                _ => Self::Other(error.to_string()),
            },
        }
    }

    fn of_file(seen: &Seen, minor: i32) -> Self {
        match seen {
            Seen::Nothing => Self::Missing,
            Seen::Folder => Self::Folder,
            Seen::Closed { is_anothers: true } => Self::Anothers,
            Seen::Closed { is_anothers: false } => Self::Closed,
            Seen::Unreadable(kind) => Self::Other(kind.to_string()),
            Seen::File { is_link: true, .. } if minor == number::EPERM => Self::Link,
            Seen::File {
                is_open_to_others: true,
                ..
            } if minor == number::EPERM => Self::OpenToOthers,
            // a five, the version, and what depends on it
            Seen::File { start, .. } => match start.as_slice() {
                [] => Self::Empty,
                [5] | [5, 1..=4, ..] => Self::Damaged,
                [5, ..] => Self::Version,
                _ => Self::Foreign,
            },
        }
    }
}

#[cfg(test)]
mod tests;
