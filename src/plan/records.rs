//! Places: what is read and written of each kind of record that may stand in one place of the answer.

use std::sync::Arc;

use apollo_compiler::executable::{Field, SelectionSet};

use super::build::{Builder, Merged, is_live, sets};
use super::tree::{
    Child, EntityPlan, Fallback, Form, GatewayField, Hangs, Hop, ListPlan, Output, Outputs, PageField, Place, Slot,
    What,
};
use crate::graph::{Derived, Entity, FieldKind, Shape, Target};
use crate::model::{EntityId, FieldId, FieldSet, ListOf, SourceId};
use crate::source::{Listed, Owner};

/// Fields that say what a record is called: where they are never null and the system has nothing, the key stands in (N1).
const NAMES: [&str; 4] = ["name", "number", "title", "subject"];

/// How the records of a place are read.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    /// Past the cache.
    pub(super) live: bool,
    /// Even where only ids are shown: the id may be of a record that is not there.
    pub(super) read: bool,
}

/// What of a list as a whole is told beside its page.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    /// How many there are.
    pub(super) total: bool,
    /// Whether there are more.
    pub(super) more: bool,
}

/// An entity plan while it is built.
pub(super) struct Making {
    pub(super) entity: EntityId,
    /// Who owns the records, and who tells what of them.
    owner: Option<Owner>,
    /// Whether everything below goes past the cache.
    pub(super) live: bool,
    fields: FieldSet,
    guarded: Vec<(Arc<str>, FieldSet)>,
    pub(super) children: Vec<Child>,
    /// Where in the record the walk is.
    pub(super) path: Vec<Hop>,
    /// Whether something besides the id is written.
    record: bool,
    /// Whether a field of this very place is marked `@live`.
    pub(super) own_live: bool,
}

impl<'a> Builder<'a> {
    /// The place of records of these kinds, shown by these views.
    pub(super) fn place(&mut self, candidates: &[EntityId], views: &[Vec<&'a SelectionSet>], mode: Mode) -> Place {
        let Mode { live, read } = mode;
        let mut own_live = live;
        let mut entities = Vec::with_capacity(candidates.len());
        let catalog = Arc::clone(&self.planner.catalog);
        let owned = candidates.iter().flat_map(|id| {
            let owners = catalog.owners(*id).iter().cloned().map(Some);
            let nobody = catalog.owners(*id).is_empty().then_some(None);
            owners.chain(nobody).map(|owner| (*id, owner))
        });
        for (id, owner) in owned {
            let mut making = Making::new((id, owner), live);
            making.record = read && id != self.planner.graph.hub;
            if let Some(plan) = self.entity(&mut making, views) {
                entities.push(plan);
            }
            own_live |= making.own_live;
        }
        Place { entities, live: own_live }
    }

    fn entity(&mut self, making: &mut Making, views: &[Vec<&'a SelectionSet>]) -> Option<EntityPlan> {
        let graph = Arc::clone(&self.planner.graph);
        let entity = graph.entity(making.entity)?;
        let views: Vec<Outputs> = views
            .iter()
            .map(|view| self.object(&entity.name, view, |builder, fields| builder.field(making, entity, fields)))
            .collect();
        let views = views.into_iter().map(|view| with_permissions(view, &entity.fields)).collect();
        Some(self.planned(making, entity, views))
    }

    /// The plan of an entity whose views are built.
    pub(super) fn planned(&self, making: &mut Making, entity: &Entity, views: Vec<Outputs>) -> EntityPlan {
        let wanted = making.guarded.iter().fold(making.fields, |all, (_, fields)| all.union(*fields));
        let hub = making.entity == self.planner.graph.hub;
        let parts = parts(making, wanted, hub);
        EntityPlan {
            entity: making.entity,
            owner: making.owner.as_ref().map(|owner| owner.source),
            name: Arc::clone(&entity.name),
            permission: entity.permission.clone(),
            hub,
            views,
            fields: making.fields,
            guarded: std::mem::take(&mut making.guarded),
            record: making.record,
            parts,
            children: std::mem::take(&mut making.children),
        }
    }

    pub(super) fn field(&mut self, making: &mut Making, entity: &Entity, fields: Merged<'_, 'a>) -> What {
        let Some(first) = fields.first() else { return What::Absent };
        let Some(id) = entity.field_id(&first.name) else { return What::Absent };
        let Some(field) = entity.field(id) else { return What::Absent };
        let elsewhere = matches!(
            field.kind,
            FieldKind::Reference(_) | FieldKind::References(_) | FieldKind::List { .. } | FieldKind::Computed(_)
        );
        making.own_live |= is_live(fields) && !elsewhere;
        making.path = vec![Hop { field: id, first: self.argument(first, "first") }];
        let hub = making.entity == self.planner.graph.hub;
        if !matches!(field.kind, FieldKind::Id) && !hub {
            making.record = true;
        }
        let want = |making: &mut Making, set: FieldSet| making.want(field.permission.as_ref(), set);
        let one = FieldSet::from_iter([id]);
        match &field.kind {
            FieldKind::Id => What::Id,
            FieldKind::Version => {
                making.record = true;
                What::Version
            }
            FieldKind::Provenance => {
                making.record = true;
                What::Provenance(self.object("Provenance", &sets(fields), |_, fields| provenance(fields)))
            }
            FieldKind::Stored(shape) => {
                let fallback = fallback(&entity.fields, &first.name);
                want(making, one);
                if let Fallback::Words(status) = fallback {
                    want(making, FieldSet::from_iter([status]));
                }
                let form = self.form(making, shape, fields);
                What::Slot(Slot { field: id, form, fallback, first: self.argument(first, "first") })
            }
            FieldKind::Reference(target) => {
                want(making, one);
                let form = self.reference(making, (*target, &entity.name), fields);
                What::Slot(Slot { field: id, form, fallback: Fallback::None, first: None })
            }
            FieldKind::References(target) => {
                want(making, one);
                let of = Box::new(self.reference(making, (*target, &entity.name), fields));
                let form = Form::List { of, elements_non_null: first.definition.ty.item_type().is_non_null() };
                What::Slot(Slot { field: id, form, fallback: Fallback::None, first: self.argument(first, "first") })
            }
            FieldKind::List { of, inverse } => {
                let live = making.live || is_live(fields);
                let Some((plan, place, outputs)) = self.connection((*of, ListOf::Parent(*inverse)), fields, live)
                else {
                    return What::Refused(Arc::from(format!(
                        "No system lists what `{}.{}` shows.",
                        entity.name, field.name
                    )));
                };
                plan.sources.iter().for_each(|source| self.want_name(making, *source, (plan.of, &plan.list)));
                let child = self.hang_on(making, (&entity.name, first), (Hangs::List(plan), place));
                What::Connection { child, outputs }
            }
            FieldKind::Computed(of) => {
                let source = making.owner.as_ref().and_then(|owner| owner.source_of(id));
                let Some(source) = source else { return What::Absent };
                let form = self.form(making, &of.shape, fields);
                let live = making.live || is_live(fields);
                let child = self.worked_out(making, (entity, id, source), (first, live));
                What::Computed { child, slot: Slot { field: id, form, fallback: Fallback::None, first: None } }
            }
            FieldKind::Derived(text) => match Derived::compile(text, entity) {
                Ok(derived) => {
                    want(making, derived.needs);
                    What::Derived(Arc::new(derived))
                }
                Err(error) => What::Refused(Arc::from(error)),
            },
            FieldKind::Figure(figure) => self.figure(making, (entity, figure), fields),
            FieldKind::Figures(id) => self.figures(making, (entity, *id), fields),
            FieldKind::OverLists(merge) => {
                let live = making.live || is_live(fields);
                let Some((plan, place, outputs)) = self.merged((entity, merge), fields, live) else {
                    return What::Absent;
                };
                plan.sides.iter().for_each(|side| self.want_name(making, side.source, (side.of, &side.list)));
                let child = self.hang_on(making, (&entity.name, first), (Hangs::Lists(plan), place));
                What::Connection { child, outputs }
            }
            FieldKind::Gateway => {
                What::Refused(Arc::from(format!("`{}.{}` is not served yet.", entity.name, field.name)))
            }
        }
    }

    /// Wants what the records of a list name their parent by, where that is not its key.
    pub(super) fn want_name(&self, making: &mut Making, source: SourceId, (of, list): (EntityId, &ListOf)) {
        if let Some(field) = self.planner.catalog.named_by(source, of, list) {
            making.want(None, FieldSet::from_iter([field]));
        }
    }

    /// The child that works a field out: fields that ask with the same arguments are one read.
    fn worked_out(&mut self, making: &mut Making, of: (&Entity, FieldId, SourceId), with: (&'a Field, bool)) -> usize {
        let ((entity, id, source), (field, live)) = (of, with);
        let known = entity.field(id);
        let permission = known.and_then(|known| known.permission.clone());
        let per_account = matches!(known.map(|known| &known.kind), Some(FieldKind::Computed(of)) if of.per_account);
        let arguments = self.arguments(field);
        for (at, child) in making.children.iter_mut().enumerate() {
            let alike = child.permission == permission && child.per_account == per_account && child.place.live == live;
            if let Hangs::Computed { fields, source: from, arguments: given } = &mut child.hangs
                && alike
                && (*from, &*given) == (source, &arguments)
            {
                fields.insert(id);
                return at;
            }
        }
        let hangs = Hangs::Computed { fields: FieldSet::from_iter([id]), source, arguments };
        let at = self.hang_on(making, (&entity.name, field), (hangs, Place { entities: Vec::new(), live }));
        if let Some(child) = making.children.get_mut(at) {
            child.per_account = per_account;
        }
        at
    }

    /// The form of a reference, and the child that reads it.
    pub(super) fn reference(&mut self, making: &mut Making, to: (Target, &str), fields: Merged<'_, 'a>) -> Form {
        let Some(first) = fields.first() else { return Form::Leaf };
        let candidates = match to.0 {
            Target::Entity(entity) => vec![entity],
            Target::Any => self.candidates(first.definition.ty.inner_named_type()),
        };
        let live = making.live || is_live(fields);
        let place = self.place(&candidates, &[sets(fields)], Mode { live, read: false });
        let hangs = Hangs::Reference(making.path.clone());
        Form::Reference(self.hang_on(making, (to.1, first), (hangs, place)))
    }

    fn hang_on(&mut self, making: &mut Making, field: (&str, &'a Field), what: (Hangs, Place)) -> usize {
        let (hangs, place) = what;
        let coordinate = Arc::from(format!("{}.{}", field.0, field.1.name));
        let locale = self.argument(field.1, "locale");
        let graph = &self.planner.graph;
        let own = graph.entity(making.entity).filter(|entity| &*entity.name == field.0);
        let permission = own.and_then(|entity| entity.field(entity.field_id(&field.1.name)?)?.permission.clone());
        making.children.push(Child { coordinate, hangs, permission, locale, per_account: false, place });
        making.children.len() - 1
    }

    /// A list: how it is read, the place of its records, and what is written of the connection. `None` where no source
    /// owns what is listed.
    pub(super) fn connection(
        &mut self,
        of: (EntityId, ListOf),
        fields: Merged<'_, 'a>,
        live: bool,
    ) -> Option<(ListPlan, Place, Outputs)> {
        let (of, list) = of;
        let first = fields.first()?;
        let Listed { sources, usual: order, .. } = self.planner.catalog.listed(&self.planner.graph, of, &list).ok()?;
        let (outputs, views, Told { total, more }) = self.page(fields)?;
        let place = self.place(&[of], &views, Mode { live, read: true });
        let arguments = self.arguments(first);
        Some((ListPlan { of, sources, list, order, arguments, total, more }, place, outputs))
    }

    /// What is written of a connection, the selections that show its records or items, and what of the whole list is told.
    pub(super) fn page(&mut self, fields: Merged<'_, 'a>) -> Option<(Outputs, Vec<Vec<&'a SelectionSet>>, Told)> {
        let first = fields.first()?;
        let mut views: Vec<Vec<&'a SelectionSet>> = Vec::new();
        let mut told = Told::default();
        let named = first.definition.ty.inner_named_type().as_str();
        let outputs = self.object(named, &sets(fields), |builder, fields| {
            let Some(field) = fields.first() else { return What::Absent };
            What::Page(match field.name.as_str() {
                "nodes" => {
                    views.push(sets(fields));
                    PageField::Nodes(views.len() - 1, field.definition.ty.item_type().is_non_null())
                }
                "edges" => {
                    let edge = field.definition.ty.inner_named_type().as_str();
                    PageField::Edges(builder.object(edge, &sets(fields), |_, fields| edge_field(fields, &mut views)))
                }
                "pageInfo" => PageField::Info(builder.object("PageInfo", &sets(fields), |_, fields| {
                    let field = page_info(fields);
                    told.more |= matches!(field, What::Page(PageField::HasNext));
                    field
                })),
                "totalCount" => {
                    told.total = true;
                    PageField::Total
                }
                "incomplete" => {
                    PageField::Incomplete(builder.object("SourceGap", &sets(fields), |_, fields| gap(fields)))
                }
                _ => return What::Absent,
            })
        });
        Some((outputs, views, told))
    }
}

impl Making {
    /// Nothing is wanted yet.
    pub(super) fn new((entity, owner): (EntityId, Option<Owner>), live: bool) -> Self {
        Self {
            entity,
            owner,
            live,
            fields: FieldSet::EMPTY,
            guarded: Vec::new(),
            children: Vec::new(),
            path: Vec::new(),
            record: true,
            own_live: false,
        }
    }

    /// Fields are wanted, by those who have the permission.
    pub(super) fn want(&mut self, permission: Option<&Arc<str>>, set: FieldSet) {
        match permission {
            None => self.fields = self.fields.union(set),
            Some(name) => self.guarded.push((Arc::clone(name), set)),
        }
    }
}

/// Who is asked for which of the wanted fields.
fn parts(making: &Making, wanted: FieldSet, hub: bool) -> Vec<(SourceId, FieldSet)> {
    let Some(owner) = &making.owner else { return Vec::new() };
    let all = owner.parts.iter().map(|(source, fields)| (*source, fields.intersection(wanted)));
    let mut parts: Vec<_> = all
        .enumerate()
        .filter(|(at, (_, fields))| !fields.is_empty() || (*at == 0 && making.record))
        .map(|(_, part)| part)
        .collect();
    if hub {
        return parts;
    }
    // Of everything but the hub, the owner's record says that it is there and whose it is.
    let owner = owner.source;
    if parts.first().is_some_and(|(source, _)| *source != owner) {
        parts.insert(0, (owner, FieldSet::EMPTY));
    }
    let elsewhere = |child: &Child| match &child.hangs {
        Hangs::List(list) | Hangs::Figures { list, .. } => list.sources.iter().any(|source| *source != owner),
        Hangs::Lists(merge) => merge.sides.iter().any(|side| side.source != owner),
        Hangs::Computed { source, .. } => *source != owner,
        _ => false,
    };
    if parts.len() > 1 || making.children.iter().any(elsewhere) {
        match parts.first_mut() {
            Some((_, fields)) => fields.insert(FieldId::LINKS),
            None => parts.push((owner, FieldSet::from_iter([FieldId::LINKS]))),
        }
    }
    parts
}

fn edge_field<'a>(fields: Merged<'_, 'a>, views: &mut Vec<Vec<&'a SelectionSet>>) -> What {
    match fields.first().map(|field| field.name.as_str()) {
        Some("cursor") => What::Page(PageField::Cursor),
        Some("node") => {
            views.push(sets(fields));
            What::Page(PageField::Node(views.len() - 1))
        }
        _ => What::Absent,
    }
}

fn page_info(fields: Merged<'_, '_>) -> What {
    What::Page(match fields.first().map(|field| field.name.as_str()) {
        Some("hasNextPage") => PageField::HasNext,
        Some("hasPreviousPage") => PageField::HasPrevious,
        Some("startCursor") => PageField::Start,
        Some("endCursor") => PageField::End,
        _ => return What::Absent,
    })
}

fn gap(fields: Merged<'_, '_>) -> What {
    What::Gateway(match fields.first().map(|field| field.name.as_str()) {
        Some("source") => GatewayField::GapSource,
        Some("types") => GatewayField::GapTypes,
        Some("code") => GatewayField::GapCode,
        _ => return What::Absent,
    })
}

fn provenance(fields: Merged<'_, '_>) -> What {
    What::Gateway(match fields.first().map(|field| field.name.as_str()) {
        Some("source") => GatewayField::Source,
        Some("fetchedAt") => GatewayField::FetchedAt,
        Some("stale") => GatewayField::Stale,
        Some("system") => GatewayField::System,
        Some("key") => GatewayField::RecordKey,
        Some("url") => GatewayField::RecordUrl,
        _ => return What::Absent,
    })
}

/// What stands in for a field of this name, in a type with these fields.
pub(super) fn fallback(fields: &[crate::graph::Field], name: &str) -> Fallback {
    if NAMES.contains(&name) && fields.iter().any(|field| &*field.name == name && field.non_null) {
        return Fallback::Key;
    }
    let status = fields
        .iter()
        .position(|field| &*field.name == "status" && matches!(&field.kind, FieldKind::Stored(Shape::Enum(_))));
    match (name, status.and_then(|at| u8::try_from(at).ok())) {
        ("statusLabel", Some(at)) => Fallback::Words(FieldId(at)),
        _ => Fallback::None,
    }
}

/// The permissions of the graph's fields hold, whether or not the served schema still shows the directive.
pub(super) fn with_permissions(outputs: Outputs, fields: &[crate::graph::Field]) -> Outputs {
    let permitted = |output: &Output| {
        let field = fields.iter().find(|field| *field.name == *output.name);
        field.and_then(|field| field.permission.clone())
    };
    let mut outputs = outputs;
    if let Some(own) = Arc::get_mut(&mut outputs) {
        for output in own.iter_mut().filter(|output| !matches!(output.what, What::Absent)) {
            output.permission = permitted(output).or_else(|| output.permission.take());
        }
    }
    outputs
}
