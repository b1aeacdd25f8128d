//! A buffer that the library fills in and that is given back to it.

use std::slice;

use crate::{Library, abi::Buffer};

/// Released once, when it is dropped.
pub(crate) struct Filled<'a> {
    library: &'a Library,
    buffer: Buffer,
}

impl<'a> Filled<'a> {
    /// Nothing yet: for a call that fills it in.
    pub(crate) fn new(library: &'a Library) -> Self {
        Self {
            library,
            buffer: Buffer::EMPTY,
        }
    }

    /// To be filled in by one call.
    pub(crate) fn as_mut(&mut self) -> *mut Buffer {
        &mut self.buffer
    }

    /// What is in it.
    pub(crate) fn bytes(&self) -> &[u8] {
        let Buffer { length, value } = self.buffer;
        if value.is_null() {
            return &[];
        }
        // SAFETY: the library filled it in with `length` bytes, which stay there until it is released.
        unsafe { slice::from_raw_parts(value.cast(), length) }
    }

    /// What is in it, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

impl Drop for Filled<'_> {
    fn drop(&mut self) {
        // SAFETY: the buffer is empty or the library's own, and nobody looks at it any more.
        unsafe { (self.library.calls().gss_release_buffer)(&mut 0, &mut self.buffer) };
    }
}
