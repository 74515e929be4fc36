//! The business's clock: it stands still between changes, so that answers repeat, and can be moved.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// A clock in Unix seconds.
#[derive(Debug)]
pub struct Clock {
    now: AtomicI64,
    /// Whether changes happen at the machine's time, where that is later.
    follows: AtomicBool,
}

impl Clock {
    /// A clock that stands at `now`.
    pub(crate) fn new(now: i64) -> Self {
        Self { now: AtomicI64::new(now), follows: AtomicBool::new(false) }
    }

    /// What it shows.
    pub fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    /// Lets changes happen at the machine's time from now on, where that is later.
    pub(crate) fn follow(&self) {
        self.follows.store(true, Ordering::SeqCst);
    }

    /// When the next change happens: a second after the last, or now.
    pub(crate) fn next(&self) -> i64 {
        let next = self.now() + 1;
        if self.follows.load(Ordering::SeqCst) { next.max(jiff::Timestamp::now().as_second()) } else { next }
    }

    /// Moves it to a time, never back.
    pub(crate) fn set(&self, to: i64) {
        self.now.fetch_max(to, Ordering::SeqCst);
    }

    /// Moves it on, never back; gives what it shows then.
    pub(crate) fn advance(&self, seconds: u32) -> i64 {
        self.now.fetch_add(i64::from(seconds), Ordering::SeqCst) + i64::from(seconds)
    }
}
