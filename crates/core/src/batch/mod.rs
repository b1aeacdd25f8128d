//! Asking a server: a list of questions, run by one script in one pipeline, answered in lines.
//!
//! A [`Question`] is a cmdlet, its parameters and the columns wanted of what it returns; it is the only way to ask.
//! A [`Batch`] is a list of them with what each depends on. Where a server runs scripts, a batch travels whole, to
//! [`SCRIPT`], and its [`Answers`] come as lines, of which [`mod@line`] is the specification. Where it runs none
//! ([`Single`]), each question goes alone as a structured command, and the objects that come are put into the same form,
//! so that there is one way to read a [`Row`].
//!
//! | file | what it knows |
//! | --- | --- |
//! | `question` | questions, and what they depend on |
//! | `batch.ps1` | runs them on the server; PowerShell 2.0 |
//! | `line` | the form in which it answers: written and read |
//! | `reader`, `answers` | lines as they come, put together to an answer for each question |
//! | `writer` | the same lines written, in the lab |
//! | `row` | one returned object, column by column |
//! | `single` | the same questions where no script runs |
//! | `divided` | a batch of which a part is asked at Exchange's own endpoint |

mod answers;
mod divided;
pub mod line;
mod question;
mod reader;
mod row;
mod single;
mod writer;

pub use answers::{Answer, Answers, End};
pub use divided::{Divided, Part};
pub use question::{Argument, Batch, Number, Question, Step};
pub use reader::{Awaited, Reader};
pub use row::{Row, RowError};
pub use single::Single;
pub use writer::Writer;

/// What is run on the server, whatever is asked: the cmdlets of its own list, the helper, a look into the log of the RPC
/// Client Access service, and a knock at another server's ports. PowerShell 2.0.
pub const SCRIPT: &str = include_str!("batch.ps1");

/// The SHA-256 of [`SCRIPT`], in lower-case hex: for the audit log.
pub fn script_sha256() -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(SCRIPT);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
