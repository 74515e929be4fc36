//! Ids: what clients know records by, sealed by names, since numbers change with the configuration.

use super::Executor;
use crate::error::Error;
use crate::model::{Key, RecordId};

impl Executor {
    /// The sealed id of a record.
    #[must_use]
    pub fn seal(&self, id: &RecordId) -> String {
        let entity = self.planner.graph.entity(id.entity).map_or("", |entity| &entity.name);
        let source = self.planner.catalog.sources.get(usize::from(id.source.0)).map_or("", |source| &source.name);
        self.sealer.id(entity, source, id.key.as_str())
    }

    /// The record that a sealed id stands for; `None` where the graph has no such kind, or the tenant no such source, any more.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` where it was not sealed here for this tenant.
    pub fn open_id(&self, text: &str) -> Result<Option<RecordId>, Error> {
        let sealed = self.sealer.open_id(text)?;
        let entity = self.planner.graph.entity_id(&sealed.entity);
        let source = self.planner.catalog.source_id(&sealed.source);
        let named = entity.zip(source).zip(Key::read(&sealed.key));
        Ok(named.map(|((entity, source), key)| RecordId { entity, source, key }))
    }
}
