//! What rows of several systems are ordered by.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::merge::Rank;
use super::run::Run;
use crate::graph::{FieldKind, Scalar, Shape};
use crate::model::{EntityId, FieldId, Record, Value};

impl Run<'_> {
    /// The rank of a record by a field: a time, a number or an amount, whatever its currency. `None` where it has none, or
    /// none that fits.
    pub(super) fn rank(&self, record: &Record, field: FieldId) -> Option<Rank> {
        let graph = &self.executor.planner.graph;
        let known = graph.entity(record.entity)?.field(field)?;
        match (&known.kind, record.value(field)) {
            (FieldKind::Stored(Shape::Scalar(Scalar::Date | Scalar::DateTime)), value) => {
                self.instant(record.entity, field, value).map(Rank::At)
            }
            (FieldKind::Stored(Shape::Scalar(_)), value) => number(value),
            (FieldKind::Stored(Shape::Object(id)), Value::Object(members)) => {
                let amount = graph.value_type(*id)?.field_id("amount")?;
                number(members.get(usize::from(amount.0))?)
            }
            _ => None,
        }
    }

    /// The instant that a date or instant of an entity means. A day begins at midnight in the portal's time zone.
    pub(super) fn instant(&self, entity: EntityId, field: FieldId, value: &Value) -> Option<Timestamp> {
        let known = self.executor.planner.graph.entity(entity)?.field(field)?;
        match (&known.kind, value) {
            (FieldKind::Stored(Shape::Scalar(Scalar::Date)), Value::Text(text)) => {
                let day: Date = text.parse().ok()?;
                Some(day.to_zoned(self.executor.zone.clone()).ok()?.timestamp())
            }
            (FieldKind::Stored(Shape::Scalar(Scalar::DateTime)), Value::Text(text)) => text.parse().ok(),
            _ => None,
        }
    }
}

fn number(value: &Value) -> Option<Rank> {
    match value {
        Value::Int(number) => Some(Rank::Number(Decimal::from(*number))),
        Value::Text(digits) => digits.parse().ok().map(Rank::Number),
        _ => None,
    }
}
