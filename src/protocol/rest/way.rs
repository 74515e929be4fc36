//! Which of a list's ways is taken, and what is asked of it.

use std::sync::Arc;

use super::super::ListRows;
use super::super::core::Core;
use super::super::errors::Failure;
use super::super::language::{self, Written};
use super::super::names::Names;
use super::super::push::{Comparison, Term, TermKind, comparisons, is_exact};
use super::super::template::Parameters;
use super::get::internal;
use crate::connector::{EntityMapping, KeyWire, LanguageForm, ListMapping, Read};
use crate::error::{Code, Error};
use crate::model::{Condition, FieldId, Key, ListOf, Order, Wire};

/// The first way that can do what is asked for. Where none can filter so, the first that can search and order so is
/// taken: the caller checks every condition again.
pub(super) fn choose<'a>(of: &'a EntityMapping, read: &ListRows) -> Result<&'a Read, Failure> {
    let ways = ways(of, &read.list)?;
    let searches = |way: &&Read| way.search == read.search.is_some();
    let orders = |way: &&Read| read.order.is_none_or(|order| can_order(way, order));
    let filters =
        |way: &&Read| read.filter.iter().all(|test| test.fields().iter().all(|field| column(way, field).is_some()));
    let able = || ways.iter().filter(searches).filter(orders);
    able()
        .find(filters)
        .or_else(|| able().next())
        .ok_or_else(|| Error::public(Code::BadUserInput, "This list cannot be searched or sorted in that way.").into())
}

/// The ways of a list.
fn ways<'a>(of: &'a EntityMapping, list: &ListOf) -> Result<&'a [Read], Failure> {
    let parent = match list {
        ListOf::Parent(field) => Some(*field),
        ListOf::All => None,
    };
    let mapping = of.lists.iter().find(|mapping: &&ListMapping| mapping.parent == parent);
    mapping.map(|mapping| mapping.ways.as_slice()).ok_or_else(|| internal("the manifest does not have this list"))
}

fn can_order(way: &Read, order: Order) -> bool {
    way.sorted == Some(order)
        || (way.order.iter().any(|(field, _)| *field == order.field)
            && way.language.as_ref().is_some_and(|language| language.order.is_some()))
}

fn column(way: &Read, field: FieldId) -> Option<&Arc<str>> {
    way.language.as_ref()?;
    way.filter.iter().find(|(f, _)| *f == field).map(|(_, name)| name)
}

/// Whether the system counts exactly what is asked for: every condition is asked of it as it is, and nothing falls out
/// afterwards because it may not be seen.
pub(super) fn counts_exactly((of, way): (&EntityMapping, &Read), read: &ListRows) -> bool {
    let exact = |condition: &Condition| {
        let mapping = of.fields.get(usize::from(condition.field.0)).and_then(Option::as_ref);
        let language = way.language.as_deref();
        mapping.zip(language).is_some_and(|(mapping, language)| {
            column(way, condition.field).is_some()
                && is_exact(condition, mapping)
                && comparisons(condition, mapping, "UTC").iter().all(|one| language::can_write(language, one))
        })
    };
    of.visible.is_none() && read.filter.iter().all(exact)
}

/// What one read of a way is asked with, beside its page: names for its templates, and parameters that place themselves.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) query: Parameters,
    pub(super) placed: Parameters,
}

/// Writes a parent, conditions, an order and a phrase for a way.
pub(super) fn asked<'a>(
    core: &Core,
    (of, way): (&EntityMapping, &Read),
    (read, parent): (&ListRows, Option<&'a Key>),
    names: &mut Names<'a>,
) -> Result<Asked, Failure> {
    let mut asked = Asked::default();
    let mut pushed = Vec::new();
    if let Some(parent) = parent {
        names.list_of(parent);
        if let Some(by) = &way.by {
            let term = Term { text: parent.first().to_owned(), kind: parent_kind(core, of, &read.list) };
            let spoken = way
                .language
                .as_ref()
                .is_some_and(|language| language.form != LanguageForm::Params && language::can_equal(language));
            if let (true, Some(language)) = (spoken, &way.language) {
                let own = (Arc::clone(by), Comparison::OneOf(vec![term]));
                // A parent that the language cannot write would make the list everybody's.
                if is_empty(&language::conditions(language, std::slice::from_ref(&own))) {
                    return Err(internal("the language of the list cannot ask for one parent's rows"));
                }
                pushed.push(own);
            } else {
                asked.placed.push((Arc::clone(by), Wire::Text(term.text.into())));
            }
        }
    }
    for condition in &read.filter {
        let mapping = of.fields.get(usize::from(condition.field.0)).and_then(Option::as_ref);
        if let (Some(name), Some(mapping)) = (column(way, condition.field), mapping) {
            let all = comparisons(condition, mapping, &core.binding.connector.zone);
            pushed.extend(all.into_iter().map(|comparison| (Arc::clone(name), comparison)));
        }
    }
    names.set("where", Wire::Null);
    names.set("order", Wire::Null);
    names.set("phrase", read.search.as_ref().map_or(Wire::Null, |phrase| Wire::Text(Arc::clone(phrase).into())));
    if let Some(language) = &way.language {
        let written = language::conditions(language, &pushed);
        place("where", written, names, &mut asked);
        if let Some(order) = read.order.filter(|order| way.sorted != Some(*order)) {
            let name = way.order.iter().find(|(field, _)| *field == order.field).map(|(_, name)| name);
            if let Some(written) = name.and_then(|name| language::order(language, name, order.descending)) {
                place("order", written, names, &mut asked);
            }
        }
    }
    Ok(asked)
}

fn is_empty(written: &Written) -> bool {
    written.parameters.is_empty()
        && written.value.as_ref().is_none_or(|value| match value {
            Wire::Text(text) => text.is_empty(),
            other => other.items().is_empty(),
        })
}

fn place(name: &'static str, written: Written, names: &mut Names<'_>, asked: &mut Asked) {
    names.set(name, written.value.unwrap_or(Wire::Null));
    asked.query.extend(written.parameters);
}

/// What kind of literal a parent's key is.
pub(in crate::protocol) fn parent_kind(core: &Core, of: &EntityMapping, list: &ListOf) -> TermKind {
    let ListOf::Parent(field) = list else { return TermKind::Text };
    let target = core.binding.graph.entity(of.entity).and_then(|entity| entity.target(*field));
    let Some(target) = target else { return TermKind::Text };
    let key = core.binding.connector.entities.get(&target).and_then(|of| of.key.first());
    match key.map(|part| part.wire) {
        Some(KeyWire::Int) => TermKind::Number,
        Some(KeyWire::Guid) => TermKind::Guid,
        _ => TermKind::Text,
    }
}
