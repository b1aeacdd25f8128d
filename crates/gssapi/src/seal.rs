//! Messages that only the other side can read (RFC 2744 sections 5.29 and 5.33, RFC 4121, RFC 4757).

use std::{ffi::c_int, ptr};

use crate::{
    Context, Error,
    abi::{Buffer, DATA, HEADER, OUT_OF_ORDER, PADDING, Part},
    buffer::Filled,
    frame::{FRAME, is_rc4_header},
};

/// Which parts of a sealed message the library is told of. MIT 1.20 and Debian's Heimdal 7.8 take both, with the same
/// text. Heimdal's published 7.8 wants a padding of one byte or none, older ones want one; what Apple's wants has not
/// been seen. A library that does not take a layout says so before it has changed anything: try the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Header and data.
    HeaderData,
    /// Header, data, and a padding without bytes.
    HeaderDataPadding,
}

impl Context {
    /// Seals a message; the whole token comes back.
    ///
    /// # Errors
    /// What the library says; [`Error::NotSealed`].
    pub fn seal(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        const CONFIDENTIAL: c_int = 1;
        const DEFAULT_PROTECTION: u32 = 0;
        let library = &self.raw.library;
        let mut token = Filled::new(library);
        let (mut minor, mut is_sealed) = (0, 0);
        // SAFETY: the context is the library's own; all pointers are to values that live through the call.
        let major = unsafe {
            (library.calls().gss_wrap)(
                &mut minor,
                self.raw.handle,
                CONFIDENTIAL,
                DEFAULT_PROTECTION,
                &Buffer::lend(message),
                &mut is_sealed,
                token.as_mut(),
            )
        };
        library.check("gss_wrap", major, minor)?;
        match is_sealed {
            0 => Err(Error::NotSealed),
            _ => Ok(token.bytes().to_vec()),
        }
    }

    /// Opens a token as RFC 4121 section 4.2.6 has it, whole. One that is framed as RFC 1964 has it, as with RC4-HMAC,
    /// is refused: see [`open_parts`](Self::open_parts).
    ///
    /// # Errors
    /// What the library says; [`Error::Framed`], [`Error::NotSealed`], [`Error::OutOfOrder`].
    pub fn open(&mut self, token: &[u8]) -> Result<Vec<u8>, Error> {
        if token.first() == Some(&FRAME) {
            return Err(Error::Framed);
        }
        let library = &self.raw.library;
        let mut message = Filled::new(library);
        let (mut minor, mut is_sealed) = (0, 0);
        // SAFETY: the context is the library's own; all pointers are null or to values that live through the call.
        let major = unsafe {
            (library.calls().gss_unwrap)(
                &mut minor,
                self.raw.handle,
                &Buffer::lend(token),
                message.as_mut(),
                &mut is_sealed,
                ptr::null_mut(),
            )
        };
        library.check("gss_unwrap", major, minor)?;
        accept(major, is_sealed)?;
        Ok(message.bytes().to_vec())
    }

    /// Opens a message sealed with RC4-HMAC whose header and data came apart, and says what the library takes the data
    /// for: never more than was given, and nothing is cut off here.
    ///
    /// WinRM leaves the padding byte of RFC 4757 section 7.3 out, and `gss_unwrap` takes the last byte of the text for
    /// it: it cuts off as many bytes as that says, without an error. Opened in parts the text is whole, and where a
    /// padding byte was sent (as MIT and Heimdal do) it is still there, a last `01`. Which it is tells only the length
    /// that was announced.
    ///
    /// # Errors
    /// What the library says, above all that it does not take this layout, see [`Layout`]; [`Error::NotFramed`],
    /// [`Error::Lacks`], [`Error::NotSealed`], [`Error::OutOfOrder`].
    pub fn open_parts(
        &mut self,
        header: &[u8],
        data: &[u8],
        layout: Layout,
    ) -> Result<Vec<u8>, Error> {
        if !is_rc4_header(header) {
            return Err(Error::NotFramed);
        }
        let library = &self.raw.library;
        let Some(unwrap_iov) = library.calls().gss_unwrap_iov else {
            return Err(Error::Lacks {
                library: library.path().to_owned(),
                call: "gss_unwrap_iov",
            });
        };
        let (mut header, mut data) = (header.to_vec(), data.to_vec());
        let mut parts = [
            (HEADER, Buffer::lend_mut(&mut header)),
            (DATA, Buffer::lend_mut(&mut data)),
            (PADDING, Buffer::EMPTY),
        ]
        .map(|(kind, buffer)| Part { kind, buffer });
        let count = match layout {
            Layout::HeaderData => 2,
            Layout::HeaderDataPadding => 3,
        };
        let (mut minor, mut is_sealed) = (0, 0);
        // SAFETY: the context is the library's own; all pointers are null or to values that live through the call.
        // There are at least `count` parts, which may be changed in place: they are our own copies, and the library
        // allocates no part that does not ask for it.
        let major = unsafe {
            unwrap_iov(
                &mut minor,
                self.raw.handle,
                &mut is_sealed,
                ptr::null_mut(),
                parts.as_mut_ptr(),
                count,
            )
        };
        library.check("gss_unwrap_iov", major, minor)?;
        accept(major, is_sealed)?;
        let [_, opened, _] = parts;
        data.truncate(opened.buffer.length);
        Ok(data)
    }
}

/// Whether what was opened may be believed.
fn accept(major: u32, is_sealed: c_int) -> Result<(), Error> {
    // first: Heimdal leaves open whether such a message is sealed
    if major & OUT_OF_ORDER != 0 {
        return Err(Error::OutOfOrder);
    }
    if is_sealed == 0 {
        return Err(Error::NotSealed);
    }
    Ok(())
}
