//! Links: how one record is known in another source.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::run::{Ask, How, Run};
use crate::error::Error;
use crate::model::{Answer, FieldSet, FindRead, Key, LinkValue, ReadContext, Record, SourceId};
use crate::source::Reverse;

/// Turns links round: a reference in the terms of a source that does not own the record.
pub trait Linker: Send + Sync {
    /// The owner's record of each reference, in the order of `wanted.references`; `None` where it has none. All are of one
    /// entity, and not of the hub. Scope is not checked.
    fn reverse<'a>(&'a self, wanted: Reverse, contexts: Contexts<'a>) -> BoxFuture<'a, Vec<Answer>>;
}

/// The context of a read of each source.
pub type Contexts<'a> = &'a (dyn Fn(SourceId) -> Arc<ReadContext> + Send + Sync);

impl Run<'_> {
    /// The keys by which `source` knows a record; empty where it has no link.
    pub(super) async fn keys_in(&self, record: &Record, source: SourceId, how: &How) -> Result<Arc<[Key]>, Error> {
        if record.source == source {
            return Ok(Arc::from([record.key.clone()]));
        }
        let Some(info) = self.executor.planner.catalog.sources.get(usize::from(source.0)) else {
            return Ok(Arc::from([]));
        };
        match record.links.iter().find(|(name, _)| *name == info.name).map(|(_, link)| link) {
            None | Some(LinkValue::Find(_, None)) => Ok(Arc::from([])),
            Some(LinkValue::Keys(keys)) => Ok(Arc::clone(keys)),
            Some(LinkValue::Find(by, Some(value))) => {
                let ask = Ask { source, entity: record.entity, fields: FieldSet::EMPTY, how };
                let found = self.find(ask, by, vec![value.clone()]).await;
                match found.into_iter().next() {
                    Some(Ok(Some((record, _)))) => Ok(Arc::from([record.key.clone()])),
                    Some(Err(error)) => Err(error),
                    _ => Ok(Arc::from([])),
                }
            }
        }
    }

    /// Reads records by a unique value.
    pub(super) async fn find(&self, ask: Ask<'_>, by: &Arc<str>, values: Vec<Key>) -> Vec<Answer> {
        let Ask { source, entity, fields, how } = ask;
        let count = values.len();
        let context = self.context(source, how);
        let read = FindRead { source, entity, by: Arc::clone(by), values, fields, context };
        let answers = self.within(source, count, self.executor.reads.find(read)).await;
        let matched = |answer: Answer| {
            answer.map(|found| found.filter(|(record, _)| record.source == source && record.entity == entity))
        };
        answers.into_iter().map(matched).collect()
    }
}
