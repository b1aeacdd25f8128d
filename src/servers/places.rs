//! How many servers of a run are asked at their own endpoints at once. Exchange counts there what one user asks, and whoever
//! was told that it is too much does not ask as much again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for so many at once, and for fewer after each refusal.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    width: Mutex<Width>,
}

#[derive(Debug, Clone, Copy)]
struct Width {
    /// So many may be inside.
    allowed: usize,
    /// So many that are inside leave no place behind.
    too_many: usize,
    /// How often it was lowered.
    lowered: usize,
}

/// A place inside, for as long as it is held.
pub(super) struct Place<'p> {
    places: &'p Places,
    permit: Option<OwnedSemaphorePermit>,
    /// How often their number had been lowered by then.
    lowered: usize,
}

impl Places {
    /// For a run that works on so many servers at once.
    pub fn new(jobs: usize) -> Self {
        let allowed = jobs.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(allowed)),
            width: Mutex::new(Width {
                allowed,
                too_many: 0,
                lowered: 0,
            }),
        }
    }

    /// Waits for a place. It is held for one question and never while others are waited for.
    pub(super) async fn take(&self) -> Place<'_> {
        // nobody closes the semaphore
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        let lowered = self.width().lowered;
        Place {
            places: self,
            permit,
            lowered,
        }
    }

    fn width(&self) -> MutexGuard<'_, Width> {
        self.width.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Who holds it was refused: from now on half as many may be inside, and at least one. The new number; nothing where it is
    /// as before, because it was lowered since this one came in, or there is one place only.
    pub fn refused(&self) -> Option<usize> {
        let mut width = self.places.width();
        if width.lowered > self.lowered || width.allowed == 1 {
            return None;
        }
        let allowed = width.allowed / 2;
        let fewer = width.allowed - allowed;
        let free = self.places.free.forget_permits(fewer);
        *width = Width {
            allowed,
            too_many: width.too_many + fewer - free,
            lowered: width.lowered + 1,
        };
        Some(allowed)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut width = self.places.width();
        if width.too_many > 0 {
            width.too_many -= 1;
            if let Some(permit) = self.permit.take() {
                permit.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// Who gets in at once.
    fn all_who_get_in(places: &Places) -> Vec<Place<'_>> {
        std::iter::from_fn(|| places.take().now_or_never()).collect()
    }

    #[test]
    fn after_a_refusal_half_as_many_get_in_and_one_always_does() {
        for (jobs, halved) in [
            (1, &[][..]),
            (2, &[1][..]),
            (7, &[3, 1]),
            (32, &[16, 8, 4, 2, 1]),
        ] {
            let places = Places::new(jobs);
            assert_eq!(all_who_get_in(&places).len(), jobs);
            for &allowed in halved {
                let place = places.take().now_or_never().unwrap();
                assert_eq!(place.refused(), Some(allowed), "{jobs}");
                drop(place);
                assert_eq!(all_who_get_in(&places).len(), allowed, "{jobs}");
            }
            let last = places.take().now_or_never().unwrap();
            assert_eq!(last.refused(), None, "{jobs}");
        }
    }

    #[test]
    fn those_inside_stay_and_count_and_all_their_refusals_are_one() {
        let places = Places::new(4);
        let mut inside = all_who_get_in(&places);
        let told: Vec<_> = inside.iter().map(Place::refused).collect();
        assert_eq!(told, [Some(2), None, None, None]);
        for (leave, get_in) in [(1, 0), (1, 0), (1, 1)] {
            inside.truncate(inside.len() - leave);
            assert_eq!(all_who_get_in(&places).len(), get_in);
        }
        inside.clear();
        assert_eq!(all_who_get_in(&places).len(), 2);
    }
}
