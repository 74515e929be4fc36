//! What was read: rows of records for each place of the plan, and what hangs on them. The answer is written from here.

use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use super::lists::in_doubt;
use super::once::Once;
use super::records::Seed;
use super::scope::Checked;
use crate::error::Error;
use crate::model::{Behind, EntityId, Freshness, Record, RecordId, Reference, SourceId};
use crate::plan::Bound;

/// The records of a place, by the place's entities.
#[derive(Debug, Default)]
pub(super) struct PlaceBatch {
    pub(super) entities: Vec<EntityBatch>,
}

/// The records of one kind in one place, each once.
#[derive(Debug, Default)]
pub(super) struct EntityBatch {
    /// The records that were wanted.
    pub(super) seeds: Arc<Vec<Seed>>,
    /// What each of the plan's parts told, of every one of them.
    pub(super) parts: SmallVec<[Arc<Vec<Checked>>; 1]>,
    /// Parallel to the plan's children.
    pub(super) children: Vec<ChildBatch>,
}

/// What one source told of a record. An account may be several records there.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Rows(SmallVec<[(Arc<Record>, Freshness); 1]>),
    Absent,
    Failed(Error),
}

/// One place in the answer where a record may stand.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Absent,
    /// The entity's number in the place, and the record's in the batch.
    Record(usize, usize),
    Failed(Error),
}

/// What was read for a child.
#[derive(Debug)]
pub(super) struct ChildBatch {
    pub(super) place: PlaceBatch,
    pub(super) way: Way,
}

impl ChildBatch {
    /// Lists of so many owners, none of which can be read.
    pub(super) fn refused(owners: usize, error: &Error) -> Self {
        let pages = (0..owners).map(|_| Err(error.clone())).collect();
        Self { place: PlaceBatch::default(), way: Way::Pages(pages) }
    }
}

/// How what was read belongs to the parents.
#[derive(Debug)]
pub(super) enum Way {
    /// In the order of the arguments or of the caller's accounts.
    Slots(Vec<Slot>),
    /// By the reference that the parent holds: a slot for each of them.
    References(Once<Reference>, Vec<Slot>),
    /// A page for each parent.
    Pages(Vec<Result<Page, Error>>),
    /// What figures are worked out from, for each parent.
    Figures(Vec<Result<Tally, Error>>),
    /// Computed values for each parent.
    Values(Vec<Part>),
    /// Not at all: the arguments were refused as a whole.
    Refused(Error),
}

/// One parent's list as figures need it: every record in it is the caller's.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) source: SourceId,
    /// How fresh each page of it was.
    pub(super) pages: Vec<Freshness>,
    pub(super) records: Vec<Arc<Record>>,
    /// Whether these are all there are.
    pub(super) whole: bool,
    /// How many there are in all, where the system's own count can be believed.
    pub(super) total: Option<u64>,
}

/// A page of one parent's list.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) rows: Vec<PageRow>,
    pub(super) has_next: bool,
    /// Whether it began behind a cursor.
    pub(super) later: bool,
    pub(super) total: Option<u64>,
    /// The sources whose rows are not in it, since they did not answer.
    pub(super) gaps: Vec<Gap>,
    /// Where its end is said though it has no row: behind it, what is missing can be asked for again.
    pub(super) end: Option<Behind>,
    /// What its cursors are bound to.
    pub(super) parent: ParentId,
    /// Likewise: the arguments.
    pub(super) bound: Arc<Bound>,
    /// Whether rows of it were not this list's.
    pub(super) doubt: bool,
}

impl Page {
    /// The arguments that its cursors are bound to.
    pub(super) fn digest(&self) -> [u8; 32] {
        let digest = *self.bound.digest();
        if self.doubt { in_doubt(digest) } else { digest }
    }
}

/// A row of a page.
#[derive(Debug)]
pub(super) struct PageRow {
    pub(super) slot: Slot,
    /// The position behind it.
    pub(super) behind: Behind,
    /// The first of the views of its kind that show it.
    pub(super) view: usize,
}

/// The id of whose list it is, sealed once a cursor needs it; empty where there is no parent.
#[derive(Debug, Default)]
pub(super) struct ParentId {
    pub(super) record: Option<RecordId>,
    sealed: OnceLock<String>,
}

impl ParentId {
    pub(super) fn of(record: Option<RecordId>) -> Self {
        Self { record, sealed: OnceLock::new() }
    }

    /// The sealed id.
    pub(super) fn text(&self, seal: impl FnOnce(&RecordId) -> String) -> &str {
        self.sealed.get_or_init(|| self.record.as_ref().map(seal).unwrap_or_default())
    }
}

/// A source that did not answer for its part of a list.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    pub(super) source: SourceId,
    /// What is missing.
    pub(super) entities: Vec<EntityId>,
    pub(super) error: Error,
}

impl Slot {
    /// Where a record stands: the entity's number in the place, and the node's in the batch.
    pub(super) fn at(stand: Option<(usize, usize)>) -> Self {
        stand.map_or(Self::Absent, |(kind, node)| Self::Record(kind, node))
    }
}

impl Part {
    /// One record.
    pub(super) fn one(record: Arc<Record>, freshness: Freshness) -> Self {
        Self::Rows(SmallVec::from_iter([(record, freshness)]))
    }
}
