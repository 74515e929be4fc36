//! What became of a record, and what else that touches: the word that writes, webhooks and polls pass on.

use jiff::Timestamp;
use smol_str::SmolStr;

use super::{EntityId, FieldId, Key, RecordId, SourceId};

/// That a record changed in the system that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The source it changed in.
    pub source: SourceId,
    /// What kind of record.
    pub entity: EntityId,
    /// Its key there.
    pub key: Key,
    /// What became of it.
    pub kind: ChangeKind,
    /// Its version after the change, where whoever tells of it knows.
    pub version: Option<SmolStr>,
    /// Whose lists it is in, by the reference field that says so. A reference that is not named here may lead anywhere: every
    /// list by it is touched.
    pub parents: Vec<(FieldId, Key)>,
    /// What else the change touches.
    pub touches: Vec<Touch>,
    /// When it happened, by the system's own clock where it says so.
    pub at: Timestamp,
}

impl Change {
    /// The record that changed.
    #[must_use]
    pub fn id(&self) -> RecordId {
        RecordId { entity: self.entity, source: self.source, key: self.key.clone() }
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// Something of it is different; whoever tells of it may not know that it is new.
    Updated,
    /// It is gone.
    Deleted,
}

/// Something else that a change touches, in the source of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// One record.
    Record(EntityId, Key),
    /// The lists of this entity by that reference: of one parent, or of all of them.
    Lists(EntityId, FieldId, Option<Key>),
    /// Everything of this entity.
    Entity(EntityId),
}

/// What a write would touch of which nobody knows whether it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The source that was written to.
    pub source: SourceId,
    /// The record that may have been changed; none where one may have been made.
    pub record: Option<(EntityId, Key)>,
    /// What else is old in it, if it was done.
    pub touches: Vec<Touch>,
}

/// Takes in what changed: caches forget what it touches, and whoever listens is told.
pub trait Changes: Send + Sync {
    /// Takes in one change. It returns at once: what follows from it goes on behind.
    fn note(&self, change: Change);

    /// The same for a change that a caller of ours has made: `by` is that person's contact.
    fn note_by(&self, change: Change, by: Option<&RecordId>) {
        let _ = by;
        self.note(change);
    }

    /// A write may have been done, or not: caches forget what it would touch, and nobody is told of a change that may be none.
    fn doubt(&self, doubt: Doubt) {
        let _ = doubt;
    }

    /// A write may have made this person known in a source that did not know them: what is remembered of who they are
    /// elsewhere is asked anew.
    fn introduced(&self, person: &RecordId, source: SourceId) {
        let _ = (person, source);
    }
}
