//! Which systems' lists are shown as one list, and by which order they can be merged.

use super::{Catalog, Owner};
use crate::connector::{EntityMapping, Form, Mapping, Read};
use crate::graph::{Builtin, FieldKind, Graph, Scalar, Scope, Shape};
use crate::model::{EntityId, FieldId, FieldSet, ListOf, Order, SourceId};

/// A list that one source has of its own records, and the orders it can give it in.
#[derive(Clone, Debug)]
pub struct OwnedList {
    /// Which list.
    pub list: ListOf,
    /// The order it is in where none is asked for.
    pub usual: Option<Order>,
    /// Every order that can be asked for.
    pub orders: Vec<Order>,
    /// How it can be searched, where it can.
    pub search: Option<OwnedSearch>,
}

/// The search of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedSearch {
    /// The field with the place where something was found.
    pub excerpt: Option<FieldId>,
}

/// The sources whose lists make one list of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// In the order of the configuration.
    pub sources: Vec<SourceId>,
    /// The orders in which several can be merged; empty for one source.
    pub orders: Vec<Order>,
    /// The order in which several are merged where none is asked for. Several that have no order in common are shown in
    /// turn: one row of each, as long as it has any.
    pub usual: Option<Order>,
}

impl Catalog {
    /// Whose lists make a list of the graph. A source whose records never hold the reference back has none in it.
    ///
    /// # Errors
    /// Why the list cannot be had, for operators: a source has records for it and does not list them.
    pub fn listed(&self, graph: &Graph, entity: EntityId, list: &ListOf) -> Result<Listed, String> {
        let owners = self.owners(entity);
        let only = |source| Listed { sources: vec![source], orders: Vec::new(), usual: None };
        if let [Owner { source, .. }] = owners {
            return Ok(only(*source));
        }
        let name = graph.entity(entity).map_or("", |entity| &entity.name);
        let named = |source: SourceId| self.sources.get(usize::from(source.0)).map_or("", |info| &*info.name);
        let refers = |owner: &&Owner| match list {
            ListOf::All => true,
            ListOf::Parent(field) => owner.parts.first().is_some_and(|(_, fields)| fields.contains(*field)),
        };
        let mut lists = Vec::new();
        for owner in owners.iter().filter(refers) {
            let own = owner.lists.iter().find(|own| own.list == *list);
            let own = own.ok_or_else(|| format!("`{}` does not list its records of {name}", named(owner.source)))?;
            lists.push((owner.source, own));
        }
        match &*lists {
            [] => return Err(format!("no source provides {name}")),
            [(source, _)] => return Ok(only(*source)),
            _ => {}
        }
        let mut orders: Vec<Order> = lists.first().map(|(_, own)| own.orders.clone()).unwrap_or_default();
        orders.retain(|order| merges_by(graph, entity, order.field));
        orders.retain(|order| lists.iter().all(|(_, own)| own.orders.contains(order)));
        let usual = lists.iter().filter_map(|(_, own)| own.usual).find(|usual| orders.contains(usual));
        let usual = usual.or_else(|| orders.first().copied());
        Ok(Listed { sources: lists.iter().map(|(source, _)| *source).collect(), orders, usual })
    }
}

/// Whether lists of several systems can be merged by the field: times, numbers and amounts are in the same order
/// everywhere, while every system orders texts and its own words in its own way.
fn merges_by(graph: &Graph, entity: EntityId, field: FieldId) -> bool {
    match graph.entity(entity).and_then(|entity| entity.field(field)).map(|field| &field.kind) {
        Some(FieldKind::Stored(Shape::Scalar(scalar))) => {
            matches!(scalar, Scalar::Date | Scalar::DateTime | Scalar::Int | Scalar::Long | Scalar::Decimal)
        }
        Some(FieldKind::Stored(Shape::Object(id))) => {
            graph.value_type(*id).is_some_and(|value| value.builtin == Some(Builtin::Money))
        }
        _ => false,
    }
}

/// The lists that a manifest has of an entity.
pub(super) fn owned_lists(graph: &Graph, of: &EntityMapping) -> Vec<OwnedList> {
    let mut lists: Vec<OwnedList> = of
        .lists
        .iter()
        .map(|declared| {
            let list = declared.parent.map_or(ListOf::All, ListOf::Parent);
            let plain = || declared.ways.iter().filter(|way| !way.search);
            let mut orders: Vec<Order> = plain().flat_map(|way| orders(of, way)).collect();
            let usual = declared.ways.first().and_then(|way| way.sorted);
            orders.dedup();
            let search = declared.ways.iter().find(|way| way.search);
            let search = search.map(|way| OwnedSearch { excerpt: way.excerpt });
            OwnedList { list, usual, orders, search }
        })
        .collect();
    let is_tenants = graph.entity(of.entity).is_some_and(|entity| entity.scope == Scope::Tenant);
    if of.set.is_some() {
        // In the query family every reference that stands in a column makes a list, by any column.
        let references = fields(of, |value| matches!(value.form, Form::Reference(..))).map(ListOf::Parent);
        let undeclared: Vec<ListOf> = references.chain(is_tenants.then_some(ListOf::All)).collect();
        for list in undeclared {
            if !lists.iter().any(|known| known.list == list) {
                let orders = fields(of, |_| true).flat_map(both).collect();
                lists.push(OwnedList { list, usual: None, orders, search: None });
            }
        }
    }
    lists
}

fn orders(of: &EntityMapping, way: &Read) -> Vec<Order> {
    let speaks = of.set.is_some() || way.language.as_ref().is_some_and(|language| language.order.is_some());
    let asked = way.order.iter().filter(|_| speaks).flat_map(|(field, _)| both(*field));
    way.sorted.into_iter().chain(asked).collect()
}

/// The fields of these orders that rows can be had by both ways: whoever sorts names the direction.
pub(super) fn both_ways(orders: &[Order]) -> impl Iterator<Item = FieldId> {
    let rising = |order: &&Order| orders.contains(&Order { descending: false, ..**order });
    orders.iter().filter(|order| order.descending).filter(rising).map(|order| order.field)
}

/// The fields that a list can be sorted by, both ways, and whether it is searched at the same time or not.
pub(super) fn sorts(of: &EntityMapping, list: &OwnedList) -> FieldSet {
    let parent = match list.list {
        ListOf::All => None,
        ListOf::Parent(field) => Some(field),
    };
    let declared = of.lists.iter().filter(|declared| declared.parent == parent);
    let searches: Vec<&Read> = declared.flat_map(|declared| &declared.ways).filter(|way| way.search).collect();
    let searched: Vec<Order> = searches.iter().flat_map(|way| orders(of, way)).collect();
    let plain: FieldSet = both_ways(&list.orders).collect();
    if searches.is_empty() { plain } else { plain.intersection(both_ways(&searched).collect()) }
}

fn both(field: FieldId) -> [Order; 2] {
    [true, false].map(|descending| Order { field, descending })
}

fn fields(of: &EntityMapping, is: fn(&crate::connector::ValueMapping) -> bool) -> impl Iterator<Item = FieldId> {
    let column = move |mapping: &Option<Mapping>| match mapping {
        Some(Mapping::One(value)) => value.push.is_some() && is(value),
        _ => false,
    };
    (0..=u8::MAX).map(FieldId).zip(&of.fields).filter(move |(_, mapping)| column(mapping)).map(|(field, _)| field)
}
