//! One read of one entity: which columns and facets it needs, and how its answer becomes rows.

use std::collections::HashMap;
use std::sync::Arc;

use super::core::Core;
use super::errors::Failure;
use super::names::Names;
use super::needed::{How, Needed};
use super::path::{first, rows, texts};
use super::template::{Parameters, fill_all, merge};
use super::wants::Wants;
use crate::connector::{Basis, Condition, EntityMapping, Facet, FacetWay, Path, Root, RowView, collect, holds};
use crate::model::{FieldSet, Key, Wire};
use crate::protocol::Row;

/// One read of one entity.
#[derive(Clone, Debug)]
pub(super) struct Stage<'a> {
    pub(super) of: &'a EntityMapping,
    pub(super) needed: Arc<Needed>,
    pub(super) basis: Basis<'a>,
}

/// Lists that came beside the rows, by facet: joining key → rows.
pub(super) type Beside = Vec<(usize, HashMap<String, Vec<Wire>>)>;

impl Core {
    /// A read of these fields; `more` is needed beside them.
    pub(super) fn stage<'a>(&'a self, of: &'a EntityMapping, read: (FieldSet, How), more: Option<&Path>) -> Stage<'a> {
        Stage { of, needed: self.kept.of(of, read, more), basis: self.basis() }
    }
}

impl<'a> Stage<'a> {
    /// The facets that are needed, by their place.
    pub(super) fn facets(&self) -> impl Iterator<Item = (usize, &'a Facet)> {
        self.needed.needs.facets.keys().filter_map(|at| self.of.facets.get(*at).map(|facet| (*at, facet)))
    }

    /// The facets that need a call of their own.
    pub(super) fn apart(&self) -> impl Iterator<Item = (usize, &'a Facet)> {
        let apart = |facet: &Facet| matches!(facet.way, FacetWay::Set { .. } | FacetWay::Read(_));
        self.facets().filter(move |(_, facet)| apart(facet))
    }

    /// Whether nothing has to be read beside the rows.
    pub(super) fn is_complete(&self) -> bool {
        self.needed.levels.is_empty()
    }

    /// The parameters that facets add to the row's own read.
    pub(super) fn query(&self, names: &Names<'_>) -> Result<Parameters, Failure> {
        let mut all = Vec::new();
        for (_, facet) in self.facets() {
            if let FacetWay::With { query, .. } = &facet.way {
                for (name, value) in fill_all(query, names)? {
                    merge(&mut all, &name, value);
                }
            }
        }
        Ok(all)
    }

    /// Wants the columns of a row.
    pub(super) fn wants_row(&self, row: &mut Wants) {
        self.needed.needs.columns.iter().for_each(|name| row.column(name));
        for (_, facet) in self.facets() {
            match &facet.way {
                FacetWay::With { at: Some(at), .. } => row.path(at),
                FacetWay::Expand(nav) => nav.split('/').take(1).for_each(|first| row.column(&Arc::from(first))),
                _ => {}
            }
            facet.when.iter().for_each(|when| row.condition(when));
        }
        for condition in self.of.visible.iter().chain(&self.of.gone) {
            row.condition(condition);
        }
    }

    /// Wants what comes beside the rows.
    pub(super) fn wants_beside(&self, wants: &mut Wants) {
        for (at, facet) in self.facets() {
            if let FacetWay::With { rows: Some(path), .. } = &facet.way {
                self.wants_facet(at, facet, wants.node(&path.steps));
            }
        }
    }

    /// Wants of a facet's row what is needed of it.
    pub(super) fn wants_facet(&self, at: usize, facet: &Facet, row: &mut Wants) {
        match self.needed.needs.facets.get(&at).map(Vec::as_slice) {
            None | Some([]) => row.whole(),
            Some(columns) => {
                columns.iter().for_each(|name| row.column(name));
                facet.by.iter().for_each(|by| row.path(by));
                facet.only.iter().for_each(|only| row.condition(only));
            }
        }
    }

    /// The lists beside the rows, made ready to be joined.
    pub(super) fn beside(&self, body: &Wire) -> Beside {
        let mut all = Vec::new();
        for (at, facet) in self.facets() {
            if let (FacetWay::With { rows: Some(path), .. }, Some(by)) = (&facet.way, &facet.by) {
                let mut found = Vec::new();
                collect(body, &path.steps, &mut found);
                all.push((at, joined(found.into_iter().flat_map(Wire::items).cloned(), by)));
            }
        }
        all
    }

    /// A row with what came in and beside it.
    pub(super) fn row(&self, mut row: Wire, parent: Option<Key>, beside: &Beside) -> Row {
        let mut facets = vec![Wire::Null; self.of.facets.len()];
        for (at, facet) in self.facets() {
            let value = match &facet.way {
                FacetWay::With { at: Some(path), .. } => self.counting(facet, first(path, &row).clone()),
                FacetWay::With { .. } => {
                    let words = beside.iter().find(|(place, _)| *place == at);
                    let keys = self.joining(facet, (&row, &facets), None);
                    let rows = keys.iter().filter_map(|key| words?.1.get(&*key.as_text()?)).flatten().cloned();
                    self.counting(facet, Wire::List(rows.collect()))
                }
                FacetWay::Expand(nav) if self.needed.is_taken(at) => self.counting(facet, expanded(row.take(nav))),
                FacetWay::Expand(nav) => self.counting(facet, along(&row, nav)),
                FacetWay::Set { .. } | FacetWay::Read(_) => continue,
            };
            if let Some(place) = facets.get_mut(at) {
                *place = value;
            }
        }
        Row { row, facets, parent, etag: None }
    }

    /// Whether a facet is wanted for a row at all.
    pub(super) fn wanted(&self, facet: &Facet, row: &Row) -> bool {
        facet.when.as_ref().is_none_or(|when| holds(when, &row.view(), &self.basis))
    }

    /// What of a facet counts.
    pub(super) fn counting(&self, facet: &Facet, value: Wire) -> Wire {
        let counts = |only: &Condition, row: &Wire| holds(only, &RowView::bare(row, None), &self.basis);
        match (value, &facet.only) {
            (Wire::List(rows), Some(only)) => Wire::List(rows.into_iter().filter(|row| counts(only, row)).collect()),
            (one @ Wire::Object(_), Some(only)) if !counts(only, &one) => Wire::Null,
            (value, _) => value,
        }
    }

    /// The keys by which a facet joins a row.
    pub(super) fn joining(&self, facet: &Facet, (row, facets): (&Wire, &[Wire]), key: Option<&Key>) -> Vec<Wire> {
        let scalars = |path: &Path, wire: &Wire| -> Vec<Wire> {
            let mut found = Vec::new();
            wire.items().iter().for_each(|item| collect(item, &path.steps, &mut found));
            let scalars = found.into_iter().flat_map(Wire::items);
            scalars.filter(|item| item.as_text().is_some_and(|text| !text.is_empty())).cloned().collect()
        };
        match &facet.key {
            None => match key {
                Some(key) => vec![super::names::key(self.of, key)],
                None => {
                    let parts = self.of.key.iter().filter(|part| part.from.root == Root::Row);
                    parts.flat_map(|part| scalars(&part.from, row)).collect()
                }
            },
            Some(path) => match path.root {
                Root::Facet(at) => facets.get(at).map_or_else(Vec::new, |wire| scalars(path, wire)),
                _ => scalars(path, row),
            },
        }
    }
}

/// Rows by the text of their joining keys.
pub(super) fn joined(rows: impl Iterator<Item = Wire>, by: &Path) -> HashMap<String, Vec<Wire>> {
    let mut all: HashMap<String, Vec<Wire>> = HashMap::new();
    for row in rows {
        for key in texts(by, &row).into_iter().map(std::borrow::Cow::into_owned).collect::<Vec<_>>() {
            all.entry(key).or_default().push(row.clone());
        }
    }
    all
}

/// What was expanded along a path of navigations: behind the first, all that hangs on anything before it, as one list.
fn along(row: &Wire, path: &str) -> Wire {
    match path.split_once('/') {
        None => expanded(row.get(path).clone()),
        Some((nav, rest)) => {
            let inner = expanded(row.get(nav).clone());
            Wire::List(inner.items().iter().flat_map(|item| along(item, rest).items().to_vec()).collect())
        }
    }
}

/// What was expanded: `{"results": […]}` is its list, and a link to where it could be read is nothing.
fn expanded(value: Wire) -> Wire {
    match value {
        Wire::Object(members) if members.iter().any(|(name, _)| &**name == "__deferred") => Wire::Null,
        mut object @ Wire::Object(_) if matches!(object.get("results"), Wire::List(_)) => object.take("results"),
        other => other,
    }
}

/// The rows of an answer.
pub(super) fn answered(read: &crate::connector::Read, body: Wire) -> Vec<Wire> {
    let found = rows(&read.rows, body);
    if read.single { found.into_iter().take(1).collect() } else { found }
}
