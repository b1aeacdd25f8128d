//! The few colours there are; the printer drops them where they are not wanted.

use anstyle::{AnsiColor, Style};

/// What went wrong.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What is done, and what will be done.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What was refused, and what needs a look.
pub const CAREFUL: Style = AnsiColor::Yellow.on_default();
/// What the eye may skip.
pub const FAINT: Style = Style::new().dimmed();
/// Names that a table or paragraph is about.
pub const HEAD: Style = Style::new().bold();
