//! Why a text is not taken for CLIXML, and how large one may be.

/// How large a document may be before it is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the whole text, in bytes.
    pub bytes: usize,
    /// How deep elements may be nested, and objects when references are followed.
    pub depth: usize,
    /// How many elements there may be.
    pub elements: usize,
    /// How many values there may be when every reference is followed.
    pub values: usize,
}

impl Default for Limits {
    /// Above what PowerShell's own serializer writes: it puts no more than 49 objects inside each other, and each of
    /// them takes up to three elements (`Obj`, `DCT`, `En`).
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 150,
            elements: 1 << 20,
            values: 1 << 22,
        }
    }
}

/// Why a text is not taken for CLIXML.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not well-formed XML.
    #[error("not well-formed XML near byte {position}")]
    Xml {
        /// Bytes from the beginning.
        position: u64,
        /// What the parser says.
        #[source]
        source: quick_xml::Error,
    },
    /// It ended before its elements did, or there was none.
    #[error("the CLIXML ends too early")]
    Truncated,
    /// An element whose name is not one.
    #[error("{0:?} is not the name of an element")]
    Name(String),
    /// A document type or an entity other than XML's five.
    #[error("the CLIXML has a document type or an entity, which is not accepted")]
    Entity,
    /// The text of a primitive is not what its type allows.
    #[error("<{element}> holds {text:?}, which is not of its type")]
    Primitive {
        /// The element.
        element: String,
        /// The first characters of its text.
        text: String,
    },
    /// A reference to an object or type list that did not come before.
    #[error("a reference to {0:?}, which did not come before it")]
    UnknownReference(String),
    /// Beyond [`Limits`].
    #[error("the CLIXML has more than {limit} {what}")]
    TooLarge {
        /// Which limit.
        what: &'static str,
        /// Its value.
        limit: usize,
    },
}

pub(super) fn within(what: &'static str, value: usize, limit: usize) -> Result<(), Error> {
    if value > limit {
        return Err(Error::TooLarge { what, limit });
    }
    Ok(())
}
