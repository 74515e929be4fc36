//! The connector's files and the tenant's overlay as one: the same keys, the overlay's values.

use std::sync::Arc;

use super::codes::{M002, M090, M092};
use super::sink::{Sink, suggestion};
use super::yaml::{self, Entry, Node, Yaml};
use super::{LoadInput, SourceFile};
use crate::diagnostic::Place;

/// The files after the merge.
pub(super) struct Merged {
    pub connector: Option<Node>,
    pub entities: Vec<EntityFile>,
}

/// One entity's file.
pub(super) struct EntityFile {
    pub entity: Arc<str>,
    /// The file as the operator knows it.
    pub shown: Arc<str>,
    pub root: Node,
}

/// Parses and merges all files.
pub(super) fn files(input: &LoadInput<'_>, sink: &Sink) -> Merged {
    let mut merged = Merged { connector: None, entities: Vec::new() };
    for file in input.files {
        merged.add(file, sink, false);
    }
    for file in input.overlay {
        merged.add(file, sink, true);
    }
    merged.entities.sort_by(|a, b| a.entity.cmp(&b.entity));
    merged
}

impl Merged {
    fn add(&mut self, file: &SourceFile, sink: &Sink, overlay: bool) {
        let place = Place { file: Arc::clone(&file.shown), line: 1, column: 1 };
        let entity = file.name.strip_prefix("entities/").and_then(|name| name.strip_suffix(".yaml"));
        if entity.is_none() && &*file.name != "connector.yaml" {
            let remedy = "a connector has `connector.yaml` and `entities/<Type>.yaml`";
            sink.error((M002, &place), format!("`{}` is no file of a connector", file.name), remedy);
            return;
        }
        let Some(root) = yaml::parse(file, sink) else { return };
        if let (Some(links), false) = (root.get("links"), overlay) {
            let remedy = "move them to the tenant's overlay: only it knows which other systems there are";
            sink.error((M092, &links.place), "`links` stand in a connector", remedy);
        }
        let Some(entity) = entity else {
            match &mut self.connector {
                Some(base) => merge(base, root, (sink, Area::Other)),
                None => self.connector = Some(root),
            }
            return;
        };
        if let Some(base) = self.entities.iter_mut().find(|known| &*known.entity == entity) {
            merge(&mut base.root, root, (sink, Area::Other));
        } else {
            if overlay && root.get("key").is_none() {
                let known = self.entities.iter().map(|known| &*known.entity);
                let message = format!("the connector has no `{entity}` that this could change");
                sink.error((M090, &place), message, format!("{} (or give it whole)", suggestion(entity, known)));
            }
            self.entities.push(EntityFile { entity: Arc::from(entity), shown: Arc::clone(&file.shown), root });
        }
    }
}

/// What the merge of a value follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    /// Maps key by key, everything else replaces.
    Other,
    /// Inside `fields`: a path is short for `{ from: path }`.
    Field,
    /// The overlay's rows come first.
    FirstMatch,
    /// `lists` and `find`: their values are ways.
    Ways,
    /// A condition: null is a test, and an overlay can only add tests or change them.
    Condition,
}

fn area(key: &str, around: Area) -> Area {
    match (around, key) {
        (Area::Ways, _) | (Area::Other, "get" | "changes") => Area::FirstMatch,
        (Area::Other, "lists") => Area::Ways,
        (_, "cases") => Area::FirstMatch,
        (_, "visible" | "gone" | "when" | "where" | "only") => Area::Condition,
        (Area::Other, "fields" | "key") | (Area::Field, _) => Area::Field,
        _ => Area::Other,
    }
}

fn merge(base: &mut Node, over: Node, (sink, around): (&Sink, Area)) {
    if around == Area::Field {
        widen(base, &over);
    }
    let over = if around == Area::Field { short(over, base) } else { over };
    match (&mut base.value, over.value) {
        (Yaml::Map(entries), Yaml::Map(changes)) => {
            for change in changes {
                merge_entry(entries, change, (sink, around));
            }
        }
        (Yaml::List(rows), Yaml::List(mut first)) if around == Area::FirstMatch => {
            first.append(rows);
            *rows = first;
        }
        (Yaml::Map(_), Yaml::List(mut first)) if around == Area::FirstMatch => {
            let place = over.place;
            first.push(base.clone());
            *base = Node { place, value: Yaml::List(first) };
        }
        (_, value) => *base = Node { place: over.place, value },
    }
}

fn merge_entry(entries: &mut Vec<Entry>, change: Entry, (sink, around): (&Sink, Area)) {
    let at = entries.iter().position(|entry| entry.key == change.key);
    let removes = change.value.is_null() && around != Area::Condition;
    match at {
        Some(at) if removes => drop(entries.remove(at)),
        None if removes => {
            let known = entries.iter().map(|entry| &*entry.key);
            let message = format!("the overlay removes `{}`, which the connector does not have", change.key);
            sink.error((M090, &change.at), message, suggestion(&change.key, known));
        }
        Some(at) => {
            let area = area(&change.key, around);
            if let Some(entry) = entries.get_mut(at) {
                merge(&mut entry.value, change.value, (sink, area));
            }
        }
        None => entries.push(change),
    }
}

/// A base that is a path becomes `{ from: path }` where the overlay has a map of a value's keys.
fn widen(base: &mut Node, over: &Node) {
    if base.entries().is_none() && over.entries().is_some() {
        let from = Entry { key: Arc::from("from"), at: base.place.clone(), value: base.clone() };
        base.value = Yaml::Map(vec![from]);
    }
}

/// An overlay that is a path stays beside what the base's map says of the value.
fn short(over: Node, base: &Node) -> Node {
    if over.entries().is_none() && base.get("from").is_some() {
        let place = over.place.clone();
        let from = Entry { key: Arc::from("from"), at: place.clone(), value: over };
        return Node { place, value: Yaml::Map(vec![from]) };
    }
    over
}
