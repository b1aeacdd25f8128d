//! What can go wrong, with the library's numbers (RFC 2744 section 3.9).

use std::ops::Range;

use crate::{
    Library,
    abi::{CREDENTIALS_EXPIRED, ERRORS, KERBEROS},
    buffer::Filled,
};

/// Why something did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The library says no.
    #[error("{call} failed: {text} ({major:#x}, {minor})")]
    Refused {
        /// What was asked of it.
        call: &'static str,
        /// What kind of failure, as GSSAPI counts.
        major: u32,
        /// Which failure, as Kerberos counts; zero where the library does not say.
        minor: i32,
        /// The library's own words.
        text: String,
    },
    /// The library has no such call.
    #[error("the Kerberos library {library} has no {call}")]
    Lacks {
        /// Which library.
        library: String,
        /// What it lacks.
        call: &'static str,
    },
    /// The library knows no enterprise names.
    #[error("the Kerberos library {library} does not take an enterprise name")]
    NoEnterpriseNames {
        /// Which library.
        library: String,
    },
    /// The library cannot look for somebody's tickets in a collection of caches of this kind, and those that are the
    /// default ones are another's.
    #[error("the Kerberos library {library} cannot look for other tickets in {cache}")]
    CannotSearch {
        /// Which library.
        library: String,
        /// Which collection.
        cache: String,
    },
    /// What the other side answered is no token of Kerberos; the library was not given it.
    #[error("the answer is no token of Kerberos")]
    NoAnswer,
    /// A message is protected against changes, but can be read by everybody.
    #[error("the message is signed but not sealed")]
    NotSealed,
    /// A message that is not the one that was due: replayed, lost or reordered.
    #[error("a sealed message is out of order")]
    OutOfOrder,
    /// A token as RFC 1964 frames it: opened as a whole it may lose text, see [`Layout`](crate::Layout).
    #[error("a token framed as RFC 1964 has it is to be opened in parts")]
    Framed,
    /// No header of a token as RFC 1964 frames it: nothing else is opened in parts. The library was not given it.
    #[error("a message that is opened in parts has no header framed as RFC 1964 has it")]
    NotFramed,
    /// The sign-in stands already, or has failed: nothing can be added to it.
    #[error("the sign-in is over")]
    Over,
    /// The sign-in does not stand yet.
    #[error("the sign-in is not complete")]
    Incomplete,
}

impl Error {
    /// The library's major status; zero where it was not asked.
    pub fn major(&self) -> u32 {
        match self {
            Self::Refused { major, .. } => *major,
            _ => 0,
        }
    }

    /// Whether tickets have run out, by the major status: the minor one is zero then.
    pub fn says_expired(&self) -> bool {
        self.major() & ERRORS == CREDENTIALS_EXPIRED
    }

    /// The library's minor status, which for Kerberos is an error number of `krb5.h`; zero where there is none.
    pub fn minor(&self) -> i32 {
        match self {
            Self::Refused { minor, .. } => *minor,
            _ => 0,
        }
    }
}

impl Library {
    /// Makes an error of a status that is one. Called on the thread of the call that failed, and before another one:
    /// the library keeps its words for a thread.
    pub(crate) fn check(&self, call: &'static str, major: u32, minor: u32) -> Result<(), Error> {
        if major & ERRORS == 0 {
            return Ok(());
        }
        const GSS: i32 = 1;
        const MECHANISM: i32 = 2;
        // MIT gives a status that another mechanism had first another number, counted from here: zero, as it were
        const RENUMBERED: Range<u32> = 100_000..200_000;
        let (minor, text) = match minor == 0 || RENUMBERED.contains(&minor) {
            true => (0, self.words(major, GSS)),
            false => (minor, self.words(minor, MECHANISM)),
        };
        Err(Error::Refused {
            call,
            major,
            minor: minor.cast_signed(),
            text,
        })
    }

    /// `gss_display_status` (RFC 2744 section 5.11), which may have several sentences for a status.
    fn words(&self, status: u32, kind: i32) -> String {
        const MOST_SENTENCES: usize = 8;
        let mut more = 0;
        let mut sentences = Vec::new();
        for _ in 0..MOST_SENTENCES {
            let mut sentence = Filled::new(self);
            // SAFETY: all pointers are to values that live through the call; `more` is where the last call left off.
            let major = unsafe {
                (self.calls().gss_display_status)(
                    &mut 0,
                    status,
                    kind,
                    &KERBEROS,
                    &mut more,
                    sentence.as_mut(),
                )
            };
            if major & ERRORS != 0 {
                break;
            }
            sentences.push(sentence.text());
            if more == 0 {
                break;
            }
        }
        // some of it comes from the network
        let words = sentences.join("; ").replace(char::is_control, " ");
        words.trim().to_owned()
    }
}
