//! What two sides agree upon (RFC 2744 section 3.8).

use std::{fmt, ptr};

use crate::{
    Error, Library,
    abi::{CONTINUE_NEEDED, Handle},
    buffer::Filled,
};

/// What follows from a step of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Goes to the other side.
    pub token: Option<Vec<u8>>,
    /// Whether this side is through: what the other one sends now are messages.
    pub is_established: bool,
}

impl Step {
    pub(crate) fn new(major: u32, token: &Filled<'_>) -> Self {
        let token = token.bytes();
        Self {
            token: (!token.is_empty()).then(|| token.to_vec()),
            is_established: major & CONTINUE_NEEDED == 0,
        }
    }
}

/// What was granted (RFC 2744 section 5.19, `req_flags`); to be believed once the sign-in stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// A ticket in the initiator's name went along.
    pub delegated: bool,
    /// The acceptor proved who it is.
    pub mutual: bool,
    /// Replayed messages are told.
    pub replay: bool,
    /// Messages out of order are told.
    pub sequence: bool,
    /// Messages can be sealed.
    pub confidential: bool,
    /// Messages can be signed.
    pub integrity: bool,
    /// The initiator bound itself to the same channel as the acceptor; only an acceptor's library says so (MIT's from
    /// 1.19 on).
    pub channel_bound: bool,
}

impl Flags {
    pub(crate) const DELEGATED: u32 = 1;
    const MUTUAL: u32 = 2;
    const REPLAY: u32 = 4;
    const SEQUENCE: u32 = 8;
    const CONFIDENTIAL: u32 = 16;
    const INTEGRITY: u32 = 32;
    /// `GSS_C_CHANNEL_BOUND_FLAG`, not in RFC 2744.
    const CHANNEL_BOUND: u32 = 2048;
    /// All but delegation: what is always asked for.
    pub(crate) const PROTECTED: u32 =
        Self::MUTUAL | Self::REPLAY | Self::SEQUENCE | Self::CONFIDENTIAL | Self::INTEGRITY;

    pub(crate) fn new(bits: u32) -> Self {
        let has = |flag| bits & flag != 0;
        Self {
            delegated: has(Self::DELEGATED),
            mutual: has(Self::MUTUAL),
            replay: has(Self::REPLAY),
            sequence: has(Self::SEQUENCE),
            confidential: has(Self::CONFIDENTIAL),
            integrity: has(Self::INTEGRITY),
            channel_bound: has(Self::CHANNEL_BOUND),
        }
    }
}

/// How far a sign-in is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Going,
    Established,
    Failed,
}

/// A sign-in that is being made. What both sides have in common.
pub(crate) struct Making {
    pub(crate) context: Raw,
    pub(crate) flags: u32,
    progress: Progress,
}

impl Making {
    pub(crate) fn new(library: &Library) -> Self {
        Self {
            context: Raw {
                library: library.clone(),
                handle: ptr::null_mut(),
            },
            flags: 0,
            progress: Progress::Going,
        }
    }

    /// Takes a step, unless the last one was the last: after a failure the library's context is not to be used.
    pub(crate) fn go_on(
        &mut self,
        take: impl FnOnce(&mut Self) -> Result<Step, Error>,
    ) -> Result<Step, Error> {
        if self.progress != Progress::Going {
            return Err(Error::Over);
        }
        self.progress = Progress::Failed;
        let step = take(self)?;
        self.progress = match step.is_established {
            true => Progress::Established,
            false => Progress::Going,
        };
        Ok(step)
    }

    pub(crate) fn into_context(self) -> Result<Context, Error> {
        match self.progress {
            Progress::Established => Ok(Context {
                raw: self.context,
                flags: Flags::new(self.flags),
            }),
            Progress::Going => Err(Error::Incomplete),
            Progress::Failed => Err(Error::Over),
        }
    }
}

/// A context that stands; messages are protected by it, see [`seal`](Context::seal) and [`open`](Context::open).
pub struct Context {
    pub(crate) raw: Raw,
    flags: Flags,
}

impl Context {
    /// What was granted.
    pub fn flags(&self) -> Flags {
        self.flags
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({:?})", self.flags)
    }
}

/// The library's context, or none yet.
pub(crate) struct Raw {
    pub(crate) library: Library,
    pub(crate) handle: Handle,
}

// SAFETY: a context belongs to no thread; it is used by one at a time, as whoever has it has the whole of it.
unsafe impl Send for Raw {}

impl Drop for Raw {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            // SAFETY: the context is the library's own, and nobody uses it any more. No token is asked for.
            unsafe {
                (self.library.calls().gss_delete_sec_context)(
                    &mut 0,
                    &mut self.handle,
                    ptr::null_mut(),
                )
            };
        }
    }
}
