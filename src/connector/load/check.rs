//! What is seen only of an entity as a whole: reads that are too deep, facets that nothing uses, keys in addresses.

use std::collections::BTreeSet;

use super::codes::{M001, M017, M042};
use super::key;
use super::request::Common;
use super::yaml::Node;
use crate::connector::{EntityMapping, FacetWay, Read};
use crate::diagnostic::Place;

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
