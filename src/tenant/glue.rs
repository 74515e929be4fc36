//! Where a tenant's sources take on the parts that others ask for: links for identity and execution, records of rows.

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::connector::{MapInput, map_record};
use crate::error::Error;
use crate::execute::{Contexts, Linker};
use crate::identity::ResolveLinks;
use crate::live::Live;
use crate::model::{Answer, Change, Changes, Doubt, EntityId, Links, ReadContext, Record, RecordId, SourceId};
use crate::protocol::Row;
use crate::source::{self, Mapper, Reverse, SourceInfo, Sources};

/// Makes records of rows by the connectors' mappings.
pub(super) struct Mapped;

impl Mapper for Mapped {
    fn map(&self, input: &MapInput<'_>, row: &Row) -> Result<Option<Record>, Error> {
        map_record(input, &row.view())
    }
}

/// The same request as another source may know it: the keys of account and contact are another source's, and are left
/// out.
fn elsewhere(context: &ReadContext) -> Arc<ReadContext> {
    Arc::new(ReadContext { account: Arc::from([]), contact: None, ..context.clone() })
}

impl ResolveLinks for Sources {
    fn resolve(
        &self,
        records: Vec<Arc<Record>>,
        _entity: EntityId,
        context: Arc<ReadContext>,
    ) -> BoxFuture<'_, Vec<Links>> {
        Box::pin(async move {
            let context = elsewhere(&context);
            source::resolve_links(self, &records, &|_| Arc::clone(&context)).await
        })
    }
}

impl Linker for Sources {
    fn reverse<'a>(&'a self, wanted: Reverse, contexts: Contexts<'a>) -> BoxFuture<'a, Vec<Answer>> {
        Box::pin(source::reverse(self, wanted, contexts))
    }
}

/// What follows from a write of ours: the caches are told as of any change, and the lists of its system, which may lag, are
/// looked after.
pub(super) struct Wrote {
    pub(super) sources: Arc<Sources>,
    pub(super) live: Arc<Live>,
}

impl Changes for Wrote {
    fn note(&self, change: Change) {
        self.note_by(change, None);
    }

    fn note_by(&self, change: Change, by: Option<&RecordId>) {
        self.sources.wrote(&change);
        self.live.wrote(change, by);
    }

    fn doubt(&self, doubt: Doubt) {
        self.live.doubt(doubt);
    }

    fn introduced(&self, person: &RecordId, source: SourceId) {
        let sources = &self.sources.catalog().sources;
        let knows_people = |info: &SourceInfo| info.connector.entities.contains_key(&person.entity);
        if sources.get(usize::from(source.0)).is_some_and(knows_people) {
            self.live.introduced(person, source);
        }
    }
}
