//! How records are known in other sources: the values a record carries, turned into the other sources' keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures::future::join_all;

use super::Sources;
use crate::model::{
    Answer, EntityId, FieldSet, FindRead, GetRead, Key, LinkValue, Links, ReadContext, Reads, Record, SourceId,
};

/// The request, as each source may know it: keys of account and contact are those of the source that is read.
pub type Contexts<'a> = &'a (dyn Fn(SourceId) -> Arc<ReadContext> + Send + Sync);

/// How something is looked up in a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// By its key.
    Key,
    /// By the manifest's `find` of that name.
    Find(Arc<str>),
}

/// A source, an entity of it, and one of its `find`s.
type Question = (SourceId, EntityId, Arc<str>);

/// How each of the records (read with [`FieldId::LINKS`](crate::model::FieldId::LINKS)) is known in every source, its own
/// among them, in their order. Sources that have to be asked are asked once each, all at the same time. No link is a
/// missing source and a warning for operators; an ambiguous one, or a source that fails, is the error of that source.
pub async fn resolve_links(sources: &Sources, records: &[Arc<Record>], contexts: Contexts<'_>) -> Vec<Links> {
    let mut links = vec![Links::default(); records.len()];
    let mut asked: BTreeMap<Question, Vec<(usize, Key)>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        links[at].insert(record.source, Ok(Arc::from([record.key.clone()])));
        for (name, value) in record.links.iter() {
            let Some(source) = sources.catalog().source_id(name) else {
                tracing::warn!(source = &**name, "a link leads to a source that is not configured");
                continue;
            };
            match value {
                LinkValue::Keys(keys) if !keys.is_empty() => links[at].insert(source, Ok(Arc::clone(keys))),
                LinkValue::Find(find, Some(value)) => {
                    let group = asked.entry((source, record.entity, Arc::clone(find))).or_default();
                    group.push((at, value.clone()));
                }
                LinkValue::Keys(_) | LinkValue::Find(_, None) => missing(sources, record.entity, source),
            }
        }
    }
    let look = asked.into_iter().map(|((source, entity, find), wanted)| async move {
        let values = wanted.iter().map(|(_, value)| value.clone()).collect();
        let to = Lookup { source, entity, by: By::Find(find), fields: FieldSet::EMPTY };
        (source, entity, look_up(sources, to, values, contexts).await, wanted)
    });
    for (source, entity, found, wanted) in join_all(look).await {
        for (at, value) in wanted {
            match found.get(&value) {
                Some(Ok(Some((record, _)))) => links[at].insert(source, Ok(Arc::from([record.key.clone()]))),
                Some(Err(error)) => links[at].insert(source, Err(error.clone())),
                Some(Ok(None)) | None => missing(sources, entity, source),
            }
        }
    }
    links
}

/// Tells operators, without the value: it may be somebody's e-mail address.
pub(super) fn missing(sources: &Sources, entity: EntityId, source: SourceId) {
    let entity = sources.graph().entity(entity).map_or("", |entity| &*entity.name);
    let source = sources.catalog().sources.get(usize::from(source.0)).map_or("", |info| &*info.name);
    tracing::warn!(entity, source, "a record has no link");
}

/// Where to look.
pub(super) struct Lookup {
    pub source: SourceId,
    pub entity: EntityId,
    pub by: By,
    pub fields: FieldSet,
}

/// One read for all values, each asked for once.
pub(super) async fn look_up(
    sources: &Sources,
    to: Lookup,
    values: Vec<Key>,
    contexts: Contexts<'_>,
) -> HashMap<Key, Answer> {
    let values: Vec<Key> = values.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    if values.is_empty() {
        return HashMap::new();
    }
    let Lookup { source, entity, by, fields } = to;
    let (asked, context) = (values.clone(), contexts(source));
    let answers = match by {
        By::Key => {
            let arguments = Arc::from([]);
            sources.get(GetRead { source, entity, keys: asked, fields, arguments, context }).await
        }
        By::Find(by) => sources.find(FindRead { source, entity, by, values: asked, fields, context }).await,
    };
    values.into_iter().zip(answers).collect()
}
