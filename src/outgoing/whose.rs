//! Whose a changed record is: found out before there is a caller, from the systems' own answers. Nothing that is read here is
//! shown to anybody: it only says who is asked for, and each of them is shown what the graph shows that person.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::error::Result;
use crate::graph::Graph;
use crate::model::{Change, FieldSet, ListOf, ReadContext, RecordId, Reference};
use crate::source::{self, Reverse, Sources};

/// How long finding out may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Finds out whose a record is.
pub(super) struct Whose {
    pub(super) sources: Arc<Sources>,
    pub(super) graph: Arc<Graph>,
    pub(super) clock: Arc<dyn Clock>,
    /// The tenant's language.
    pub(super) locale: Arc<str>,
}

impl Whose {
    pub(super) fn context(&self) -> Arc<ReadContext> {
        Arc::new(ReadContext {
            locale: Arc::clone(&self.locale),
            account: Arc::from([]),
            contact: None,
            live: false,
            deadline: self.clock.elapsed() + PATIENCE,
            timings: None,
        })
    }

    /// The record as the graph knows it: in the source that owns it, whichever told of the change. `None` where it has none there.
    pub(super) async fn record_id(&self, change: &Change) -> Result<Option<RecordId>> {
        let Change { source, entity, key, .. } = change;
        self.owned(Reference { entity: *entity, source: *source, by: None, key: key.clone() }).await
    }

    /// The account that a change says its record belongs to.
    pub(super) async fn account_of(&self, change: &Change) -> Result<Option<RecordId>> {
        if change.entity == self.graph.hub {
            return self.record_id(change).await;
        }
        let Some(of) = self.graph.entity(change.entity) else { return Ok(None) };
        let named = change.parents.iter().find(|(field, _)| of.target(*field) == Some(self.graph.hub));
        let Some((field, key)) = named else { return Ok(None) };
        let by = self.sources.catalog().named_by(change.source, change.entity, &ListOf::Parent(*field));
        self.owned(Reference { entity: self.graph.hub, source: change.source, by, key: key.clone() }).await
    }

    /// The owner's record of a reference in the terms of any source. Where several sources own records of the entity, and this
    /// is none of them, it cannot be told whose it is.
    pub(super) async fn owned(&self, to: Reference) -> Result<Option<RecordId>> {
        let owners = self.sources.catalog().owners(to.entity);
        if to.by.is_none() && owners.iter().any(|owner| owner.source == to.source) {
            return Ok(Some(RecordId { entity: to.entity, source: to.source, key: to.key }));
        }
        let [owner] = owners else { return Ok(None) };
        let context = self.context();
        let (entity, owner) = (to.entity, owner.source);
        let wanted = Reverse { references: vec![to], owner, fields: FieldSet::EMPTY };
        let answers = source::owners_records(&self.sources, wanted, &|_| Arc::clone(&context)).await;
        let found = answers.into_iter().next().transpose()?.flatten();
        Ok(found.map(|(record, _)| RecordId { entity, source: owner, key: record.key.clone() }))
    }
}
