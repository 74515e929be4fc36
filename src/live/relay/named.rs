//! A change by the names of things: the nodes of a tenant may have different configurations for a while.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::super::heard::WhoseClock;
use crate::graph::Graph;
use crate::model::{Change, ChangeKind, Doubt, EntityId, FieldId, Key, RecordId, SourceId, Touch};
use crate::source::Sources;

/// What one node says to the others.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    /// The node.
    pub(super) by: u64,
    /// What it says.
    pub(super) what: What,
}

/// What is said.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum What {
    /// Something changed.
    Changed(Named),
    /// Something may have changed.
    Doubt(Doubted),
    /// Who this person is has to be asked anew.
    Introduced(Person),
    /// Something cannot be said any more.
    Lost,
}

/// A person by names.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Person {
    source: String,
    entity: String,
    key: String,
}

/// A doubt by names.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Doubted {
    source: String,
    record: Option<(String, String)>,
    touches: Vec<Touched>,
}

/// A change by names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Named {
    source: String,
    entity: String,
    key: String,
    kind: Kind,
    version: Option<String>,
    parents: Vec<(String, String)>,
    touches: Vec<Touched>,
    at: Timestamp,
    /// An older node does not say it.
    #[serde(default)]
    pub(super) clock: WhoseClock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Created,
    Updated,
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Touched {
    Record(String, String),
    Lists(String, String, Option<String>),
    Entity(String),
}

/// What things are called.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) graph: Arc<Graph>,
    pub(super) sources: Arc<Sources>,
}

impl Said {
    pub(super) fn bytes(&self) -> Option<Bytes> {
        serde_json::to_vec(self).ok().map(Bytes::from)
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl Names {
    /// A change as it is said; `None` where something in it has no name, which cannot be.
    pub(super) fn change(&self, change: &Change, clock: WhoseClock) -> Option<What> {
        let parent = |(of, key): &(FieldId, Key)| Some((self.field(change.entity, *of)?, key.as_str().to_owned()));
        Some(What::Changed(Named {
            source: self.source(change.source)?,
            entity: self.entity(change.entity)?,
            key: change.key.as_str().to_owned(),
            kind: match change.kind {
                ChangeKind::Created => Kind::Created,
                ChangeKind::Updated => Kind::Updated,
                ChangeKind::Deleted => Kind::Deleted,
            },
            version: change.version.as_ref().map(ToString::to_string),
            parents: change.parents.iter().map(parent).collect::<Option<_>>()?,
            touches: self.touched(&change.touches)?,
            at: change.at,
            clock,
        }))
    }

    /// A doubt as it is said; `None` as for a change.
    pub(super) fn doubt(&self, doubt: &Doubt) -> Option<What> {
        let record = match &doubt.record {
            Some((entity, key)) => Some((self.entity(*entity)?, key.as_str().to_owned())),
            None => None,
        };
        Some(What::Doubt(Doubted {
            source: self.source(doubt.source)?,
            record,
            touches: self.touched(&doubt.touches)?,
        }))
    }

    /// The doubt as this node knows it.
    pub(super) fn doubted(&self, said: &Doubted) -> Option<Doubt> {
        let record = |(entity, key): &(String, String)| Some((self.graph.entity_id(entity)?, Key::read(key)?));
        Some(Doubt {
            source: self.sources.catalog().source_id(&said.source)?,
            record: said.record.as_ref().and_then(record),
            touches: self.touches(&said.touches),
        })
    }

    /// A person as they are said; `None` as for a change.
    pub(super) fn introduced(&self, person: &RecordId) -> Option<What> {
        let (source, entity) = (self.source(person.source)?, self.entity(person.entity)?);
        Some(What::Introduced(Person { source, entity, key: person.key.as_str().to_owned() }))
    }

    /// The person as this node knows them.
    pub(super) fn person(&self, said: &Person) -> Option<RecordId> {
        let source = self.sources.catalog().source_id(&said.source)?;
        Some(RecordId { entity: self.graph.entity_id(&said.entity)?, source, key: Key::read(&said.key)? })
    }

    fn source(&self, id: SourceId) -> Option<String> {
        self.sources.catalog().sources.get(usize::from(id.0)).map(|source| source.name.to_string())
    }

    fn entity(&self, id: EntityId) -> Option<String> {
        self.graph.entity(id).map(|entity| entity.name.to_string())
    }

    fn field(&self, of: EntityId, field: FieldId) -> Option<String> {
        Some(self.graph.entity(of)?.field(field)?.name.to_string())
    }

    fn touched(&self, touches: &[Touch]) -> Option<Vec<Touched>> {
        let touched = |touch: &Touch| {
            Some(match touch {
                Touch::Record(entity, key) => Touched::Record(self.entity(*entity)?, key.as_str().to_owned()),
                Touch::Lists(entity, by, key) => {
                    let key = key.as_ref().map(|key| key.as_str().to_owned());
                    Touched::Lists(self.entity(*entity)?, self.field(*entity, *by)?, key)
                }
                Touch::Entity(entity) => Touched::Entity(self.entity(*entity)?),
            })
        };
        touches.iter().map(touched).collect()
    }

    fn touches(&self, said: &[Touched]) -> Vec<Touch> {
        let touch = |touched: &Touched| {
            Some(match touched {
                Touched::Record(of, key) => Touch::Record(self.graph.entity_id(of)?, Key::read(key)?),
                Touched::Lists(of, by, key) => {
                    let of = self.graph.entity_id(of)?;
                    let by = self.graph.entity(of)?.field_id(by)?;
                    Touch::Lists(of, by, key.as_deref().and_then(Key::read))
                }
                Touched::Entity(of) => Touch::Entity(self.graph.entity_id(of)?),
            })
        };
        said.iter().filter_map(touch).collect()
    }

    /// The change as this node knows it. Nothing here depends on what has no name here; of a parent that has none, all lists
    /// count.
    pub(super) fn changes(&self, said: &Named) -> Option<Change> {
        let source: SourceId = self.sources.catalog().source_id(&said.source)?;
        let entity = self.graph.entity_id(&said.entity)?;
        let parent = |(of, key): &(String, String)| Some((self.graph.entity(entity)?.field_id(of)?, Key::read(key)?));
        Some(Change {
            source,
            entity,
            key: Key::read(&said.key)?,
            kind: match said.kind {
                Kind::Created => ChangeKind::Created,
                Kind::Updated => ChangeKind::Updated,
                Kind::Deleted => ChangeKind::Deleted,
            },
            version: said.version.as_deref().map(SmolStr::from),
            parents: said.parents.iter().filter_map(parent).collect(),
            touches: self.touches(&said.touches),
            at: said.at,
        })
    }
}
