//! Rows by key, by value, and of further sets: or-chains, matched by what is in the row.

use std::borrow::Cow;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::super::core::{Core, abreast};
use super::super::errors::Failure;
use super::super::facets::{Facets, Words};
use super::super::names::{self, Names};
use super::super::needed::How;
use super::super::path::texts;
use super::super::push::{TermKind, kind_of, plain};
use super::super::stage::{Stage, joined};
use super::super::wants::Wants;
use super::super::{FindRows, GetRows, Row};
use super::filter::{Clauses, equal, property, visible, write_equal};
use super::query::{Query, switches};
use super::selected::{Selected, selectable};
use crate::connector::{EntityMapping, Facet, KeyWire, Origin, Path, RowView, key_of};
use crate::error::{Code, Error};
use crate::model::{Arguments, Key, ReadContext, Wire};

pub(super) async fn get(core: &Core, of: &EntityMapping, read: &GetRows) -> Vec<Result<Option<Row>, Error>> {
    let stage = core.stage(of, (read.fields, How::Get), None);
    let names = core.names(&read.context, false).called_with(&read.arguments);
    let fitting = read.keys.iter().enumerate().filter(|(_, key)| names::fits(of, key));
    let clauses = key_clauses(core, of, fitting);
    let mut answers: Vec<Result<Option<Row>, Error>> = read.keys.iter().map(|_| Ok(None)).collect();
    let (mut rows, mut places) = (Vec::with_capacity(read.keys.len()), Vec::with_capacity(read.keys.len()));
    for (asked, answer) in chained(&row_query(core, &stage, (&read.context, &names)), &clauses).await {
        match answer {
            Ok(found) => {
                for row in found {
                    let Some(key) = key_of(of, &RowView::bare(&row, None)) else { continue };
                    // Keys compare exactly: a service that ignores case answers with what nobody asked for.
                    if let Some(at) = asked.iter().find(|at| read.keys.get(**at) == Some(&key)) {
                        places.push(*at);
                        rows.push((key, made(&stage, row, None)));
                    }
                }
            }
            Err(failure) => {
                for at in asked {
                    if let Some(answer) = answers.get_mut(*at) {
                        *answer = Err(core.located(of, failure.error.clone()));
                    }
                }
            }
        }
    }
    let facets = Facets { core, stage: &stage, context: &read.context, arguments: &read.arguments };
    let mut errors = facets.attach(&mut rows).await;
    for (place, (at, (_, row))) in places.into_iter().zip(rows).enumerate() {
        if let Some(answer) = answers.get_mut(at) {
            *answer = errors.take(place).map_or(Ok(Some(row)), |error| Err(core.located(of, error)));
        }
    }
    answers
}

pub(super) async fn find(core: &Core, of: &EntityMapping, read: &FindRows) -> Vec<Result<Vec<Row>, Error>> {
    let Some((path, kind, column)) = found_by(core, of, &read.by) else {
        let error = Error::new(Code::Internal, format!("`{}` is no column that records can be found by", read.by));
        return read.values.iter().map(|_| Err(core.located(of, error.clone()))).collect();
    };
    let stage = core.stage(of, (read.fields, How::Find(Arc::clone(&read.by))), Some(path));
    let names = core.names(&read.context, false);
    let version = switches(core).version;
    let mut clauses = Clauses::with_room(read.values.len());
    for (at, value) in read.values.iter().enumerate() {
        clauses.push(at, &equal(&column, (value.first(), kind), version));
    }
    let query = row_query(core, &stage, (&read.context, &names));
    let mut answers: Vec<Result<Vec<Row>, Error>> = read.values.iter().map(|_| Ok(Vec::new())).collect();
    let (mut rows, mut owners) = (Vec::new(), Vec::new());
    for (asked, answer) in chained(&query, &clauses).await {
        match answer {
            Err(failure) => {
                for at in asked {
                    if let Some(answer) = answers.get_mut(*at) {
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
fn found_by<'a>(core: &Core, of: &'a EntityMapping, by: &str) -> Option<(&'a Path, TermKind, Cow<'a, str>)> {
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
    let mut columns: Vec<String> = match facets.stage.needed.needs.facets.get(&at) {
        Some(columns) if !columns.is_empty() && facet.keep.is_none() => {
            columns.iter().filter_map(|column| selectable(column)).collect()
        }
        _ => Vec::new(),
    };
    if !columns.is_empty() {
        let only = facet.only.iter().flat_map(|only| &only.0).filter_map(|(path, _)| property(path));
        for column in only.chain([Cow::Borrowed(&**by)]) {
            if !columns.iter().any(|known| *known == column) {
                columns.push(column.into_owned());
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
    let options = if columns.is_empty() { Vec::new() } else { vec![("$select", columns.join(","))] };
    let selected = Selected::of(core, set, (&options, &row));
    let filter = Cow::Borrowed("");
    let query = Query { core, context: facets.context, names: &names, selected: &selected, filter, total: false };
    let guid = facet.key.is_none() && facets.stage.of.key.first().is_some_and(|part| part.wire == KeyWire::Guid);
    let kind = |key: &Wire| match key {
        Wire::Number(_) => TermKind::Number,
        _ if guid => TermKind::Guid,
        _ => TermKind::Text,
    };
    let only = facet.only.as_ref().map_or_else(Vec::new, |only| visible(only, version, None));
    let mut clauses = Clauses::with_room(keys.len());
    for (at, key) in keys.iter().enumerate() {
        let Some(text) = key.as_text() else { continue };
        let own = equal(by, (&text, kind(key)), version);
        if only.is_empty() {
            clauses.push(at, &own);
        } else {
            clauses.push(at, &format!("({own} and {})", only.join(" and ")));
        }
    }
    let by = Path {
        root: crate::connector::Root::Row,
        steps: Arc::from([crate::connector::Step::Name(Arc::clone(by))]),
        text: Arc::clone(by),
    };
    let mut words = Words::new();
    for (asked, answer) in chained(&query, &clauses).await {
        match answer {
            Ok(rows) => words.extend(joined(rows.into_iter(), &by).into_iter().map(|(key, rows)| (key, Ok(rows)))),
            Err(failure) => {
                let texts = asked.iter().filter_map(|at| keys.get(*at)?.as_text());
                words.extend(texts.map(|text| (text.into_owned(), Err(failure.clone()))));
            }
        }
    }
    words
}

/// Runs or-chains; each answer comes with the places of what it was asked for.
pub(super) async fn chained<'c>(
    query: &Query<'_>,
    clauses: &'c Clauses,
) -> Vec<(&'c [usize], Result<Vec<Wire>, Failure>)> {
    let chains = clauses.chains(switches(query.core).keys, query.selected.length);
    let calls = chains.into_iter().map(|(asked, filter)| -> BoxFuture<'_, _> {
        Box::pin(async move {
            let one = Query { filter: Cow::Borrowed(filter), ..*query };
            (asked, one.all().await)
        })
    });
    abreast(calls.collect()).await
}

/// The query of an entity's own rows, without a filter.
pub(super) fn row_query<'a>(
    core: &'a Core,
    stage: &'a Stage<'_>,
    (context, names): (&'a ReadContext, &'a Names<'a>),
) -> Query<'a> {
    let selected = stage.needed.selected.get_or_init(|| Selected::rows(core, stage, None));
    Query { core, context, names, selected, filter: Cow::Borrowed(""), total: false }
}

/// A row with its entity tag.
pub(super) fn made(stage: &Stage<'_>, row: Wire, parent: Option<Key>) -> Row {
    let etag = match (row.get("__metadata").get("etag"), row.get("@odata.etag")) {
        (Wire::Text(tag) | Wire::Number(tag), _) | (_, Wire::Text(tag) | Wire::Number(tag)) => Some(tag.clone()),
        _ => None,
    };
    Row { etag, ..stage.row(row, parent, &Vec::new()) }
}

/// A clause for each key, with its place: `A eq '1'`, or `(A eq '1' and B eq '2')`.
pub(super) fn key_clauses<'k>(
    core: &Core,
    of: &EntityMapping,
    keys: impl Iterator<Item = (usize, &'k Key)>,
) -> Clauses {
    let version = switches(core).version;
    let columns: Vec<_> = of.key.iter().map(|part| (property(&part.from), kind(part.wire))).collect();
    let most = keys.size_hint().1.unwrap_or_default();
    let (mut clauses, mut clause) = (Clauses::with_room(most), String::new());
    for (at, key) in keys {
        clause.clear();
        if let [(Some(column), kind)] = &*columns {
            write_equal(&mut clause, column, (key.first(), *kind), version);
        } else {
            for ((column, kind), text) in columns.iter().zip(key.parts()) {
                let Some(column) = column else { return Clauses::default() };
                clause.push_str(if clause.is_empty() { "(" } else { " and " });
                write_equal(&mut clause, column, (text, *kind), version);
            }
            clause.push(')');
        }
        clauses.push(at, &clause);
    }
    clauses
}

/// What kind of literal a key is.
pub(super) fn kind(wire: KeyWire) -> TermKind {
    match wire {
        KeyWire::Text => TermKind::Text,
        KeyWire::Int => TermKind::Number,
        KeyWire::Guid => TermKind::Guid,
    }
}
