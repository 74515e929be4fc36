//! What a write tells: the record where the answer has it whole, and what it touched.

use std::sync::Arc;

use super::reads::Mapping;
use super::writes::Doing;
use crate::connector::{EntityMapping, Needs, Touched};
use crate::model::{Arguments, FieldId, FieldSet, Key, Record, Touch, Value, Wire, Written};
use crate::protocol::{Row, WriteRow, WroteRow};

/// What came of a write.
pub(super) fn written(doing: &Doing<'_>, (row, wrote): (&WriteRow<'_>, WroteRow)) -> Written {
    let record = wrote.row.as_ref().and_then(|row| record(doing, row)).map(Arc::new);
    let before = row.before.as_ref().and_then(|row| record_of(doing, row, doing.target.of.mapped()));
    Written { key: wrote.key, record, gives: wrote.gives, touches: touches(doing, before.as_ref()) }
}

/// What it touches beside the record and its lists; `before` is the record as it was.
pub(super) fn touches(doing: &Doing<'_>, before: Option<&Record>) -> Vec<Touch> {
    doing.mapping.touches.iter().flat_map(|touched| touched_by(doing, *touched, before)).collect()
}

/// The record of the answer's row, with the fields that are whole in it.
fn record(doing: &Doing<'_>, row: &Row) -> Option<Record> {
    let of = doing.target.of;
    let whole = |needs: &Needs| needs.facets.is_empty() && needs.columns.iter().all(|column| has(&row.row, column));
    if !whole(&of.base_needs) {
        return None;
    }
    let fields = of.mapped().iter().filter(|field| of.needs.get(usize::from(field.0)).is_some_and(whole));
    record_of(doing, row, fields.collect()).filter(|record| record.visible)
}

fn has(row: &Wire, column: &str) -> bool {
    matches!(row, Wire::Object(members) if members.iter().any(|(name, _)| **name == *column))
}

fn record_of(doing: &Doing<'_>, row: &Row, fields: FieldSet) -> Option<Record> {
    let none = Arguments::default();
    let now = doing.inner.setup.clock.now();
    let mapping = Mapping { fields, arguments: &none, context: &doing.write.context, now };
    doing.inner.map(&doing.target, &mapping, row).ok().flatten()
}

fn touched_by(doing: &Doing<'_>, touched: Touched, before: Option<&Record>) -> Vec<Touch> {
    let accounts = &doing.write.context.account;
    match touched {
        Touched::Reference(field, entity) => {
            let key = led_to(doing, field, doing.target.of).or_else(|| match before?.value(field) {
                Value::Reference(to) => Some(to.key.clone()),
                _ => None,
            });
            vec![key.map_or(Touch::Entity(entity), |key| Touch::Record(entity, key))]
        }
        Touched::Own(of, by) => vec![Touch::Lists(of, by, doing.write.key.clone())],
        Touched::Lists(of, by) if accounts.is_empty() => vec![Touch::Lists(of, by, None)],
        Touched::Lists(of, by) => accounts.iter().map(|key| Touch::Lists(of, by, Some(key.clone()))).collect(),
        Touched::Account => {
            let hub = doing.inner.setup.graph.hub;
            accounts.iter().map(|key| Touch::Record(hub, key.clone())).collect()
        }
        Touched::Entity(entity) => vec![Touch::Entity(entity)],
    }
}

/// The record that the input names for a reference.
fn led_to(doing: &Doing<'_>, field: FieldId, of: &EntityMapping) -> Option<Key> {
    let known = doing.inner.setup.graph.entity(of.entity)?.field(field)?;
    let named = doing.write.input.get(&format!("{}Id", known.name));
    named.as_text().and_then(|key| Key::new(&key))
}
