//! Which source owns which entity, and which add to it: what planning needs to know of a tenant's sources.

use std::sync::Arc;

use super::OwnedList;
use crate::connector::{Connector, EntityMapping, Form, Mapping};
use crate::model::{EntityId, FieldId, FieldSet, ListOf, SourceId};

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
    /// The sources in which its records live, each record in one of them; in the order of the configuration.
    pub owners: Vec<Owner>,
}

/// A source in which records of an entity live, and who tells what of them.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The source.
    pub source: SourceId,
    /// The owner first, then the contributors; each with the fields that are read from it. No field is in two parts.
    pub parts: Vec<(SourceId, FieldSet)>,
    /// The lists it has of its records.
    pub lists: Vec<OwnedList>,
    /// The names of the writes it has.
    pub writes: Vec<Arc<str>>,
}

impl EntitySources {
    /// What is told of the records that live in `source`; `None` where none of them do.
    #[must_use]
    pub fn owner(&self, source: SourceId) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.source == source)
    }

    /// Whether records of the entity live in `source`.
    #[must_use]
    pub fn owns(&self, source: SourceId) -> bool {
        self.owner(source).is_some()
    }
}

impl Owner {
    /// The source that tells this field of its records.
    #[must_use]
    pub fn source_of(&self, field: FieldId) -> Option<SourceId> {
        self.parts.iter().find(|(_, fields)| fields.contains(field)).map(|(source, _)| *source)
    }
}

impl Catalog {
    /// The source's manifest of the entity.
    #[must_use]
    pub fn mapping(&self, source: SourceId, entity: EntityId) -> Option<&EntityMapping> {
        self.sources.get(usize::from(source.0))?.connector.entities.get(&entity)
    }

    /// Whether the source finds its records of the entity by the value of that field.
    #[must_use]
    pub fn finds(&self, source: SourceId, entity: EntityId, field: (FieldId, &str)) -> bool {
        let Some(of) = self.mapping(source, entity) else { return false };
        let mapping = of.fields.get(usize::from(field.0.0)).and_then(Option::as_ref);
        let column = || matches!(mapping, Some(Mapping::One(value)) if of.set.is_some() && value.push.is_some());
        of.find.contains_key(field.1) || column()
    }

    /// The field of the parent by whose value the records of a list name it in that source, where that is not its key.
    #[must_use]
    pub fn named_by(&self, source: SourceId, of: EntityId, list: &ListOf) -> Option<FieldId> {
        let ListOf::Parent(reference) = list else { return None };
        let Mapping::One(value) = self.mapping(source, of)?.fields.get(usize::from(reference.0))?.as_ref()? else {
            return None;
        };
        match value.form {
            Form::Reference(_, by) => by,
            _ => None,
        }
    }

    /// The sources of the entity.
    #[must_use]
    pub fn of(&self, entity: EntityId) -> Option<&EntitySources> {
        self.entities.get(usize::from(entity.0))
    }

    /// The owners of the entity that have a write of that name.
    #[must_use]
    pub fn writers(&self, entity: EntityId, operation: &str) -> Vec<SourceId> {
        let able = |owner: &&Owner| owner.writes.iter().any(|own| **own == *operation);
        self.owners(entity).iter().filter(able).map(|owner| owner.source).collect()
    }

    /// The sources in which records of the entity live.
    #[must_use]
    pub fn owners(&self, entity: EntityId) -> &[Owner] {
        self.of(entity).map_or(&[], |of| &of.owners)
    }

    /// The number of the source of that name.
    #[must_use]
    pub fn source_id(&self, name: &str) -> Option<SourceId> {
        let at = self.sources.iter().position(|source| &*source.name == name)?;
        u16::try_from(at).ok().map(SourceId)
    }
}
