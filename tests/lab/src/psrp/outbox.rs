//! What a pool or a pipeline has said and nobody has fetched yet.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    fragments: VecDeque<Vec<u8>>,
    end: End,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Everything has been said.
    Finished,
    /// Ended by force; what was not fetched is lost.
    Aborted,
}

/// Some output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub fragments: Vec<Vec<u8>>,
    /// Nothing will follow.
    pub finished: bool,
}

impl Outbox {
    pub fn push(&self, fragments: impl IntoIterator<Item = Vec<u8>>) {
        self.state().fragments.extend(fragments);
        self.news.notify_waiters();
    }

    pub fn finish(&self) {
        self.end(End::Finished);
    }

    pub fn abort(&self) {
        self.end(End::Aborted);
    }

    /// Waits for output: as many fragments as fit into `budget` bytes of base64, at least one. `None` when the outbox
    /// was aborted.
    pub async fn take(&self, budget: usize) -> Option<Output> {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            // from here on nothing that happens is missed
            news.as_mut().enable();
            match self.try_take(budget) {
                Take::Some(output) => return Some(output),
                Take::Aborted => return None,
                Take::Nothing => news.await,
            }
        }
    }

    fn try_take(&self, budget: usize) -> Take {
        let mut state = self.state();
        if state.end == End::Aborted {
            return Take::Aborted;
        }
        if state.fragments.is_empty() && state.end == End::Open {
            return Take::Nothing;
        }
        const STREAM_ELEMENT: usize = 120;
        let mut size = 0;
        let mut fragments = Vec::new();
        while let Some(next) = state.fragments.front() {
            size += next.len().div_ceil(3) * 4 + STREAM_ELEMENT;
            if size > budget && !fragments.is_empty() {
                break;
            }
            fragments.extend(state.fragments.pop_front());
        }
        Take::Some(Output {
            fragments,
            finished: state.end == End::Finished && state.fragments.is_empty(),
        })
    }

    fn end(&self, end: End) {
        let mut state = self.state();
        if state.end == End::Open {
            state.end = end;
        }
        drop(state);
        self.news.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Take {
    Some(Output),
    Nothing,
    Aborted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn output_comes_in_order_in_portions_that_fit() {
        let outbox = Outbox::default();
        outbox.push([vec![1; 30], vec![2; 30], vec![3; 30]]);
        outbox.finish();

        let first = outbox.take(330).await.unwrap();
        assert_eq!(first.fragments, [vec![1; 30], vec![2; 30]]);
        assert!(!first.finished);
        let second = outbox.take(330).await.unwrap();
        assert_eq!(second.fragments, [vec![3; 30]]);
        assert!(second.finished);
    }

    #[tokio::test]
    async fn a_fragment_larger_than_the_budget_still_leaves() {
        let outbox = Outbox::default();
        outbox.push([vec![1; 3000]]);

        assert_eq!(outbox.take(10).await.unwrap().fragments.len(), 1);
    }

    #[tokio::test]
    async fn whoever_waits_is_told_of_news_and_of_the_end() {
        let outbox = std::sync::Arc::new(Outbox::default());
        let wait = || {
            let outbox = outbox.clone();
            tokio::spawn(async move { outbox.take(100).await })
        };

        let waiting = wait();
        tokio::task::yield_now().await;
        outbox.push([vec![7]]);
        assert_eq!(waiting.await.unwrap().unwrap().fragments, [vec![7]]);

        let waiting = wait();
        tokio::task::yield_now().await;
        outbox.abort();
        assert_eq!(waiting.await.unwrap(), None);
    }
}
