//! Pages of lists: checked after the read, and read on where rows fell out.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::position::{name, own};
use super::reads::{Inner, Mapping, Target};
use super::{check, recent, records};
use crate::cache::{Batch, CachedPage, Load, Served};
use crate::connector::EntityMapping;
use crate::error::{Code, Error};
use crate::model::{Arguments, Extent, FieldSet, Freshness, ListOf, ListPage, ListRead, Parent, Position, Record};
use crate::protocol::{ListRows, RowPage};

/// How many of a system's pages are read for one of ours, where the manifest does not say how many rows may be instead.
const PAGES: u32 = 5;

/// Rows asked for at once where a page is read on: few of them may fit, so that small steps would not get far.
const STEP: u32 = 100;

type Loaded = Vec<Result<Option<Arc<CachedPage>>, Error>>;

/// One page for each parent of the read.
pub(super) async fn list(inner: &Arc<Inner>, read: ListRead) -> Vec<Result<ListPage, Error>> {
    let target = match inner.target(read.source, read.entity) {
        Ok(target) => target,
        Err(error) => return vec![Err(error); read.parents.len()],
    };
    let places: Vec<Result<Option<Position>, Error>> =
        read.parents.iter().map(|parent| parent.after.as_ref().map(own).transpose()).collect();
    // What a row is selected by hangs on whatever these fields hang on, though nobody is shown them.
    let fields = read.filter.iter().fold(read.fields, |fields, condition| fields.union(condition.fields()));
    let read = ListRead { fields, ..read };
    let mut wants = Vec::with_capacity(places.len());
    let mut parents = Vec::with_capacity(places.len());
    for (parent, place) in read.parents.iter().zip(&places) {
        if let Ok(after) = place {
            wants.push(target.names.page(&read, parent));
            parents.push(Parent { keys: Arc::clone(&parent.keys), after: after.clone() });
        }
    }
    let how = target.how(fields, &read.context);
    recent::forget(inner);
    let context = Arc::clone(&read.context);
    let (loading, read) = (Arc::clone(inner), Arc::new(ListRead { parents, ..read }));
    let asked = Arc::clone(&read);
    let load: Load<Arc<CachedPage>> = Arc::new(move |batch| load_pages(loading.clone(), read.clone(), batch));
    let from = inner.setup.clock.elapsed();
    let served = inner.setup.cache.lists.read(wants.into(), how, load).await;
    let live = |one: &Served<_>| !matches!(one, Ok(Some((_, Freshness::Cached | Freshness::Stale))));
    inner.time(&target, &context, (from, served.iter().any(live)));
    let mut served = served.into_iter();
    let lost = || Err(Error::new(Code::Internal, "a list was left out"));
    let one = |place: Result<_, Error>| {
        place.and_then(|_| served.next().unwrap_or_else(lost)).map(page).map_err(|error| target.at(error))
    };
    let mut pages: Vec<_> = places.into_iter().map(one).collect();
    recent::freshen(inner, &asked, &mut pages).await;
    pages
}

fn page(found: Option<(Arc<CachedPage>, Freshness)>) -> ListPage {
    match found {
        Some((page, freshness)) => ListPage {
            records: Arc::clone(&page.records),
            read: Some(page.read),
            has_next: page.has_next,
            total: page.total,
            freshness,
        },
        None => {
            ListPage { records: Arc::from([]), read: None, has_next: false, total: None, freshness: Freshness::Live }
        }
    }
}

/// One parent's page while it is read.
struct Scan {
    parent: Parent,
    kept: Vec<(Arc<Record>, Position)>,
    /// Behind the last row that was looked at.
    last: Option<Position>,
    has_next: bool,
    total: Option<u64>,
    fell_out: bool,
    rows: u32,
    state: Result<State, Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Full,
}

fn load_pages(inner: Arc<Inner>, read: Arc<ListRead>, batch: Batch) -> BoxFuture<'static, Loaded> {
    Box::pin(async move {
        let parents = batch.wants.iter().filter_map(|at| read.parents.get(*at).cloned());
        let mut scans: Vec<Scan> = parents.map(Scan::new).collect();
        let target = match inner.target(read.source, read.entity) {
            Ok(target) => target,
            Err(error) => return vec![Err(error); scans.len()],
        };
        let most = rows_to_read(&target, &read);
        let mut seen = Vec::new();
        for round in 1.. {
            let open: Vec<usize> = (0..scans.len()).filter(|at| scans[*at].is_open()).collect();
            if open.is_empty() {
                break;
            }
            let pages =
                target.protocol.list(target.of, ask((&target, &read), round, open.iter().map(|at| &scans[*at]))).await;
            let mut pages = pages.into_iter();
            for at in open {
                let lost = || Err(Error::new(Code::Internal, "a list was left out by the engine"));
                let page = pages.next().unwrap_or_else(lost);
                let scan = &mut scans[at];
                scan.state = page.and_then(|page| scan.take((&inner, &target, &read), page, &mut seen));
                let enough = match read.extent {
                    Extent::Page => most.map_or(round >= PAGES, |most| scan.rows >= most),
                    Extent::Whole | Extent::Counted => round >= read.first.div_ceil(STEP),
                };
                if enough && scan.is_open() {
                    scan.state = if read.extent == Extent::Page { scan.stop() } else { Ok(State::Full) };
                }
            }
        }
        // A row of what was written lately may be as it was before.
        let seen = inner.recent.without(seen, inner.setup.clock.elapsed());
        records::also_keep(&inner, &target, (&read.context, batch.begun, batch.since), seen.into_iter()).await;
        scans.into_iter().map(|scan| scan.finish(read.fields).map(Some)).collect()
    })
}

/// How many rows the manifest allows to be read so that the rest can be filtered here.
fn rows_to_read(target: &Target<'_>, read: &ListRead) -> Option<u32> {
    let field = match read.list {
        ListOf::All => None,
        ListOf::Parent(field) => Some(field),
    };
    let ways = target.of.lists.iter().filter(|list| list.parent == field).flat_map(|list| &list.ways);
    ways.map(|way| way.local).max().filter(|rows| *rows > 0)
}

/// Rows asked for beyond the page, where some will not be seen and the system cannot be told so (drafts among invoices): a
/// few rows more cost less than a second call.
#[must_use]
pub fn spare(of: &EntityMapping, first: u32) -> u32 {
    let pushed = of.set.is_some();
    let room = STEP.saturating_sub(first);
    if of.visible.is_none() || pushed { 0 } else { first.max(5).min(room) }
}

fn ask<'a>((target, read): (&Target<'_>, &ListRead), round: u32, scans: impl Iterator<Item = &'a Scan>) -> ListRows {
    let parent = |scan: &Scan| Parent {
        keys: Arc::clone(&scan.parent.keys),
        after: scan.last.clone().or_else(|| scan.parent.after.clone()),
    };
    ListRows {
        list: read.list.clone(),
        parents: scans.map(parent).collect(),
        fields: read.fields,
        first: match read.extent {
            Extent::Page if round == 1 => read.first + spare(target.of, read.first),
            _ => STEP,
        },
        filter: read.filter.clone(),
        search: read.search.clone(),
        order: read.order,
        total: read.total && round == 1,
        more: read.more,
        context: Arc::clone(&read.context),
    }
}

impl Scan {
    fn new(parent: Parent) -> Self {
        Self {
            parent,
            kept: Vec::new(),
            last: None,
            has_next: false,
            total: None,
            fell_out: false,
            rows: 0,
            state: Ok(State::Open),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.state, Ok(State::Open))
    }

    /// Takes what counts of a page of rows.
    fn take(
        &mut self,
        how: (&Inner, &Target<'_>, &ListRead),
        page: RowPage,
        seen: &mut Vec<Arc<Record>>,
    ) -> Result<State, Error> {
        let (inner, target, read) = how;
        let none = Arguments::default();
        let now = inner.setup.clock.now();
        let mapping = Mapping { fields: read.fields, arguments: &none, context: &read.context, now };
        let first = usize::try_from(read.first).unwrap_or(usize::MAX);
        if self.rows == 0 {
            self.total = page.total;
        }
        if page.rows.is_empty() && page.has_next {
            let before = self.last.as_ref().or(self.parent.after.as_ref());
            let Some(last) = page.last.filter(|last| before != Some(last)) else {
                return Err(Error::new(Code::UpstreamRejected, "a page without a row says that there are more"));
            };
            // Nothing of what was listed is there any more: it is read on behind it.
            self.last = Some(last);
            self.has_next = true;
            return Ok(State::Open);
        }
        self.rows = self.rows.saturating_add(u32::try_from(page.rows.len()).unwrap_or(u32::MAX));
        self.has_next = page.has_next;
        self.kept.reserve(page.rows.len());
        for (row, behind) in page.rows {
            let record = inner.map(target, &mapping, &row)?.map(Arc::new);
            seen.extend(record.clone().filter(|_| target.policy.keeps()));
            if read.extent != Extent::Page
                && let Some(unfit) =
                    record.as_deref().filter(|record| record.visible).and_then(|r| check::unfit(r, &read.filter))
            {
                // Nobody can say whether it counts.
                return Err(unfit.clone());
            }
            match record.filter(|record| record.visible && check::holds(record, &read.filter)) {
                // One more is all that has to be known of what comes after the page.
                Some(_) if self.kept.len() >= first => {
                    self.has_next = true;
                    return Ok(State::Full);
                }
                Some(record) => self.kept.push((record, behind.clone())),
                None => self.fell_out = true,
            }
            self.last = Some(behind);
        }
        let counted = read.extent == Extent::Counted && self.total.is_some() && !self.fell_out;
        Ok(if self.kept.len() >= first || !self.has_next || counted { State::Full } else { State::Open })
    }

    /// Ends a page that did not become full: its last position is behind everything that was looked at, so that the next
    /// page does not look at it again.
    fn stop(&mut self) -> Result<State, Error> {
        match (self.kept.last_mut(), &self.last) {
            (Some((_, position)), Some(last)) => *position = last.clone(),
            _ => {
                let message = format!("None of the first {} entries fits; ask for something narrower.", self.rows);
                return Err(Error::public(Code::QueryTooCostly, message));
            }
        }
        Ok(State::Full)
    }

    fn finish(self, fields: FieldSet) -> Result<Arc<CachedPage>, Error> {
        self.state?;
        // The system counted rows that are not shown: its total is not this list's.
        let total = self.total.filter(|_| !self.fell_out);
        let records = Arc::from(self.kept);
        Ok(Arc::new(CachedPage { records, read: name(), has_next: self.has_next, total, fields }))
    }
}
