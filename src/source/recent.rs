//! What was written here lately: the lists of a system may lag behind its records, and whoever has written must not read in
//! a list what was there before.
//!
//! For a while after a write, a row of the record is taken from a read by its key, which no system lets lag; and where a list
//! should have the record and has not, it is put first.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::reads::Inner;
use super::{check, records};
use crate::error::Error;
use crate::model::{
    Arguments, Change, ChangeKind, EntityId, FieldId, GetRead, Key, ListOf, ListPage, ListRead, Parent, Position,
    Record, SourceId, Value,
};

/// How long lists are looked after: systems speak of seconds, in the worst of times of a minute.
const LAG: Duration = Duration::from_secs(60);
/// How many writes are remembered at most; past these the oldest is given up.
const MOST: usize = 4_096;

/// The writes of the last while.
#[derive(Debug, Default)]
pub(super) struct Recent {
    writes: Mutex<VecDeque<Lately>>,
    /// How many there are, for those who find none: nearly always.
    count: AtomicUsize,
}

/// A record that was written lately.
#[derive(Clone, Debug)]
struct Lately {
    source: SourceId,
    entity: EntityId,
    key: Key,
    gone: bool,
    parents: Vec<(FieldId, Key)>,
    until: Duration,
}

impl Recent {
    /// Remembers a write of ours at `now`, on the clock's `elapsed` scale.
    pub(super) fn note(&self, change: &Change, now: Duration) {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.retain(|one| {
            one.until > now && !(one.source == change.source && one.entity == change.entity && one.key == change.key)
        });
        if writes.len() >= MOST {
            writes.pop_front();
        }
        writes.push_back(Lately {
            source: change.source,
            entity: change.entity,
            key: change.key.clone(),
            gone: change.kind == ChangeKind::Deleted,
            parents: change.parents.clone(),
            until: now.saturating_add(LAG),
        });
        self.count.store(writes.len(), Ordering::Release);
    }

    fn of(&self, (source, entity): (SourceId, EntityId), now: Duration) -> Vec<Lately> {
        if self.count.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.retain(|one| one.until > now);
        self.count.store(writes.len(), Ordering::Release);
        writes.iter().filter(|one| one.source == source && one.entity == entity).cloned().collect()
    }
}

/// Puts into pages what was written lately, in the place of what the system's lists say of it.
pub(super) async fn freshen(inner: &Arc<Inner>, read: &ListRead, pages: &mut [Result<ListPage, Error>]) {
    let lately = inner.recent.of((read.source, read.entity), inner.setup.clock.elapsed());
    if lately.is_empty() {
        return;
    }
    let listed = |page: &ListPage, key: &Key| page.records.iter().any(|(record, _)| record.key == *key);
    let lists = || read.parents.iter().zip(pages.iter());
    let concerns = |one: &&Lately| {
        lists().any(|(parent, page)| {
            page.as_ref().is_ok_and(|page| listed(page, &one.key) || may_be_in(read, parent, one))
        })
    };
    let wanted: Vec<Lately> = lately.iter().filter(concerns).cloned().collect();
    let keys: Vec<Key> = wanted.iter().filter(|one| !one.gone).map(|one| one.key.clone()).collect();
    let found = records::get(
        inner,
        GetRead {
            source: read.source,
            entity: read.entity,
            keys: keys.clone(),
            fields: read.fields,
            arguments: Arguments::default(),
            context: Arc::clone(&read.context),
        },
    );
    let found: Vec<(Key, Option<Arc<Record>>)> = if keys.is_empty() {
        Vec::new()
    } else {
        // What cannot be read now stays as the list has it.
        let answers = found.await.into_iter();
        keys.into_iter()
            .zip(answers)
            .filter_map(|(key, answer)| Some((key, answer.ok()?.map(|(record, _)| record))))
            .collect()
    };
    for (parent, page) in read.parents.iter().zip(pages) {
        let Ok(page) = page else { continue };
        for one in &wanted {
            match found.iter().find(|(key, _)| *key == one.key) {
                Some((_, record)) => put(page, (read, parent, one), record.as_ref()),
                None if one.gone => put(page, (read, parent, one), None),
                None => {}
            }
        }
    }
}

/// Whether the list of a parent may have the record though it is not on its page.
fn may_be_in(read: &ListRead, parent: &Parent, one: &Lately) -> bool {
    let is_listed = match read.list {
        ListOf::All => true,
        ListOf::Parent(field) => one.parents.iter().any(|(by, key)| *by == field && parent.keys.contains(key)),
    };
    is_listed && !one.gone && parent.after.is_none() && read.search.is_none()
}

/// Puts a record as it is now in the place it has on a page, or first; or takes it off.
fn put(page: &mut ListPage, (read, parent, one): (&ListRead, &Parent, &Lately), record: Option<&Arc<Record>>) {
    let at = page.records.iter().position(|(known, _)| known.key == one.key);
    let fits = record.filter(|record| check::holds(record, &read.filter) && names(record, read, parent));
    let mut rows = page.records.to_vec();
    match (at, fits) {
        (Some(at), Some(record)) => {
            if let Some((known, _)) = rows.get_mut(at) {
                *known = Arc::clone(record);
            }
        }
        (Some(at), None) => {
            rows.remove(at);
            page.total = page.total.map(|total| total.saturating_sub(1));
        }
        (None, Some(record)) if may_be_in(read, parent, one) => {
            // Behind it the list begins: there is no place of the system's own for what it does not list yet.
            rows.insert(0, (Arc::clone(record), Position { token: None, skip: 0 }));
            page.total = page.total.map(|total| total.saturating_add(1));
            let most = usize::try_from(read.first).unwrap_or(usize::MAX);
            page.has_next |= rows.len() > most;
            rows.truncate(most);
        }
        (None, _) => return,
    }
    page.records = Arc::from(rows);
}

/// Whether the record still names the parent, as far as it was read.
fn names(record: &Record, read: &ListRead, parent: &Parent) -> bool {
    let ListOf::Parent(field) = read.list else { return true };
    match record.value(field) {
        Value::Reference(to) if record.loaded.contains(field) && to.by.is_none() => parent.keys.contains(&to.key),
        _ => true,
    }
}
