//! Rows by key, by value, and of further sets: or-chains, matched by what is in the row.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::{Core, abreast};
use super::super::errors::Failure;
use super::super::facets::{Facets, Words};
use super::super::names::{self, Names};
use super::super::path::texts;
use super::super::push::{Term, TermKind, kind_of, plain};
use super::super::stage::{Stage, joined};
use super::super::wants::Wants;
use super::super::{FindRows, GetRows, Row};
use super::expand::Expanded;
use super::filter::{chains, equal, property, visible};
use super::query::{Query, switches};
use crate::connector::{EntityMapping, Facet, FacetWay, KeyPart, KeyWire, Origin, Path, RowView, key_of};
use crate::error::{Code, Error};
use crate::model::{Arguments, Key, ReadContext, Wire};

pub(super) async fn get(core: &Core, of: &EntityMapping, read: &GetRows) -> Vec<Result<Option<Row>, Error>> {
    let stage = Stage::new(core.basis(), of, read.fields);
    let names = names(core, &read.context, &read.arguments, false);
    let version = switches(core).version;
    let clauses = read.keys.iter().enumerate().filter(|(_, key)| names::fits(of, key));
    let clauses = clauses.filter_map(|(at, key)| key_clause(of, key, version).map(|clause| (at, clause))).collect();
    let query = row_query(core, &stage, (&read.context, &names));
    let (mut rows, mut failed) = (Vec::new(), HashMap::new());
    for (asked, answer) in chained(&query, clauses).await {
        match answer {
            Ok(found) => {
                for row in found {
                    let key = key_of(of, &RowView::bare(&row, None));
                    // Keys compare exactly: a service that ignores case answers with what nobody asked for.
                    if let Some(key) = key.filter(|key| asked.iter().any(|at| read.keys.get(*at) == Some(key))) {
                        rows.push((key, made(&stage, row, None)));
                    }
                }
            }
            Err(failure) => failed.extend(asked.into_iter().map(|at| (at, failure.error.clone()))),
        }
    }
    let facets = Facets { core, stage: &stage, context: &read.context, arguments: &read.arguments };
    let errors = facets.attach(&mut rows).await;
    let mut found: HashMap<Key, Result<Row, Error>> =
        rows.into_iter().zip(errors).map(|((key, row), error)| (key, error.map_or(Ok(row), Err))).collect();
    let answers = read.keys.iter().enumerate().map(|(at, key)| match (found.remove(key), failed.remove(&at)) {
        (Some(row), _) => row.map(Some),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(None),
    });
    answers.map(|answer| answer.map_err(|error| core.located(of, error))).collect()
}

pub(super) async fn find(core: &Core, of: &EntityMapping, read: &FindRows) -> Vec<Result<Vec<Row>, Error>> {
    let Some((path, kind, column)) = found_by(core, of, &read.by) else {
        let error = Error::new(Code::Internal, format!("`{}` is no column that records can be found by", read.by));
        return read.values.iter().map(|_| Err(core.located(of, error.clone()))).collect();
    };
    let mut stage = Stage::new(core.basis(), of, read.fields);
    stage.need(path);
    let names = names(core, &read.context, &Arguments::from([]), false);
    let version = switches(core).version;
    let term = |value: &Key| Term { text: value.first().to_owned(), kind };
    let clauses = read.values.iter().enumerate().map(|(at, value)| (at, equal(&column, &term(value), version)));
    let query = row_query(core, &stage, (&read.context, &names));
    let mut answers: Vec<Result<Vec<Row>, Error>> = read.values.iter().map(|_| Ok(Vec::new())).collect();
    let (mut rows, mut owners) = (Vec::new(), Vec::new());
    for (asked, answer) in chained(&query, clauses.collect()).await {
        match answer {
            Err(failure) => {
                for at in asked {
                    if let Some(answer) = answers.get_mut(at) {
                        *answer = Err(core.located(of, failure.error.clone()));
                    }
                }
            }
            Ok(found) => {
                for row in found {
                    let has = texts(path, &row);
                    let owner = asked.iter().find(|at| {
                        read.values.get(**at).is_some_and(|value| has.iter().any(|text| text == value.first()))
                    });
                    if let (Some(owner), Some(key)) = (owner.copied(), key_of(of, &RowView::bare(&row, None))) {
                        owners.push(owner);
                        rows.push((key, made(&stage, row, None)));
                    }
                }
            }
        }
    }
    let arguments = Arguments::from([]);
    let facets = Facets { core, stage: &stage, context: &read.context, arguments: &arguments };
    facets.give((owners, rows), &mut answers).await;
    answers
}

/// The column a `find` goes by: the manifest's own, or any plain field's.
fn found_by<'a>(core: &Core, of: &'a EntityMapping, by: &str) -> Option<(&'a Path, TermKind, String)> {
    let field = core.binding.graph.entity(of.entity).and_then(|entity| entity.field_id(by));
    let mapping = field.and_then(|field| of.fields.get(usize::from(field.0))?.as_ref()).and_then(plain);
    let own = of.find.get(by).map(|find| &find.path);
    let path = own.or_else(|| match mapping?.from.first()? {
        Origin::Path(path) => Some(path),
        Origin::Computed(_) => None,
    })?;
    Some((path, mapping.map_or(TermKind::Text, kind_of), property(path)?))
}

pub(super) async fn set_facet(
    facets: &Facets<'_>,
    (at, facet): (usize, &Facet),
    (set, by): (&Arc<str>, &Arc<str>),
    keys: Vec<Wire>,
) -> Words {
    let core = facets.core;
    let version = switches(core).version;
    let mut columns: Vec<String> = match facets.stage.needs.facets.get(&at) {
        Some(columns) if !columns.is_empty() && facet.keep.is_none() => {
            columns.iter().filter_map(|column| selectable(column)).collect()
        }
        _ => Vec::new(),
    };
    if !columns.is_empty() {
        let only = facet.only.iter().flat_map(|only| &only.0).filter_map(|(path, _)| property(path));
        for column in only.chain([by.to_string()]) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    let mut row = Wants::default();
    if facet.keep.is_some() {
        row.whole()
    } else {
        facets.stage.wants_facet(at, facet, &mut row)
    }
    row.column(by);
    let names = facets.names();
    let options = if columns.is_empty() { Vec::new() } else { vec![("$select".to_owned(), columns.join(","))] };
    let query =
        Query { core, context: facets.context, names: &names, set: Arc::clone(set), options, row, total: false };
    let guid = facet.key.is_none() && facets.stage.of.key.first().is_some_and(|part| part.wire == KeyWire::Guid);
    let term = |key: &Wire| {
        let kind = match key {
            Wire::Number(_) => TermKind::Number,
            _ if guid => TermKind::Guid,
            _ => TermKind::Text,
        };
        key.as_text().map(|text| Term { text: text.into_owned(), kind })
    };
    let only = facet.only.as_ref().map_or_else(Vec::new, |only| visible(only, version, None));
    let clauses = keys.iter().enumerate().filter_map(|(at, key)| {
        let mut tests = vec![equal(by, &term(key)?, version)];
        tests.extend(only.iter().cloned());
        Some((at, if only.is_empty() { tests.concat() } else { format!("({})", tests.join(" and ")) }))
    });
    let by = Path {
        root: crate::connector::Root::Row,
        steps: Arc::from([crate::connector::Step::Name(Arc::clone(by))]),
        text: Arc::clone(by),
    };
    let mut words = Words::new();
    for (asked, answer) in chained(&query, clauses.collect()).await {
        match answer {
            Ok(rows) => words.extend(joined(rows.into_iter(), &by).into_iter().map(|(key, rows)| (key, Ok(rows)))),
            Err(failure) => {
                let texts = asked.into_iter().filter_map(|at| keys.get(at)?.as_text());
                words.extend(texts.map(|text| (text.into_owned(), Err(failure.clone()))));
            }
        }
    }
    words
}

/// Runs or-chains; each answer comes with the places of what it was asked for.
pub(super) async fn chained(
    query: &Query<'_>,
    clauses: Vec<(usize, String)>,
) -> Vec<(Vec<usize>, Result<Vec<Wire>, Failure>)> {
    let chains = chains(clauses, switches(query.core).keys, query.length());
    let calls = chains.into_iter().map(|chain| -> BoxFuture<'_, _> {
        Box::pin(async move {
            let (asked, clauses): (Vec<usize>, Vec<String>) = chain.into_iter().unzip();
            let mut options = vec![("$filter".to_owned(), clauses.join(" or "))];
            options.extend(query.options.iter().cloned());
            let (set, row) = (Arc::clone(&query.set), query.row.clone());
            let one = Query { options, set, row, ..*query };
            (asked, one.all().await)
        })
    });
    abreast(calls.collect()).await
}

/// The query of an entity's own rows, without a filter.
pub(super) fn row_query<'a>(
    core: &'a Core,
    stage: &Stage<'_>,
    (context, names): (&'a ReadContext, &'a Names),
) -> Query<'a> {
    let v2 = switches(core).version < 4;
    let mut select: Vec<String> = Vec::new();
    for column in stage.needs.columns.iter().filter_map(|column| selectable(column)) {
        if !select.contains(&column) {
            select.push(column);
        }
    }
    let mut tree = Expanded::default();
    for (at, facet) in stage.facets() {
        let FacetWay::Expand(nav) = &facet.way else { continue };
        let needed = stage.needs.facets.get(&at).map(Vec::as_slice).unwrap_or_default();
        let mut columns: Vec<String> = needed.iter().filter_map(|column| selectable(column)).collect();
        if !columns.is_empty() {
            let only = facet.only.iter().flat_map(|only| &only.0).filter_map(|(path, _)| property(path));
            columns.extend(only.filter(|column| !needed.iter().any(|name| **name == **column)).collect::<Vec<_>>());
        }
        tree.add(nav, columns);
    }
    let expand = if v2 { tree.paths(&mut select) } else { tree.nested() };
    let mut options = Vec::new();
    if !select.is_empty() {
        options.push(("$select".to_owned(), select.join(",")));
    }
    if !expand.is_empty() {
        options.push(("$expand".to_owned(), expand));
    }
    let mut row = Wants::default();
    stage.wants_row(&mut row);
    row.names(["__metadata", "etag"]);
    row.names(["@odata.etag"]);
    let set = stage.of.set.clone().unwrap_or_default();
    Query { core, context, names, set, options, row, total: false }
}

/// The property behind a column: annotations (`x@…`, `__metadata`) come along unasked.
fn selectable(column: &str) -> Option<String> {
    let name = column.split('@').next().unwrap_or_default();
    (!name.is_empty() && !name.starts_with("__")).then(|| name.to_owned())
}

/// A row with its entity tag.
pub(super) fn made(stage: &Stage<'_>, row: Wire, parent: Option<Key>) -> Row {
    let tag = row.get("__metadata").get("etag").as_text().or_else(|| row.get("@odata.etag").as_text());
    let etag = tag.map(|tag| Arc::from(&*tag));
    Row { etag, ..stage.row(row, parent, &Vec::new()) }
}

/// `A eq '1' and B eq '2'`.
pub(super) fn key_clause(of: &EntityMapping, key: &Key, version: u8) -> Option<String> {
    let clause = |part: &KeyPart, text: &str| Some(equal(&property(&part.from)?, &key_term(part.wire, text), version));
    if let [only] = &*of.key {
        return clause(only, key.first());
    }
    let parts: Option<Vec<String>> = of.key.iter().zip(key.parts()).map(|(part, text)| clause(part, text)).collect();
    Some(format!("({})", parts?.join(" and ")))
}

/// A key as a literal.
pub(super) fn key_term(wire: KeyWire, text: &str) -> Term {
    let kind = match wire {
        KeyWire::Text => TermKind::Text,
        KeyWire::Int => TermKind::Number,
        KeyWire::Guid => TermKind::Guid,
    };
    Term { text: text.to_owned(), kind }
}

/// The names that headers and facets may use.
pub(super) fn names(core: &Core, context: &ReadContext, arguments: &Arguments, list: bool) -> Names {
    core.names(context, list).with("args", names::arguments(arguments))
}
