//! CLIXML: how PowerShell writes objects as XML (\[MS-PSRP\] 2.2.5).
//!
//! [`parse`] gives a [`Value`], [`to_xml`] writes one. Both directions keep everything that PowerShell looks at: types,
//! properties, shared references. Elements that the specification does not know are skipped inside objects and kept
//! as [`Value::Other`] where a value is expected.

mod error;
mod escape;
mod float;
mod primitive;
mod read;
mod time;
mod tokens;
mod value;
mod write;

pub use error::{Error, Limits};
pub use escape::{escape, unescape};
pub use read::{parse, parse_within};
pub use time::{DateTime, Duration};
pub use value::{Content, Object, Properties, Value};
pub use write::to_xml;

#[cfg(test)]
mod tests;
