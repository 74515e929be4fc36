//! Lists of many parents with one call: the answer comes in groups, and each says whose it is.

use std::collections::{HashMap, HashSet};

use futures::future::BoxFuture;

use super::super::core::{Answer, Wanted, abreast};
use super::super::errors::{Failure, unusable};
use super::super::merge::{PartList, Place, merge, places};
use super::super::page::{Paged, too_long};
use super::super::path::{first, rows};
use super::super::request::{Reading, failure_of, says_more};
use super::super::wants::Wants;
use super::list::{Entry, Listing, batch_names, slice};
use crate::connector::{Read, RowView, key_of};
use crate::model::{Key, Parent, Wire};

type Groups = HashMap<Key, Result<Vec<Entry>, Failure>>;

/// A page of each parent's list.
pub(super) async fn lists(listing: &Listing<'_>) -> Vec<Result<Paged<Entry>, Failure>> {
    let mut seen = HashSet::new();
    let all = listing.read.parents.iter().flat_map(|parent| parent.keys.iter());
    let once = all.filter(|key| listing.core.listable(key.first()) && seen.insert((*key).clone()));
    let keys: Vec<Key> = once.cloned().collect();
    let many = listing.way.many.and_then(|many| usize::try_from(many).ok()).unwrap_or(1).max(1);
    let calls = keys.chunks(many).map(|chunk| -> BoxFuture<'_, Groups> { Box::pin(groups(listing, chunk)) });
    let groups: Groups = abreast(calls.collect()).await.into_iter().flatten().collect();
    listing.read.parents.iter().map(|parent| page(listing, parent, &groups)).collect()
}

async fn groups(listing: &Listing<'_>, keys: &[Key]) -> Groups {
    let everybodys = |failure: Failure| keys.iter().map(|key| (key.clone(), Err(failure.clone()))).collect();
    let names = batch_names(listing, keys);
    let query = match listing.facet_query(&names) {
        Ok(query) => query,
        Err(failure) => return everybodys(failure),
    };
    let (read, context) = (listing.way, &*listing.read.context);
    let reading = Reading { core: listing.core, read, context, query, placed: Vec::new() };
    match reading.once(&names, listing.stage.needed.listed.get_or_init(|| wanted(listing))).await {
        Ok(Some(answer)) => grouped(listing, keys, answer),
        Ok(None) => Groups::new(),
        Err(failure) => everybodys(failure),
    }
}

/// The groups by the key of the parent each of them names; a group that nobody asked for is dropped.
fn grouped(listing: &Listing<'_>, keys: &[Key], answer: Answer) -> Groups {
    let way = listing.way;
    let mut found = Groups::new();
    for key in keys {
        if let Some(failure) = failure_of(&answer.partial, key.first()) {
            found.insert(key.clone(), Err(failure));
        }
    }
    let beside = listing.stage.beside(&answer.body);
    let groups = rows(way.groups.as_ref().unwrap_or(&way.rows), answer.body);
    for group in groups {
        let named = way.parent.as_ref().and_then(|path| first(path, &group).as_text().map(|text| text.into_owned()));
        let Some(parent) = keys.iter().find(|key| named.as_deref() == Some(key.first())) else { continue };
        let cut = way.page.more.as_ref().and_then(|path| says_more(&way.page, first(path, &group))) == Some(true);
        let entries: Result<Vec<Entry>, Failure> = match (&way.keys, &way.groups) {
            _ if cut => Err(too_long(&way.page)),
            (Some(path), _) => {
                let keys = super::super::path::texts(path, &group).into_iter().filter_map(|text| Key::new(&text));
                Ok(keys.map(|key| Entry { key, row: None, parent: Some(parent.clone()) }).collect())
            }
            (None, Some(_)) => {
                rows(&way.rows, group).into_iter().map(|row| entry(listing, parent, row, &beside)).collect()
            }
            (None, None) => entry(listing, parent, group, &beside).map(|entry| vec![entry]),
        };
        match (found.entry(parent.clone()).or_insert_with(|| Ok(Vec::new())), entries) {
            (Ok(all), Ok(more)) => all.extend(more),
            (place, Err(failure)) => *place = Err(failure),
            (Err(_), Ok(_)) => {}
        }
    }
    found
}

fn entry(
    listing: &Listing<'_>,
    parent: &Key,
    row: Wire,
    beside: &super::super::stage::Beside,
) -> Result<Entry, Failure> {
    let key = key_of(listing.of, &RowView::bare(&row, Some(parent)))
        .ok_or_else(|| unusable("a row of a group has no key"))?;
    let row = listing.stage.row(row, Some(parent.clone()), beside);
    Ok(Entry { key, row: Some(row), parent: Some(parent.clone()) })
}

fn page(listing: &Listing<'_>, parent: &Parent, groups: &Groups) -> Result<Paged<Entry>, Failure> {
    let first = listing.read.first;
    let mut parts = Vec::new();
    let several = parent.keys.len() > 1;
    let from = if several { places(&parent.keys, parent.after.as_ref()) } else { Vec::new() };
    for (at, key) in parent.keys.iter().enumerate() {
        let entries = groups.get(key).cloned().unwrap_or_else(|| Ok(Vec::new()))?;
        let place = if several { from.get(at).cloned() } else { Some(Place::Behind(parent.after.clone())) };
        let place = place.unwrap_or(Place::End);
        let paged = match &place {
            Place::End => Paged { rows: Vec::new(), has_next: false, total: None },
            Place::Behind(after) => slice(entries, &listing.way.page, after.as_ref(), first)?,
        };
        parts.push(PartList { key: key.clone(), from: place, paged });
    }
    if several {
        return Ok(merge(parts, first, None));
    }
    let nothing = || Paged { rows: Vec::new(), has_next: false, total: Some(0) };
    Ok(parts.pop().map_or_else(nothing, |part| part.paged))
}

fn wanted(listing: &Listing<'_>) -> Wanted {
    let mut wants = Wants::default();
    let Read { groups, rows, parent, keys, page, .. } = listing.way;
    let group = match groups {
        Some(groups) => wants.node(&groups.steps),
        None => wants.node(&rows.steps),
    };
    parent.iter().chain(&page.more).for_each(|path| group.path(path));
    match keys {
        Some(keys) => group.path(keys),
        None if groups.is_some() => listing.stage.wants_row(group.node(&rows.steps)),
        None => listing.stage.wants_row(group),
    }
    listing.stage.wants_beside(&mut wants);
    listing.core.wanted(wants)
}
