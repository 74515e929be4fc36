//! The `odata` engine, V2 and V4: keys, parents, conditions and orders become query options.

mod changed;
mod changeset;
mod expand;
mod filter;
mod found;
mod keyed;
mod list;
mod query;
mod read;
mod selected;
mod write;

use std::sync::Arc;

use futures::future::BoxFuture;

use super::core::Core;
use super::facets::{Facets, Words};
use super::needed::How;
use super::rest::plan::apart;
use super::{
    ChangedPage, ChangedRows, FindRows, GetRows, ListRows, PlannedCall, Protocol, Row, RowPage, WriteRow, WroteRow,
};
use crate::connector::{EntityMapping, Facet, LookBy};
use crate::error::Error;
use crate::model::{FieldSet, Key, OpenFile, OpenedFile, Unwritten, Wire};

pub(super) use selected::Selected;

/// A source that speaks OData.
pub(super) struct OData {
    core: Core,
}

impl OData {
    pub(super) fn new(core: Core) -> Self {
        Self { core }
    }

    fn planned(&self, of: &EntityMapping, fields: FieldSet, many: u32) -> Vec<PlannedCall> {
        let stage = self.core.stage(of, (fields, How::Get), None);
        let set = of.set.as_deref().unwrap_or_default();
        let own = PlannedCall { template: Arc::from(format!("GET {set}")), many, keep: None };
        let keys = query::switches(&self.core).keys;
        let further = apart(&stage)
            .into_iter()
            .map(|call| PlannedCall { many: if call.many == 1 { keys } else { call.many }, ..call });
        std::iter::once(own).chain(further).collect()
    }
}

impl Protocol for OData {
    fn get<'a>(&'a self, of: &'a EntityMapping, read: GetRows) -> BoxFuture<'a, Vec<Result<Option<Row>, Error>>> {
        Box::pin(async move { read::get(&self.core, of, &read).await })
    }

    fn list<'a>(&'a self, of: &'a EntityMapping, read: ListRows) -> BoxFuture<'a, Vec<Result<RowPage, Error>>> {
        Box::pin(async move { list::list(&self.core, of, &read).await })
    }

    fn find<'a>(&'a self, of: &'a EntityMapping, read: FindRows) -> BoxFuture<'a, Vec<Result<Vec<Row>, Error>>> {
        Box::pin(async move { read::find(&self.core, of, &read).await })
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
        Box::pin(super::rest::write::last(&self.core, of, row, look))
    }

    fn open<'a>(&'a self, of: &'a EntityMapping, file: OpenFile) -> BoxFuture<'a, Result<OpenedFile, Error>> {
        Box::pin(self.core.open(of, file))
    }

    fn changed<'a>(&'a self, ask: &'a ChangedRows<'a>) -> BoxFuture<'a, Result<ChangedPage, Error>> {
        Box::pin(changed::page(&self.core, ask))
    }

    fn plan_get(&self, of: &EntityMapping, fields: FieldSet) -> Vec<PlannedCall> {
        self.planned(of, fields, query::switches(&self.core).keys)
    }

    fn plan_list(&self, of: &EntityMapping, read: &ListRows) -> Vec<PlannedCall> {
        if list::refused(of, read).is_some() {
            return Vec::new();
        }
        let Some(way) = list::keyed_way(of, read) else { return self.planned(of, read.fields, 1) };
        let many = query::switches(&self.core).keys;
        let keys = PlannedCall { template: Arc::clone(&way.request.template), many, keep: None };
        std::iter::once(keys).chain(self.planned(of, read.fields, many)).collect()
    }
}

/// Rows of another entity set that join by a column.
pub(super) async fn set_facet(
    facets: &Facets<'_>,
    facet: (usize, &Facet),
    (set, by): (&Arc<str>, &Arc<str>),
    keys: Vec<Wire>,
) -> Words {
    read::set_facet(facets, facet, (set, by), keys).await
}
