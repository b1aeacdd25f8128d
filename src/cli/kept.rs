//! What is said while a table that is kept up to date has the screen: kept, and said once the screen is free again.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The last of what was said, while that is kept.
#[derive(Default)]
pub struct Kept(Mutex<Option<Said>>);

/// Texts, and how many more there were.
#[derive(Default)]
pub struct Said {
    /// The last ones.
    pub texts: VecDeque<String>,
    /// How many were before them.
    pub left_out: usize,
}

/// A screen may be watched for weeks.
const MOST: usize = 100;

impl Kept {
    /// From now on what is said is kept.
    pub fn begin(&self) {
        *self.said() = Some(Said::default());
    }

    /// Keeps a text; `false` where it is to be said at once.
    pub fn keep(&self, text: &str) -> bool {
        let mut said = self.said();
        let Some(said) = said.as_mut() else {
            return false;
        };
        said.texts.push_back(text.trim_end().to_owned());
        if said.texts.len() > MOST {
            said.texts.pop_front();
            said.left_out += 1;
        }
        true
    }

    /// What was said last, so many texts at the most.
    pub fn last(&self, most: usize) -> Vec<String> {
        let said = self.said();
        let texts = said.iter().flat_map(|said| said.texts.iter().rev());
        let mut texts: Vec<_> = texts.take(most).cloned().collect();
        texts.reverse();
        texts
    }

    /// What was kept, now that it can be said.
    pub fn end(&self) -> Said {
        self.said().take().unwrap_or_default()
    }

    fn said(&self) -> MutexGuard<'_, Option<Said>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_is_kept_and_what_is_left_out_is_counted() {
        let kept = Kept::default();
        assert!(!kept.keep("before"), "it is said at once");
        kept.begin();
        for number in 0..MOST + 3 {
            assert!(kept.keep(&format!("{number}\n")));
        }
        assert_eq!(kept.last(2), ["101", "102"]);
        let said = kept.end();
        assert_eq!((said.texts.len(), said.left_out), (MOST, 3));
        assert_eq!(said.texts.front().map(String::as_str), Some("3"));
        assert!(!kept.keep("after"));
    }
}
