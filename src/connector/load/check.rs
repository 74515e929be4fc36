//! What is seen only of an entity as a whole: reads that are too deep, facets that nothing uses, keys in addresses.

use std::collections::BTreeSet;

use super::codes::{M001, M017, M042, M060};
use super::key;
use super::request::Common;
use super::yaml::Node;
use crate::connector::{EntityMapping, FacetWay, Needs, Read, Vary};
use crate::diagnostic::Place;
use crate::graph::FieldKind;

/// The most requests that may stand one after the other.
const DEEPEST: usize = 3;

/// Checks one entity; `depth` is that of each facet.
pub(super) fn entity(common: &Common<'_>, (mapping, root): (&EntityMapping, &Node), depth: &[usize]) {
    let facets = mapping.facets.iter().filter_map(|facet| match &facet.way {
        FacetWay::Read(read) => Some(&**read),
        _ => None,
    });
    key::check_addresses(common, (root, &mapping.key), mapping.get.iter().chain(facets));
    unused(common, mapping, root);
    accounts(common, mapping, root);
    deep(common, (mapping, root), depth.iter().copied().max().unwrap_or_default());
}

fn unused(common: &Common<'_>, mapping: &EntityMapping, root: &Node) {
    let all = mapping.needs.iter().chain([&mapping.base_needs, &mapping.link_needs]);
    let used: BTreeSet<usize> = all.flat_map(|needs| needs.facets.keys().copied()).collect();
    for (at, facet) in mapping.facets.iter().enumerate().filter(|(at, _)| !used.contains(at)) {
        let place = place_of(root, "facets", &facet.name);
        let message = format!("the facet `{}` is never used", mapping.facets.get(at).map_or("", |facet| &facet.name));
        common.ctx.sink.warn((M042, place), message, "remove it, or begin a path with its name");
    }
}

/// What is asked for the account in use must be what is shown for it alone: a field that is `@perAccount`, or such a list.
fn accounts(common: &Common<'_>, mapping: &EntityMapping, root: &Node) {
    let sink = common.ctx.sink;
    let graph = common.ctx.graph;
    let Some(entity) = graph.entity(mapping.entity) else { return };
    let remedy = "mark the field @perAccount (and @computed) in the graph, or ask by the record's own keys";
    let hangs = |needs: &Needs| needs.varies.contains(&Vary::Account);
    if hangs(&mapping.base_needs) || hangs(&mapping.link_needs) {
        let message =
            format!("every read of `{}` would be for the account in use, whoever's record it is", entity.name);
        sink.error((M060, &root.place), message, remedy);
        return;
    }
    for (field, _) in entity.fields.iter().zip(&mapping.needs).filter(|(_, needs)| hangs(needs)) {
        if !matches!(&field.kind, FieldKind::Computed(of) if of.per_account) {
            let message =
                format!("`{}` hangs on `caller.account`, and is not for the account in use alone", field.name);
            sink.error((M060, place_of(root, "fields", &field.name)), message, remedy);
        }
    }
    for list in &mapping.lists {
        let own = list.parent.is_none() && graph.lists_per_account.contains(&mapping.entity);
        if !own && list.ways.iter().any(|way| way.varies.contains(&Vary::Account)) {
            let name = list.parent.and_then(|field| entity.field(field)).map_or("all", |field| &field.name);
            let message =
                format!("the list `{name}` hangs on `caller.account`, and is not for the account in use alone");
            sink.error((M060, place_of(root, "lists", name)), message, remedy);
        }
    }
    let asks = |read: &Read| read.varies.contains(&Vary::Account);
    for (name, _) in mapping.find.iter().filter(|(_, find)| find.read.as_ref().is_some_and(asks)) {
        let message = format!("the find `{name}` hangs on `caller.account`, and finds for whoever asks");
        sink.error((M060, place_of(root, "find", name)), message, remedy);
    }
}

fn deep(common: &Common<'_>, (mapping, root): (&EntityMapping, &Node), facets: usize) {
    let sink = common.ctx.sink;
    let check = |requests: usize, place: &Place, what: &str| {
        if requests > DEEPEST {
            let message = format!("{what} takes {requests} requests, one after the other; the most is {DEEPEST}");
            sink.error(
                (M017, place),
                message,
                "take a facet's key from the row, or read rows where the list reads keys",
            );
        }
    };
    let place = root.get("facets").map_or(&root.place, |facets| &facets.place);
    check(1 + facets, place, "a read by key with its facets");
    for list in &mapping.lists {
        let name = list
            .parent
            .and_then(|field| common.ctx.graph.entity(mapping.entity)?.field(field))
            .map_or("all", |f| &f.name);
        let place = place_of(root, "lists", name);
        let by_keys = list.ways.iter().any(|way| way.keys.is_some());
        if by_keys {
            check(2 + facets, place, &format!("the list by `{name}`"));
        }
        if by_keys && mapping.get.is_empty() && mapping.set.is_none() {
            sink.error((M001, place), "a list of keys needs a `get` to read their records", "add `get:`");
        }
    }
    let find = |read: &Read| read.keys.is_some();
    for (name, _) in mapping.find.iter().filter(|(_, mapping)| mapping.read.as_ref().is_some_and(find)) {
        check(2 + facets, place_of(root, "find", name), &format!("the find by `{name}`"));
    }
}

fn place_of<'n>(root: &'n Node, part: &str, name: &str) -> &'n Place {
    let entries = root.get(part).and_then(Node::entries).unwrap_or_default();
    entries.iter().find(|entry| &*entry.key == name).map_or(&root.place, |entry| &entry.at)
}
