//! Looking things up in answers, by compiled paths.

use std::borrow::Cow;

use crate::connector::{Condition, EntityMapping, Path, Root, Step, Test};
use crate::model::{Key, Wire};

/// Everything at `steps`, in order: several where the path goes through each element of a list.
pub(super) fn select<'a>(steps: &[Step], wire: &'a Wire, found: &mut Vec<&'a Wire>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(wire);
        return;
    };
    match step {
        Step::Name(name) => select(rest, wire.get(name), found),
        Step::At(at) => {
            if let Some(item) = wire.items().get(*at) {
                select(rest, item, found);
            }
        }
        Step::Each => wire.items().iter().for_each(|item| select(rest, item, found)),
        Step::Where(member, value) => {
            let is = |item: &&Wire| item.get(member).as_text().is_some_and(|text| *text == **value);
            if let Some(item) = wire.items().iter().find(is) {
                select(rest, item, found);
            }
        }
    }
}

/// The first thing at a path that is there; null where there is none, or where the path begins elsewhere.
pub(super) fn first<'a>(path: &Path, wire: &'a Wire) -> &'a Wire {
    if path.root != Root::Row {
        return &Wire::Null;
    }
    let mut found = Vec::new();
    select(&path.steps, wire, &mut found);
    found.into_iter().find(|wire| !wire.is_null()).unwrap_or(&Wire::Null)
}

/// The texts of all scalars at a path; a list at its end counts for its elements.
pub(super) fn texts<'a>(path: &Path, wire: &'a Wire) -> Vec<Cow<'a, str>> {
    let mut found = Vec::new();
    if path.root == Root::Row {
        select(&path.steps, wire, &mut found);
    }
    found.into_iter().flat_map(Wire::items).filter_map(Wire::as_text).filter(|text| !text.is_empty()).collect()
}

/// The rows at a path, taken out of the answer: a list there is its elements; nulls are no rows.
pub(super) fn rows(path: &Path, wire: Wire) -> Vec<Wire> {
    let mut found = Vec::new();
    take(&path.steps, wire, &mut found);
    let listed = found.len() == 1 && matches!(found.first(), Some(Wire::List(_)));
    if listed && let Some(Wire::List(items)) = found.pop() {
        found = items;
    }
    found.retain(|row| !row.is_null());
    found
}

fn take(steps: &[Step], wire: Wire, found: &mut Vec<Wire>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(wire);
        return;
    };
    match (step, wire) {
        (Step::Name(name), Wire::Object(mut members)) => {
            if let Some(at) = members.iter().rposition(|(n, _)| **n == **name) {
                take(rest, members.swap_remove(at).1, found);
            }
        }
        (Step::Each, Wire::List(items)) => items.into_iter().for_each(|item| take(rest, item, found)),
        (Step::Each, Wire::Null) | (Step::Name(_), _) => {}
        (Step::Each, one) => take(rest, one, found),
        (Step::At(_) | Step::Where(..), wire) => {
            let mut one = Vec::new();
            select(std::slice::from_ref(step), &wire, &mut one);
            if let Some(item) = one.first() {
                take(rest, (*item).clone(), found);
            }
        }
    }
}

/// The key of a row that was listed under `parent`; `None` where a part is missing or no key.
pub(super) fn key_of(of: &EntityMapping, row: &Wire, parent: Option<&Key>) -> Option<Key> {
    let mut parts = Vec::with_capacity(of.key.len());
    for part in &of.key {
        parts.push(match part.from.root {
            Root::Parent => Cow::Borrowed(parent?.first()),
            _ => first(&part.from, row).as_text()?,
        });
    }
    Key::from_parts(parts.iter().map(AsRef::as_ref))
}

/// Whether a condition holds, as far as it can be told without the time: tests against `now` and `today` let pass, since
/// a mapping checks them again.
pub(super) fn holds(condition: &Condition, row: &Wire) -> bool {
    condition.0.iter().all(|(path, test)| passes(test, first(path, row)).unwrap_or(true))
}

fn passes(test: &Test, value: &Wire) -> Option<bool> {
    let text = value.as_text();
    let there = !value.is_null() && text.as_deref() != Some("");
    Some(match test {
        Test::In(values) => text.is_some_and(|text| values.iter().any(|value| **value == *text)),
        Test::Absent => !there,
        Test::Present => there,
        Test::Not(inner) => !passes(inner, value)?,
        Test::Starts(prefix) => text.is_some_and(|text| text.starts_with(&**prefix)),
        Test::Above(_) | Test::Below(_) | Test::Before(_) | Test::After(_) => return None,
    })
}

/// The last name of a path: what a part of a key is called in a request.
pub(super) fn last_name(path: &Path) -> &str {
    let name = path.steps.iter().rev().find_map(|step| match step {
        Step::Name(name) => Some(&**name),
        _ => None,
    });
    name.unwrap_or("key")
}

/// The first name of a path into a row: the column that has to be asked for.
pub(super) fn column(path: &Path) -> Option<&std::sync::Arc<str>> {
    match (path.root, path.steps.first()) {
        (Root::Row, Some(Step::Name(name))) => Some(name),
        _ => None,
    }
}
