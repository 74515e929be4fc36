//! The `rest` engine: requests spelled out in the manifest, JSON answers.

mod batch;
mod find;
mod get;
mod list;
pub(super) mod plan;
pub(super) mod way;

use std::sync::Arc;

use futures::future::BoxFuture;

use super::core::Core;
use super::{FindRows, GetRows, ListRows, PlannedCall, Protocol, Row, RowPage};
use crate::connector::EntityMapping;
use crate::error::Error;
use crate::model::FieldSet;

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

    fn plan_get(&self, of: &EntityMapping, fields: FieldSet) -> Vec<PlannedCall> {
        plan::get(&self.core, of, fields)
    }

    fn plan_list(&self, of: &EntityMapping, read: &ListRows) -> Vec<PlannedCall> {
        plan::list(&self.core, of, read)
    }
}
