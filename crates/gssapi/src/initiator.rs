//! The side that signs in (RFC 2744 section 5.19).

use std::{fmt, ptr};

use crate::{
    Context, Credential, Error, Flags, Library, Step,
    abi::{Buffer, ChannelBindings, KERBEROS},
    buffer::Filled,
    context::Making,
    frame::is_answer,
    name::Name,
};

/// A sign-in at a service.
///
/// ```text
/// step(nothing)             ─► a token, which goes to the service
/// step(the service's token) ─► established: mutual authentication takes one answer
/// ```
pub struct Initiator {
    making: Making,
    credential: Option<Credential>,
    service: Name,
    channel: Option<Vec<u8>>,
    wanted: u32,
}

impl Initiator {
    /// Begins a sign-in; nothing is asked of a KDC yet. Without a credential the default ticket cache is used.
    ///
    /// `service` is `HTTP@ex01.corp.example`; a port stays a part of the name, `HTTP@ex01:5985` becomes
    /// `HTTP/ex01:5985`. With `delegate` a ticket in the user's name is to go along, see [`Flags::delegated`] for
    /// whether it did. `channel` is the application data of the channel bindings: for HTTPS `tls-server-end-point:`
    /// and the hash (RFC 5929 section 4).
    ///
    /// # Errors
    /// The library does not take the name.
    pub fn new(
        library: &Library,
        credential: Option<&Credential>,
        service: &str,
        delegate: bool,
        channel: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let delegation = if delegate { Flags::DELEGATED } else { 0 };
        Ok(Self {
            making: Making::new(library),
            credential: credential.cloned(),
            service: Name::service(library, service)?,
            channel: channel.map(<[u8]>::to_vec),
            wanted: Flags::PROTECTED | delegation,
        })
    }

    /// Takes the service's token in, if one came, and says what follows. The first step gets the service's ticket.
    ///
    /// # Errors
    /// What the KDC, the service or the library says; [`Error::NoAnswer`]. After that, and once the sign-in stands, [`Error::Over`].
    pub fn step(&mut self, received: Option<&[u8]>) -> Result<Step, Error> {
        let Self {
            making,
            credential,
            service,
            channel,
            wanted,
        } = self;
        let credential = credential
            .as_ref()
            .map_or(ptr::null_mut(), Credential::handle);
        let bindings = channel.as_deref().map(ChannelBindings::lend);
        making.go_on(|making| {
            let is_first = making.context.handle.is_null();
            // Kerberos begins with nothing, and goes on with an answer
            let received = match received {
                _ if is_first => Buffer::EMPTY,
                Some(token) if is_answer(token) => Buffer::lend(token),
                _ => return Err(Error::NoAnswer),
            };
            let library = making.context.library.clone();
            let mut token = Filled::new(&library);
            let mut minor = 0;
            // SAFETY: the handles are null or the library's own; all pointers are null or to values that live through
            // the call. Heimdal reads the received token without asking whether it is null, so it never is.
            let major = unsafe {
                (library.calls().gss_init_sec_context)(
                    &mut minor,
                    credential,
                    &mut making.context.handle,
                    service.handle(),
                    &KERBEROS,
                    *wanted,
                    LONGEST,
                    bindings.as_ref().map_or(ptr::null(), ptr::from_ref),
                    &received,
                    ptr::null_mut(),
                    token.as_mut(),
                    &mut making.flags,
                    ptr::null_mut(),
                )
            };
            library.check("gss_init_sec_context", major, minor)?;
            Ok(Step::new(major, &token))
        })
    }

    /// What is granted so far.
    pub fn flags(&self) -> Flags {
        Flags::new(self.making.flags)
    }

    /// What protects messages from here on.
    ///
    /// # Errors
    /// [`Error::Incomplete`] or [`Error::Over`]: the sign-in does not stand.
    pub fn into_context(self) -> Result<Context, Error> {
        self.making.into_context()
    }
}

/// No wish for how long the context is to be good: as long as the ticket is.
const LONGEST: u32 = 0;

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Initiator({:?})", self.flags())
    }
}
