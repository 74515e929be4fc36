//! The task that reads what changed, several records at once, and hands it on in the order in which it came.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, Weak};

use futures::StreamExt as _;
use tokio::sync::mpsc;

use super::group::Pushes;
use super::hub::{Hub, Job};
use super::read::{self, Found, Told};
use crate::model::{Change, Record};

/// How many records are read at once.
const AT_ONCE: usize = 16;

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
        let Some((hub, Job { number, change, only }, mut found)) = job else { continue };
        if only.is_none() {
            handed.follows(&change, &mut found);
        }
        let (again, pushes, cursor) = (only.is_some(), Pushes::default(), OnceLock::new());
        hub.hand(only, &Arc::new(Told { number, change, again, found, pushes, cursor }));
    }
}

/// The records that were handed on lately. Where two changes of one record come close together, the second is read while the first
/// is, and what the first one read is not kept, since it changed again: nothing but this knows of it.
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
        if self.0.len() >= AT_ONCE {
            self.0.pop_front();
        }
        self.0.push_back(Arc::clone(record));
    }
}
