//! A page of a list as it is kept.

use std::sync::Arc;

use super::{Cached, Tag};
use crate::model::{FieldSet, Position, Record};

/// A page of one parent's list, with the fields its records were read with.
#[derive(Clone, Debug)]
pub struct CachedPage {
    /// The records, each with the position behind it.
    pub records: Arc<[(Arc<Record>, Position)]>,
    /// The name of the read, which belongs to each of the positions.
    pub read: u64,
    /// Whether there is more.
    pub has_next: bool,
    /// How many there are in all, where that is known.
    pub total: Option<u64>,
    /// The fields every record has.
    pub fields: FieldSet,
}

impl Cached for Arc<CachedPage> {
    fn covers(&self, wanted: FieldSet) -> bool {
        self.fields.covers(wanted)
    }

    /// A list has no version: two reads of it are never parts of one.
    fn merge(_: &Self, _: &Self) -> Option<Self> {
        None
    }

    /// A page is as old as any of its records.
    fn tags(&self) -> Vec<Tag> {
        self.records.iter().flat_map(|(record, _)| record.tags()).collect()
    }

    fn weight(&self) -> u32 {
        self.records.iter().map(|(record, _)| record.weight()).fold(64, u32::saturating_add)
    }
}
