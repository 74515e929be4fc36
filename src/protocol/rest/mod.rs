//! The `rest` engine: requests spelled out in the manifest, JSON answers.

mod batch;
pub(super) mod changed;
mod find;
mod get;
mod list;
pub(super) mod plan;
pub(super) mod way;
pub(super) mod write;

use std::sync::Arc;

use futures::future::BoxFuture;

use super::core::Core;
use super::{
    ChangedPage, ChangedRows, FindRows, GetRows, ListRows, PlannedCall, Protocol, Row, RowPage, WriteRow, WroteRow,
};
use crate::connector::{EntityMapping, LookBy};
use crate::error::Error;
use crate::model::{FieldSet, Key, OpenFile, OpenedFile, Unwritten};

/// A source whose connector spells its requests out.
pub(super) struct Rest {
    core: Arc<Core>,
}

impl Rest {
    pub(super) fn new(core: Core) -> Self {
        Self { core: Arc::new(core) }
    }
}

impl Protocol for Rest {
    fn get<'a>(&'a self, of: &'a EntityMapping, read: GetRows) -> BoxFuture<'a, Vec<Result<Option<Row>, Error>>> {
        Box::pin(async move { get::get(&self.core, of, &read).await })
    }

    fn list<'a>(&'a self, of: &'a EntityMapping, read: ListRows) -> BoxFuture<'a, Vec<Result<RowPage, Error>>> {
        Box::pin(async move { list::list(&self.core, of, &read).await })
    }

    fn find<'a>(&'a self, of: &'a EntityMapping, read: FindRows) -> BoxFuture<'a, Vec<Result<Vec<Row>, Error>>> {
        Box::pin(async move { find::find(&self.core, of, &read).await })
    }

    fn write<'a>(&'a self, of: &'a EntityMapping, row: &'a WriteRow<'a>) -> BoxFuture<'a, Result<WroteRow, Unwritten>> {
        Box::pin(write::write(&self.core, of, row))
    }

    fn look<'a>(
        &'a self,
        of: &'a EntityMapping,
        row: &'a WriteRow<'a>,
        look: &'a LookBy,
    ) -> BoxFuture<'a, Result<Option<Key>, Error>> {
        Box::pin(write::last(&self.core, of, row, look))
    }

    fn open<'a>(&'a self, of: &'a EntityMapping, file: OpenFile) -> BoxFuture<'a, Result<OpenedFile, Error>> {
        Box::pin(self.core.open(of, file))
    }

    fn changed<'a>(&'a self, ask: &'a ChangedRows<'a>) -> BoxFuture<'a, Result<ChangedPage, Error>> {
        Box::pin(changed::page(&self.core, ask))
    }

    fn plan_get(&self, of: &EntityMapping, fields: FieldSet) -> Vec<PlannedCall> {
        plan::get(&self.core, of, fields)
    }

    fn plan_list(&self, of: &EntityMapping, read: &ListRows) -> Vec<PlannedCall> {
        plan::list(&self.core, of, read)
    }
}
