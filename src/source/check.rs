//! Conditions, checked on mapped values: what a system answers may be wider than what was asked for.

use std::cmp::Ordering;

use jiff::Timestamp;

use crate::error::Error;
use crate::model::{Condition, Record, Test, Value};

/// Whether every condition holds. A value that is missing or does not fit its field meets none.
pub(super) fn holds(record: &Record, filter: &[Condition]) -> bool {
    filter.iter().all(|condition| match &condition.test {
        Test::NotAll(all) => !holds(record, all) && unfit(record, filter).is_none(),
        test => meets(record.value(condition.field), test),
    })
}

/// What does not fit its field of all that the conditions look at: they cannot be judged by it.
pub(super) fn unfit<'r>(record: &'r Record, filter: &[Condition]) -> Option<&'r Error> {
    filter.iter().flat_map(|condition| condition.fields().iter().collect::<Vec<_>>()).find_map(|field| {
        match record.value(field) {
            Value::Fault(error) => Some(error),
            _ => None,
        }
    })
}

fn meets(value: &Value, test: &Test) -> bool {
    match (value, test) {
        (Value::Null | Value::Fault(_), Test::In(wanted)) => value.is_null() && wanted.iter().any(Value::is_null),
        (Value::Null | Value::Fault(_), _) => false,
        // A list meets a test where one of its values does.
        (Value::List(values), Test::In(_) | Test::Between { .. }) => values.iter().any(|value| meets(value, test)),
        (Value::List(values), Test::NotIn(_)) => values.iter().all(|value| meets(value, test)),
        (_, Test::In(wanted)) => wanted.iter().any(|one| same(value, one)),
        (_, Test::NotIn(unwanted)) => !unwanted.iter().any(|one| same(value, one)),
        (Value::Text(text), Test::Between { from, to, inclusive }) => {
            let after = from.as_deref().is_none_or(|from| order(text, from) != Ordering::Less);
            let before = to.as_deref().is_none_or(|to| match order(text, to) {
                Ordering::Less => true,
                Ordering::Equal => *inclusive,
                Ordering::Greater => false,
            });
            after && before
        }
        (_, Test::Between { .. } | Test::NotAll(_)) => false,
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) => one == other,
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::Reference(one), Value::Reference(other)) => one == other,
        // Numbers and keys may be told as text.
        (Value::Int(number), Value::Text(text)) | (Value::Text(text), Value::Int(number)) => {
            **text == number.to_string()
        }
        (Value::Reference(to), Value::Text(key)) | (Value::Text(key), Value::Reference(to)) => {
            to.key.as_str() == &**key
        }
        _ => false,
    }
}

/// Instants by the moment they tell (`30Z` and `30.0Z` are one); days as they are written, which sorts them.
fn order(one: &str, other: &str) -> Ordering {
    match (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        _ => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::error::Code;

    fn between(from: &str, to: &str, inclusive: bool) -> Test {
        Test::Between { from: Some(Arc::from(from)), to: Some(Arc::from(to)), inclusive }
    }

    #[test]
    fn instants_compare_by_moment_and_days_include_the_last() {
        let instants = between("2026-03-01T08:15:30Z", "2026-03-01T09:00:00Z", false);
        assert!(meets(&Value::text("2026-03-01T08:15:30.5Z"), &instants));
        assert!(meets(&Value::text("2026-03-01T08:15:30.000Z"), &instants));
        assert!(!meets(&Value::text("2026-03-01T09:00:00.0Z"), &instants));
        let days = between("2026-03-01", "2026-03-31", true);
        assert!(meets(&Value::text("2026-03-31"), &days));
        assert!(!meets(&Value::text("2026-04-01"), &days));
    }

    #[test]
    fn what_is_missing_or_broken_meets_nothing() {
        let values: Arc<[Value]> = Arc::from([Value::text("OPEN")]);
        let fault = Value::Fault(Error::new(Code::UpstreamRejected, "not a status"));
        for value in [Value::Null, fault] {
            assert!(!meets(&value, &Test::In(values.clone())));
            assert!(!meets(&value, &Test::NotIn(values.clone())));
            assert!(!meets(&value, &between("a", "z", true)));
        }
        assert!(meets(&Value::text("OPEN"), &Test::In(values.clone())));
        assert!(!meets(&Value::text("OPEN"), &Test::NotIn(values.clone())));
        assert!(meets(&Value::text("DONE"), &Test::NotIn(values)));
        assert!(meets(&Value::Int(7), &Test::In(Arc::from([Value::text("7")]))));
    }
}
