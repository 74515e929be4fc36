//! How a row becomes a record, as a trait: reads can be tested without manifests.

use crate::connector::MapInput;
use crate::error::Error;
use crate::model::Record;
use crate::protocol::Row;

/// Makes records of rows.
pub trait Mapper: Send + Sync {
    /// The record of a row; `None` where the manifest says that such a row means "not there".
    ///
    /// # Errors
    /// The row is no record at all: it has no usable key. A value that does not fit is a fault inside the record.
    fn map(&self, input: &MapInput<'_>, row: &Row) -> Result<Option<Record>, Error>;
}
