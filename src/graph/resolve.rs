//! From the parsed schema to the graph: what the engine does for every field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition, ObjectType, Value};

use super::codes;
use super::constraint::constraints;
use super::mutation::mutations;
use super::resolved::{
    Builtin, Entity, Field, FieldKind, Figure, Function, Graph, Merge, MergedList, Scalar, Scope, Shape, Target,
    ValueType, WorkedOut,
};
use super::sdl::{Sdl, text_of, type_argument};
use crate::diagnostic::{Diagnostic, Report};
use crate::model::{EntityId, FieldId, FieldSet, ValueTypeId};

/// Resolves the graph. Where something is wrong the report says so, and the graph is not to be used.
pub(super) fn resolve(sdl: Sdl<'_>, report: &mut Report) -> Graph {
    let resolver = Resolver::new(sdl);
    let entities: Vec<Entity> = sdl.entities().map(|object| resolver.entity(object, report)).collect();
    let values = resolver.value_types(report);
    let id = |name: &str| resolver.entities.get(name).copied().unwrap_or(EntityId(0));
    let lists_per_account = resolver.lists_per_account();
    let mut graph = Graph {
        entities,
        values,
        hub: id("Account"),
        person: id("Contact"),
        lists_per_account,
        constraints: constraints(sdl.schema),
        mutations: Vec::new(),
    };
    graph.mutations = mutations(sdl.schema, &graph);
    graph
}

struct Resolver<'a> {
    sdl: Sdl<'a>,
    entities: BTreeMap<&'a str, EntityId>,
    values: BTreeMap<&'a str, ValueTypeId>,
}

impl<'a> Resolver<'a> {
    fn new(sdl: Sdl<'a>) -> Self {
        let number = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let entities = sdl.entities().enumerate().map(|(at, entity)| (&*entity.name, EntityId(number(at)))).collect();
        let used = value_names(sdl);
        let values = sdl.objects().map(|object| object.name.as_str()).filter(|name| used.contains(name));
        let values = values.enumerate().map(|(at, name)| (name, ValueTypeId(number(at)))).collect();
        Self { sdl, entities, values }
    }

    fn lists_per_account(&self) -> Vec<EntityId> {
        let query = self.sdl.schema.schema_definition.query.as_ref().and_then(|query| self.sdl.object(&query.name));
        let fields = query.into_iter().flat_map(|query| query.fields.values());
        let listed = fields.filter(|field| field.directives.has("perAccount"));
        let listed = listed.filter_map(|field| self.sdl.listed(field.ty.inner_named_type()));
        listed.filter_map(|listed| self.entities.get(listed.name.as_str()).copied()).collect()
    }

    fn entity(&self, object: &'a ObjectType, report: &mut Report) -> Entity {
        self.check_size(object, report);
        let title = match type_argument(object, "entity", "title").and_then(Value::as_str) {
            Some(title) => Some(title),
            None => Some("name"),
        };
        Entity {
            name: Arc::from(object.name.as_str()),
            scope: match type_argument(object, "entity", "scope").and_then(|scope| scope.as_enum()) {
                Some(scope) if scope == "VIEWER" => Scope::Viewer,
                Some(scope) if scope == "TENANT" => Scope::Tenant,
                _ => Scope::Account,
            },
            localized: type_argument(object, "entity", "localized").and_then(Value::to_bool).unwrap_or(false),
            title: title.and_then(|title| field_id(object, title)),
            permission: type_argument(object, "permission", "name").and_then(Value::as_str).map(Arc::from),
            fields: object.fields.values().map(|field| self.field(object, field, report)).collect(),
        }
    }

    fn value_types(&self, report: &mut Report) -> Vec<ValueType> {
        let objects = self.sdl.objects().filter(|object| self.values.contains_key(&*object.name));
        let resolved = objects.map(|object| {
            self.check_size(object, report);
            let builtin = builtin(&object.name);
            let mut fields: Vec<Field> =
                object.fields.values().map(|field| self.field(object, field, report)).collect();
            for field in fields.iter_mut().filter(|field| builtin.is_some() && !is_mapped(builtin, &field.name)) {
                field.kind = FieldKind::Gateway;
            }
            ValueType { name: Arc::from(object.name.as_str()), builtin, fields }
        });
        resolved.collect()
    }

    fn field(&self, of: &ObjectType, field: &FieldDefinition, report: &mut Report) -> Field {
        let kind = self.kind(of, field).unwrap_or_else(|problem| {
            report.push(problem);
            FieldKind::Gateway
        });
        Field {
            name: Arc::from(field.name.as_str()),
            kind,
            non_null: field.ty.is_non_null(),
            permission: text_of(&field.directives, "permission", "name").map(Arc::from),
            place: self.sdl.place(field.name.location()),
        }
    }

    fn kind(&self, of: &ObjectType, field: &FieldDefinition) -> Result<FieldKind, Diagnostic> {
        let is_entity = self.entities.contains_key(&*of.name);
        match field.name.as_str() {
            "id" if is_entity => return Ok(FieldKind::Id),
            "version" if is_entity => return Ok(FieldKind::Version),
            "provenance" if is_entity => return Ok(FieldKind::Provenance),
            _ => {}
        }
        let named = field.ty.inner_named_type().as_str();
        match self.sdl.answered_by(field) {
            Some("derived") => {
                let cel = text_of(&field.directives, "derived", "cel").unwrap_or_default();
                return Ok(FieldKind::Derived(Arc::from(cel)));
            }
            Some("computed") => {
                let per_account = field.directives.has("perAccount");
                return self.shape(of, field).map(|shape| FieldKind::Computed(WorkedOut { shape, per_account }));
            }
            Some("aggregate") => return self.figure(of, field).map(FieldKind::Figure),
            Some("merge") => return Ok(FieldKind::OverLists(merge(field))),
            Some(_) => return Ok(FieldKind::Gateway),
            None => {}
        }
        if let Some(listed) = self.sdl.listed(named) {
            return self.list(of, field, listed);
        }
        if let Some(entity) = self.entities.get(named) {
            let target = Target::Entity(*entity);
            return Ok(if field.ty.is_list() { FieldKind::References(target) } else { FieldKind::Reference(target) });
        }
        if self.sdl.is_any_record(named) {
            return Ok(match field.ty.is_list() {
                true => FieldKind::References(Target::Any),
                false => FieldKind::Reference(Target::Any),
            });
        }
        match self.sdl.object(named) {
            Some(object) if object.directives.has("gateway") => Ok(FieldKind::Gateway),
            Some(object) if self.sdl.is_figures(object) && !field.ty.is_list() => {
                let figures = self.values.get(named).copied();
                Ok(figures.map_or(FieldKind::Gateway, FieldKind::Figures))
            }
            _ => self.shape(of, field).map(FieldKind::Stored),
        }
    }

    fn figure(&self, of: &ObjectType, field: &FieldDefinition) -> Result<Figure, Diagnostic> {
        let given = field.directives.get("aggregate");
        let given = |name: &str| given.and_then(|given| given.specified_argument_by_name(name));
        let text = |name: &str| given(name).and_then(|value| value.as_str()).map(Arc::from);
        let function = given("function").and_then(|function| function.as_enum());
        Ok(Figure {
            list: text("list").unwrap_or_else(|| Arc::from("")),
            function: match function.map(|function| function.as_str()) {
                Some("SUM") => Function::Sum,
                Some("MIN") => Function::Min,
                Some("MAX") => Function::Max,
                _ => Function::Count,
            },
            field: text("field"),
            filter: given("filter").cloned(),
            shape: self.shape(of, field)?,
        })
    }

    /// A list: which field of what is listed points back here (R3).
    fn list(&self, of: &ObjectType, field: &FieldDefinition, listed: &'a ObjectType) -> Result<FieldKind, Diagnostic> {
        let entity = self.entities.get(&*listed.name).copied().unwrap_or(EntityId(0));
        let back = || references_to(self.sdl, listed, &of.name).collect::<Vec<_>>();
        if let Some(named) = text_of(&field.directives, "inverse", "field") {
            return match field_id(listed, named).filter(|_| back().contains(&named)) {
                Some(inverse) => Ok(FieldKind::List { of: entity, inverse }),
                None => Err(self.sdl.at(codes::WRONG_INVERSE, field.name.location()).error(
                    format!(
                        "`{}.{}` lists each {} whose `{named}` is this {}, but `{}.{named}` is no reference to one",
                        of.name, field.name, listed.name, of.name, listed.name
                    ),
                    match back().as_slice() {
                        [] => format!("Add a field of type {} to {}, and name it in @inverse.", of.name, listed.name),
                        fields => format!("Name one of these in @inverse: `{}`.", fields.join("`, `")),
                    },
                )),
            };
        }
        match back().as_slice() {
            [one] => field_id(listed, one).map(|inverse| FieldKind::List { of: entity, inverse }).ok_or_else(|| {
                self.sdl
                    .at(codes::NO_WAY_BACK, field.name.location())
                    .error(format!("`{}.{one}` cannot be found", listed.name), "Give the type fewer fields.")
            }),
            fields => {
                let (message, remedy) = match fields {
                    [] => (
                        format!("no field of {} is a reference to {}", listed.name, of.name),
                        format!("Add one to {}, such as `{}: {}`.", listed.name, lower(&of.name), of.name),
                    ),
                    several => (
                        format!("{} refers to {} by `{}`", listed.name, of.name, several.join("` and `")),
                        "Say which one with @inverse(field:).".to_owned(),
                    ),
                };
                Err(self.sdl.at(codes::NO_WAY_BACK, field.name.location()).error(
                    format!("`{}.{}` does not say which {} are listed: {message}", of.name, field.name, listed.name),
                    remedy,
                ))
            }
        }
    }

    fn shape(&self, of: &ObjectType, field: &FieldDefinition) -> Result<Shape, Diagnostic> {
        self.shape_of(&field.ty).ok_or_else(|| {
            self.sdl.at(codes::NOT_MAPPABLE, field.name.location()).error(
                format!("`{}.{}` is a {}, which no source can give", of.name, field.name, field.ty.inner_named_type()),
                "Use an entity, an interface or union of entities, a value object, an enum, or one of the scalars of \
                 schema.graphql; decimal numbers are Decimal.",
            )
        })
    }

    fn shape_of(&self, ty: &Type) -> Option<Shape> {
        if ty.is_list() {
            let item = ty.item_type();
            let of = Box::new(self.shape_of(item)?);
            return Some(Shape::List { of, elements_non_null: item.is_non_null() });
        }
        let name = ty.inner_named_type().as_str();
        match self.sdl.schema.types.get(name) {
            Some(ExtendedType::Scalar(_)) => Scalar::named(name).map(Shape::Scalar),
            Some(ExtendedType::Enum(of)) => {
                Some(Shape::Enum(of.values.keys().map(|value| Arc::from(value.as_str())).collect()))
            }
            Some(ExtendedType::Object(_)) => self.values.get(name).copied().map(Shape::Object),
            // The GraphQL rules report a type that does not exist.
            None => Some(Shape::Scalar(Scalar::String)),
            Some(_) => None,
        }
    }

    fn check_size(&self, object: &ObjectType, report: &mut Report) {
        if let Some((name, _)) = object.fields.get_index(FieldSet::CAPACITY) {
            report.push(self.sdl.at(codes::TOO_MANY_FIELDS, name.location()).error(
                format!("{} has {} fields, and from `{name}` on they do not fit", object.name, object.fields.len()),
                format!("At most {} fit: put some that belong together into a value object.", FieldSet::CAPACITY),
            ));
        }
    }
}

/// The lists that a field marked `@merge` is made of.
fn merge(field: &FieldDefinition) -> Merge {
    let given = field.directives.get("merge");
    let given = |name: &str| given.and_then(|given| given.specified_argument_by_name(name));
    let list = |item: &apollo_compiler::Node<Value>| {
        let member = |name: &str| item.as_object()?.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let text = |name: &str| member(name).and_then(|value| value.as_str()).map(Arc::from);
        MergedList {
            list: text("list").unwrap_or_else(|| Arc::from("")),
            at: text("at").unwrap_or_else(|| Arc::from("")),
            filter: member("filter").filter(|filter| !filter.is_null()).cloned(),
            kind: text("kind"),
            due: text("due"),
        }
    };
    let lists = given("lists").map(|lists| match lists.as_list() {
        Some(lists) => lists.iter().map(list).collect(),
        // One element may stand for a list of one.
        None => vec![list(lists)],
    });
    let ascending = given("order").and_then(|order| order.as_enum()).is_some_and(|order| order == "ASC");
    Merge { lists: lists.unwrap_or_default(), descending: !ascending }
}

/// The fields of `listed` that are references to the entity `to`.
pub(super) fn references_to<'a>(sdl: Sdl<'a>, listed: &'a ObjectType, to: &str) -> impl Iterator<Item = &'a str> {
    let fields = listed.fields.values().filter(move |field| {
        sdl.answered_by(field).is_none() && !field.ty.is_list() && *field.ty.inner_named_type() == *to
    });
    fields.map(|field| field.name.as_str()).collect::<Vec<_>>().into_iter()
}

/// The object types that are part of records: what entities and computed fields hold, and what these hold.
fn value_names(sdl: Sdl<'_>) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&ObjectType> = sdl.entities().collect();
    let query = sdl.schema.schema_definition.query.as_ref().and_then(|query| sdl.object(&query.name));
    let computed = query.into_iter().flat_map(|query| query.fields.values());
    let mut fields: Vec<&FieldDefinition> =
        computed.filter(|field| field.directives.has("computed")).map(|field| &***field).collect();
    loop {
        for field in fields.drain(..) {
            let merged = field.directives.has("merge");
            let Some(object) = sdl.object(field.ty.inner_named_type()).filter(|_| !merged) else { continue };
            let name = object.name.as_str();
            let is_part = !object.directives.has("entity")
                && !object.directives.has("gateway")
                && !sdl.is_page(name)
                && !sdl.is_root(name);
            if is_part && found.insert(name) {
                open.push(object);
            }
        }
        let Some(object) = open.pop() else { return found };
        fields.extend(object.fields.values().map(|field| &***field));
    }
}

fn field_id(object: &ObjectType, name: &str) -> Option<FieldId> {
    u8::try_from(object.fields.get_index_of(name)?).ok().map(FieldId)
}

fn lower(name: &str) -> String {
    super::names::lower_first(name)
}

fn builtin(name: &str) -> Option<Builtin> {
    Some(match name {
        "Money" => Builtin::Money,
        "RichText" => Builtin::RichText,
        "File" => Builtin::File,
        _ => return None,
    })
}

/// Whether the value of a built-in type's field comes from what the manifest maps, and not from the gateway.
fn is_mapped(builtin: Option<Builtin>, field: &str) -> bool {
    match builtin {
        Some(Builtin::File) => matches!(field, "name" | "contentType" | "size"),
        Some(Builtin::Money | Builtin::RichText) | None => true,
    }
}
