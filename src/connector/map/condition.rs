//! Whether a condition of a manifest holds for a row.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::row::{RowView, lookup};
use crate::connector::convert::{Moment, Zone};
use crate::connector::mapping::{Bound, Condition, Test};
use crate::connector::resolved::Connector;
use crate::expr::decimal;
use crate::model::Wire;

/// What a row is read against beside itself.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The system's own ways: its zone, and what it writes for "nothing".
    pub connector: &'a Connector,
    /// The moment of the read.
    pub now: Timestamp,
}

impl Basis<'_> {
    /// Whether a value counts as not there: null, or one of the connector's empty values.
    #[must_use]
    pub fn absent(&self, value: &Wire) -> bool {
        value.is_null() || self.connector.empty.contains(value)
    }

    /// The zone of times that have none.
    #[must_use]
    pub(crate) fn zone(&self) -> Zone<'_> {
        Zone(&self.connector.zone)
    }
}

/// Whether every test of a condition passes. A test of a list passes when one element passes it. A test of what it cannot
/// look at (an object; a word, for `above`) passes neither as it is nor under `not`: what is shown by a condition is shown
/// only where the condition is known to hold.
#[must_use]
pub fn holds(condition: &Condition, row: &RowView<'_>, basis: &Basis<'_>) -> bool {
    condition.0.iter().all(|(path, test)| passes(test, &lookup(path, row), basis) == Some(true))
}

/// `None` where it cannot be said.
fn passes(test: &Test, value: &Wire, basis: &Basis<'_>) -> Option<bool> {
    match test {
        Test::Absent => Some(absent(value, basis)),
        Test::Present => Some(!absent(value, basis)),
        Test::Not(inner) => passes(inner, value, basis).map(|passes| !passes),
        single => match value {
            Wire::List(items) => {
                let each = || items.iter().map(|item| of_one(single, item, basis));
                if each().any(|one| one == Some(true)) {
                    Some(true)
                } else {
                    each().all(|one| one.is_some()).then_some(false)
                }
            }
            one => of_one(single, one, basis),
        },
    }
}

fn absent(value: &Wire, basis: &Basis<'_>) -> bool {
    match value {
        Wire::List(items) if !items.is_empty() => items.iter().all(|item| basis.absent(item)),
        Wire::List(_) => true,
        one => basis.absent(one),
    }
}

fn of_one(test: &Test, value: &Wire, basis: &Basis<'_>) -> Option<bool> {
    if value.is_null() {
        return Some(false);
    }
    let text = value.as_text()?;
    // What stands for nothing is a word as well, but no number and no day.
    let order = |found: Option<Ordering>, wanted: Ordering| match found {
        Some(order) => Some(order == wanted),
        None => basis.absent(value).then_some(false),
    };
    match test {
        Test::In(words) => Some(words.iter().any(|word| **word == *text)),
        Test::Starts(start) => Some(text.starts_with(&**start)),
        Test::Above(bound) => order(decimal::compare(&text, bound), Ordering::Greater),
        Test::Below(bound) => order(decimal::compare(&text, bound), Ordering::Less),
        Test::Before(bound) => order(moment(&text, bound, basis), Ordering::Less),
        Test::After(bound) => order(moment(&text, bound, basis), Ordering::Greater),
        Test::Absent | Test::Present | Test::Not(_) => passes(test, value, basis),
    }
}

/// Compares as instants where both sides are, and as days of the connector's zone where one of them is a day.
fn moment(text: &str, bound: &Bound, basis: &Basis<'_>) -> Option<Ordering> {
    let zone = basis.zone();
    let bound = match bound {
        Bound::Now => Moment::Instant(basis.now),
        Bound::Today => Moment::Day(zone.day(basis.now)?),
        Bound::At(text) => Moment::read(text, &zone)?,
    };
    match (Moment::read(text, &zone)?, bound) {
        (Moment::Instant(value), Moment::Instant(bound)) => Some(value.cmp(&bound)),
        (value, bound) => Some(value.day(&zone)?.cmp(&bound.day(&zone)?)),
    }
}
