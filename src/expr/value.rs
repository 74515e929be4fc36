//! What operators do with values, and what values weigh.

use std::cmp::Ordering;

use super::decimal;
use super::functions::kind;
use super::node::Operator;
use crate::model::Wire;

/// What a value weighs, its cells at `cell` bytes each; `None` where that is more than `limit`.
pub(super) fn weigh(value: &Wire, cell: usize, limit: usize) -> Option<usize> {
    let mut left = limit.checked_sub(cell)?;
    match value {
        Wire::Null | Wire::Bool(_) => {}
        Wire::Number(text) | Wire::Text(text) => left = left.checked_sub(text.len())?,
        Wire::List(items) => {
            for item in items {
                left -= weigh(item, cell, left)?;
            }
        }
        Wire::Object(members) => {
            for (name, member) in members {
                left = left.checked_sub(name.len())?;
                left -= weigh(member, cell, left)?;
            }
        }
    }
    Some(limit - left)
}

/// About how much work it is to go through a value once.
pub(super) fn length(value: &Wire) -> usize {
    match value {
        Wire::Null | Wire::Bool(_) => 1,
        Wire::Number(text) | Wire::Text(text) => 1 + text.len() / 32,
        Wire::List(items) => items.len(),
        Wire::Object(members) => members.len(),
    }
}

/// About how much work it is to compare two values. Counting stops where it is more than `limit`.
pub(super) fn comparing(left: &Wire, right: &Wire, limit: usize) -> usize {
    match (left, right) {
        (Wire::List(a), Wire::List(b)) if a.len() == b.len() => effort(left, limit),
        (Wire::Object(a), Wire::Object(b)) if a.len() == b.len() => effort(left, limit),
        (Wire::Text(_) | Wire::Number(_), Wire::Text(_) | Wire::Number(_)) => length(left).min(length(right)),
        _ => 1,
    }
}

/// About how much work it is to compare a value with one like it: names of a map are looked for one by one.
fn effort(value: &Wire, limit: usize) -> usize {
    let mut all = length(value);
    let parts: &mut dyn Iterator<Item = &Wire> = match value {
        Wire::List(items) => &mut items.iter(),
        Wire::Object(members) => {
            all = all.saturating_add(members.len().saturating_mul(members.len()) / 16);
            &mut members.iter().map(|(_, member)| member)
        }
        _ => return all,
    };
    for part in parts {
        if all > limit {
            break;
        }
        all = all.saturating_add(effort(part, limit - all));
    }
    all
}

pub(super) fn member<'w>(value: &'w Wire, name: &str) -> &'w Wire {
    match value {
        Wire::Object(_) => value.get(name),
        Wire::List(items) => items.first().map_or(&Wire::Null, |first| first.get(name)),
        _ => &Wire::Null,
    }
}

pub(super) fn equal(left: &Wire, right: &Wire) -> bool {
    match (left, right) {
        (Wire::Number(a), Wire::Number(b)) => a == b || decimal::compare(a, b) == Some(Ordering::Equal),
        (Wire::Number(a), Wire::Text(b)) | (Wire::Text(a), Wire::Number(b)) => a == b,
        (Wire::List(a), Wire::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Wire::Object(a), Wire::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, value)| equal(value, right.get(name)))
        }
        _ => left == right,
    }
}

pub(super) fn order(left: &Wire, right: &Wire) -> Option<Ordering> {
    match (left, right) {
        (Wire::Text(a), Wire::Text(b)) => Some(a.cmp(b)),
        (Wire::Number(a) | Wire::Text(a), Wire::Number(b) | Wire::Text(b)) => decimal::compare(a, b),
        (Wire::Bool(a), Wire::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

pub(super) fn arithmetic(operator: Operator, left: &Wire, right: &Wire) -> Result<Wire, String> {
    let misfit = || format!("this operator does not take {} and {}", kind(left), kind(right));
    let number = |result: Option<String>| {
        result.map(|it| Wire::Number(it.into())).ok_or_else(|| "the result has more digits than can be kept".to_owned())
    };
    match (operator, left, right) {
        (Operator::Add, Wire::Number(a), Wire::Number(b)) => number(decimal::add(a, b)),
        (Operator::Add, Wire::Text(a) | Wire::Number(a), Wire::Text(b) | Wire::Number(b)) => {
            Ok(Wire::Text([&**a, &**b].concat().into()))
        }
        (Operator::Add, Wire::List(a), Wire::List(b)) => Ok(Wire::List(a.iter().chain(b).cloned().collect())),
        (Operator::Subtract, Wire::Number(a), Wire::Number(b)) => number(decimal::subtract(a, b)),
        (Operator::Multiply, Wire::Number(a), Wire::Number(b)) => number(decimal::multiply(a, b)),
        (Operator::Divide | Operator::Modulo, Wire::Number(a), Wire::Number(b)) => {
            let (Some(a), Some(b)) = (decimal::whole(a), decimal::whole(b)) else {
                return Err("`/` and `%` take whole numbers".to_owned());
            };
            let result = if operator == Operator::Divide { a.checked_div(b) } else { a.checked_rem(b) };
            number(Some(result.ok_or("this cannot be divided")?.to_string()))
        }
        _ => Err(misfit()),
    }
}
