//! What somebody was last told of a record: kept as a digest of the letter, so that nothing is told twice. This is what one node
//! knows, for days; what all of them know of the last minutes is in `claims`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::super::rules::Rule;
use super::Mailing;
use crate::clock::Clock;
use crate::seal;
use crate::store::{Memory, Store as _, StoreKey};

/// How long it is remembered what somebody was told of a record.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How much is remembered, in bytes.
const MEMORY: u64 = 16 * 1024 * 1024;

/// What somebody was last told of a record by a rule.
#[derive(Clone, Copy)]
pub(in crate::outgoing) struct Told {
    pub(super) digest: [u8; 32],
    /// When, on the clock's `elapsed` scale; none where it was seen, and not told.
    pub(super) sent: Option<Duration>,
}

impl Told {
    /// Where it is remembered.
    pub(in crate::outgoing) fn memory(clock: &Arc<dyn Clock>) -> Memory<Self> {
        Memory::new(Arc::clone(clock), MEMORY, |_| 128)
    }
}

/// Where it is being looked just now: two looks for one person at one record would else both find news, and both send it.
#[derive(Default)]
pub(in crate::outgoing) struct Looking(Mutex<HashSet<StoreKey>>);

/// One place where it is being looked, until it is dropped.
pub(super) struct Look<'a>(&'a Looking, StoreKey);

impl Looking {
    pub(super) fn at(&self, place: &StoreKey) -> Option<Look<'_>> {
        let is_first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(Arc::clone(place));
        is_first.then(|| Look(self, Arc::clone(place)))
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl Mailing {
    pub(super) async fn remember(&self, place: StoreKey, told: Told) {
        self.told.put(vec![(place, told, REMEMBERED)]).await;
    }
}

/// Where it is remembered what a person was told of a record by a rule: by their sealed ids, which are the same on every node,
/// whereas numbers change with the configuration.
pub(super) fn place(rule: &Rule, record: &str, person: &str) -> StoreKey {
    Arc::from(seal::digest([&*rule.name, record, person].map(str::as_bytes)).as_slice())
}
