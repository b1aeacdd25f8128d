//! The differences that are meant to be, and why.

/// Differences with a reason.
#[derive(Debug)]
pub struct Deliberate {
    /// In which conversations; in all, if none is named.
    conversations: &'static [&'static str],
    /// The beginning of their paths.
    path: &'static str,
    pub reason: &'static str,
}

impl Deliberate {
    pub fn covers(&self, conversation: &str, path: &str) -> bool {
        let everywhere = self.conversations.is_empty();
        (everywhere || self.conversations.contains(&conversation)) && path.starts_with(self.path)
    }
}

pub const DELIBERATE: &[Deliberate] = &[];
