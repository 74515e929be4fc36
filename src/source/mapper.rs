//! How a row becomes a record, as a trait: reads can be tested without manifests.

use std::sync::Arc;

use jiff::Timestamp;

use crate::connector::{Connector, EntityMapping};
use crate::error::Error;
use crate::graph::Graph;
use crate::model::{Arguments, FieldSet, ReadContext, Record, SourceId};
use crate::protocol::Row;

/// What a row is mapped with.
#[derive(Clone, Copy, Debug)]
pub struct MapAsk<'a> {
    /// The connector the manifest belongs to.
    pub connector: &'a Connector,
    /// The entity's manifest.
    pub of: &'a EntityMapping,
    /// The graph the manifest was compiled for.
    pub graph: &'a Graph,
    /// The source that was read.
    pub source: SourceId,
    /// Its name as configured: every fault says it.
    pub source_name: &'a Arc<str>,
    /// The moment of the read.
    pub now: Timestamp,
    /// The fields that were read.
    pub fields: FieldSet,
    /// The arguments of a computed field.
    pub arguments: &'a Arguments,
    /// The request it was read for.
    pub context: &'a ReadContext,
}

/// Makes records of rows.
pub trait Mapper: Send + Sync {
    /// The record of a row; `None` where the manifest says that such a row means "not there".
    ///
    /// # Errors
    /// The row is no record at all: it has no usable key. A value that does not fit is a fault inside the record.
    fn map(&self, ask: &MapAsk<'_>, row: &Row) -> Result<Option<Record>, Error>;
}
