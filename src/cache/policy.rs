//! How long an answer may be used.

use std::time::Duration;

/// The lifetimes of what was read of one entity from one source, counted from the moment its read began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Served without asking.
    pub fresh: Duration,
    /// After `fresh`, so long again: served, and refreshed behind.
    pub stale: Duration,
    /// After `fresh`, so long again: served, marked stale, while the system is down.
    pub if_error: Duration,
    /// That there is no such record; at most [`Policy::LONGEST_NEGATIVE`].
    pub negative: Duration,
}

impl Policy {
    /// Somebody may be creating the record right now, and a creation cannot purge what was not known: so "there is none"
    /// is never believed for longer.
    pub const LONGEST_NEGATIVE: Duration = Duration::from_secs(30);

    /// Nothing is kept; reads of the same key at the same time are one read nevertheless.
    pub const NONE: Self =
        Self { fresh: Duration::ZERO, stale: Duration::ZERO, if_error: Duration::ZERO, negative: Duration::ZERO };

    /// Whether anything is kept at all.
    #[must_use]
    pub fn keeps(&self) -> bool {
        !(self.lifetime().is_zero() && self.negative_lifetime().is_zero())
    }

    /// When a value stops being of any use.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.fresh.saturating_add(self.stale.max(self.if_error))
    }

    /// When "there is none" has to be asked again.
    #[must_use]
    pub fn negative_lifetime(&self) -> Duration {
        self.negative.min(Self::LONGEST_NEGATIVE)
    }
}
