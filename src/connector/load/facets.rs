//! Facets: further data, joined to a row, each with its one way to be read.

use std::sync::Arc;

use super::codes::{M019, M040, M041, M043};
use super::format;
use super::here::{BY_KEY, Here};
use super::needs::{Base, FacetNeeds, Facets, column, varies};
use super::reads::{For, Reader};
use super::request::is_request;
use super::sink::listed;
use super::yaml::{Entry, Node};
use crate::connector::{Facet, FacetWay, Needs, Path, ProtocolKind, Root, Step};

/// The facets of one file.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub facets: Vec<Facet>,
    pub known: Facets,
    /// How many requests stand one after the other until a facet is there, beside the row's own.
    pub depth: Vec<usize>,
}

/// Reads `facets:`.
pub(super) fn read(reader: &Reader<'_>, node: Option<&Node>) -> Read {
    let sink = reader.common.ctx.sink;
    let entries = node.map(|node| sink.entries(node, "`facets`")).unwrap_or_default();
    let mut all = Read::default();
    all.known.names = entries.iter().map(|entry| Arc::clone(&entry.key)).collect();
    for (at, entry) in entries.into_iter().enumerate() {
        // A facet that is wrong keeps its place, since paths name facets by number.
        let (facet, needs, depth) = one(reader, &all, (at, entry)).unwrap_or_else(|| {
            let way = FacetWay::Expand(Arc::clone(&entry.key));
            let facet = Facet {
                name: Arc::clone(&entry.key),
                way,
                by: None,
                key: None,
                only: None,
                when: None,
                keep: None,
                write: None,
            };
            (facet, FacetNeeds::default(), 0)
        });
        all.facets.push(facet);
        all.known.needs.push(needs);
        all.depth.push(depth);
    }
    all
}

fn one(reader: &Reader<'_>, all: &Read, (at, entry): (usize, &Entry)) -> Option<(Facet, FacetNeeds, usize)> {
    let (ctx, node) = (reader.common.ctx, &entry.value);
    let way = way(reader, entry)?;
    let inside = Here::mapping(ctx, &[]);
    let by = node.get("by").and_then(|by| column_or_path(&inside, by, &way));
    let only = node.get("where").and_then(|only| inside.condition(only, "`where`"));
    let own = inside.take_uses();
    let outside = Here::mapping(ctx, &all.known.names);
    let key = node.get("key").and_then(|key| outside.path(key, "`key`"));
    if let Some(Path { root: Root::Facet(used), .. }) = &key
        && *used >= at
    {
        let names: Vec<&Arc<str>> = all.known.names.get(at..=*used).unwrap_or_default().iter().collect();
        let place = &node.get("key").unwrap_or(node).place;
        let message = format!("a facet may only use earlier ones: {}", listed(&names));
        ctx.sink.error((M041, place), message, "change the order of the facets, or take the key from the row");
    }
    let joins = matches!(way, FacetWay::Set { .. } | FacetWay::Read(_) | FacetWay::With { rows: Some(_), .. });
    let single = matches!(&way, FacetWay::Read(read) if read.many.is_none() && read.keep.is_none());
    if joins && !single && by.is_none() {
        let remedy = "add `by:`, the path, in a row of the facet, of the key it belongs to";
        ctx.sink.error((M043, &entry.at), format!("the rows of `{}` cannot be told apart", entry.key), remedy);
    }
    let depth = usize::from(matches!(way, FacetWay::Set { .. } | FacetWay::Read(_)));
    let before = match &key {
        Some(Path { root: Root::Facet(used), .. }) => all.depth.get(*used).copied().unwrap_or_default(),
        _ => 0,
    };
    let mut join = all.known.needs(&outside.take_uses(), Base::Row);
    join.add(&Needs { varies: hangs_on(&way, reader), ..Needs::default() });
    let needs = FacetNeeds { join, own: own.paths.iter().filter_map(|path| column(&path.steps)).collect() };
    let keep = node.get("keep").and_then(|keep| ctx.sink.duration(keep, "`keep`"));
    // What is expanded is written by its navigation, where it hangs on the row itself.
    let navigation = match &way {
        FacetWay::Expand(navigation) if !navigation.contains('/') => Some(Arc::clone(navigation)),
        _ => None,
    };
    let write = node.get("write").and_then(|write| ctx.sink.text(write, "`write`")).cloned().or(navigation);
    let facet = Facet { name: Arc::clone(&entry.key), way, by, key, only, when: None, keep, write };
    Some((facet, needs, depth + before))
}

/// In a set, `by` is a column of that name; elsewhere it is a path.
fn column_or_path(here: &Here<'_>, node: &Node, way: &FacetWay) -> Option<Path> {
    let path = here.path(node, "`by`")?;
    match way {
        FacetWay::Set { by, .. } => {
            Some(Path { root: Root::Row, steps: Arc::from([Step::Name(Arc::clone(by))]), text: Arc::clone(by) })
        }
        _ => Some(path),
    }
}

fn hangs_on(way: &FacetWay, reader: &Reader<'_>) -> Vec<crate::connector::Vary> {
    match way {
        FacetWay::Read(read) => read.varies.iter().chain(&reader.common.varies).copied().collect(),
        _ => Vec::new(),
    }
}

fn way(reader: &Reader<'_>, entry: &Entry) -> Option<FacetWay> {
    let (sink, node) = (reader.common.ctx.sink, &entry.value);
    let what = format!("the facet `{}`", entry.key);
    if let Some(call) = node.get("call") {
        sink.error((M019, &call.place), "`call` is for engines that this version does not have", "use a request");
        return None;
    }
    let ways: Vec<&str> = ["expand", "set", "with"].into_iter().filter(|way| node.get(way).is_some()).collect();
    let count = ways.len() + usize::from(is_request(node));
    if count != 1 {
        let remedy = "one of `expand`, `set` with `by`, `with`, or a request";
        sink.error((M040, &entry.at), format!("{what} has {count} ways to be read"), remedy);
        return None;
    }
    let query_family = reader.common.protocol == ProtocolKind::OData;
    let Some(way) = ways.first() else {
        let read = reader.read(node, For::Facet)?;
        return Some(FacetWay::Read(Box::new(read)));
    };
    let value = node.get(way)?;
    if *way != "with" && !query_family {
        let remedy = "write the request: `GET:`, `rows:`, `by:`";
        sink.error((M040, &value.place), format!("`{way}` is for protocols that query by themselves"), remedy);
        return None;
    }
    match *way {
        "expand" => {
            sink.keys(node, &what, &format::FACET_EXPAND);
            Some(FacetWay::Expand(Arc::clone(sink.text(value, "`expand`")?)))
        }
        "set" => {
            sink.keys(node, &what, &format::FACET_SET);
            let by = node.get("by").and_then(|by| sink.text(by, "`by`"));
            Some(FacetWay::Set { set: Arc::clone(sink.text(value, "`set`")?), by: by.cloned().unwrap_or_default() })
        }
        _ => with(reader, (node, value)),
    }
}

fn with(reader: &Reader<'_>, (node, query): (&Node, &Node)) -> Option<FacetWay> {
    let sink = reader.common.ctx.sink;
    sink.keys(node, "a facet", &format::FACET_WITH);
    let here = Here::request(reader.common.ctx, BY_KEY, reader.key_parts);
    let query = here.templates(query, "`with`");
    if !varies(&here.take_uses()).is_empty() {
        let remedy = "read it with a request of its own";
        sink.error((M019, &node.place), "parameters of the row's own read cannot hang on the caller", remedy);
    }
    let answer = Here::mapping(reader.common.ctx, &[]);
    let at = node.get("at").and_then(|at| answer.path(at, "`at`"));
    let rows = node.get("rows").and_then(|rows| answer.path(rows, "`rows`"));
    if at.is_some() == rows.is_some() {
        let remedy = "`at` is where they are inside the row; `rows` with `by` where they stand beside the rows";
        sink.error((M040, &node.place), "nothing, or two things, say where the facet's data are", remedy);
        return None;
    }
    Some(FacetWay::With { query, at, rows })
}
