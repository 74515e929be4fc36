//! A row with what was joined to it, and where paths lead in it.

use std::borrow::Cow;

use crate::connector::mapping::{Path, Root, Step};
use crate::model::{Key, Wire};

/// One row of a system, with everything that was joined to it.
#[derive(Clone, Copy, Debug)]
pub struct RowView<'a> {
    /// The row itself; inside `each`, the element.
    pub row: &'a Wire,
    /// By the facet's place in the manifest; [`Wire::Null`] where it was not read.
    pub facets: &'a [Wire],
    /// The key of the parent it was listed under.
    pub parent: Option<&'a Key>,
    /// The record's entity tag, where the answer had it.
    pub etag: Option<&'a str>,
}

impl<'a> RowView<'a> {
    /// A row that nothing is joined to: a whole answer, a group of it, or a row as it came.
    #[must_use]
    pub const fn bare(row: &'a Wire, parent: Option<&'a Key>) -> Self {
        Self { row, facets: &[], parent, etag: None }
    }

    /// The same, seen from an element of it.
    #[must_use]
    pub const fn inside(self, row: &'a Wire) -> Self {
        Self { row, ..self }
    }
}

/// What is at a path; [`Wire::Null`] where there is nothing.
///
/// A path with `[]` answers the list of what it finds, without nulls, and flat where there are several `[]`. A facet that
/// was read apart is the list of its rows: a name on it is that of the first. The parent's key is text (a list of texts
/// where it has several parts). Headers are not part of a row.
#[must_use]
#[inline]
pub fn lookup<'a>(path: &Path, row: &RowView<'a>) -> Cow<'a, Wire> {
    match (path.root, &*path.steps) {
        // Nearly every path is the name of a column.
        (Root::Row, [Step::Name(name)]) => Cow::Borrowed(row.row.member(name)),
        _ => far(path, row),
    }
}

/// The same of any path.
fn far<'a>(path: &Path, row: &RowView<'a>) -> Cow<'a, Wire> {
    let start = match path.root {
        Root::Row => row.row,
        Root::Facet(place) => match (row.facets.get(place), path.steps.first()) {
            (Some(Wire::List(rows)), Some(Step::Name(_))) => rows.first().unwrap_or(&Wire::Null),
            (facet, _) => facet.unwrap_or(&Wire::Null),
        },
        Root::Parent => return Cow::Owned(row.parent.map_or(Wire::Null, |key| parent(key, &path.steps))),
        Root::Header => return Cow::Owned(Wire::Null),
    };
    if path.steps.iter().any(|step| matches!(step, Step::Each)) {
        let mut found = Vec::new();
        collect(start, &path.steps, &mut found);
        return Cow::Owned(Wire::List(found.into_iter().cloned().collect()));
    }
    Cow::Borrowed(path.steps.iter().fold(start, |at, step| one(at, step)))
}

fn parent(key: &Key, steps: &[Step]) -> Wire {
    let mut parts: Vec<Wire> = key.parts().map(|part| Wire::Text(part.into())).collect();
    match steps.last() {
        Some(Step::At(place)) if *place < parts.len() => parts.swap_remove(*place),
        Some(Step::At(_)) => Wire::Null,
        _ if parts.len() == 1 => parts.swap_remove(0),
        _ => Wire::List(parts),
    }
}

fn one<'a>(at: &'a Wire, step: &Step) -> &'a Wire {
    match step {
        Step::Name(name) => at.member(name),
        Step::At(place) => match at {
            Wire::List(items) => items.get(*place).unwrap_or(&Wire::Null),
            _ => &Wire::Null,
        },
        Step::Where(name, value) => {
            let fits = |item: &&Wire| item.get(name).as_text().as_deref() == Some(value);
            at.items().iter().find(fits).unwrap_or(&Wire::Null)
        }
        Step::Each => at,
    }
}

/// Everything at the end of some steps, in order, without nulls: several where they go through each element of a list.
pub fn collect<'a>(at: &'a Wire, steps: &[Step], found: &mut Vec<&'a Wire>) {
    match steps {
        [] => found.extend((!at.is_null()).then_some(at)),
        [Step::Each, rest @ ..] => at.items().iter().for_each(|item| collect(item, rest, found)),
        [step, rest @ ..] => collect(one(at, step), rest, found),
    }
}
