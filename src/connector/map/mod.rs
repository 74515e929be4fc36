//! From a row to a record: key, evidence, visibility, links and values, by what the manifest says. Pure.

mod condition;
mod evidence;
mod fingerprint;
mod mapper;
mod row;
mod value;

pub use condition::{Basis, holds};
pub use row::{RowView, collect, lookup};

use std::sync::Arc;

use jiff::Timestamp;
use smol_str::SmolStr;

use super::mapping::Path;
use super::resolved::{Connector, EntityMapping, Version};
use crate::error::{Code, Error};
use crate::graph::{Entity, FieldKind, Graph};
use crate::model::{Arguments, FieldId, FieldSet, Key, ReadContext, Record, SourceId, Value};
use mapper::Mapper;

/// What a row is mapped with.
#[derive(Clone, Copy, Debug)]
pub struct MapInput<'a> {
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

/// Makes a record of a row; `None` where the manifest says that such a row means "not there" (`gone`).
///
/// A value that does not fit is a [`Value::Fault`] at its place and no other.
///
/// # Errors
/// The row has no usable key, or says how it is known elsewhere in a way that cannot be worked out.
pub fn map_record(input: &MapInput<'_>, row: &RowView<'_>) -> Result<Option<Record>, Error> {
    let mapper = Mapper::new(input);
    if input.of.gone.as_ref().is_some_and(|gone| holds(gone, row, &mapper.basis)) {
        return Ok(None);
    }
    let Some(key) = key_of(input.of, row) else { return Err(mapper.error(no_key(input.of))) };
    let links = if input.fields.contains(FieldId::LINKS) { mapper.links(row)? } else { Arc::default() };
    Ok(Some(Record {
        entity: input.of.entity,
        source: input.source,
        version: version(input.of, row),
        loaded: input.fields,
        values: values(&mapper, row),
        evidence: mapper.evidence(row, &key),
        links,
        visible: input.of.visible.as_ref().is_none_or(|visible| holds(visible, row, &mapper.basis)),
        fetched_at: input.now,
        key,
    }))
}

/// The key of a row: every part as the system writes it; `None` where a part is missing or no key could look so.
#[must_use]
pub fn key_of(of: &EntityMapping, row: &RowView<'_>) -> Option<Key> {
    if let [only] = &*of.key {
        return value::key(&lookup(&only.from, row));
    }
    let found: Vec<_> = of.key.iter().map(|part| lookup(&part.from, row)).collect();
    let parts: Option<Vec<&str>> = found.iter().map(|part| value::key_text(part)).collect();
    Key::from_parts(parts?)
}

fn no_key(of: &EntityMapping) -> String {
    let paths: Vec<&str> = of.key.iter().map(|part| &*part.from.text).collect();
    format!("a row has no usable key at `{}`", paths.join("`, `"))
}

fn version(of: &EntityMapping, row: &RowView<'_>) -> Option<SmolStr> {
    match of.version.as_ref()? {
        Version::Path(path) => lookup(path, row).shared_text(),
        Version::ETag => row.etag.map(SmolStr::from),
        Version::Fingerprint(paths) => Some(fingerprint::of(paths.iter().map(|path| lookup(path, row)))),
    }
}

fn values(mapper: &Mapper<'_>, row: &RowView<'_>) -> Box<[Value]> {
    let input = mapper.input;
    let entity = input.graph.entity(input.of.entity);
    let value = |field: FieldId| match input.of.fields.get(usize::from(field.0)) {
        Some(Some(mapping)) => counted(mapper, mapper.value(mapping, row), entity, field),
        Some(None) | None => Value::Null,
    };
    input.fields.without_links().iter().map(value).collect()
}

/// Gives a field of one record one reference, and a field of several a list, whatever the path found.
#[inline]
fn counted(mapper: &Mapper<'_>, value: Value, entity: Option<&Entity>, field: FieldId) -> Value {
    let Some(field) = entity.and_then(|entity| entity.field(field)) else { return value };
    match (&field.kind, value) {
        (FieldKind::References(_), Value::Null) => Value::List(Arc::default()),
        (FieldKind::References(_), one @ Value::Reference(_)) => Value::List(Arc::from([one])),
        (FieldKind::Reference(_), Value::List(several)) => match &*several {
            [] => Value::Null,
            [one] => one.clone(),
            _ => Value::Fault(mapper.error(format!("`{}` names {} records, not one", field.name, several.len()))),
        },
        (_, value) => value,
    }
}

/// A fault of the answer, for operators.
fn rejected(detail: String) -> Error {
    Error::new(Code::UpstreamRejected, detail)
}

/// Names a path in a message.
fn at(path: &Path) -> String {
    format!("`{}`", path.text)
}

#[cfg(test)]
mod tests;
