//! What a delivery tells: its events, each with what it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest;
use jiff::Timestamp;
use smol_str::SmolStr;

use super::proof::instant;
use super::{Delivery, Proved};
use crate::connector::{
    Basis as Grounds, ChangeRule, Connector, Path, Poll, RowView, Touched, Webhooks, collect, holds, lookup,
};
use crate::model::{Change, ChangeKind, EntityId, FieldId, Key, SourceId, Touch, Wire};

/// The most events of one delivery that are looked at.
pub(super) const MOST: usize = 1_000;

/// How much is told of an event that no rule is for, in characters.
const LONGEST: usize = 120;

/// Whose events are read.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The source.
    pub source: SourceId,
    /// Its connector.
    pub connector: &'a Connector,
    /// What it says of webhooks.
    pub webhooks: &'a Webhooks,
}

/// An event that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Tells it from every other of the source, also when it is sent again.
    pub id: Arc<[u8]>,
    /// What it changes; nothing where no rule of the manifest is for it.
    pub changes: Vec<Change>,
    /// What the rules of the manifest looked at, where none is for it: the type of the event, as a rule.
    pub unknown: Option<Box<str>>,
}

/// What a delivery tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// The source's own events, in the order in which they happened, where they say so.
    pub own: Vec<Event>,
    /// How many are those of another instance of the system.
    pub foreign: usize,
    /// How many are past what one delivery may tell.
    pub beyond: usize,
}

/// The events of a proved delivery, as one source reads them.
#[must_use]
pub fn events(basis: &Basis<'_>, proved: &Proved, delivery: &Delivery<'_>) -> Events {
    let mut found = Vec::new();
    collect(&proved.body, &basis.webhooks.events.steps, &mut found);
    let rows: Vec<&Wire> = match *found {
        [Wire::List(items)] => items.iter().collect(),
        _ => found,
    };
    let beyond = rows.len().saturating_sub(MOST);
    let rows = rows.into_iter().take(MOST);
    Events { beyond, ..told(basis, rows, &Telling { whole: proved.whole, at: delivery.at, body: delivery.body }) }
}

/// The events that a source tells again, because it was asked to.
#[must_use]
pub fn retold(basis: &Basis<'_>, rows: &[Wire], now: Timestamp) -> Events {
    told(basis, rows.iter(), &Telling { whole: true, at: now, body: &[] })
}

/// What a row of a poll tells, with the time of the change; `None` where it does not say when, or of what.
#[must_use]
pub fn polled(
    source: SourceId,
    (connector, poll): (&Connector, &Poll),
    (row, now): (&Wire, Timestamp),
) -> Option<Change> {
    // A time that is still to come would let later changes pass for known.
    let at = poll.changed_at(row, &connector.zone)?.min(now);
    let (view, grounds) = (RowView::bare(row, None), Grounds { connector, now });
    let rule = poll.changes.iter().find(|rule| rule.when.as_ref().is_none_or(|when| holds(when, &view, &grounds)))?;
    let one = Reading { source, connector, version: poll.version.as_ref(), whole: true, row, at };
    one.changes(rule).into_iter().next()
}

/// How events came.
struct Telling<'a> {
    /// Whether all of it is proved.
    whole: bool,
    /// When it came.
    at: Timestamp,
    /// What it came in.
    body: &'a [u8],
}

fn told<'a>(basis: &Basis<'_>, rows: impl Iterator<Item = &'a Wire>, telling: &Telling<'_>) -> Events {
    let Basis { source, connector, webhooks } = basis;
    let grounds = Grounds { connector, now: telling.at };
    let mut read = Events::default();
    let mut own: Vec<(Timestamp, Event)> = Vec::new();
    for (number, row) in rows.enumerate() {
        let view = RowView::bare(row, None);
        if webhooks.only.as_ref().is_some_and(|only| !holds(only, &view, &grounds)) {
            read.foreign += 1;
            continue;
        }
        let said = webhooks
            .at
            .as_ref()
            .filter(|_| telling.whole)
            .and_then(|(path, unit)| instant(&lookup(path, &view).as_text()?, *unit));
        let at = said.unwrap_or(telling.at);
        let rule =
            webhooks.changes.iter().find(|rule| rule.when.as_ref().is_none_or(|when| holds(when, &view, &grounds)));
        let version = webhooks.version.as_ref();
        let one = Reading { source: *source, connector, version, whole: telling.whole, row, at };
        let changes = rule.map(|rule| one.changes(rule)).unwrap_or_default();
        let unknown = if changes.is_empty() { Some(one.looked_at(&webhooks.changes)) } else { None };
        own.push((at, Event { id: one.id(&webhooks.id, (number, telling.body)), changes, unknown }));
    }
    own.sort_by_key(|(at, _)| *at);
    read.own = own.into_iter().map(|(_, event)| event).collect();
    read
}

/// One event.
struct Reading<'a> {
    source: SourceId,
    connector: &'a Connector,
    version: Option<&'a Path>,
    whole: bool,
    row: &'a Wire,
    at: Timestamp,
}

impl Reading<'_> {
    fn text(&self, path: &Path) -> Option<String> {
        lookup(path, &RowView::bare(self.row, None))
            .as_text()
            .map(|text| text.into_owned())
            .filter(|text| !text.is_empty())
    }

    fn key(&self, paths: &[Path]) -> Option<Key> {
        let parts: Option<Vec<String>> = paths.iter().map(|path| self.text(path)).collect();
        Key::from_parts(parts?.iter().map(String::as_str))
    }

    /// What tells it from every other; where the manifest does not say, or the event has it not, the delivery's own bytes.
    fn id(&self, paths: &[Path], (number, body): (usize, &[u8])) -> Arc<[u8]> {
        let mut hash = digest::Context::new(&digest::SHA256);
        let mut add = |bytes: &[u8]| {
            hash.update(&bytes.len().to_be_bytes());
            hash.update(bytes);
        };
        let said: Option<Vec<String>> = paths.iter().map(|path| self.text(path)).collect();
        match said.filter(|said| self.whole && !said.is_empty()) {
            Some(said) => said.iter().for_each(|text| add(text.as_bytes())),
            None => {
                add(&number.to_be_bytes());
                add(body);
            }
        }
        Arc::from(hash.finish().as_ref())
    }

    /// The values that rules tell events apart by: short, and without what a terminal would act on.
    fn looked_at(&self, rules: &[ChangeRule]) -> Box<str> {
        let tests = rules.iter().flat_map(|rule| &rule.when).flat_map(|when| &when.0);
        let paths: BTreeMap<&str, &Path> = tests.map(|(path, _)| (&*path.text, path)).collect();
        let values = paths.iter().filter_map(|(name, path)| Some(format!("{name}: {}", self.text(path)?)));
        let told = values.collect::<Vec<_>>().join(", ");
        told.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>().into()
    }

    fn changes(&self, rule: &ChangeRule) -> Vec<Change> {
        let Some(key) = self.key(&rule.key) else { return Vec::new() };
        rule.entities.iter().filter_map(|entity| self.change(rule, (*entity, &key))).collect()
    }

    fn change(&self, rule: &ChangeRule, (entity, key): (EntityId, &Key)) -> Option<Change> {
        let of = self.connector.entities.get(&entity)?;
        // It goes into the tags of caches and into reads: what no key of this entity looks like is nobody's.
        let fits = of
            .key
            .iter()
            .zip(key.parts())
            .all(|(part, text)| part.pattern.as_ref().is_none_or(|pattern| pattern.is_whole(text)));
        if !fits {
            return None;
        }
        let mine = || rule.parents.iter().filter(|(of, ..)| *of == entity && self.whole);
        let parents: Vec<(FieldId, Key)> =
            mine().filter_map(|(_, field, path)| Some((*field, Key::new(&self.text(path)?)?))).collect();
        let touches = rule.touches.iter().filter(|(of, _)| *of == entity);
        let touches = touches.filter_map(|(_, touched)| touch(*touched, key, &parents)).collect();
        Some(Change {
            source: self.source,
            entity,
            key: key.clone(),
            kind: if self.whole { rule.kind } else { ChangeKind::Updated },
            version: self.version.filter(|_| self.whole).and_then(|path| self.text(path)).map(SmolStr::from),
            parents,
            touches,
            at: self.at,
        })
    }
}

/// What is touched, for a record of this key with these parents; a parent that the event does not name may be any.
fn touch(touched: Touched, key: &Key, parents: &[(FieldId, Key)]) -> Option<Touch> {
    Some(match touched {
        Touched::Own(entity, inverse) => Touch::Lists(entity, inverse, Some(key.clone())),
        Touched::Lists(entity, inverse) => Touch::Lists(entity, inverse, None),
        // Whose account it is, only a write knows.
        Touched::Account => return None,
        Touched::Entity(entity) => Touch::Entity(entity),
        Touched::Reference(field, entity) => match parents.iter().find(|(named, _)| *named == field) {
            Some((_, parent)) => Touch::Record(entity, parent.clone()),
            None => Touch::Entity(entity),
        },
    })
}
