//! A small XML tree: what an envelope is made of and read into; and the rules that all XML here obeys.

mod element;
mod reader;
mod writer;

pub use element::{Element, Name};
pub use reader::{Limits, XmlError};
pub(crate) use reader::{beginning, is_name};
pub use writer::Prefixes;

/// XML's own namespace: `xml:lang`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
