//! Figures over lists: those over the same list with the same filter share one read of it.

use std::sync::Arc;

use apollo_compiler::{Node, ast};

use super::MOST;
use super::build::{Builder, Merged, is_live, sets};
use super::input::{Input, Template};
use super::records::{Making, with_permissions};
use super::tree::{Child, EntityPlan, FigurePlan, Hangs, ListPlan, Place, What};
use crate::graph::{Entity, FieldKind, Figure, Function};
use crate::model::{FieldId, FieldSet, ListOf, ValueTypeId};

/// How many pages of a list are read for a figure, at most.
pub const FIGURE_PAGES: u32 = 3;

/// How many records of a list are looked at for a figure, at most: past them there is no figure.
pub const FIGURE_ROWS: u32 = FIGURE_PAGES * MOST;

impl<'a> Builder<'a> {
    /// A value object of figures over lists of the record.
    pub(super) fn figures(
        &mut self,
        making: &mut Making,
        (entity, id): (&Entity, ValueTypeId),
        fields: Merged<'_, 'a>,
    ) -> What {
        let graph = Arc::clone(&self.planner.graph);
        let Some(value) = graph.value_type(id) else { return What::Absent };
        let outputs = self.object(&value.name, &sets(fields), |builder, fields| {
            let named = fields.first().and_then(|first| value.fields.get(usize::from(value.field_id(&first.name)?.0)));
            match named.map(|field| &field.kind) {
                Some(FieldKind::Figure(figure)) => builder.figure(making, (entity, figure), fields),
                _ => What::Absent,
            }
        });
        What::Figures(with_permissions(outputs, &value.fields))
    }

    /// A figure over a list of the record, which may be in a value of it.
    pub(super) fn figure(
        &mut self,
        making: &mut Making,
        (entity, figure): (&Entity, &Figure),
        fields: Merged<'_, 'a>,
    ) -> What {
        let graph = Arc::clone(&self.planner.graph);
        let Some((list, of, inverse)) = entity.list(&figure.list) else { return What::Absent };
        let Some(listed) = graph.entity(of) else { return What::Absent };
        let field = figure.field.as_ref().and_then(|name| listed.field_id(name));
        let looked_at = field.into_iter().chain(figure.tests().filter_map(|(name, _)| listed.field_id(name)));
        let permissions = looked_at.filter_map(|id| listed.field(id)?.permission.clone()).collect();
        let catalog = Arc::clone(&self.planner.catalog);
        let owners = catalog.owners(of);
        owners.iter().for_each(|owner| self.want_name(making, owner.source, (of, &ListOf::Parent(inverse))));
        // The records of the list may live in several sources: then it is read from each of them.
        let owners = owners.iter().map(|owner| {
            let list_plan = ListPlan {
                of,
                sources: vec![owner.source],
                list: ListOf::Parent(inverse),
                order: None,
                arguments: filter_argument(figure.filter.as_ref()),
                total: figure.function == Function::Count,
                more: true,
            };
            let place =
                Place { entities: vec![rows(listed, of, (owner.source, field))], live: making.live || is_live(fields) };
            Child {
                coordinate: Arc::from(format!("{}.{}", entity.name, list.name)),
                hangs: Hangs::Figures { list: list_plan, counts: figure.function == Function::Count },
                permission: list.permission.clone(),
                locale: None,
                per_account: false,
                place,
            }
        });
        let owners: Vec<Child> = owners.collect();
        let children = owners.into_iter().map(|child| shared(&mut making.children, child)).collect();
        let form = self.form(making, &figure.shape, fields);
        let field = field.and_then(|id| match &listed.field(id)?.kind {
            FieldKind::Stored(shape) => Some((id, shape.clone())),
            _ => None,
        });
        What::Figure(FigurePlan { children, function: figure.function, field, permissions, form })
    }
}

/// The filter as an argument of the list; the schema that is served may lack what it tests, so that it goes by itself.
pub(super) fn filter_argument(filter: Option<&Node<ast::Value>>) -> Vec<(Arc<str>, Template)> {
    let filter = filter.map(|filter| Template::Value(Input::from_literal(filter)));
    filter.map(|filter| (Arc::from("filter"), filter)).into_iter().collect()
}

/// What is read of the listed records.
fn rows(
    listed: &Entity,
    of: crate::model::EntityId,
    (source, field): (crate::model::SourceId, Option<FieldId>),
) -> EntityPlan {
    let fields: FieldSet = field.into_iter().collect();
    EntityPlan {
        entity: of,
        owner: Some(source),
        name: Arc::clone(&listed.name),
        permission: listed.permission.clone(),
        hub: false,
        views: Vec::new(),
        fields,
        guarded: Vec::new(),
        record: true,
        parts: vec![(source, fields)],
        children: Vec::new(),
    }
}

/// The child that reads this list for figures already, with what this figure needs beside; or else a new one.
fn shared(children: &mut Vec<Child>, child: Child) -> usize {
    let same = |other: &Child| match (&other.hangs, &child.hangs) {
        (Hangs::Figures { list: one, .. }, Hangs::Figures { list: two, .. }) => {
            (one.of, &one.sources, &one.list, &one.arguments) == (two.of, &two.sources, &two.list, &two.arguments)
                && other.coordinate == child.coordinate
                && other.place.live == child.place.live
        }
        _ => false,
    };
    let Some(at) = children.iter().position(same) else {
        children.push(child);
        return children.len() - 1;
    };
    if let Some(known) = children.get_mut(at) {
        if let (Hangs::Figures { list, counts }, Hangs::Figures { list: further, counts: only }) =
            (&mut known.hangs, &child.hangs)
        {
            list.total |= further.total;
            *counts &= only;
        }
        for (known, further) in known.place.entities.iter_mut().zip(&child.place.entities) {
            known.fields = known.fields.union(further.fields);
            for ((_, fields), (_, more)) in known.parts.iter_mut().zip(&further.parts) {
                *fields = fields.union(*more);
            }
        }
    }
    at
}
