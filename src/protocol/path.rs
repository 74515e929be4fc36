//! Looking things up in whole answers: what [`lookup`](crate::connector::lookup) does for one row, for many at once.

use std::borrow::Cow;

use crate::connector::{Path, Root, Step, collect};
use crate::model::Wire;

/// The first thing at a path that is there; null where there is none, or where the path begins elsewhere.
pub(super) fn first<'a>(path: &Path, wire: &'a Wire) -> &'a Wire {
    if path.root != Root::Row {
        return &Wire::Null;
    }
    let mut found = Vec::new();
    collect(wire, &path.steps, &mut found);
    found.into_iter().next().unwrap_or(&Wire::Null)
}

/// The texts of all scalars at a path; a list at its end counts for its elements.
pub(super) fn texts<'a>(path: &Path, wire: &'a Wire) -> Vec<Cow<'a, str>> {
    let mut found = Vec::new();
    if path.root == Root::Row {
        collect(wire, &path.steps, &mut found);
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

/// Whether there is something at a path that rows can be in: all its names up to the first list are there.
pub(super) fn has_rows(path: &Path, wire: &Wire) -> bool {
    let mut at = wire;
    for step in &*path.steps {
        let Step::Name(name) = step else { break };
        let Wire::Object(members) = at else { return false };
        let Some((_, member)) = members.iter().rev().find(|(known, _)| **known == **name) else { return false };
        at = member;
        if at.is_null() {
            // Some systems write a list of nothing so.
            return true;
        }
    }
    matches!(at, Wire::List(_) | Wire::Object(_))
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
            collect(&wire, std::slice::from_ref(step), &mut one);
            if let Some(item) = one.first() {
                take(rest, (*item).clone(), found);
            }
        }
    }
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
