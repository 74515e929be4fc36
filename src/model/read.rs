//! What is asked of a source, and what it answers: the contract between execution and everything below it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::{EntityId, FieldId, FieldSet, Freshness, Key, Record, SourceId, Timings, Value};
use crate::error::Error;

/// Answers reads of every source of a tenant. Scope is not checked here: `execute` checks every record it takes out.
pub trait Reads: Send + Sync {
    /// Records by key, one answer for each key in the order of `keys`; `None` where there is no such record.
    fn get(&self, read: GetRead) -> BoxFuture<'_, Vec<Answer>>;

    /// A page of a list for each parent, in the order of `parents`.
    fn list(&self, read: ListRead) -> BoxFuture<'_, Vec<Result<ListPage, Error>>>;

    /// The one record whose `field` has this value, for each value; two records with the same value are
    /// [`Code::Conflict`](crate::error::Code::Conflict).
    fn find(&self, read: FindRead) -> BoxFuture<'_, Vec<Answer>>;

    /// Whether any read of that source may use who the caller's contact is. Where none does, it need not be said, and what
    /// is read is nobody's own.
    fn uses_contact(&self, _source: SourceId) -> bool {
        true
    }
}

/// What a read by key or value answers for one of them; `None` where there is no such record.
pub type Answer = Result<Option<(Arc<Record>, Freshness)>, Error>;

/// What a read may use of the request it is for; whatever it uses is part of the key it is cached under.
#[derive(Clone, Debug)]
pub struct ReadContext {
    /// The language to read localized entities in.
    pub locale: Arc<str>,
    /// The keys, in the source that is read, of the account in use; empty where none is in use.
    pub account: Arc<[Key]>,
    /// The key, in the source that is read, of the caller's contact.
    pub contact: Option<Key>,
    /// Go past the cache.
    pub live: bool,
    /// When the client stops waiting, on the clock's `elapsed` scale.
    pub deadline: Duration,
    /// Where to note how long each source was waited for; left out where nobody wants to know.
    pub timings: Option<Arc<Timings>>,
}

/// Values of a field's arguments, by name, already coerced.
pub type Arguments = Arc<[(Arc<str>, Value)]>;

/// A read by key.
#[derive(Clone, Debug)]
pub struct GetRead {
    /// The source to ask.
    pub source: SourceId,
    /// What kind of record.
    pub entity: EntityId,
    /// Which records; no key twice.
    pub keys: Vec<Key>,
    /// Which fields are wanted; evidence and visibility come along unasked.
    pub fields: FieldSet,
    /// The arguments of a computed field; empty elsewhere.
    pub arguments: Arguments,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// A read by the value of a unique field.
#[derive(Clone, Debug)]
pub struct FindRead {
    /// The source to ask.
    pub source: SourceId,
    /// What kind of record.
    pub entity: EntityId,
    /// The name of the manifest's `find` (a field's name, or one of its own).
    pub by: Arc<str>,
    /// The values, none twice.
    pub values: Vec<Key>,
    /// Which fields are wanted.
    pub fields: FieldSet,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// Which list of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListOf {
    /// Those whose reference field is the parent.
    Parent(FieldId),
    /// All of them (scope TENANT).
    All,
}

/// One parent whose list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parent {
    /// The keys by which the source knows the parent: one customer may have three debtor numbers. Empty for
    /// [`ListOf::All`].
    pub keys: Arc<[Key]>,
    /// Where the page begins; the first page where it is left out.
    pub after: Option<Position>,
}

/// A place in a system's own paging, behind which the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// What the system calls the page (its token, offset, number or last key); `None` is its first page. Several parent
    /// keys that are paged one by one have their positions inside it.
    pub token: Option<Arc<str>>,
    /// How many rows of that page come before.
    pub skip: u32,
}

/// A place behind a row of a list, with the read that the row came from: what a cursor is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// The name of the read, by which what was read behind this very page is found again; `None` where there is none.
    pub read: Option<u64>,
    /// Where, in the system's own paging.
    pub position: Position,
}

impl Behind {
    /// Both as one position, for whoever carries it away.
    #[must_use]
    pub fn named(&self) -> Position {
        let Position { token, skip } = &self.position;
        let token = match (self.read, token) {
            (None, token) => token.clone(),
            (Some(read), None) => Some(format!("{read:x}").into()),
            (Some(read), Some(token)) => Some(format!("{read:x}.{token}").into()),
        };
        Position { token, skip: *skip }
    }
}

impl From<Position> for Behind {
    fn from(position: Position) -> Self {
        Self { read: None, position }
    }
}

/// A read of lists.
#[derive(Clone, Debug)]
pub struct ListRead {
    /// The source to ask.
    pub source: SourceId,
    /// What kind of record is listed.
    pub entity: EntityId,
    /// Which list.
    pub list: ListOf,
    /// Whose lists; no parent twice.
    pub parents: Vec<Parent>,
    /// Which fields are wanted; evidence and visibility come along unasked.
    pub fields: FieldSet,
    /// How far it is read.
    pub extent: Extent,
    /// At most this many rows a parent: 1 to 100 of a page.
    pub first: u32,
    /// Every condition must hold; empty holds for all.
    pub filter: Vec<Condition>,
    /// Full-text search, where the list has it.
    pub search: Option<Arc<str>>,
    /// The order; the list's usual one where left out.
    pub order: Option<Order>,
    /// Whether `totalCount` is wanted.
    pub total: bool,
    /// Whether it is wanted for certain that there is more: without, a full page counts as if there were.
    pub more: bool,
    /// The request it is for.
    pub context: Arc<ReadContext>,
}

/// How far a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One page: rows that may not be seen, or do not meet the filter, are made good for by later ones.
    Page,
    /// To its end, and no more than `first` rows are looked at: where there is more, `has_next` says so.
    Whole,
    /// Likewise, but where the system has counted exactly this list, its first rows are enough.
    Counted,
}

/// A condition on a plain field, in the graph's terms.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The field.
    pub field: FieldId,
    /// What must hold.
    pub test: Test,
}

impl Condition {
    /// Every field it looks at.
    #[must_use]
    pub fn fields(&self) -> FieldSet {
        match &self.test {
            Test::NotAll(all) => all.iter().fold(FieldSet::EMPTY, |fields, one| fields.union(one.fields())),
            _ => FieldSet::from_iter([self.field]),
        }
    }
}

/// What must hold for a value.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is one of these.
    In(Arc<[Value]>),
    /// It is none of these, and there.
    NotIn(Arc<[Value]>),
    /// Not all of these hold; the condition's own field is the first of theirs.
    NotAll(Arc<[Condition]>),
    /// At or after the first, before (or at, for days) the second: texts of dates or instants.
    Between {
        /// The least value, itself included.
        from: Option<Arc<str>>,
        /// The greatest value.
        to: Option<Arc<str>>,
        /// Whether `to` itself is included: days yes, instants no.
        inclusive: bool,
    },
}

/// An order by one field; ties are broken by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The field.
    pub field: FieldId,
    /// Greatest first.
    pub descending: bool,
}

/// One page of one parent's list.
#[derive(Clone, Debug)]
pub struct ListPage {
    /// The records, each with the position behind it, so that any of them can be a cursor.
    pub records: Arc<[(Arc<Record>, Position)]>,
    /// The name of the read they came from: it belongs to each of the positions ([`Behind`]).
    pub read: Option<u64>,
    /// Whether there is more, by the system's own word.
    pub has_next: bool,
    /// How many there are in all, where that was asked for and the system tells cheaply.
    pub total: Option<u64>,
    /// Where it came from.
    pub freshness: Freshness,
}

impl ListPage {
    /// Behind its last row.
    #[must_use]
    pub fn last(&self) -> Option<Behind> {
        self.records.last().map(|(_, position)| Behind { read: self.read, position: position.clone() })
    }
}
