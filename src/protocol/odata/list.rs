//! Lists: each parent's pages with one query, its several keys as one or-chain.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::{Core, abreast};
use super::super::errors::Failure;
use super::super::facets::Facets;
use super::super::needed::How;
use super::super::page::{Paged, Span};
use super::super::path::first;
use super::super::push::{comparisons, is_exact, plain};
use super::super::rest::way::parent_kind;
use super::super::stage::Stage;
use super::super::{ListRows, Row, RowPage, encode};
use super::filter::{any, compared, equal, property, visible};
use super::query::{Query, switches};
use super::read::made;
use super::selected::Selected;
use super::{found, keyed};
use crate::connector::{EntityMapping, Origin, Path, Read, RowView, key_of};
use crate::error::{Code, Error};
use crate::model::{Arguments, Condition, FieldId, Key, ListOf, Order, Parent, Wire};

pub(super) async fn list(core: &Core, of: &EntityMapping, read: &ListRows) -> Vec<Result<RowPage, Error>> {
    if let Some(error) = refused(of, read) {
        return read.parents.iter().map(|_| Err(core.located(of, error.clone()))).collect();
    }
    let elsewhere = keyed_way(of, read);
    let by = parent_path(of, &read.list).filter(|_| elsewhere.is_none());
    let how = How::List(read.list.clone(), usize::from(read.search.is_some()), read.order);
    let stage = core.stage(of, (read.fields, how), by);
    let listing = Listing { core, of, read, stage: &stage, by };
    if let Some(way) = elsewhere {
        let pages = if way.search { found::pages(&listing, way).await } else { keyed::pages(&listing, way).await };
        return listing.joined(pages).await;
    }
    let each = read.parents.iter().map(|parent| -> BoxFuture<'_, _> { Box::pin(listing.parent(parent)) });
    let pages = abreast(each.collect()).await;
    listing.joined(pages).await
}

/// Why a list cannot be read as it was asked for.
pub(super) fn refused(of: &EntityMapping, read: &ListRows) -> Option<Error> {
    let unsearched = read.search.is_some() && way(of, read).is_none();
    if unsearched || read.order.is_some_and(|order| ordered_by(of, read, order).is_none()) {
        return Some(Error::public(Code::BadUserInput, "This list cannot be searched or sorted in that way."));
    }
    if keyed_way(of, read).is_some() {
        return None;
    }
    let parent = matches!(read.list, ListOf::Parent(_));
    (parent && parent_path(of, &read.list).and_then(property).is_none())
        .then(|| Error::new(Code::Internal, "the parent of the list is not mapped to a column"))
}

/// What the manifest says of a list, or of the search of one; most lists need nothing to be said.
fn way<'a>(of: &'a EntityMapping, read: &ListRows) -> Option<&'a Read> {
    let parent = match read.list {
        ListOf::Parent(field) => Some(field),
        ListOf::All => None,
    };
    let ways = &of.lists.iter().find(|mapping| mapping.parent == parent)?.ways;
    ways.iter().find(|way| way.search == read.search.is_some())
}

/// How a list is read whose parent, or the text that is searched, stands in another set.
pub(super) fn keyed_way<'a>(of: &'a EntityMapping, read: &ListRows) -> Option<&'a Read> {
    way(of, read).filter(|way| way.keys.is_some())
}

/// The column with the parent's key.
fn parent_path<'a>(of: &'a EntityMapping, list: &ListOf) -> Option<&'a Path> {
    let ListOf::Parent(field) = list else { return None };
    let mapping = of.fields.get(usize::from(field.0))?.as_ref()?;
    match plain(mapping)?.from.first()? {
        Origin::Path(path) => Some(path),
        Origin::Computed(_) => None,
    }
}

/// What a field is called in conditions or orders: by the list's own words, or by the field's.
fn column(of: &EntityMapping, declared: Option<&Vec<(FieldId, Arc<str>)>>, field: FieldId) -> Option<Arc<str>> {
    match declared {
        Some(names) => names.iter().find(|(f, _)| *f == field).map(|(_, name)| Arc::clone(name)),
        None => plain(of.fields.get(usize::from(field.0))?.as_ref()?)?.push.clone(),
    }
}

fn ordered_by(of: &EntityMapping, read: &ListRows, order: Order) -> Option<Arc<str>> {
    let way = way(of, read);
    if way.is_some_and(|way| way.sorted == Some(order)) {
        return column(of, None, order.field);
    }
    column(of, way.map(|way| &way.order), order.field)
}

/// What a list is read with.
pub(super) struct Listing<'a> {
    pub(super) core: &'a Core,
    pub(super) of: &'a EntityMapping,
    pub(super) read: &'a ListRows,
    pub(super) stage: &'a Stage<'a>,
    by: Option<&'a Path>,
}

impl Listing<'_> {
    async fn parent(&self, parent: &Parent) -> Result<Paged<(Key, Row)>, Failure> {
        if parent.keys.is_empty() && self.read.list != ListOf::All {
            return Ok(Paged { rows: Vec::new(), has_next: false, total: Some(0) });
        }
        let names = self.core.names(&self.read.context, true);
        let ordered = || Selected::rows(self.core, self.stage, Some(self.order()));
        let mut filter = String::new();
        encode::value(&mut filter, &self.tests(&parent.keys).join(" and "));
        let query = Query {
            core: self.core,
            context: &self.read.context,
            names: &names,
            selected: self.stage.needed.ordered.get_or_init(ordered),
            filter: filter.into(),
            total: self.read.total,
        };
        let max = way(self.of, self.read).map_or(0, |way| way.page.max);
        let span = Span { first: self.read.first, more: self.read.more };
        let paged = query.rows(parent.after.as_ref(), span, max).await.map_err(Failure::of_all)?;
        let mut rows = Vec::with_capacity(paged.rows.len());
        for (row, position) in paged.rows {
            let key = key_of(self.of, &RowView::bare(&row, None));
            let set = self.of.set.as_deref().unwrap_or_default();
            let key = key.ok_or_else(|| super::super::errors::unusable(format!("a row of `{set}` has no key")))?;
            let listed_under = self.listed_under(&row, &parent.keys);
            rows.push(((key, made(self.stage, row, listed_under)), position));
        }
        Ok(Paged { rows, has_next: paged.has_next, total: paged.total })
    }

    fn tests(&self, keys: &[Key]) -> Vec<String> {
        let version = switches(self.core).version;
        let mut tests = Vec::new();
        if let (Some(way), Some(phrase)) = (way(self.of, self.read), &self.read.search) {
            tests.extend(found::tests((&way.columns, phrase), version));
        }
        if let Some(column) = self.by.and_then(property) {
            let kind = parent_kind(self.core, self.of, &self.read.list);
            let clauses: Vec<String> = keys.iter().map(|key| equal(&column, (key.first(), kind), version)).collect();
            tests.push(any(&clauses));
        }
        let declared = way(self.of, self.read).map(|way| &way.filter);
        for condition in &self.read.filter {
            let mapping = self.of.fields.get(usize::from(condition.field.0)).and_then(Option::as_ref);
            if let (Some(column), Some(mapping)) = (column(self.of, declared, condition.field), mapping) {
                let all = comparisons(condition, mapping, &self.core.binding.connector.zone);
                tests.extend(all.iter().map(|comparison| compared(&column, comparison, version)));
            }
        }
        tests.extend(self.of.visible.iter().flat_map(|condition| visible(condition, version, Some(self.of))));
        tests
    }

    /// Whether the service counts exactly what is asked for: every condition is asked of it as it is, and nothing falls out
    /// afterwards because it may not be seen.
    fn counts_exactly(&self) -> bool {
        let declared = way(self.of, self.read).map(|way| &way.filter);
        let exact = |condition: &Condition| {
            let mapping = self.of.fields.get(usize::from(condition.field.0)).and_then(Option::as_ref);
            column(self.of, declared, condition.field).is_some() && mapping.is_some_and(|of| is_exact(condition, of))
        };
        let version = switches(self.core).version;
        let seen = self.of.visible.as_ref().is_none_or(|all| visible(all, version, Some(self.of)).len() == all.0.len());
        seen && self.read.filter.iter().all(exact)
    }

    /// The order asked for, or the list's usual one; ties, and lists without an order, are ordered by key, since pages of
    /// an unordered list may overlap.
    fn order(&self) -> String {
        let usual = way(self.of, self.read).and_then(|way| way.sorted);
        let order = self.read.order.or(usual);
        let way = if order.is_some_and(|order| order.descending) { " desc" } else { "" };
        let column = order.and_then(|order| ordered_by(self.of, self.read, order)).map(|column| column.to_string());
        let keys = self.of.key.iter().filter_map(|part| property(&part.from)).map(std::borrow::Cow::into_owned);
        let mut columns: Vec<String> = Vec::new();
        for column in column.into_iter().chain(keys) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns.iter().map(|column| format!("{column}{way}")).collect::<Vec<_>>().join(",")
    }

    /// Which of the parent's keys a row belongs to, by the row.
    fn listed_under(&self, row: &Wire, keys: &[Key]) -> Option<Key> {
        let text = first(self.by?, row).as_text()?;
        keys.iter().find(|key| key.first() == &*text).cloned()
    }

    async fn joined(&self, pages: Vec<Result<Paged<(Key, Row)>, Failure>>) -> Vec<Result<RowPage, Error>> {
        let counted = self.read.total && self.counts_exactly();
        let located = |error: Error| self.core.located(self.of, error);
        if self.stage.is_complete() {
            let made = |page: Paged<(Key, Row)>| {
                let rows = page.rows.into_iter().map(|((_, row), at)| (row, at)).collect();
                RowPage { rows, last: None, has_next: page.has_next, total: page.total.filter(|_| counted) }
            };
            return pages.into_iter().map(|page| page.map(made).map_err(|failure| located(failure.error))).collect();
        }
        let (mut rows, mut shells) = (Vec::new(), Vec::new());
        for page in pages {
            shells.push(page.map(|page| {
                let each = page.rows.into_iter().map(|(row, position)| {
                    rows.push(row);
                    position
                });
                let positions: Vec<_> = each.collect();
                (positions, page.has_next, page.total)
            }));
        }
        let (arguments, context) = (Arguments::from([]), &self.read.context);
        let facets = Facets { core: self.core, stage: self.stage, context, arguments: &arguments };
        let mut errors = facets.attach(&mut rows).await;
        let mut joined = rows.into_iter().enumerate();
        let made = shells.into_iter().map(|shell| {
            let (positions, has_next, total) = shell.map_err(|failure: Failure| failure.error)?;
            // Every row of the page is consumed, whatever comes of it: rows are handed out in order.
            let taken: Vec<_> = joined.by_ref().take(positions.len()).zip(positions).collect();
            let rows = taken.into_iter().map(|((place, (_, row)), at)| errors.take(place).map_or(Ok((row, at)), Err));
            let rows = rows.collect::<Result<Vec<_>, Error>>()?;
            Ok(RowPage { rows, last: None, has_next, total: total.filter(|_| counted) })
        });
        made.map(|page: Result<RowPage, Error>| page.map_err(located)).collect()
    }
}
