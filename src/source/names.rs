//! Keys and tags of the cache for the reads of sources.

use std::sync::Arc;

use super::inputs::EntityInputs;
use crate::cache::{Depends, KeyWriter, On, Want};
use crate::model::{Arguments, EntityId, FieldSet};
use crate::model::{FindRead, GetRead, Key, ListRead, Parent, ReadContext, SourceId};

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

    fn depends(&self, on: On) -> Depends {
        Depends { source: self.source.0, entity: self.entity.0, on }
    }

    /// These fields of a record, by its key.
    pub fn record(&self, (key, fields): (&Key, FieldSet), arguments: &Arguments, context: &ReadContext) -> Want {
        let writer = self.one(self.begin("record", fields, context), key, arguments);
        Want { key: writer.finish(), depends: self.depends(On::Record(key.clone())) }
    }

    fn one(&self, begun: KeyWriter, key: &Key, arguments: &Arguments) -> KeyWriter {
        let writer = begun.text(key.as_str()).number(arguments.len() as u64);
        arguments.iter().fold(writer, |writer, (name, value)| writer.text(name).value(value))
    }

    /// The records of a read by key.
    pub fn records(&self, read: &GetRead) -> Arc<[Want]> {
        let mut writer = self.begin("record", read.fields, &read.context);
        let begun = writer.written();
        let mut wants = Vec::with_capacity(read.keys.len());
        for key in &read.keys {
            writer = self.one(writer.back_to(begun), key, &read.arguments);
            wants.push(Want { key: writer.finish(), depends: self.depends(On::Record(key.clone())) });
        }
        wants.into()
    }

    /// The records of a read by value: on which record one depends is known once it is read.
    pub fn finds(&self, read: &FindRead) -> Arc<[Want]> {
        let mut writer = self.begin("find", read.fields, &read.context).text(&read.by);
        let begun = writer.written();
        let mut wants = Vec::with_capacity(read.values.len());
        for value in &read.values {
            writer = writer.back_to(begun).text(value.as_str());
            wants.push(Want { key: writer.finish(), depends: self.depends(On::Any) });
        }
        wants.into()
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
        let on = On::Lists(read.list.clone(), Arc::clone(&parent.keys));
        Want { key: key.finish(), depends: self.depends(on) }
    }
}
