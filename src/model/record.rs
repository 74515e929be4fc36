//! One record as it was read, with the evidence of whose it is.

use std::sync::Arc;

use jiff::Timestamp;
use smol_str::SmolStr;

use super::{EntityId, FieldId, FieldSet, Key, SourceId, Value};

/// What a version begins with that the gateway worked out from what may change of a record: it comes again when the record is
/// as it was before.
pub const FINGERPRINT: char = '~';

/// One entity instance, as one source told it.
#[derive(Clone, Debug)]
pub struct Record {
    /// What kind of record.
    pub entity: EntityId,
    /// The source that was read.
    pub source: SourceId,
    /// Its key in that source.
    pub key: Key,
    /// Changes with every change of the record, where the system has such a mark.
    pub version: Option<SmolStr>,
    /// Which fields were asked for; a field outside it is unknown, not null.
    pub loaded: FieldSet,
    /// The values of `loaded`, side by side in the order of the type: entities have many fields, and a query asks for few.
    pub values: Box<[Value]>,
    /// Whose it is, by the system's own answer.
    pub evidence: Evidence,
    /// How it is known in other sources, where [`FieldId::LINKS`] was wanted; not yet resolved.
    pub links: Arc<[(Arc<str>, LinkValue)]>,
    /// Whether the record may be seen at all: the manifest's visibility, checked on this answer.
    pub visible: bool,
    /// When it was read.
    pub fetched_at: Timestamp,
}

impl Record {
    /// The value of a field; null where it was not loaded.
    #[must_use]
    pub fn value(&self, field: FieldId) -> &Value {
        let place = self.loaded.contains(field).then(|| self.loaded.rank(field));
        place.and_then(|place| self.values.get(place)).unwrap_or(&Value::Null)
    }
}

/// What in the answer proves whose record it is. What was asked for is never evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The accounts it belongs to: from a field of the answer, or the system's own association answer. Empty proves
    /// nothing, and nobody sees the record.
    Accounts(Arc<[Membership]>),
    /// The key, in the record's own source, of the parent record it belongs to; the parent has to be checked itself.
    Parent(EntityId, Key),
    /// It belongs to the tenant: everybody signed in may see it.
    Tenant,
    /// The key, in the record's own source, of the one person it is for.
    Viewer(Key),
}

/// That a record belongs to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The account's key in the record's own source.
    pub account: Key,
    /// What the system calls the association, such as `Portal user`; empty for a plain field.
    pub labels: Arc<[Arc<str>]>,
}

/// What a record says of how another source knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkValue {
    /// The other source's keys.
    Keys(Arc<[Key]>),
    /// The other source is to be asked for its record whose `find` has this value; `None` where there is no value.
    Find(Arc<str>, Option<Key>),
}

/// Where an answer came from, in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Read for this request.
    Live,
    /// From the cache, inside its lifetime.
    Cached,
    /// From the cache, past its lifetime.
    Stale,
}
