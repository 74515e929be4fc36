//! Roughly how many bytes things take: enough to keep the cache inside its bound.

use std::sync::Arc;

use smol_str::SmolStr;

use super::{Cached, Entry};
use crate::model::{Evidence, Record, Value};

/// What an entry costs besides its value: key, tags, bookkeeping.
const ENTRY: usize = 256;

pub(super) fn of_entry<T: Cached>(entry: &Arc<Entry<T>>) -> u32 {
    let tags = entry.tags.len() * 48 + ENTRY;
    entry.value.as_ref().map_or(0, Cached::weight).saturating_add(bytes(tags))
}

pub(super) fn of_record(record: &Record) -> u32 {
    let values = record.values.iter().map(of_value).sum::<usize>();
    let evidence = match &record.evidence {
        Evidence::Accounts(accounts) => accounts.len() * 64,
        Evidence::Parent(..) | Evidence::Tenant | Evidence::Viewer(_) => 32,
    };
    bytes(size_of::<Record>() + values + evidence + record.links.len() * 64)
}

fn of_value(value: &Value) -> usize {
    let inside = match value {
        Value::Null | Value::Bool(_) | Value::Int(_) => 0,
        Value::Text(text) => outside(text),
        Value::List(items) | Value::Object(items) => items.iter().map(of_value).sum::<usize>() + 16,
        Value::Reference(to) if to.key.is_heap_allocated() => to.key.as_str().len() + 16,
        Value::Reference(_) => 0,
        Value::File(file) => file.values.iter().map(of_value).sum::<usize>() + outside(&file.at) + 64,
        Value::Fault(error) => error.detail().len() + 64,
    };
    size_of::<Value>() + inside
}

/// What a text takes beside its value: nothing where it stands in it.
fn outside(text: &SmolStr) -> usize {
    if text.is_heap_allocated() { text.len() + 16 } else { 0 }
}

fn bytes(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
