//! The one read of a changed record, for everybody who listens for it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::Timestamp;

use super::group::Pushes;
use crate::cache::KeyWriter;
use crate::clock::Clock;
use crate::graph::Graph;
use crate::model::{
    Change, EntityId, Evidence, FieldId, FieldSet, GetRead, Key, ReadContext, Reads as _, Record, RecordId, SourceId,
};
use crate::source::Sources;

/// How long a read may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How many parents above a record are looked at for whose it is.
const DEEPEST: u8 = 4;

/// A change as listeners are handed it.
#[derive(Debug)]
pub(super) struct Told {
    /// Its number.
    pub(super) number: u64,
    /// The change itself.
    pub(super) change: Change,
    /// Whether it is told to one who was away: what was last read says nothing of what that one knows.
    pub(super) again: bool,
    /// What the record is now.
    pub(super) found: Found,
    /// What those who heard of it were shown.
    pub(super) pushes: Pushes,
    /// Its cursor, once somebody has needed it.
    pub(super) cursor: OnceLock<String>,
}

/// Whose a record is, by the evidence of the record that has the last word on it.
#[derive(Debug)]
pub(super) enum Owners {
    /// Of these accounts, or of this person, by their keys in the source.
    Known(Vec<Key>),
    /// Everybody's, or it could not be found out: that is for each to see.
    Unknown,
}

/// What a changed record is now.
#[derive(Debug)]
pub(super) enum Found {
    /// It is there.
    Present {
        /// The record.
        record: Arc<Record>,
        /// What was last read of it, where that is still known and is what it was before the change.
        before: Option<Arc<Record>>,
        /// Whether it belongs to others than before.
        moved: bool,
        /// Whose it is.
        owners: Owners,
    },
    /// It is not there any more, or not to be seen by anybody.
    Absent {
        /// Whether it was there when it was last read, as far as that is still known.
        was: bool,
    },
    /// It lives elsewhere: the change is of what a contributor tells of it.
    Elsewhere,
    /// That could not be found out.
    Failed,
}

impl Told {
    /// Whether the record came to its end for somebody who had it.
    pub(super) const fn ends(&self) -> bool {
        matches!(self.found, Found::Absent { was: true } | Found::Present { moved: true, .. })
    }

    /// Whether the record may have come to its end for somebody: nothing is kept of what it was.
    pub(super) const fn may_end(&self) -> bool {
        matches!(self.found, Found::Absent { .. } | Found::Present { before: None, .. })
    }

    /// Whether what the record was before has been compared with what it is.
    pub(super) const fn is_compared(&self) -> bool {
        matches!(self.found, Found::Present { before: Some(_), .. })
    }

    /// The records that it belongs to, by what was read and by what the change says.
    pub(super) fn parents(&self, graph: &Graph) -> Vec<RecordId> {
        let source = self.change.source;
        let mut all = Vec::new();
        let mut add = |entity, key: &Key| all.push(RecordId { entity, source, key: key.clone() });
        for (field, key) in &self.change.parents {
            if let Some(entity) = graph.entity(self.change.entity).and_then(|of| of.target(*field)) {
                add(entity, key);
            }
        }
        if let Found::Present { record, .. } = &self.found {
            if let Evidence::Parent(entity, key) = &record.evidence {
                add(*entity, key);
            }
            for value in &record.values {
                if let crate::model::Value::Reference(to) = value
                    && to.by.is_none()
                {
                    add(to.entity, &to.key);
                }
            }
        }
        all
    }
}

impl Found {
    /// Forgets what was last read of the record, unless that is from before the change. It may be what the change made of it,
    /// read by somebody who asked meanwhile. Where it moved since, it moved nevertheless.
    pub(super) fn keep_before(&mut self, is_before: impl FnOnce(Timestamp) -> bool) {
        if let Self::Present { before, .. } = self {
            *before = before.take().filter(|last| is_before(last.fetched_at));
        }
    }
}

/// Reads what a change is of; only these fields are compared with what was read before.
pub(super) async fn read((sources, clock): (&Sources, &dyn Clock), change: &Change, fields: FieldSet) -> Found {
    let owned = sources.catalog().of(change.entity).is_some_and(|of| of.owns(change.source));
    if !owned {
        return Found::Elsewhere;
    }
    let read = one((change.source, change.entity, &change.key), fields, context(clock, true));
    let before = sources.last(&read).await.into_iter().next().flatten().filter(|before| before.visible);
    match sources.get(read).await.into_iter().next() {
        Some(Ok(Some((record, _)))) => {
            let moved = before.as_ref().is_some_and(|before| before.evidence != record.evidence);
            let owners = owners(sources, clock, &record).await;
            Found::Present { record, before, moved, owners }
        }
        Some(Ok(None)) => Found::Absent { was: before.is_some() },
        Some(Err(error)) => {
            tracing::warn!(%error, "a record that changed could not be read");
            Found::Failed
        }
        None => Found::Failed,
    }
}

fn context(clock: &dyn Clock, live: bool) -> ReadContext {
    ReadContext {
        locale: Arc::from("en"),
        account: Arc::from([]),
        contact: None,
        live,
        deadline: clock.elapsed() + PATIENCE,
        timings: None,
    }
}

fn one((source, entity, key): (SourceId, EntityId, &Key), fields: FieldSet, context: ReadContext) -> GetRead {
    let (keys, arguments) = (vec![key.clone()], Arc::default());
    GetRead { source, entity, keys, fields, arguments, context: Arc::new(context) }
}

/// Whose a record is: as the check of a push finds it out, by the same reads of what is above it.
async fn owners(sources: &Sources, clock: &dyn Clock, record: &Arc<Record>) -> Owners {
    let hub = sources.graph().hub;
    let mut at = Arc::clone(record);
    for _ in 0..=DEEPEST {
        let (parent, key) = match &at.evidence {
            Evidence::Accounts(of) => return Owners::Known(of.iter().map(|one| one.account.clone()).collect()),
            Evidence::Viewer(key) => return Owners::Known(vec![key.clone()]),
            Evidence::Parent(entity, key) if *entity == hub => return Owners::Known(vec![key.clone()]),
            Evidence::Parent(entity, key) => (*entity, key.clone()),
            Evidence::Tenant => return Owners::Unknown,
        };
        let read = one((record.source, parent, &key), FieldSet::EMPTY, context(clock, false));
        match sources.get(read).await.into_iter().next() {
            Some(Ok(Some((above, _)))) => at = above,
            _ => return Owners::Unknown,
        }
    }
    Owners::Unknown
}

/// Whether nothing of these fields is different from what was read before, but when the record was changed.
pub(super) fn is_same(graph: &Graph, (before, now): (&Record, &Record), fields: FieldSet) -> bool {
    before.loaded.covers(fields)
        && before.evidence == now.evidence
        && content(graph, before, fields) == content(graph, now, fields)
}

/// The values of these fields, but for when the record was changed.
fn content(graph: &Graph, record: &Record, fields: FieldSet) -> Arc<[u8]> {
    let entity = graph.entity(record.entity);
    let passing =
        |field: FieldId| entity.and_then(|entity| entity.field(field)).is_none_or(|field| &*field.name == "updatedAt");
    let fields = fields.iter().filter(|field| !passing(*field));
    fields.fold(KeyWriter::new("content"), |writer, field| writer.value(record.value(field))).finish()
}

/// The fields that cost nothing beside the record's own row, and that nobody needs a right of its own for: what is compared
/// where a subscriber shows none.
pub(super) fn plain(graph: &Graph, sources: &Sources, change: &Change) -> FieldSet {
    let Some(of) = sources.catalog().mapping(change.source, change.entity) else { return FieldSet::EMPTY };
    let numbered = (0..=u8::MAX).map(FieldId).zip(&of.needs);
    let own = numbered.filter(|(_, needs)| needs.facets.is_empty() && needs.varies.is_empty());
    let open = |field: FieldId| {
        let known = graph.entity(change.entity).and_then(|entity| entity.field(field));
        known.is_some_and(|known| known.permission.is_none())
    };
    own.map(|(field, _)| field).filter(|field| of.mapped().contains(*field) && open(*field)).collect()
}
