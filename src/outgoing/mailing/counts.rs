//! How the mails of a tenant do, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Mailing;

/// How the mails of a tenant do.
#[derive(Default)]
pub(in crate::outgoing) struct Counts {
    pub(super) sent: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) silent: AtomicU64,
    under_way: AtomicU64,
}

/// What became of notices so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mails {
    /// Letters that the mail server has taken on.
    pub sent: u64,
    /// Attempts that failed; most are made again.
    pub failed: u64,
    /// Notices that will not be sent any more: no room, refused for good, or no attempt left.
    pub lost: u64,
    /// Looks at a record that led to no letter: nothing to be seen, or nothing new.
    pub silent: u64,
    /// Notices that are worked on just now, or wait for their turn and not for a time.
    pub under_way: u64,
}

impl Mailing {
    /// Counts some that cannot be kept.
    pub(in crate::outgoing) fn lose(&self, count: usize, why: &str) {
        if count > 0 {
            tracing::warn!(count, why, "notices are lost");
            self.counts.lost.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    /// One more is worked on.
    pub(in crate::outgoing) fn began(&self) {
        self.counts.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// One less is.
    pub(in crate::outgoing) fn ended(&self) {
        self.counts.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    pub(in crate::outgoing) fn mails(&self) -> Mails {
        let Counts { sent, failed, lost, silent, under_way } = &self.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Mails {
            sent: read(sent),
            failed: read(failed),
            lost: read(lost),
            silent: read(silent),
            under_way: read(under_way),
        }
    }
}
