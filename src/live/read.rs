//! The one read of a changed record, for everybody who listens for it.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::KeyWriter;
use crate::clock::Clock;
use crate::graph::{FieldKind, Graph};
use crate::model::{Change, Evidence, FieldId, FieldSet, GetRead, Key, ReadContext, Reads as _, Record, RecordId};
use crate::source::Sources;

/// How long a read may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A change as listeners are handed it.
#[derive(Debug)]
pub(super) struct Told {
    /// Its number.
    pub(super) number: u64,
    /// The change itself.
    pub(super) change: Change,
    /// What the record is now.
    pub(super) found: Found,
}

/// What a changed record is now.
#[derive(Debug)]
pub(super) enum Found {
    /// It is there.
    Present {
        /// The record.
        record: Arc<Record>,
        /// What was last read of it, where that is still known.
        before: Option<Arc<Record>>,
        /// Whether it belongs to others than before.
        moved: bool,
    },
    /// It is not there any more, or not to be seen by anybody.
    Absent,
    /// It lives elsewhere: the change is of what a contributor tells of it.
    Elsewhere,
    /// That could not be found out.
    Failed,
}

impl Told {
    /// The records that it belongs to, by what was read and by what the change says.
    pub(super) fn parents(&self, graph: &Graph) -> Vec<RecordId> {
        let source = self.change.source;
        let mut all = Vec::new();
        let mut add = |entity, key: &Key| all.push(RecordId { entity, source, key: key.clone() });
        for (field, key) in &self.change.parents {
            let kind = graph.entity(self.change.entity).and_then(|of| of.field(*field)).map(|field| &field.kind);
            if let Some(FieldKind::Reference(crate::graph::Target::Entity(entity))) = kind {
                add(*entity, key);
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

/// Reads what a change is of; only these fields are compared with what was read before.
pub(super) async fn read((sources, clock): (&Sources, &dyn Clock), change: &Change, fields: FieldSet) -> Found {
    let owned = sources.catalog().of(change.entity).is_some_and(|of| of.owns(change.source));
    if !owned {
        return Found::Elsewhere;
    }
    let context = ReadContext {
        locale: Arc::from("en"),
        account: Arc::from([]),
        contact: None,
        live: true,
        deadline: clock.elapsed() + PATIENCE,
        timings: None,
    };
    let read = GetRead {
        source: change.source,
        entity: change.entity,
        keys: vec![change.key.clone()],
        fields,
        arguments: Arc::default(),
        context: Arc::new(context),
    };
    let before = sources.last(&read).await.into_iter().next().flatten();
    match sources.get(read).await.into_iter().next() {
        Some(Ok(Some((record, _)))) => {
            let before = before.filter(|before| before.visible);
            let moved = before.as_ref().is_some_and(|before| before.evidence != record.evidence);
            Found::Present { record, before, moved }
        }
        Some(Ok(None)) => Found::Absent,
        Some(Err(error)) => {
            tracing::warn!(%error, "a record that changed could not be read");
            Found::Failed
        }
        None => Found::Failed,
    }
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
