//! The side that is signed in at (RFC 2744 section 5.1). Servers for tests are made of it.

use std::{fmt, ptr};

use crate::{
    Context, Credential, Error, Flags, Library, Step,
    abi::{Buffer, ChannelBindings},
    buffer::Filled,
    context::Making,
    name::Name,
};

/// A sign-in by somebody.
pub struct Acceptor {
    making: Making,
    credential: Credential,
    channel: Option<Vec<u8>>,
    initiator: Name,
    delegated: Option<Credential>,
}

impl Acceptor {
    /// Waits for a first token. `channel` is as for [`Initiator::new`](crate::Initiator::new).
    pub fn new(library: &Library, credential: &Credential, channel: Option<&[u8]>) -> Self {
        Self {
            making: Making::new(library),
            credential: credential.clone(),
            channel: channel.map(<[u8]>::to_vec),
            initiator: Name::none(library),
            delegated: None,
        }
    }

    /// Takes the initiator's token in and says what follows.
    ///
    /// # Errors
    /// What the library says. After that, and once the sign-in stands, [`Error::Over`].
    pub fn step(&mut self, received: &[u8]) -> Result<Step, Error> {
        let Self {
            making,
            credential,
            channel,
            initiator,
            delegated,
        } = self;
        let bindings = channel.as_deref().map(ChannelBindings::lend);
        making.go_on(|making| {
            let library = making.context.library.clone();
            let mut token = Filled::new(&library);
            let mut name = Name::none(&library);
            let mut forwarded = ptr::null_mut();
            let mut minor = 0;
            // SAFETY: the handles are null or the library's own; all pointers are null or to values that live through
            // the call.
            let major = unsafe {
                (library.calls().gss_accept_sec_context)(
                    &mut minor,
                    &mut making.context.handle,
                    credential.handle(),
                    &Buffer::lend(received),
                    bindings.as_ref().map_or(ptr::null(), ptr::from_ref),
                    name.as_mut(),
                    ptr::null_mut(),
                    token.as_mut(),
                    &mut making.flags,
                    ptr::null_mut(),
                    &mut forwarded,
                )
            };
            if !forwarded.is_null() {
                *delegated = Some(Credential::take(&library, forwarded));
            }
            library.check("gss_accept_sec_context", major, minor)?;
            *initiator = name;
            Ok(Step::new(major, &token))
        })
    }

    /// What is granted so far.
    pub fn flags(&self) -> Flags {
        Flags::new(self.making.flags)
    }

    /// Who signs in: `ann@CORP.EXAMPLE`.
    ///
    /// # Errors
    /// What the library says; nobody has signed in yet, above all.
    pub fn initiator(&self) -> Result<String, Error> {
        self.initiator.display()
    }

    /// The ticket in the initiator's name that came along.
    pub fn delegated(&self) -> Option<&Credential> {
        self.delegated.as_ref()
    }

    /// What protects messages from here on.
    ///
    /// # Errors
    /// [`Error::Incomplete`] or [`Error::Over`]: the sign-in does not stand.
    pub fn into_context(self) -> Result<Context, Error> {
        self.making.into_context()
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Acceptor({:?})", self.flags())
    }
}
