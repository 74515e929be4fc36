//! The business's clock: it stands still between changes, so that answers repeat, and can be moved.

use std::sync::atomic::{AtomicI64, Ordering};

/// A clock in Unix seconds.
#[derive(Debug)]
pub struct Clock(AtomicI64);

impl Clock {
    /// A clock that stands at `now`.
    pub(crate) fn new(now: i64) -> Self {
        Self(AtomicI64::new(now))
    }

    /// What it shows.
    pub fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Moves it on, never back; gives what it shows then.
    pub(crate) fn advance(&self, seconds: u32) -> i64 {
        self.0.fetch_add(i64::from(seconds), Ordering::SeqCst) + i64::from(seconds)
    }
}
