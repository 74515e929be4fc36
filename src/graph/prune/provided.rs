//! Which fields of records, values and the gateway are provided.

use apollo_compiler::schema::{ExtendedType, ObjectType};

use super::gateway::answers;
use super::kept::Kept;
use super::lists::ServedList;
use crate::expr::Program;
use crate::graph::resolved::{
    Coverage, Entity, EntityCoverage, Field, FieldKind, Graph, MergedCoverage, Scalar, Shape, Target, ValueType,
};
use crate::graph::sdl::Sdl;
use crate::model::EntityId;

/// Fields that a value has, as `(type, field)`.
pub(super) type Fields = Vec<(String, String)>;

/// Decides every field of an object type; the lists among those that stay.
pub(super) fn decide<'a>(sdl: Sdl<'a>, given: (&'a Graph, &'a Coverage), kept: &mut Kept) -> Vec<ServedList<'a>> {
    let provided = Provided { sdl, graph: given.0, coverage: given.1 };
    let mut lists = Vec::new();
    for (at, entity) in provided.graph.entities.iter().enumerate() {
        let id = EntityId(u16::try_from(at).unwrap_or(u16::MAX));
        provided.entity((id, entity), kept, &mut lists);
    }
    for object in sdl.objects().filter(|object| object.directives.has("gateway")) {
        provided.gateway(object, kept);
    }
    provided.roots(kept, &mut lists);
    lists
}

/// A nullable field that an interface asks for stays on all its types where one provides it; a required one stays on the
/// interface where all do.
pub(super) fn interfaces(sdl: Sdl<'_>, kept: &mut Kept) {
    let mut changed = true;
    while changed {
        changed = false;
        for ty in sdl.schema.types.values() {
            let ExtendedType::Interface(interface) = ty else { continue };
            let implementors: Vec<&ObjectType> = sdl
                .objects()
                .filter(|object| object.implements_interfaces.contains(&interface.name) && kept.has_type(&object.name))
                .collect();
            for field in interface.fields.values() {
                let has = |object: &&ObjectType| kept.has(&object.name, &field.name);
                let some = implementors.iter().any(has);
                if !some || (field.ty.is_non_null() && !implementors.iter().all(has)) {
                    let who = if some { "not every" } else { "no" };
                    let reason = format!("{who} type that implements {} provides it", interface.name);
                    kept.leave(&format!("{}.{}", interface.name, field.name), reason);
                    continue;
                }
                changed |= kept.keep(&interface.name, &field.name);
                for object in &implementors {
                    changed |= kept.keep(&object.name, &field.name);
                }
            }
        }
    }
}

/// A reference to an interface of which nothing stays goes, too.
pub(super) fn references(sdl: Sdl<'_>, kept: &mut Kept) {
    for object in sdl.objects() {
        for field in object.fields.values() {
            let named = field.ty.inner_named_type();
            let is_interface = sdl.schema.types.get(named).is_some_and(ExtendedType::is_interface);
            if is_interface && !kept.has_type(named) {
                kept.take_back(&object.name, &field.name, format!("no field of {named} is provided"));
            }
        }
    }
}

/// The graph, and what its sources provide of it.
pub(super) struct Provided<'a> {
    pub sdl: Sdl<'a>,
    pub graph: &'a Graph,
    pub(super) coverage: &'a Coverage,
}

/// A field in the record it belongs to: the entity's coverage, the path to it, and the field.
#[derive(Clone, Copy)]
struct At<'a> {
    of: &'a str,
    covered: Option<&'a EntityCoverage>,
    path: &'a str,
}

impl At<'_> {
    fn is_mapped(&self) -> bool {
        self.covered.is_some_and(|covered| covered.fields.contains_key(self.path))
    }

    fn is_mapped_beside(&self, name: &str) -> bool {
        let path = match self.path.rsplit_once('.') {
            Some((head, _)) => format!("{head}.{name}"),
            None => name.to_owned(),
        };
        self.covered.is_some_and(|covered| covered.fields.contains_key(&path))
    }

    /// The source that maps it, or else the one that should.
    fn source(&self) -> &str {
        self.covered.map_or("", |covered| covered.fields.get(self.path).unwrap_or(&covered.owner))
    }

    fn missing(&self) -> String {
        match self.covered {
            Some(_) => format!("`{}` does not map {}.{}", self.source(), self.of, self.path),
            None => format!("no source provides {}", self.of),
        }
    }
}

impl<'a> Provided<'a> {
    fn entity(&self, (id, entity): (EntityId, &'a Entity), kept: &mut Kept, lists: &mut Vec<ServedList<'a>>) {
        let owners = self.owners(id);
        if owners.is_empty() && id != self.graph.hub {
            kept.leave(&entity.name, format!("no source provides {}", entity.name));
            return;
        }
        for field in &entity.fields {
            match self.for_all(entity, field, owners) {
                Ok(fields) => {
                    kept.keep(&entity.name, &field.name);
                    keep_all(&fields, kept);
                    if let FieldKind::Figures(figures) = field.kind {
                        self.figures_left(entity, figures).into_iter().for_each(|(at, why)| kept.leave(&at, why));
                    }
                    if let FieldKind::OverLists(merge) = &field.kind {
                        self.keep_merged((id, entity), (field, merge), kept);
                    }
                    if let FieldKind::List { of, inverse } = field.kind
                        && let Ok(list) = self.list(of, self.field_name(of, inverse))
                    {
                        lists.push(ServedList { parent: &entity.name, field: &field.name, ..list });
                    }
                }
                Err(reason) => kept.leave(&format!("{}.{}", entity.name, field.name), reason),
            }
        }
    }

    /// Whether a field of an entity is provided, whoever owns the record. What an owner does not map at all is null on its
    /// records, where it may be; what it maps, it has to map well enough.
    fn for_all(&self, entity: &'a Entity, field: &'a Field, owners: &'a [EntityCoverage]) -> Result<Fields, String> {
        let at = |covered| At { of: &entity.name, covered, path: &field.name };
        if owners.is_empty() {
            return self.field(entity, field, at(None));
        }
        let needed = field.non_null || matches!(field.kind, FieldKind::Derived(_));
        let (mut served, mut reason) = (None, String::new());
        for at in owners.iter().map(|covered| at(Some(covered))) {
            match self.field(entity, field, at) {
                Ok(fields) => served.get_or_insert_with(Vec::new).extend(fields),
                Err(why) if needed || at.is_mapped() => return Err(why),
                Err(why) => reason = why,
            }
        }
        served.ok_or(reason)
    }

    /// What is done for the records of each owner of an entity.
    pub(super) fn owners(&self, id: EntityId) -> &'a [EntityCoverage] {
        self.coverage.entities.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Whether a field of an entity is provided, with the fields of the values in it.
    fn field(&self, entity: &'a Entity, field: &'a Field, at: At<'_>) -> Result<Fields, String> {
        self.unguarded(&entity.name, &field.name, &["stepUp"])?;
        match &field.kind {
            FieldKind::Id | FieldKind::Version | FieldKind::Provenance => Ok(Vec::new()),
            FieldKind::Computed(of) if at.is_mapped() => self.shape((entity, &of.shape), at),
            FieldKind::Computed(_) => Err(at.missing()),
            FieldKind::Stored(shape) => {
                if at.is_mapped() {
                    self.shape((entity, shape), at)
                } else if is_defaulted(field, shape, at) {
                    Ok(Vec::new())
                } else {
                    Err(at.missing())
                }
            }
            FieldKind::Reference(target) | FieldKind::References(target) => {
                self.reach_from(*target, (&entity.name, &field.name))?;
                at.is_mapped().then(Vec::new).ok_or_else(|| at.missing())
            }
            FieldKind::List { of, inverse } => self.list(*of, self.field_name(*of, *inverse)).map(|_| Vec::new()),
            FieldKind::Derived(cel) => self.derived(entity, cel, at),
            FieldKind::Figure(figure) => self.figure(entity, figure),
            FieldKind::Figures(id) => self.figures(entity, *id),
            FieldKind::OverLists(merge) => self.merged(entity, field, merge),
            FieldKind::Gateway if answers(&entity.name, &field.name) => Ok(Vec::new()),
            FieldKind::Gateway => Err(UNANSWERED.to_owned()),
        }
    }

    /// Every field that the expression uses must be mapped: a comparison with what nobody tells would always be false.
    fn derived(&self, entity: &Entity, cel: &str, at: At<'_>) -> Result<Fields, String> {
        let names: Vec<&str> = entity.fields.iter().map(|field| &*field.name).chain(["today", "viewer"]).collect();
        let program = Program::compile(cel, &names).map_err(|problem| problem.to_string())?;
        for name in program.paths().iter().filter_map(|path| path.first()) {
            let Some(field) = entity.field_id(name).and_then(|id| entity.field(id)) else { continue };
            let used = At { path: &field.name, ..at };
            let is_given = match &field.kind {
                FieldKind::Stored(shape) => used.is_mapped() || is_defaulted(field, shape, used),
                FieldKind::Reference(_) | FieldKind::References(_) => used.is_mapped(),
                FieldKind::Id | FieldKind::Version => true,
                _ => false,
            };
            if !is_given {
                return Err(used.missing());
            }
        }
        Ok(Vec::new())
    }

    fn shape(&self, (entity, shape): (&Entity, &Shape), at: At<'_>) -> Result<Fields, String> {
        match shape {
            Shape::List { of, .. } => self.shape((entity, of), at),
            Shape::Object(id) => match self.graph.value_type(*id) {
                Some(value) if value.builtin.is_some() => Ok(builtin(value)),
                Some(value) => self.value((entity, value), at),
                None => Err(at.missing()),
            },
            Shape::Scalar(_) | Shape::Enum(_) => Ok(Vec::new()),
        }
    }

    /// A value object is served where its required fields are mapped (N1), with those that are.
    fn value(&self, (entity, value): (&Entity, &'a ValueType), at: At<'_>) -> Result<Fields, String> {
        let mut fields = Vec::new();
        for field in &value.fields {
            let path = format!("{}.{}", at.path, field.name);
            let inner = At { path: &path, ..at };
            let given = match &field.kind {
                _ if self.unguarded(&value.name, &field.name, &["stepUp"]).is_err() => Err(UNGUARDED.to_owned()),
                FieldKind::Stored(shape) if inner.is_mapped() => self.shape((entity, shape), inner),
                FieldKind::Stored(_) if field.name.as_ref() == "statusLabel" && inner.is_mapped_beside("status") => {
                    Ok(Vec::new())
                }
                FieldKind::Reference(target) | FieldKind::References(target) if inner.is_mapped() => {
                    self.reach_from(*target, (&value.name, &field.name)).map(|()| Vec::new())
                }
                FieldKind::Figure(figure) => self.figure(entity, figure),
                FieldKind::Gateway | FieldKind::Computed(_) | FieldKind::Figures(_) | FieldKind::OverLists(_) => {
                    Err(UNANSWERED.to_owned())
                }
                _ => Err(inner.missing()),
            };
            match given {
                Ok(inside) => {
                    fields.push((value.name.to_string(), field.name.to_string()));
                    fields.extend(inside);
                }
                Err(reason) if field.non_null => {
                    return Err(format!("its required `{}` is not served: {reason}", field.name));
                }
                Err(_) => {}
            }
        }
        if fields.is_empty() {
            return Err(format!("`{}` maps no field of {}.{} that is served", at.source(), at.of, at.path));
        }
        Ok(fields)
    }

    /// What guards a field must be checked before it may be served: of the fields of `Query` no guard is in the resolved
    /// graph, of all others the permission is.
    pub(super) fn unguarded(&self, of: &str, field: &str, guards: &[&str]) -> Result<(), String> {
        let found = self.sdl.object(of).and_then(|object| object.fields.get(field));
        let is_guarded = found.is_some_and(|field| guards.iter().any(|guard| field.directives.has(guard)));
        if is_guarded { Err(UNGUARDED.to_owned()) } else { Ok(()) }
    }

    /// Whether the reference of a field can be followed: of an interface or union, to one of its types at least.
    fn reach_from(&self, target: Target, (of, field): (&str, &str)) -> Result<(), String> {
        let named = match target {
            Target::Entity(_) => return self.reach(target),
            Target::Any => self.sdl.object(of).and_then(|object| object.fields.get(field)),
        };
        let named = named.map_or("", |field| field.ty.inner_named_type().as_str());
        let ids = self.sdl.possible(named).filter_map(|object| self.graph.entity_id(&object.name));
        let mut reached = ids.map(|id| self.reach(Target::Entity(id)));
        if reached.any(|reached| reached.is_ok()) {
            Ok(())
        } else {
            Err(format!("no source provides any record of {named}"))
        }
    }

    /// Whether a reference can be followed.
    pub(super) fn reach(&self, target: Target) -> Result<(), String> {
        let Target::Entity(id) = target else { return Ok(()) };
        if id == self.graph.hub {
            return Ok(());
        }
        let (name, owners) = (self.entity_name(id), self.owners(id));
        if owners.is_empty() {
            return Err(format!("no source provides {name}"));
        }
        let without = owners.iter().find(|covered| !covered.by_key);
        without.map_or(Ok(()), |covered| Err(format!("`{}` does not read {name} by its key", covered.owner)))
    }

    /// What the owner can do for a list: by a reference field, or of `all`.
    pub(super) fn list(&self, of: EntityId, by: &str) -> Result<ServedList<'a>, String> {
        let name = self.entity_name(of);
        let lacks = |owner: &str| match by {
            "all" => format!("`{owner}` does not list {name}"),
            _ => format!("`{owner}` does not list {name} by `{by}`"),
        };
        match self.owners(of) {
            [] => Err(format!("no source provides {name}")),
            [covered] => {
                let can = covered.lists.get(by).ok_or_else(|| lacks(&covered.owner))?;
                Ok(ServedList { parent: "", field: "", of: name, owner: covered.owner.clone(), can })
            }
            several => match self.coverage.merged.get(&(of, by.to_owned())) {
                Some(Ok(MergedCoverage { owners, can })) => {
                    Ok(ServedList { parent: "", field: "", of: name, owner: owners.join("` with `"), can })
                }
                Some(Err(reason)) => Err(reason.clone()),
                None => Err(lacks(&several.iter().map(|covered| &*covered.owner).collect::<Vec<_>>().join("` or `"))),
            },
        }
    }

    /// The names of the sources whose lists make a list of an entity with several owners.
    pub(super) fn together(&self, of: EntityId, by: &str) -> &'a [String] {
        match self.coverage.merged.get(&(of, by.to_owned())) {
            Some(Ok(MergedCoverage { owners, .. })) => owners,
            _ => &[],
        }
    }

    fn entity_name(&self, id: EntityId) -> &'a str {
        self.graph.entity(id).map_or("", |entity| &entity.name)
    }

    pub(super) fn field_name(&self, of: EntityId, field: crate::model::FieldId) -> &'a str {
        self.graph.entity(of).and_then(|entity| entity.field(field)).map_or("", |field| &field.name)
    }
}

pub(super) const UNGUARDED: &str = "the gateway does not check what guards it yet";
pub(super) const UNANSWERED: &str = "the gateway does not answer it yet";

/// What is there though nobody maps it (N1): the words of a status from its enum, a heading from the key.
fn is_defaulted(field: &Field, shape: &Shape, at: At<'_>) -> bool {
    let is_text = matches!(shape, Shape::Scalar(Scalar::String));
    let is_heading = matches!(field.name.as_ref(), "name" | "number" | "title" | "subject");
    is_text
        && at.covered.is_some()
        && ((is_heading && field.non_null) || (field.name.as_ref() == "statusLabel" && at.is_mapped_beside("status")))
}

/// What there is of a value that is made from one upstream value.
pub(super) fn builtin(value: &ValueType) -> Fields {
    let fields = value
        .fields
        .iter()
        .filter(|field| matches!(field.kind, FieldKind::Stored(_)) || answers(&value.name, &field.name));
    fields.map(|field| (value.name.to_string(), field.name.to_string())).collect()
}

fn keep_all(fields: &Fields, kept: &mut Kept) {
    for (of, field) in fields {
        kept.keep(of, field);
    }
}
