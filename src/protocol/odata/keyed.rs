//! Lists whose parent stands in another set only (the items of a document name its order, the document does not): first
//! the keys of their records there, then the records. Both for all parents at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::Row;
use super::super::errors::{Failure, unusable};
use super::super::merge::compare;
use super::super::page::Paged;
use super::super::path::first;
use super::super::rest::way::parent_kind;
use super::super::wants::Wants;
use super::filter::{Clauses, equal, property};
use super::list::Listing;
use super::query::{Query, switches};
use super::read::{chained, key_clauses, made, row_query};
use super::selected::Selected;
use crate::connector::{Path, Read, RowView, key_of};
use crate::model::{Key, Parent, Position, Wire};

/// The keys that stand in the other set beside each of a parent's keys.
type Beside = HashMap<Key, Result<Vec<Key>, Failure>>;
/// A page of keys, each with the parent's key it is listed under, and what the page begins behind.
type KeyPage = Result<(Vec<(Key, Key)>, usize, bool), Failure>;

/// How the other set is read.
struct Other<'a> {
    set: Arc<str>,
    by: &'a Arc<str>,
    key: &'a Path,
}

/// A page of rows for each parent.
pub(super) async fn pages(listing: &Listing<'_>, way: &Read) -> Vec<Result<Paged<(Key, Row)>, Failure>> {
    let (Some(by), Some(key)) = (&way.by, &way.keys) else {
        let broken = || Err(unusable("a list out of another set says neither by what nor which keys".to_owned()));
        return listing.read.parents.iter().map(|_| broken()).collect();
    };
    let other = Other { set: Arc::clone(&way.request.path.text), by, key };
    let beside = beside(listing, &other).await;
    let wanted: Vec<KeyPage> = listing.read.parents.iter().map(|parent| page(listing, parent, &beside)).collect();
    let keys = wanted.iter().flatten().flat_map(|(keys, ..)| keys).map(|(key, _)| key);
    let mut found = records(listing, keys).await;
    let made = wanted.into_iter().map(|page| {
        let (keys, from, has_next) = page?;
        let mut rows = Vec::with_capacity(keys.len());
        for (place, (key, under)) in (from + 1..).zip(keys) {
            match found.get_mut(&key) {
                Some(Ok(row)) => {
                    let position = Position { token: None, skip: u32::try_from(place).unwrap_or(u32::MAX) };
                    rows.push(((key, made(listing.stage, row.clone(), Some(under))), position));
                }
                Some(Err(failure)) => return Err(failure.clone()),
                // An item whose document is not there (any more), or is not to be seen.
                None => {}
            }
        }
        Ok(Paged { rows, has_next, total: None })
    });
    made.collect()
}

async fn beside(listing: &Listing<'_>, other: &Other<'_>) -> Beside {
    let mut seen = HashSet::new();
    let all = listing.read.parents.iter().flat_map(|parent| parent.keys.iter());
    let parents: Vec<&Key> = all.filter(|key| seen.insert((*key).clone())).collect();
    let version = switches(listing.core).version;
    let kind = parent_kind(listing.core, listing.of, &listing.read.list);
    let mut clauses = Clauses::default();
    for (at, key) in parents.iter().enumerate() {
        clauses.push(at, &equal(other.by, (key.first(), kind), version));
    }
    let names = listing.core.names(&listing.read.context, true);
    let column = property(other.key).unwrap_or_default();
    let mut row = Wants::default();
    row.column(other.by);
    row.path(other.key);
    let options = [("$select", format!("{},{column}", other.by))];
    let selected = Selected::of(listing.core, &other.set, (&options, &row));
    let query = Query {
        core: listing.core,
        context: &listing.read.context,
        names: &names,
        selected: &selected,
        filter: "".into(),
        total: false,
    };
    let mut beside: Beside = parents.iter().map(|key| ((*key).clone(), Ok(Vec::new()))).collect();
    for (asked, answer) in chained(&query, &clauses).await {
        let asked: Vec<&Key> = asked.iter().filter_map(|at| parents.get(*at).copied()).collect();
        match answer {
            Err(failure) => {
                beside.extend(asked.into_iter().map(|key| (key.clone(), Err(failure.clone()))));
            }
            Ok(rows) => {
                for row in &rows {
                    let parent = row.get(other.by).as_text();
                    // Whose row it is, is what the row says, not what was asked for.
                    let parent = asked.iter().find(|key| parent.as_deref() == Some(key.first()));
                    let key = first(other.key, row).as_text().and_then(|text| Key::new(&text));
                    let (Some(parent), Some(key)) = (parent, key) else { continue };
                    if let Some(Ok(keys)) = beside.get_mut(*parent)
                        && !keys.contains(&key)
                    {
                        keys.push(key);
                    }
                }
            }
        }
    }
    beside
}

/// The keys of one parent's page: the highest first, which is the newest where systems number their documents.
fn page(listing: &Listing<'_>, parent: &Parent, beside: &Beside) -> KeyPage {
    let mut keys: Vec<(Key, Key)> = Vec::new();
    for under in parent.keys.iter() {
        match beside.get(under) {
            Some(Ok(found)) => keys.extend(found.iter().map(|key| (key.clone(), under.clone()))),
            Some(Err(failure)) => return Err(failure.clone()),
            None => {}
        }
    }
    let wire = |key: &Key| Wire::Text(key.first().into());
    keys.sort_by(|(a, _), (b, _)| compare(&wire(a), &wire(b), true).then_with(|| a.cmp(b)));
    keys.dedup_by(|(a, _), (b, _)| a == b);
    let from = parent.after.as_ref().map_or(0, |position| usize::try_from(position.skip).unwrap_or(usize::MAX));
    let first = usize::try_from(listing.read.first).unwrap_or(usize::MAX);
    let has_next = keys.len() > from.saturating_add(first);
    Ok((keys.into_iter().skip(from).take(first).collect(), from, has_next))
}

/// The rows of these keys, each read once.
pub(super) async fn records<'k>(
    listing: &Listing<'_>,
    wanted: impl Iterator<Item = &'k Key>,
) -> HashMap<Key, Result<Wire, Failure>> {
    let mut seen = HashSet::new();
    let wanted: Vec<&Key> = wanted.filter(|key| seen.insert((*key).clone())).collect();
    let clauses = key_clauses(listing.core, listing.of, wanted.iter().copied().enumerate());
    let names = listing.core.names(&listing.read.context, true);
    let query = row_query(listing.core, listing.stage, (&listing.read.context, &names));
    let mut found = HashMap::new();
    for (asked, answer) in chained(&query, &clauses).await {
        match answer {
            Ok(rows) => {
                for row in rows {
                    let key = key_of(listing.of, &RowView::bare(&row, None));
                    let was_asked = |key: &Key| asked.iter().any(|at| wanted.get(*at).is_some_and(|one| *one == key));
                    if let Some(key) = key.filter(was_asked) {
                        found.insert(key, Ok(row));
                    }
                }
            }
            Err(failure) => {
                let failed = asked.iter().filter_map(|at| wanted.get(*at).copied());
                found.extend(failed.map(|key| (key.clone(), Err(failure.clone()))));
            }
        }
    }
    found
}
