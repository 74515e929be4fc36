//! The task that reads what changed, several records at once, and hands it on in the order in which it came.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, Weak};

use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::group::Pushes;
use super::hub::Hub;
use super::read::{self, Found, Told};
use crate::model::{Change, Record};

/// How many records are read at once.
const AT_ONCE: usize = 16;
/// How many records that were handed on are known: where many wait, it is long until the second change of one of them is read.
const LATELY: usize = 256;

/// A change that is to be read: for everybody, or for one listener that missed it.
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) change: Change,
    pub(super) only: Option<u64>,
}

/// Reads changed records, and hands them on in the order in which they came.
pub(super) async fn work(hub: Weak<Hub>, waiting: mpsc::Receiver<Job>) {
    let jobs = futures::stream::unfold(waiting, async |mut waiting| waiting.recv().await.map(|job| (job, waiting)));
    let read = jobs.map(|job| {
        let hub = hub.upgrade();
        async move {
            let hub = hub?;
            let sources = hub.sources.get()?;
            let fields = hub.wanted(sources, &job)?;
            let found = read::read((sources, &*hub.clock), &job.change, fields).await;
            Some((hub, job, found))
        }
    });
    let mut read = std::pin::pin!(read.buffered(AT_ONCE));
    let mut handed = Handed::default();
    while let Some(job) = read.next().await {
        let Some((hub, job, mut found)) = job else { continue };
        found.keep_before(|read| hub.is_before(&job, read));
        let Job { number, change, only } = job;
        if only.is_none() {
            handed.follows(&change, &mut found);
        }
        let (again, pushes, cursor) = (only.is_some(), Pushes::default(), OnceLock::new());
        hub.hand(only, &Arc::new(Told { number, change, again, found, pushes, cursor }));
    }
}

/// The records that were handed on lately. Where two changes of one record come close together, the second is read while the first
/// is, and what the first one read is not kept, since it changed again; or that has both changes in it, and is not what was before
/// the second. Nothing but this knows what listeners have been told.
#[derive(Default)]
struct Handed(VecDeque<Arc<Record>>);

impl Handed {
    /// Takes what is handed on next. What it was before is the same record as it was handed on, if nothing newer is known of it.
    fn follows(&mut self, change: &Change, found: &mut Found) {
        let is_same =
            |last: &Record| (last.source, last.entity, &last.key) == (change.source, change.entity, &change.key);
        let Found::Present { record, before, moved, .. } = found else {
            // What is gone and comes again is new.
            self.0.retain(|last| !is_same(last));
            return;
        };
        let lately = |last: &Record| {
            let age = record.fetched_at.duration_since(last.fetched_at).unsigned_abs();
            age <= read::PATIENCE && last.loaded.covers(record.loaded)
        };
        let is_newer = |last: &Record| before.as_ref().is_none_or(|before| before.fetched_at <= last.fetched_at);
        let last = self.0.iter().rev().find(|last| is_same(last));
        if let Some(last) = last.filter(|last| lately(last) && is_newer(last)) {
            *moved = last.evidence != record.evidence;
            *before = Some(Arc::clone(last)).filter(|last| last.visible);
        }
        if self.0.len() >= LATELY {
            self.0.pop_front();
        }
        self.0.push_back(Arc::clone(record));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::read::Owners;
    use super::*;
    use crate::model::{ChangeKind, EntityId, Evidence, FieldSet, Key, SourceId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn change() -> Change {
        Change {
            source: SourceId(0),
            entity: EntityId(0),
            key: Key::new("1").unwrap(),
            kind: ChangeKind::Updated,
            version: None,
            parents: Vec::new(),
            touches: Vec::new(),
            at: at(0),
        }
    }

    /// The record as it was read at that second, and as it was last read before, which was another account's if `moved`.
    fn found(second: i64, before: Option<i64>, moved: bool) -> Found {
        let record = |second| {
            let Change { source, entity, key, .. } = change();
            Arc::new(Record {
                entity,
                source,
                key,
                version: None,
                loaded: FieldSet::EMPTY,
                values: Box::default(),
                evidence: Evidence::Tenant,
                links: Arc::default(),
                visible: true,
                fetched_at: at(second),
            })
        };
        Found::Present { record: record(second), before: before.map(record), moved, owners: Owners::Unknown }
    }

    /// When what it was before was read, if that is known, and whether it has moved since.
    fn known(found: &Found) -> (Option<Timestamp>, bool) {
        match found {
            Found::Present { before, moved, .. } => (before.as_ref().map(|before| before.fetched_at), *moved),
            _ => (None, false),
        }
    }

    #[test]
    fn what_somebody_read_behind_a_change_is_not_what_was_before_it() {
        for (read, moved, before) in [(4, false, Some(at(4))), (5, false, None), (5, true, None)] {
            let mut found = found(9, Some(read), moved);
            found.keep_before(|read| read <= at(4));
            assert_eq!(known(&found), (before, moved));
        }
    }

    #[test]
    fn what_was_handed_on_lately_is_what_was_before_a_change_that_somebody_has_read_already() {
        let mut handed = Handed::default();
        handed.follows(&change(), &mut found(1, None, false));
        let mut found = found(9, Some(5), false);
        found.keep_before(|read| read <= at(4));
        handed.follows(&change(), &mut found);
        assert_eq!(known(&found), (Some(at(1)), false));
    }
}
