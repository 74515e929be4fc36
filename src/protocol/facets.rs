//! Facets with calls of their own: read for many rows at once, joined by key, kept where they are dictionaries.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::core::{Core, Wanted, abreast};
use super::errors::Failure;
use super::names::{self, Names};
use super::path::rows;
use super::request::{Reading, any_uses, failure_of, uses, wants_page};
use super::stage::{Stage, joined};
use super::wants::Wants;
use crate::connector::{ErrorKind, Facet, FacetWay, PageStyle, Read};
use crate::error::Error;
use crate::model::{Arguments, Key, ReadContext, Wire};
use crate::protocol::Row;

/// Rows of a facet by joining key; a key that is not in it has none.
pub(super) type Words = HashMap<String, Result<Vec<Wire>, Failure>>;

/// A facet's place, the keys by which it joins each row, and what was read.
type Loaded = (usize, Vec<Vec<Wire>>, Words);

/// The errors of rows that could not be joined, by the row's place; nothing at all where all of them could.
#[derive(Default)]
pub(super) struct Unjoined(Vec<Option<Error>>);

impl Unjoined {
    /// The error of the row at a place.
    pub(super) fn take(&mut self, place: usize) -> Option<Error> {
        self.0.get_mut(place)?.take()
    }
}

/// What reading facets needs beside the rows.
pub(super) struct Facets<'a> {
    pub(super) core: &'a Core,
    pub(super) stage: &'a Stage<'a>,
    pub(super) context: &'a ReadContext,
    pub(super) arguments: &'a Arguments,
}

impl Facets<'_> {
    /// Reads what the rows' facets need and joins it to them. The error of a row is that of the first facet it could not
    /// be joined with.
    pub(super) async fn attach(&self, rows: &mut [(Key, Row)]) -> Unjoined {
        if self.stage.is_complete() || rows.is_empty() {
            return Unjoined::default();
        }
        let mut errors = vec![None; rows.len()];
        for level in &self.stage.needed.levels {
            let each = level.iter().filter_map(|at| Some((*at, self.stage.of.facets.get(*at)?)));
            let loads = each.map(|(at, facet)| -> BoxFuture<'_, Loaded> {
                let joining: Vec<Vec<Wire>> = rows
                    .iter()
                    .map(|(key, row)| match self.stage.wanted(facet, row) {
                        true => self.stage.joining(facet, (&row.row, &row.facets), Some(key)),
                        false => Vec::new(),
                    })
                    .collect();
                Box::pin(async move {
                    let words = self.words(at, facet, distinct(&joining)).await;
                    (at, joining, words)
                })
            });
            for (at, joining, words) in abreast(loads.collect()).await {
                let Some(facet) = self.stage.of.facets.get(at) else { continue };
                for (((_, row), keys), error) in rows.iter_mut().zip(joining).zip(&mut errors) {
                    let mut found = Vec::new();
                    for key in keys.iter().filter_map(Wire::as_text) {
                        match words.get(&*key) {
                            Some(Ok(more)) => found.extend(more.iter().cloned()),
                            Some(Err(failure)) if error.is_none() => *error = Some(failure.error.clone()),
                            _ => {}
                        }
                    }
                    if let Some(place) = row.facets.get_mut(at) {
                        *place = self.stage.counting(facet, Wire::List(found));
                    }
                }
            }
        }
        Unjoined(errors)
    }

    /// Gives found rows, joined with their facets, to the answers they are of; an answer with a row that could not be joined
    /// is that row's error.
    pub(super) async fn give(
        &self,
        (owners, mut rows): (Vec<usize>, Vec<(Key, Row)>),
        answers: &mut [Result<Vec<Row>, Error>],
    ) {
        let mut errors = self.attach(&mut rows).await;
        for (place, (at, (_, row))) in owners.into_iter().zip(rows).enumerate() {
            let Some(answer) = answers.get_mut(at) else { continue };
            match (answer, errors.take(place)) {
                (answer @ Ok(_), Some(error)) => *answer = Err(self.core.located(self.stage.of, error)),
                (Ok(rows), None) => rows.push(row),
                (Err(_), _) => {}
            }
        }
    }

    async fn words(&self, at: usize, facet: &Facet, keys: Vec<Wire>) -> Words {
        if keys.is_empty() {
            return Words::new();
        }
        match facet.keep {
            Some(keep) => self.kept(at, facet, (keys, keep)).await,
            None => self.load(at, facet, keys).await,
        }
    }

    async fn load(&self, at: usize, facet: &Facet, keys: Vec<Wire>) -> Words {
        match &facet.way {
            FacetWay::Read(read) => self.read(at, facet, (read, keys)).await,
            FacetWay::Set { set, by } => super::odata::set_facet(self, (at, facet), (set, by), keys).await,
            FacetWay::Expand(_) | FacetWay::With { .. } => Words::new(),
        }
    }

    /// From the dictionary, loading what it lacks. The lock is held meanwhile: whoever needs the same waits for it.
    async fn kept(&self, at: usize, facet: &Facet, (keys, keep): (Vec<Wire>, Duration)) -> Words {
        let entry = self.core.dictionaries.entry(&self.dictionary(at, facet));
        let mut dictionary = entry.lock().await;
        let now = self.core.binding.clock.elapsed();
        let fresh = (now, now + keep);
        let unknown = |key: &Wire| key.as_text().is_some_and(|text| dictionary.word(&text, now).is_none());
        let missing: Vec<Wire> = keys.iter().filter(|key| unknown(key)).cloned().collect();
        let mut failed = Words::new();
        if !missing.is_empty() {
            match &facet.way {
                FacetWay::Read(read) if !keyed(read) => match self.table(at, facet, read).await {
                    Ok(words) => dictionary.keep_whole(words, fresh.1),
                    Err(failure) => {
                        return keys.iter().filter_map(text).map(|key| (key, Err(failure.clone()))).collect();
                    }
                },
                _ => {
                    let mut loaded = self.load(at, facet, missing.clone()).await;
                    for key in missing.iter().filter_map(text) {
                        match loaded.remove(&key) {
                            Some(Err(failure)) => drop(failed.insert(key, Err(failure))),
                            found => dictionary.keep(key, found.and_then(Result::ok).unwrap_or_default(), fresh),
                        }
                    }
                }
            }
        }
        let known = keys.iter().filter_map(text);
        let words = known.filter_map(|key| dictionary.word(&key, now).map(|rows| (key, Ok(rows.to_vec()))));
        let mut words: Words = words.collect();
        words.extend(failed);
        words
    }

    /// The name of a facet's dictionary: what its answer depends on is part of it.
    fn dictionary(&self, at: usize, facet: &Facet) -> String {
        let personal = any_uses(&self.core.binding.connector.headers, "caller")
            || match &facet.way {
                FacetWay::Read(read) => uses(&read.request, "caller") || uses(&read.request, "args"),
                _ => false,
            };
        let of = self.stage.of.entity.0;
        if personal {
            format!(
                "{of} {at} {:?} {:?}",
                names::caller(self.context, &self.core.binding.connector.locales),
                self.arguments
            )
        } else {
            format!("{of} {at}")
        }
    }

    /// A whole table that does not depend on keys.
    async fn table(&self, at: usize, facet: &Facet, read: &Read) -> Result<HashMap<String, Vec<Wire>>, Failure> {
        let reading = self.reading(read);
        let answers = reading.whole(&self.facet_names(at), &self.wants((at, facet), read), false).await?;
        let all = answers.into_iter().flat_map(|answer| rows(&read.rows, answer.body));
        Ok(facet.by.as_ref().map_or_else(HashMap::new, |by| joined(all, by)))
    }

    async fn read(&self, at: usize, facet: &Facet, (read, keys): (&Read, Vec<Wire>)) -> Words {
        if !keyed(read) {
            return match self.table(at, facet, read).await {
                Ok(words) => words.into_iter().map(|(key, rows)| (key, Ok(rows))).collect(),
                Err(failure) => keys.iter().filter_map(text).map(|key| (key, Err(failure.clone()))).collect(),
            };
        }
        let many = read.many.and_then(|many| usize::try_from(many).ok()).unwrap_or(1).max(1);
        let sent = |key: &Wire| read.many.is_none() || key.as_text().is_some_and(|text| self.core.listable(&text));
        let keys: Vec<Wire> = keys.into_iter().filter(sent).collect();
        let chunks = keys.chunks(many).map(|chunk| -> BoxFuture<'_, Words> {
            let chunk = chunk.to_vec();
            Box::pin(async move { self.chunk(at, facet, (read, &chunk)).await })
        });
        abreast(chunks.collect()).await.into_iter().flatten().collect()
    }

    async fn chunk(&self, at: usize, facet: &Facet, (read, keys): (&Read, &[Wire])) -> Words {
        let reading = self.reading(read);
        let single = read.many.is_none();
        let mut names = self.facet_names(at).with("keys", Wire::List(keys.to_vec()));
        if let (true, Some(key)) = (single, keys.first()) {
            names.set("key", key.clone());
        }
        let answers = match reading.whole(&names, &self.wants((at, facet), read), single).await {
            Ok(answers) => answers,
            Err(failure) if failure.kind == ErrorKind::Missing && single => return Words::new(),
            Err(failure) => return keys.iter().filter_map(text).map(|key| (key, Err(failure.clone()))).collect(),
        };
        let mut words = Words::new();
        for answer in answers {
            let partial = answer.partial.clone();
            let found = rows(&read.rows, answer.body);
            let mut by_key = match (&facet.by, keys.first().and_then(text)) {
                (Some(by), _) => joined(found.into_iter(), by),
                (None, Some(key)) if single => HashMap::from([(key, found)]),
                (None, _) => HashMap::new(),
            };
            for key in keys.iter().filter_map(text) {
                match (by_key.remove(&key), failure_of(&partial, &key)) {
                    (Some(rows), _) => {
                        if let Ok(all) = words.entry(key).or_insert_with(|| Ok(Vec::new())) {
                            all.extend(rows);
                        }
                    }
                    (None, Some(failure)) => drop(words.insert(key, Err(failure))),
                    (None, None) => {}
                }
            }
        }
        words
    }

    pub(super) fn names(&self) -> Names<'_> {
        self.core.names(self.context, false).called_with(self.arguments)
    }

    /// The names of a facet's own request: `fields` are those of its row that are needed; none for all of them.
    fn facet_names(&self, at: usize) -> Names<'_> {
        let columns = self.stage.needed.needs.facets.get(&at).map(Vec::as_slice).unwrap_or_default();
        let columns: Vec<Wire> = columns.iter().map(|name| Wire::Text(Arc::clone(name).into())).collect();
        self.names().with("fields", if columns.is_empty() { Wire::Null } else { Wire::List(columns) })
    }

    fn reading<'b>(&'b self, read: &'b Read) -> Reading<'b> {
        Reading { core: self.core, read, context: self.context, query: Vec::new(), placed: Vec::new() }
    }

    /// What is kept of a facet's answer: all of a row that is kept for others.
    fn wants(&self, (at, facet): (usize, &Facet), read: &Read) -> Wanted {
        let mut wants = Wants::default();
        let row = wants.node(&read.rows.steps);
        if facet.keep.is_some() {
            row.whole()
        } else {
            self.stage.wants_facet(at, facet, row)
        }
        if read.page.style == PageStyle::LastKey {
            row.column(&Arc::from("id"));
        }
        wants_page(&read.page, &mut wants);
        self.core.wanted(wants)
    }
}

/// Whether the answer depends on the keys that are asked for.
fn keyed(read: &Read) -> bool {
    uses(&read.request, "keys") || uses(&read.request, "key")
}

fn text(wire: &Wire) -> Option<String> {
    wire.as_text().map(std::borrow::Cow::into_owned)
}

/// Each key once, in order; what is empty joins nothing.
fn distinct(joining: &[Vec<Wire>]) -> Vec<Wire> {
    let mut seen = std::collections::HashSet::new();
    let all =
        joining.iter().flatten().filter(|key| text(key).is_some_and(|text| !text.is_empty() && seen.insert(text)));
    all.cloned().collect()
}

/// The manifest's own words for a facet's call.
pub(super) fn template(facet: &Facet) -> Option<Arc<str>> {
    match &facet.way {
        FacetWay::Read(read) => Some(Arc::clone(&read.request.template)),
        FacetWay::Set { set, .. } => Some(format!("GET {set}").into()),
        FacetWay::Expand(_) | FacetWay::With { .. } => None,
    }
}
