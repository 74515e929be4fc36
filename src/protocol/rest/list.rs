//! Lists: one parent's pages, or many parents' whole lists with one call; rows, or keys that are read afterwards.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::{Answer, Core, Wanted, abreast};
use super::super::errors::{Failure, unusable};
use super::super::facets::Facets;
use super::super::merge::{self, Before, PartList, Place, merge, places};
use super::super::names::{Names, parent};
use super::super::needed::How;
use super::super::page::{Fetched, PageAsk, Paged, Span, pages};
use super::super::path::first;
use super::super::push::plain;
use super::super::request::{Reading, evidence, wants_page};
use super::super::stage::{Stage, answered};
use super::super::template::Parameters;
use super::super::wants::Wants;
use super::super::{ListRows, Row, RowPage};
use super::batch;
use super::get::ByKey;
use super::way::{asked, choose, counts_exactly};
use crate::connector::{EntityMapping, Origin, Page, PageStyle, Path, Read, RowView, Step, collect, key_of};
use crate::error::Error;
use crate::model::{Arguments, Key, ListOf, Parent, Position, Wire};

/// What a list holds: a row, or the key of one that is still to be read.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) row: Option<Row>,
    pub(super) parent: Option<Key>,
}

/// Entries, each with what a page may begin behind.
type Listed = Vec<(Entry, Option<Arc<str>>)>;

/// What a list is read with.
pub(super) struct Listing<'a> {
    pub(super) core: &'a Core,
    pub(super) of: &'a EntityMapping,
    pub(super) read: &'a ListRows,
    pub(super) way: &'a Read,
    pub(super) stage: &'a Stage<'a>,
}

pub(super) async fn list(core: &Core, of: &EntityMapping, read: &ListRows) -> Vec<Result<RowPage, Error>> {
    let way = match choose(of, read) {
        Ok(way) => way,
        Err(failure) => return read.parents.iter().map(|_| Err(core.located(of, failure.error.clone()))).collect(),
    };
    let place = of.lists.iter().flat_map(|list| &list.ways).position(|one| std::ptr::eq(one, way)).unwrap_or_default();
    let how = How::List(read.list.clone(), place, read.order);
    let stage = core.stage(of, (read.fields, how), order_path(of, read, way).map(|(path, _)| path));
    let listing = Listing { core, of, read, way, stage: &stage };
    let pages = if way.many.is_some() && read.list != ListOf::All {
        batch::lists(&listing).await
    } else {
        let each = read.parents.iter().map(|parent| -> BoxFuture<'_, _> { Box::pin(listing.parent(parent)) });
        abreast(each.collect()).await
    };
    listing.rows(pages).await
}

/// The column a list is ordered by, where its rows are merged with another list's.
pub(super) fn order_path<'a>(of: &'a EntityMapping, read: &ListRows, way: &Read) -> Option<(&'a Path, bool)> {
    let order = read.order.or(way.sorted)?;
    let mapping = of.fields.get(usize::from(order.field.0))?.as_ref()?;
    match plain(mapping)?.from.first()? {
        Origin::Path(path) => Some((path, order.descending)),
        Origin::Computed(_) => None,
    }
}

impl Listing<'_> {
    async fn parent(&self, parent: &Parent) -> Result<Paged<Entry>, Failure> {
        let after = parent.after.as_ref();
        match &*parent.keys {
            // Nobody's list cannot be missing: its address is wrong, or a setting in it.
            [] if self.read.list == ListOf::All => {
                self.pages(None, after, self.read.more).await.map_err(Failure::of_all)
            }
            [] => Ok(Paged { rows: Vec::new(), has_next: false, total: Some(0) }),
            [key] => self.pages(Some(key), after, self.read.more).await,
            keys => self.several(keys, after).await,
        }
    }

    /// The lists of several keys of the same parent, as one.
    async fn several(&self, keys: &[Key], after: Option<&Position>) -> Result<Paged<Entry>, Failure> {
        let each = keys.iter().zip(places(keys, after)).map(|(key, from)| -> BoxFuture<'_, _> {
            Box::pin(async move {
                let paged = match &from {
                    Place::End => Ok(Paged { rows: Vec::new(), has_next: false, total: None }),
                    Place::Behind(position) => self.pages(Some(key), position.as_ref(), true).await,
                };
                paged.map(|paged| PartList { key: key.clone(), from, paged })
            })
        });
        let parts = abreast(each.collect()).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let order = order_path(self.of, self.read, self.way);
        let by = move |a: &Entry, b: &Entry| -> Ordering {
            let (Some((path, descending)), Some(a), Some(b)) = (order, &a.row, &b.row) else { return Ordering::Equal };
            merge::compare(first(path, &a.row), first(path, &b.row), descending)
        };
        let by: Option<&Before<'_, Entry>> = if order.is_some() && self.way.keys.is_none() { Some(&by) } else { None };
        Ok(merge(parts, self.read.first, by))
    }

    /// The pages of one key's list.
    async fn pages(&self, parent: Option<&Key>, after: Option<&Position>, more: bool) -> Result<Paged<Entry>, Failure> {
        let fetch = |ask: PageAsk| async move { self.page(parent, &ask).await };
        pages(&self.way.page, after, Span { first: self.read.first, more }, fetch).await
    }

    /// What facets add to the call. An answer of keys has no rows that they could stand beside: they come with the read by
    /// key that follows.
    pub(super) fn facet_query(&self, names: &Names<'_>) -> Result<Parameters, Failure> {
        if self.way.keys.is_some() { Ok(Vec::new()) } else { self.stage.query(names) }
    }

    async fn page(&self, parent: Option<&Key>, ask: &PageAsk) -> Result<Fetched<Entry>, Failure> {
        let mut names = self.core.names(&self.read.context, true);
        names.lend("fields", &self.stage.needed.fields);
        let asked = asked(self.core, (self.of, self.way), (self.read, parent), &mut names)?;
        let mut query = self.facet_query(&names)?;
        query.extend(asked.query);
        let (read, context) = (self.way, &*self.read.context);
        let reading = Reading { core: self.core, read, context, query, placed: asked.placed };
        let Some(answer) = reading.page(names, ask, self.stage.needed.listed.get_or_init(|| self.wanted())).await?
        else {
            return Ok(Fetched { rows: Vec::new(), next: None, more: Some(false), total: Some(0) });
        };
        let mut fetched = evidence(&self.way.page, &answer);
        fetched.rows = self.entries(parent, answer)?;
        Ok(fetched)
    }

    fn entries(&self, parent: Option<&Key>, answer: Answer) -> Result<Listed, Failure> {
        if let Some(path) = &self.way.keys {
            return Ok(listed_keys(path, &answer.body, parent));
        }
        let beside = self.stage.beside(&answer.body);
        let rows = answered(self.way, answer.body).into_iter().map(|row| {
            let key = key_of(self.of, &RowView::bare(&row, parent));
            let key = key.ok_or_else(|| unusable(format!("a row of `{}` has no key", super::get::named(self.way))))?;
            let behind = self.way.page.style == PageStyle::LastKey;
            let token = key.parts().last().filter(|_| behind).map(Arc::from);
            let row = Some(self.stage.row(row, parent.cloned(), &beside));
            Ok((Entry { key, row, parent: parent.cloned() }, token))
        });
        rows.collect()
    }

    fn wanted(&self) -> Wanted {
        let mut wants = Wants::default();
        match &self.way.keys {
            Some(keys) => {
                wants.path(keys);
                if self.way.page.style == PageStyle::LastKey {
                    let (element, _) = element(keys);
                    wants.node(element).column(&Arc::from("id"));
                }
            }
            None => {
                self.stage.wants_row(wants.node(&self.way.rows.steps));
                self.stage.wants_beside(&mut wants);
            }
        }
        wants_page(&self.way.page, &mut wants);
        self.core.wanted(wants)
    }

    /// Rows for what was listed: keys are read, facets joined, for all parents at once.
    async fn rows(&self, pages: Vec<Result<Paged<Entry>, Failure>>) -> Vec<Result<RowPage, Error>> {
        let arguments = Arguments::from([]);
        if self.way.keys.is_some() {
            let mut seen = HashSet::new();
            let entries = pages.iter().flatten().flat_map(|page| &page.rows).map(|(entry, _)| &entry.key);
            let keys: Vec<Key> = entries.filter(|key| seen.insert((*key).clone())).cloned().collect();
            let by_key = ByKey {
                core: self.core,
                of: self.of,
                stage: self.stage,
                context: &self.read.context,
                arguments: &arguments,
            };
            let found = by_key.rows(&keys).await;
            return self.made(pages, |entry| match found.get(&entry.key) {
                None => Ok(None),
                Some(Err(error)) => Err(error.clone()),
                Some(Ok(row)) => Ok(Some(Row { parent: entry.parent, ..row.clone() })),
            });
        }
        if self.stage.is_complete() {
            return self.made(pages, |entry| Ok(entry.row));
        }
        let (mut rows, mut shells) = (Vec::new(), Vec::new());
        for page in pages {
            shells.push(page.map(|page| {
                let entries = page.rows.into_iter().map(|(mut entry, position)| {
                    rows.extend(entry.row.take().map(|row| (entry.key.clone(), row)));
                    (entry, position)
                });
                Paged { rows: entries.collect(), has_next: page.has_next, total: page.total }
            }));
        }
        let context = &self.read.context;
        let facets = Facets { core: self.core, stage: self.stage, context, arguments: &arguments };
        let mut errors = facets.attach(&mut rows).await;
        let mut joined = rows.into_iter().enumerate();
        self.made(shells, |_| match joined.next() {
            None => Ok(None),
            Some((at, (_, row))) => errors.take(at).map_or(Ok(Some(row)), Err),
        })
    }

    fn made(
        &self,
        pages: Vec<Result<Paged<Entry>, Failure>>,
        mut row_of: impl FnMut(Entry) -> Result<Option<Row>, Error>,
    ) -> Vec<Result<RowPage, Error>> {
        let located = |error: Error| self.core.located(self.of, error);
        let mut made = Vec::with_capacity(pages.len());
        for page in pages {
            let page = page.map_err(|failure| located(failure.error));
            made.push(page.and_then(|page| {
                let last = page.rows.last().map(|(_, behind)| behind.clone());
                let (mut rows, mut failed) = (Vec::with_capacity(page.rows.len()), None);
                for (entry, at) in page.rows {
                    // Every entry is consumed, whatever comes of it: rows are handed out in order.
                    match row_of(entry) {
                        Ok(row) => rows.extend(row.map(|row| (row, at))),
                        Err(error) => failed = failed.or(Some(error)),
                    }
                }
                if let Some(error) = failed {
                    return Err(located(error));
                }
                let total = page.total.filter(|_| self.read.total && counts_exactly((self.of, self.way), self.read));
                Ok(RowPage { rows, last, has_next: page.has_next, total })
            }));
        }
        made
    }
}

/// The keys in an answer, each with the `id` of the element it is in: where a page begins behind the last row, that is
/// what such lists mean by it.
fn listed_keys(path: &Path, body: &Wire, parent: Option<&Key>) -> Listed {
    let (outer, inner) = element(path);
    let (mut elements, mut listed) = (Vec::new(), Vec::new());
    collect(body, outer, &mut elements);
    for element in elements {
        let token: Option<Arc<str>> = element.get("id").as_text().map(|id| Arc::from(&*id));
        let mut found = Vec::new();
        collect(element, inner, &mut found);
        let keys = found.into_iter().flat_map(Wire::items).filter_map(Wire::as_text).filter_map(|text| Key::new(&text));
        listed.extend(keys.map(|key| (Entry { key, row: None, parent: parent.cloned() }, token.clone())));
    }
    listed
}

/// A path, parted behind its last list.
fn element(path: &Path) -> (&[Step], &[Step]) {
    let at = path.steps.iter().rposition(|step| *step == Step::Each).map_or(0, |at| at + 1);
    path.steps.split_at(at)
}

/// The page of a list that has no pages: a slice of it.
pub(super) fn slice(
    entries: Vec<Entry>,
    page: &Page,
    after: Option<&Position>,
    first: u32,
) -> Result<Paged<Entry>, Failure> {
    let fetched =
        Fetched { rows: entries.into_iter().map(|entry| (entry, None)).collect(), next: None, more: None, total: None };
    let total = u64::try_from(fetched.rows.len()).ok();
    let cell = std::sync::Mutex::new(Some(Fetched { total, ..fetched }));
    let fetch = |_: PageAsk| {
        let taken = cell.lock().ok().and_then(|mut cell| cell.take());
        std::future::ready(taken.ok_or_else(|| unusable("a list without pages was asked for a second one")))
    };
    let plain = Page { style: PageStyle::None, ..page.clone() };
    futures::FutureExt::now_or_never(pages(&plain, after, Span { first, more: true }, fetch))
        .unwrap_or_else(|| Err(unusable("a list that was read already is not there")))
}

/// The names of a batch.
pub(super) fn batch_names<'a>(listing: &'a Listing<'_>, keys: &[Key]) -> Names<'a> {
    let all = keys.iter().map(parent).collect();
    let mut names = listing.core.names(&listing.read.context, true).with("parents", Wire::List(all));
    names.lend("fields", &listing.stage.needed.fields);
    match keys {
        [key] => names.with("parent", parent(key)),
        _ => names,
    }
}
