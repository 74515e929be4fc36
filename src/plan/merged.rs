//! Lists shown as one: which sources' lists are taken in, and what is made of their records.

use std::sync::Arc;

use apollo_compiler::executable::SelectionSet;

use super::build::{Builder, Merged, sets};
use super::figures::filter_argument;
use super::records::{Making, fallback, with_permissions};
use super::tree::{
    EntityPlan, Fallback, Form, ItemField, MergePlan, MergedSide, Output, Outputs, Place, Slot, Taken, What,
};
use crate::graph::{Entity, FieldKind, Merge, record_type};
use crate::model::{EntityId, FieldId, FieldSet, ListOf, Order, SourceId};

/// What is made of the records of one list.
pub(super) struct Item {
    /// What is listed.
    pub(super) of: EntityId,
    /// The field that is its `at`.
    pub(super) at: Option<FieldId>,
    /// Its `kind`.
    pub(super) kind: Option<Arc<str>>,
    /// The path of the field that is its `dueOn`.
    pub(super) due: Vec<FieldId>,
    /// The field that is its `excerpt`.
    pub(super) excerpt: Option<FieldId>,
}

impl<'a> Builder<'a> {
    /// A field that shows several lists of a record as one. `None` where none of them is there.
    pub(super) fn merged(
        &mut self,
        (entity, merge): (&Entity, &Merge),
        fields: Merged<'_, 'a>,
        live: bool,
    ) -> Option<(MergePlan, Place, Outputs)> {
        let first = fields.first()?;
        let (outputs, views, _) = self.page(fields)?;
        let graph = Arc::clone(&self.planner.graph);
        let catalog = Arc::clone(&self.planner.catalog);
        let (mut items, mut sides) = (Vec::new(), Vec::new());
        for own in &merge.lists {
            let Some((list, of, inverse)) = entity.list(&own.list) else { continue };
            let listed = catalog.listed(&graph, of, &ListOf::Parent(inverse)).ok().zip(graph.entity(of));
            let Some((listed, known)) = listed else { continue };
            let at = known.field_id(&own.at);
            let due = own.due.as_deref().map(|due| self.path(known, due)).unwrap_or_default();
            let number = items.len();
            items.push(Item { of, at, kind: own.kind.clone(), due, excerpt: None });
            let order = at.map(|field| Order { field, descending: merge.descending });
            for source in listed.sources {
                let lists = catalog.of(of).and_then(|of| of.owner(source)).map_or(&[][..], |owner| &owner.lists);
                let lists = lists.iter().find(|known| known.list == ListOf::Parent(inverse));
                sides.push(MergedSide {
                    coordinate: Arc::from(format!("{}.{}", entity.name, list.name)),
                    of,
                    source,
                    list: ListOf::Parent(inverse),
                    arguments: filter_argument(own.filter.as_ref()),
                    at,
                    ordered: lists.zip(order).is_some_and(|(known, order)| known.orders.contains(&order)),
                    permissions: list.permission.iter().chain(&known.permission).cloned().collect(),
                    record_type: Arc::from(record_type(&known.name)),
                    view: number * views.len(),
                });
            }
        }
        if sides.is_empty() {
            return None;
        }
        let place = self.items((&items, &sides), &views, live);
        let taken = Taken::ByTime { descending: merge.descending };
        Some((MergePlan { sides, taken, arguments: self.arguments(first) }, place, outputs))
    }

    /// The place of the records of several lists, each shown as an item; every entity plan has as many views as there are
    /// lists and selections of items, list by list.
    pub(super) fn items(
        &mut self,
        (items, sides): (&[Item], &[MergedSide]),
        selections: &[Vec<&'a SelectionSet>],
        live: bool,
    ) -> Place {
        let mut place = Place { entities: Vec::new(), live };
        for side in sides {
            if place.plan_of(side.of, side.source).is_none()
                && let Some(plan) = self.shown((side.of, side.source), (items, selections), &mut place.live)
            {
                place.entities.push(plan);
            }
        }
        place
    }

    fn shown(
        &mut self,
        (of, source): (EntityId, SourceId),
        (items, selections): (&[Item], &[Vec<&'a SelectionSet>]),
        live: &mut bool,
    ) -> Option<EntityPlan> {
        let graph = Arc::clone(&self.planner.graph);
        let entity = graph.entity(of)?;
        let owner = self.planner.catalog.of(of)?.owner(source)?.clone();
        let mut making = Making::new((of, Some(owner)), *live);
        let mut views = Vec::with_capacity(items.len() * selections.len());
        for item in items {
            for selection in selections {
                // Records of this kind never stand in an item of that list.
                let ty = selection.first().filter(|_| item.of == of).map(|set| set.ty.clone());
                let Some(ty) = ty else {
                    views.push(Outputs::from([]));
                    continue;
                };
                let outputs =
                    self.object(&ty, selection, |builder, fields| builder.item(&mut making, (entity, item), fields));
                views.push(guarded(outputs, entity));
            }
        }
        let plan = self.planned(&mut making, entity, views);
        *live |= making.own_live;
        Some(plan)
    }

    fn item(&mut self, making: &mut Making, (entity, item): (&Entity, &Item), fields: Merged<'_, 'a>) -> What {
        let Some(first) = fields.first() else { return What::Absent };
        let stored = |id: FieldId| entity.field(id).filter(|field| matches!(field.kind, FieldKind::Stored(_)));
        let mut want = |id: FieldId| {
            let permission = entity.field(id).and_then(|field| field.permission.as_ref());
            making.want(permission, FieldSet::from_iter([id]));
        };
        What::Item(match first.name.as_str() {
            "at" => match item.at {
                Some(at) => {
                    want(at);
                    ItemField::At(at)
                }
                None => return What::Absent,
            },
            "type" => ItemField::Word(Arc::from(record_type(&entity.name))),
            "title" => {
                let title = entity.title.filter(|title| stored(*title).is_some());
                title.into_iter().for_each(want);
                ItemField::Title(title)
            }
            "statusLabel" => {
                let label = entity.field_id("statusLabel").filter(|label| stored(*label).is_some());
                let Some(label) = label else { return What::Absent };
                let fallback = fallback(&entity.fields, "statusLabel");
                want(label);
                if let Fallback::Words(status) = fallback {
                    want(status);
                }
                return What::Slot(Slot { field: label, form: Form::Leaf, fallback, first: None });
            }
            "kind" => match &item.kind {
                Some(kind) => ItemField::Word(Arc::clone(kind)),
                None => return What::Absent,
            },
            "dueOn" => match item.due.first() {
                Some(due) => {
                    want(*due);
                    ItemField::Due(item.due.clone())
                }
                None => return What::Absent,
            },
            "excerpt" => match item.excerpt.filter(|excerpt| stored(*excerpt).is_some()) {
                Some(excerpt) => {
                    want(excerpt);
                    ItemField::Excerpt(excerpt)
                }
                None => return What::Absent,
            },
            "record" => {
                let sets = sets(fields);
                let outputs = self.object(&entity.name, &sets, |builder, fields| builder.field(making, entity, fields));
                ItemField::Record(with_permissions(outputs, &entity.fields))
            }
            _ => return What::Absent,
        })
    }

    /// The fields of a path through value objects; empty where it leads nowhere.
    fn path(&self, from: &Entity, path: &str) -> Vec<FieldId> {
        let graph = &self.planner.graph;
        let mut fields = &from.fields;
        let mut found = Vec::new();
        for name in path.split('.') {
            let at = fields.iter().position(|field| &*field.name == name);
            let Some((at, id)) = at.and_then(|at| Some((at, u8::try_from(at).ok()?))) else { return Vec::new() };
            found.push(FieldId(id));
            let inner = match fields.get(at).map(|field| &field.kind) {
                Some(FieldKind::Stored(crate::graph::Shape::Object(id))) => graph.value_type(*id),
                _ => None,
            };
            fields = inner.map_or(const { &Vec::new() }, |inner| &inner.fields);
        }
        found
    }
}

/// What is made of a guarded field is guarded as the field is.
fn guarded(mut outputs: Outputs, entity: &Entity) -> Outputs {
    let of = |output: &Output| match &output.what {
        What::Item(ItemField::At(field) | ItemField::Title(Some(field)) | ItemField::Excerpt(field))
        | What::Slot(Slot { field, .. }) => Some(*field),
        What::Item(ItemField::Due(path)) => path.first().copied(),
        _ => None,
    };
    if let Some(own) = Arc::get_mut(&mut outputs) {
        for output in own {
            let field = of(output).and_then(|field| entity.field(field));
            output.permission = field.and_then(|field| field.permission.clone()).or_else(|| output.permission.take());
        }
    }
    outputs
}
