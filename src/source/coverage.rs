//! What the tenant's sources provide of the graph: the graph is pruned to it.

use std::collections::BTreeMap;

use super::listed::{both_ways, sorts};
use super::{Catalog, Listed, OwnedList, Owner};
use crate::connector::{EntityMapping, Form, ListMapping, Mapping, ObjectMapping, Origin, Root, WriteMapping, taken};
use crate::graph::{
    Coverage, Entity, EntityCoverage, Field, FieldKind, Graph, ListCoverage, MergedCoverage, Scope, Shape, Target,
    WorkedOut, WriteCoverage,
};
use crate::model::{EntityId, FieldId, ListOf, SourceId};

/// What the sources provide: fields with the source that tells them, and what the owner's lists can do.
#[must_use]
pub fn coverage(graph: &Graph, catalog: &Catalog) -> Coverage {
    let numbered = (0..=u16::MAX).map(EntityId).zip(&graph.entities);
    let of = |(id, entity)| {
        let owners: Vec<_> =
            catalog.owners(id).iter().filter_map(|owner| one(graph, catalog, (id, entity), owner)).collect();
        (!owners.is_empty()).then_some((id, owners))
    };
    let entities = numbered.filter_map(of).collect();
    let mut coverage = Coverage { entities, merged: BTreeMap::new() };
    for (id, owners) in coverage.entities.iter().filter(|(_, owners)| owners.len() > 1) {
        let Some(entity) = graph.entity(*id) else { continue };
        let references = (0..=u8::MAX).map(FieldId).zip(&entity.fields);
        let references = references.filter(|(_, field)| matches!(field.kind, FieldKind::Reference(_)));
        let lists = references.map(|(field, known)| (ListOf::Parent(field), known.name.to_string()));
        for (list, by) in lists.chain([(ListOf::All, "all".to_owned())]) {
            let listed = catalog.listed(graph, *id, &list);
            let merged = listed.map(|listed| together(catalog, (entity, &by), owners, &listed));
            coverage.merged.insert((*id, by), merged);
        }
    }
    coverage
}

/// What all the sources of a list can do. A text that is searched for is found by every system in its own order.
fn together(
    catalog: &Catalog,
    (entity, by): (&Entity, &str),
    owners: &[EntityCoverage],
    listed: &Listed,
) -> MergedCoverage {
    let name = |source: &SourceId| catalog.sources.get(usize::from(source.0)).map(|info| info.name.to_string());
    let names: Vec<String> = listed.sources.iter().filter_map(name).collect();
    let lists = owners.iter().filter(|covered| names.contains(&covered.owner));
    let lists: Vec<ListCoverage> = lists.map(|covered| covered.lists.get(by).cloned().unwrap_or_default()).collect();
    let Some((first, others)) = lists.split_first() else { return MergedCoverage::default() };
    if others.is_empty() {
        return MergedCoverage { owners: names, can: first.clone() };
    }
    let filters = first.filter.iter().filter(|name| *name != "search");
    let filter = filters.filter(|name| others.iter().all(|other| other.filter.contains(name))).cloned().collect();
    let sort = both_ways(&listed.orders).filter_map(|field| entity.field(field)).map(|field| field.name.to_string());
    let sort = sort.collect();
    let can = ListCoverage { filter, sort, total: lists.iter().all(|list| list.total) };
    MergedCoverage { owners: names, can }
}

fn one(graph: &Graph, catalog: &Catalog, (id, entity): (EntityId, &Entity), owner: &Owner) -> Option<EntityCoverage> {
    let name = |source: SourceId| Some(catalog.sources.get(usize::from(source.0))?.name.to_string());
    let mut covered = EntityCoverage { owner: name(owner.source)?, ..EntityCoverage::default() };
    for (source, fields) in &owner.parts {
        let (of, source) = (catalog.mapping(*source, id)?, name(*source)?);
        for field in fields.iter() {
            let (mapped, known) = (of.fields.get(usize::from(field.0)), entity.field(field));
            if let (Some(Some(mapping)), Some(known)) = (mapped, known) {
                let mut paths = Vec::new();
                nested(graph, mapping, (&known.name, shape(known)), &mut paths);
                covered.fields.extend(paths.into_iter().map(|path| (path, source.clone())));
            }
        }
    }
    let of = catalog.mapping(owner.source, id)?;
    covered.by_key = !of.get.is_empty() || of.set.is_some();
    covered.lists = lists(entity, of, &owner.lists);
    covered.writes = of.writes.iter().map(|(name, write)| (name.to_string(), written(graph, of, write))).collect();
    Some(covered)
}

/// What a write takes and gives. `id`, `version` and the account are the gateway's to check, and go to the system as such.
fn written(graph: &Graph, of: &EntityMapping, write: &WriteMapping) -> WriteCoverage {
    let mut input = taken(graph, of, write);
    let hubs = graph.entity(of.entity).into_iter().flat_map(|entity| &entity.fields);
    let hub = |field: &&Field| matches!(field.kind, FieldKind::Reference(Target::Entity(to)) if to == graph.hub);
    if write.by_key {
        input.push("id".to_owned());
        input.extend(of.version.is_some().then(|| "version".to_owned()));
    } else {
        input.extend(hubs.filter(hub).map(|field| format!("{}Id", field.name)));
    }
    input.push("idempotencyKey".to_owned());
    input.sort();
    input.dedup();
    WriteCoverage { input, gives: write.answer.gives.iter().map(|(name, _)| name.to_string()).collect() }
}

fn shape(field: &Field) -> Option<&Shape> {
    match &field.kind {
        FieldKind::Stored(shape) | FieldKind::Computed(WorkedOut { shape, .. }) => Some(shape),
        _ => None,
    }
}

/// The path of a mapped field, and of what is mapped inside it.
fn nested(graph: &Graph, mapping: &Mapping, (path, shape): (&str, Option<&Shape>), paths: &mut Vec<String>) {
    if !paths.iter().any(|known| known == path) {
        paths.push(path.to_owned());
    }
    match (mapping, shape) {
        (Mapping::One(_), _) | (_, None) => {}
        (Mapping::Object(object) | Mapping::Each { fields: object, .. }, Some(shape)) => {
            inside(graph, object, (path, shape), paths);
        }
        (Mapping::Items(items), Some(Shape::List { of, .. })) => {
            items.iter().for_each(|item| nested(graph, item, (path, Some(of)), paths));
        }
        (Mapping::Items(_), Some(_)) => {}
    }
}

fn inside(graph: &Graph, object: &ObjectMapping, (path, shape): (&str, &Shape), paths: &mut Vec<String>) {
    let mut shape = shape;
    while let Shape::List { of, .. } = shape {
        shape = of;
    }
    let Shape::Object(id) = shape else { return };
    let Some(of) = graph.value_type(*id) else { return };
    for (field, mapping) in &object.fields {
        if let Some(known) = of.fields.get(usize::from(field.0)) {
            nested(graph, mapping, (&format!("{path}.{}", known.name), self::shape(known)), paths);
        }
    }
}

/// The owner's lists. In the query family every reference that stands in a column makes one.
fn lists(entity: &Entity, of: &EntityMapping, owned: &[OwnedList]) -> BTreeMap<String, ListCoverage> {
    let mut lists = BTreeMap::new();
    if of.set.is_some() {
        let columns = names(entity, of, is_column);
        let can = || ListCoverage { filter: columns.clone(), sort: Vec::new(), total: true };
        lists.extend(names(entity, of, is_reference_column).into_iter().map(|name| (name, can())));
        if entity.scope == Scope::Tenant {
            lists.insert("all".to_owned(), can());
        }
    }
    let named = |field: Option<FieldId>| match field {
        None => Some("all".to_owned()),
        Some(field) => entity.field(field).map(|field| field.name.to_string()),
    };
    for list in &of.lists {
        if let Some(name) = named(list.parent) {
            declared(entity, of, list, lists.entry(name).or_default());
        }
    }
    for list in owned {
        let field = match list.list {
            ListOf::All => None,
            ListOf::Parent(field) => Some(field),
        };
        if let Some(can) = named(field).and_then(|name| lists.get_mut(&name)) {
            can.sort = sorts(of, list).iter().filter_map(|field| named(Some(field))).collect();
        }
    }
    lists
}

/// Adds what the declared ways of a list can do.
fn declared(entity: &Entity, of: &EntityMapping, list: &ListMapping, can: &mut ListCoverage) {
    let name = |field| entity.field(field).map(|field| field.name.to_string());
    for way in &list.ways {
        can.filter.extend(way.filter.iter().filter_map(|(field, _)| name(*field)));
        if way.local > 0 {
            can.filter.extend(names(entity, of, is_plain));
        }
        can.filter.extend(way.search.then(|| "search".to_owned()));
        can.total |= way.page.total.is_some();
    }
    can.filter.sort();
    can.filter.dedup();
}

fn names(entity: &Entity, of: &EntityMapping, is: fn(&Mapping) -> bool) -> Vec<String> {
    let mapped = entity.fields.iter().zip(&of.fields);
    let fits = mapped.filter(|(_, mapping)| mapping.as_ref().is_some_and(is));
    fits.map(|(field, _)| field.name.to_string()).collect()
}

fn is_plain(mapping: &Mapping) -> bool {
    matches!(mapping, Mapping::One(value) if matches!(value.form, Form::Shape(_) | Form::Reference(..)))
}

fn is_column(mapping: &Mapping) -> bool {
    matches!(mapping, Mapping::One(value) if value.push.is_some())
}

fn is_reference_column(mapping: &Mapping) -> bool {
    let Mapping::One(value) = mapping else { return false };
    let in_row = matches!(&*value.from, [Origin::Path(path)] if path.root == Root::Row);
    in_row && value.push.is_some() && matches!(value.form, Form::Reference(..))
}
