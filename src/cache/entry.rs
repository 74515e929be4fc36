//! One kept answer: how old it is, what it depends on, and how two answers about one record become one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Policy, Purge, Purges, Stamp, Tag};
use crate::model::{FieldId, FieldSet, Record};

/// What can be kept.
pub trait Cached: Clone + Send + Sync + 'static {
    /// Whether every wanted field is in it.
    fn covers(&self, wanted: FieldSet) -> bool;

    /// Both as one, where they are parts of the same version of the same thing; the newer one's word counts where they
    /// overlap.
    fn merge(newer: &Self, older: &Self) -> Option<Self>;

    /// What it turned out to depend on, beyond what was known when it was asked for.
    fn tags(&self) -> Vec<Tag>;

    /// Roughly how many bytes it takes.
    fn weight(&self) -> u32;
}

/// One kept answer.
#[derive(Debug)]
pub struct Entry<T> {
    /// The answer; `None` where there is no such record.
    pub(super) value: Option<T>,
    /// What it depends on.
    pub(super) tags: Arc<[Tag]>,
    /// When its read began, among reads and purges.
    pub(super) begun: Stamp,
    /// When its read began, on the clock's `elapsed` scale.
    pub(super) since: Duration,
    /// Whether somebody got it after a soft purge: that happens once.
    spent: AtomicBool,
}

/// What may be done with a kept answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Serve it.
    Fresh,
    /// Serve it, and refresh it behind.
    Refresh,
    /// Keep it at hand for the case that the system is down.
    IfError,
    /// Nothing.
    None,
}

impl<T: Cached> Entry<T> {
    pub(super) fn new(value: Option<T>, tags: Arc<[Tag]>, begun: Stamp, since: Duration) -> Self {
        Self { value, tags, begun, since, spent: AtomicBool::new(false) }
    }

    /// What may be done with it now. Asking counts: after a soft purge only the first answer is [`Use::Refresh`].
    pub(super) fn usable(&self, wanted: FieldSet, policy: &Policy, moment: (Duration, &Purges)) -> Use {
        let (now, purges) = moment;
        let age = now.saturating_sub(self.since);
        let Some(value) = &self.value else {
            let purged = purges.since(self.begun, || self.tags.iter()).is_some();
            return if age < policy.negative_lifetime() && !purged { Use::Fresh } else { Use::None };
        };
        if !value.covers(wanted) {
            return Use::None;
        }
        let inside = |more: Duration| age < policy.fresh.saturating_add(more);
        let fallback = || if inside(policy.if_error) { Use::IfError } else { Use::None };
        match purges.since(self.begun, || self.tags.iter()) {
            Some(Purge::Hard) => Use::None,
            Some(Purge::Soft) if inside(policy.stale) && !self.spent.swap(true, Ordering::SeqCst) => Use::Refresh,
            Some(Purge::Soft) => fallback(),
            None if inside(Duration::ZERO) => Use::Fresh,
            None if inside(policy.stale) => Use::Refresh,
            None => fallback(),
        }
    }

    /// What is to be kept once `newer` was read; `None` leaves this one as it is.
    pub(super) fn replaced_by(&self, newer: Self, policy: &Policy, moment: (Duration, &Purges)) -> Option<Self> {
        let (now, purges) = moment;
        if newer.begun < self.begun {
            // Reads may end in another order than they began in: the older one may add to the newer, never replace it.
            let (Some(old), Some(new)) = (&newer.value, &self.value) else { return None };
            let both = T::merge(new, old)?;
            return Some(Self::new(Some(both), Arc::clone(&self.tags), newer.begun, newer.since));
        }
        let fresh = now.saturating_sub(self.since) < policy.fresh;
        let merged = match (&newer.value, &self.value) {
            (Some(new), Some(old)) if fresh && purges.since(self.begun, || self.tags.iter()).is_none() => {
                T::merge(new, old)
            }
            _ => None,
        };
        Some(match merged {
            // It is as old as its older part.
            Some(both) => Self::new(Some(both), newer.tags, self.begun, self.since),
            None => newer,
        })
    }
}

impl Cached for Arc<Record> {
    fn covers(&self, wanted: FieldSet) -> bool {
        self.loaded.covers(wanted)
    }

    fn merge(newer: &Self, older: &Self) -> Option<Self> {
        let same = newer.version.is_some() && newer.version == older.version && newer.key == older.key;
        let missing = older.loaded.difference(newer.loaded);
        if !same || missing.is_empty() {
            return None;
        }
        let mut both = Record::clone(newer);
        both.loaded = newer.loaded.union(older.loaded);
        both.fetched_at = older.fetched_at.min(newer.fetched_at);
        let of = |field| if missing.contains(field) { older.value(field) } else { newer.value(field) };
        both.values = both.loaded.without_links().iter().map(|field| of(field).clone()).collect();
        if missing.contains(FieldId::LINKS) {
            both.links = Arc::clone(&older.links);
        }
        Some(Self::new(both))
    }

    fn tags(&self) -> Vec<Tag> {
        vec![Tag::Record(self.source, self.entity, self.key.clone())]
    }

    fn weight(&self) -> u32 {
        super::weight::of_record(self)
    }
}
