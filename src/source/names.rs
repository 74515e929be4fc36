//! Keys and tags of the cache for the reads of sources.

use std::sync::Arc;

use super::inputs::EntityInputs;
use crate::cache::{KeyWriter, Tag, Want};
use crate::model::{Arguments, EntityId, FieldSet};
use crate::model::{FindRead, GetRead, Key, ListOf, ListRead, Parent, ReadContext, SourceId};

/// What all keys of one entity of one source begin with, and what their answers depend on.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub tenant: Arc<str>,
    pub source: (SourceId, Arc<str>),
    pub entity: (EntityId, Arc<str>),
    /// As whom the gateway signs in there: another identity may be shown other data.
    pub credential: Arc<str>,
    pub inputs: EntityInputs,
}

impl Names {
    fn begin(&self, kind: &str, fields: FieldSet, context: &ReadContext) -> KeyWriter {
        let key = KeyWriter::new(kind).text(&self.tenant).text(&self.source.1).text(&self.credential);
        self.inputs.for_fields(fields).write(key.text(&self.entity.1), context)
    }

    fn tags(&self, further: impl IntoIterator<Item = Tag>) -> Arc<[Tag]> {
        let (source, entity) = (self.source.0, self.entity.0);
        [Tag::Source(source), Tag::Entity(source, entity)].into_iter().chain(further).collect()
    }

    /// These fields of a record, by its key.
    pub fn record(&self, (key, fields): (&Key, FieldSet), arguments: &Arguments, context: &ReadContext) -> Want {
        let begin = self.begin("record", fields, context).text(key.as_str()).number(arguments.len() as u64);
        let writer = arguments.iter().fold(begin, |writer, (name, value)| writer.text(name).value(value));
        let tag = Tag::Record(self.source.0, self.entity.0, key.clone());
        Want { key: writer.finish(), tags: self.tags([tag]) }
    }

    /// The records of a read by key.
    pub fn records(&self, read: &GetRead) -> Arc<[Want]> {
        read.keys.iter().map(|key| self.record((key, read.fields), &read.arguments, &read.context)).collect()
    }

    /// The records of a read by value: on which record one depends is known once it is read.
    pub fn finds(&self, read: &FindRead) -> Arc<[Want]> {
        let want = |value: &Key| {
            let writer = self.begin("find", read.fields, &read.context).text(&read.by).text(value.as_str());
            Want { key: writer.finish(), tags: self.tags([]) }
        };
        read.values.iter().map(want).collect()
    }

    /// A page of a parent's list.
    pub fn page(&self, read: &ListRead, parent: &Parent) -> Want {
        let mut key = self.begin("list", read.fields, &read.context).list(&read.list).keys(&parent.keys);
        key = match &parent.after {
            None => key.number(0),
            Some(after) => key.number(1).optional(after.token.as_deref()).number(after.skip.into()),
        };
        key = key
            .number(read.extent as u64)
            .number(read.first.into())
            .number(read.total.into())
            .number(read.more.into())
            .optional(read.search.as_deref());
        key = match read.order {
            None => key.number(0),
            Some(order) => key.number(1).number(order.field.0.into()).number(order.descending.into()),
        };
        key = key.number(read.filter.len() as u64);
        key = read.filter.iter().fold(key, crate::cache::KeyWriter::condition);
        let tag = |key| Tag::List(self.source.0, self.entity.0, read.list.clone(), key);
        let tags = match read.list {
            ListOf::All => self.tags([tag(None)]),
            ListOf::Parent(_) => self.tags(parent.keys.iter().map(|key| tag(Some(key.clone())))),
        };
        Want { key: key.finish(), tags }
    }
}
