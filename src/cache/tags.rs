//! Tags: what a cached answer depends on; and the marks that purges leave on them.
//!
//! A purge deletes nothing. It leaves a mark with a number on the tag, every read takes a number when it begins, and an
//! answer whose read began before the mark is not used any more. So there is no moment between "deleted" and "stored
//! again by a read that was under way", however slow the read or the store.

use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{EntityId, Key, ListOf, SourceId};

/// What a cached answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// Everything read from the source.
    Source(SourceId),
    /// Everything of the entity read from the source.
    Entity(SourceId, EntityId),
    /// One record.
    Record(SourceId, EntityId, Key),
    /// One parent's list, whatever its filters, order and pages; no key is [`ListOf::All`].
    List(SourceId, EntityId, ListOf, Option<Key>),
    /// Every parent's list by the same reference.
    Lists(SourceId, EntityId, ListOf),
}

/// What an answer depends on, as far as that is known before it is read. Its tags are only made where they are looked at.
#[derive(Clone, Debug)]
pub struct Depends {
    /// Who is asked.
    pub source: SourceId,
    /// For what.
    pub entity: EntityId,
    /// For which of them.
    pub on: On,
}

/// Of what of an entity.
#[derive(Clone, Debug)]
pub enum On {
    /// Nothing that is known before it is read.
    Any,
    /// One record.
    Record(Key),
    /// The lists of these parents; of [`ListOf::All`] there is one list, without a parent.
    Lists(ListOf, Arc<[Key]>),
}

impl Depends {
    /// Everything it depends on.
    #[must_use]
    pub fn tags(&self) -> Vec<Tag> {
        let Self { source, entity, on } = self;
        let mut tags = vec![Tag::Source(*source), Tag::Entity(*source, *entity)];
        let list = |list: &ListOf, key| Tag::List(*source, *entity, list.clone(), key);
        match on {
            On::Any => {}
            On::Record(key) => tags.push(Tag::Record(*source, *entity, key.clone())),
            On::Lists(all @ ListOf::All, _) => tags.push(list(all, None)),
            On::Lists(of, parents) => {
                tags.push(Tag::Lists(*source, *entity, of.clone()));
                tags.extend(parents.iter().map(|key| list(of, Some(key.clone()))));
            }
        }
        tags
    }
}

/// How thoroughly a purge forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purge {
    /// The next reader may get the old value once, while it is refreshed behind.
    Soft,
    /// Nobody gets the old value any more, also not while the system is down.
    Hard,
}

/// A place in the order of all reads and purges; later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(u64);

/// The marks of purges, in bounded memory: past [`Purges::MOST`] tags the oldest mark counts as one on everything, so
/// that forgetting a mark can only make answers older than they are, never younger.
#[derive(Debug)]
pub struct Purges {
    most: usize,
    clock: AtomicU64,
    /// The newest mark of all: an answer that began later needs no look at its tags.
    newest: AtomicU64,
    marks: Mutex<Marks>,
}

#[derive(Debug, Default)]
struct Marks {
    by_tag: HashMap<Tag, Mark>,
    order: VecDeque<(u64, Tag)>,
    floor: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    soft: u64,
    hard: u64,
}

impl Default for Purges {
    fn default() -> Self {
        Self::new(Self::MOST)
    }
}

impl Purges {
    /// How many marks are kept where nothing else is said.
    pub const MOST: usize = 65_536;

    /// Keeps at most so many marks.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, clock: AtomicU64::new(1), newest: AtomicU64::new(0), marks: Mutex::default() }
    }

    /// The number of a read that begins now.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp(self.clock.fetch_add(1, Ordering::SeqCst))
    }

    /// Marks the tags: what was read of them before now is old.
    pub fn purge(&self, tags: &[Tag], how: Purge) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        for tag in tags {
            let number = self.clock.fetch_add(1, Ordering::SeqCst);
            let mark = marks.by_tag.entry(tag.clone()).or_default();
            match how {
                Purge::Soft => mark.soft = number,
                Purge::Hard => mark.hard = number,
            }
            marks.order.push_back((number, tag.clone()));
            self.newest.store(number, Ordering::SeqCst);
        }
        marks.trim(self.most);
    }

    /// Marks everything: what was read of anything before now is not used any more.
    pub fn purge_all(&self) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.clock.fetch_add(1, Ordering::SeqCst);
        *marks = Marks { floor: number, ..Marks::default() };
        self.newest.store(number, Ordering::SeqCst);
    }

    /// How an answer that began at `begun` was purged since, by the worst mark on its tags; they are only asked for where
    /// there was a purge since.
    pub fn since<G: Borrow<Tag>, I: IntoIterator<Item = G>>(
        &self,
        begun: Stamp,
        tags: impl FnOnce() -> I,
    ) -> Option<Purge> {
        if begun.0 > self.newest.load(Ordering::SeqCst) {
            return None;
        }
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.0 <= marks.floor {
            return Some(Purge::Hard);
        }
        let worst = |tag: G| {
            let mark = marks.by_tag.get(tag.borrow())?;
            if mark.hard > begun.0 {
                return Some(Purge::Hard);
            }
            (mark.soft > begun.0).then_some(Purge::Soft)
        };
        tags().into_iter().filter_map(worst).max()
    }
}

impl Marks {
    fn trim(&mut self, most: usize) {
        while self.order.len() > most {
            let Some((number, tag)) = self.order.pop_front() else { return };
            let last = self.by_tag.get(&tag).map_or(0, |mark| mark.soft.max(mark.hard));
            if last <= number {
                self.by_tag.remove(&tag);
            }
            self.floor = self.floor.max(number);
        }
    }
}
