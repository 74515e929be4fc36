//! A retry budget: when a whole system is down, trying everything three times only keeps it down.

use std::sync::atomic::{AtomicI64, Ordering};

/// Each first attempt earns a fifth of a retry; at most ten are saved up.
pub(super) struct Budget(AtomicI64);

/// A retry costs five parts, a first attempt earns one.
const COST: i64 = 5;
/// Ten retries.
const MOST: i64 = 10 * COST;

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicI64::new(MOST))
    }
}

impl Budget {
    /// Counts a first attempt.
    pub(super) fn earn(&self) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |parts| Some((parts + 1).min(MOST)));
    }

    /// Takes a retry out of the budget; false where there is none left.
    pub(super) fn spend(&self) -> bool {
        let take = |parts: i64| (parts >= COST).then_some(parts - COST);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}
