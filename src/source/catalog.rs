//! Which source owns which entity, and which add to it: what planning needs to know of a tenant's sources.

use std::sync::Arc;

use crate::connector::{Connector, EntityMapping};
use crate::model::{EntityId, FieldId, FieldSet, SourceId};

/// The sources of a tenant.
#[derive(Debug)]
pub struct Catalog {
    /// By [`SourceId`].
    pub sources: Vec<SourceInfo>,
    /// By [`EntityId`].
    pub entities: Vec<EntitySources>,
}

/// One configured source.
#[derive(Debug)]
pub struct SourceInfo {
    /// The name the tenant gave it, such as `crm`.
    pub name: Arc<str>,
    /// Its connector, with the overlay applied.
    pub connector: Arc<Connector>,
}

/// Who tells what of an entity.
#[derive(Clone, Debug, Default)]
pub struct EntitySources {
    /// The source in which its records live.
    pub owner: Option<SourceId>,
    /// The owner first, then the contributors; each with the fields that are read from it. No field is in two parts.
    pub parts: Vec<(SourceId, FieldSet)>,
}

impl Catalog {
    /// The source's manifest of the entity.
    #[must_use]
    pub fn mapping(&self, source: SourceId, entity: EntityId) -> Option<&EntityMapping> {
        self.sources.get(usize::from(source.0))?.connector.entities.get(&entity)
    }

    /// The sources of the entity.
    #[must_use]
    pub fn of(&self, entity: EntityId) -> Option<&EntitySources> {
        self.entities.get(usize::from(entity.0))
    }

    /// The source that tells this field of the entity.
    #[must_use]
    pub fn source_of(&self, entity: EntityId, field: FieldId) -> Option<SourceId> {
        self.of(entity)?.parts.iter().find(|(_, fields)| fields.contains(field)).map(|(source, _)| *source)
    }

    /// The number of the source of that name.
    #[must_use]
    pub fn source_id(&self, name: &str) -> Option<SourceId> {
        let at = self.sources.iter().position(|source| &*source.name == name)?;
        u16::try_from(at).ok().map(SourceId)
    }
}
