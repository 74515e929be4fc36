//! What was written here lately: the lists of a system may lag behind its records, and whoever has written must not read in
//! a list what was there before.
//!
//! For a while after a write, a row of the record is taken from a read by its key, which no system lets lag; and where a list
//! has to have the record and has not, it is put where it belongs. Pages that were kept meanwhile are old once it is over.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::atomic::{self, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::reads::Inner;
use super::{check, records};
use crate::cache::{Purge, Tag};
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
    /// It was created lately, whatever was done to it since.
    new: bool,
    parents: Vec<(FieldId, Key)>,
    until: Duration,
}

impl Recent {
    /// Remembers a write of ours at `now`, on the clock's `elapsed` scale.
    pub(super) fn note(&self, change: &Change, now: Duration) {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = change.kind == ChangeKind::Created;
        writes.retain(|one| {
            let is_same = one.source == change.source && one.entity == change.entity && one.key == change.key;
            new |= is_same && one.new && one.until > now;
            !is_same
        });
        if writes.len() >= MOST {
            writes.pop_front();
        }
        writes.push_back(Lately {
            source: change.source,
            entity: change.entity,
            key: change.key.clone(),
            gone: change.kind == ChangeKind::Deleted,
            new,
            parents: change.parents.clone(),
            until: now.saturating_add(LAG),
        });
        self.count.store(writes.len(), atomic::Ordering::Release);
    }

    fn of(&self, (source, entity): (SourceId, EntityId), now: Duration) -> Vec<Lately> {
        if self.count.load(atomic::Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of = |one: &&Lately| one.source == source && one.entity == entity && one.until > now;
        writes.iter().filter(is_of).cloned().collect()
    }

    /// Takes out those that were written long enough ago.
    fn over(&self, now: Duration) -> Vec<Lately> {
        if self.count.load(atomic::Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        // The oldest stand first.
        let count = writes.iter().take_while(|one| one.until <= now).count();
        let over = writes.drain(..count).collect();
        self.count.store(writes.len(), atomic::Ordering::Release);
        over
    }

    /// Records of a list, but those that were written lately.
    pub(super) fn without(&self, mut records: Vec<Arc<Record>>, now: Duration) -> Vec<Arc<Record>> {
        if let Some(first) = records.first() {
            let lately = self.of((first.source, first.entity), now);
            records.retain(|record| !lately.iter().any(|one| one.key == record.key));
        }
        records
    }
}

/// Forgets what was written long enough ago, and with it the pages that were kept meanwhile: nobody would put right any more what
/// these say of it.
pub(super) fn forget(inner: &Inner) {
    let over = inner.recent.over(inner.setup.clock.elapsed());
    if over.is_empty() {
        return;
    }
    let tags = over.into_iter().flat_map(|Lately { source, entity, key, parents, .. }| {
        let list = move |(field, key)| Tag::List(source, entity, ListOf::Parent(field), Some(key));
        let all = [Tag::Record(source, entity, key), Tag::List(source, entity, ListOf::All, None)];
        all.into_iter().chain(parents.into_iter().map(list))
    });
    inner.setup.cache.purge(&tags.collect::<Vec<_>>(), Purge::Hard);
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

/// Whether the record was written as one of this parent's.
fn is_listed(read: &ListRead, parent: &Parent, one: &Lately) -> bool {
    match read.list {
        ListOf::All => true,
        ListOf::Parent(field) => one.parents.iter().any(|(by, key)| *by == field && parent.keys.contains(key)),
    }
}

/// Whether the list of a parent may have the record though it is not on its page.
fn may_be_in(read: &ListRead, parent: &Parent, one: &Lately) -> bool {
    is_listed(read, parent, one) && !one.gone && parent.after.is_none() && read.search.is_none()
}

/// Where the record belongs on a first page that is without it. Of one that is new the system may not know yet; any other
/// is missing only where the page is the whole list: it may as well be on a later one.
fn place(page: &ListPage, read: &ListRead, (one, record): (&Lately, &Record)) -> Option<usize> {
    if page.has_next && !one.new {
        return None;
    }
    let Some(order) = read.order else { return Some(0) };
    let end = page.records.len();
    let behind = |known: &Arc<Record>| {
        let both = record.loaded.contains(order.field) && known.loaded.contains(order.field);
        let way = both.then(|| compare(record.value(order.field), known.value(order.field))).flatten()?;
        Some(if order.descending { way.is_le() } else { way.is_ge() })
    };
    let ranked: Option<Vec<bool>> = page.records.iter().map(|(known, _)| behind(known)).collect();
    let at = match ranked {
        Some(ranked) => ranked.iter().position(|behind| !behind).unwrap_or(end),
        // What cannot be compared is taken for the newest by any order.
        None if order.descending => 0,
        None => end,
    };
    (at < end || !page.has_next).then_some(at)
}

/// Compares two values of a field that every system orders alike: times, days, numbers.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    fn read<T: std::str::FromStr + Ord>(a: &str, b: &str) -> Option<Ordering> {
        Some(a.parse::<T>().ok()?.cmp(&b.parse::<T>().ok()?))
    }
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => {
            read::<Timestamp>(a, b).or_else(|| read::<Date>(a, b)).or_else(|| read::<Decimal>(a, b))
        }
        _ => None,
    }
}

/// Puts a record as it is now where it belongs on a page, or takes it off.
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
            let Some(at) = place(page, read, (one, record)) else { return };
            // There is no place of the system's own for what it does not list yet: behind it comes what comes behind the row
            // before, or the list begins.
            let before = at.checked_sub(1).and_then(|before| rows.get(before));
            let position = before.map_or(Position { token: None, skip: 0 }, |(_, position)| position.clone());
            rows.insert(at, (Arc::clone(record), position));
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
