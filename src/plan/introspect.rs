//! How much an introspection asks for: counted on the schema itself, value by value, before anything of it is made.

use apollo_compiler::ast::{DirectiveDefinition, FieldDefinition, InputValueDefinition, Type};
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};

use super::prepare::Planner;

/// How many values `__schema` and `__type` will answer with, no further than one beyond `most`; `@skip` and `@include` are
/// taken for absent, and deprecated fields for asked for.
#[must_use]
pub fn introspected(planner: &Planner, of: (&ExecutableDocument, &Operation), variables: &JsonMap, most: u64) -> u64 {
    let (document, operation) = of;
    let mut count = Count { planner, document, most, values: 0 };
    for field in operation.root_fields(document) {
        match field.name.as_str() {
            "__schema" => count.set(&field.selection_set, &Thing::Schema),
            "__type" => {
                let named = type_name(field, variables).and_then(|name| planner.schema.types.get(name));
                if let Some(named) = named {
                    count.set(&field.selection_set, &Thing::Named(named));
                }
            }
            _ => {}
        }
    }
    count.values
}

fn type_name<'a>(field: &'a Node<Field>, variables: &'a JsonMap) -> Option<&'a str> {
    let name = field.specified_argument_by_name("name")?;
    match name.as_variable() {
        Some(variable) => variables.get(variable.as_str())?.as_str(),
        None => name.as_str(),
    }
}

/// Something that the schema's own types describe.
enum Thing<'s> {
    Schema,
    Named(&'s ExtendedType),
    NonNull(&'s Type),
    ListOf(&'s Type),
    Field(&'s FieldDefinition),
    Input(&'s InputValueDefinition),
    Directive(&'s DirectiveDefinition),
    /// An enum's value: nothing stands below it.
    Value,
}

struct Count<'s> {
    planner: &'s Planner,
    document: &'s ExecutableDocument,
    most: u64,
    values: u64,
}

impl<'s> Count<'s> {
    fn set(&mut self, set: &'s SelectionSet, thing: &Thing<'s>) {
        for selection in &set.selections {
            if self.values > self.most {
                return;
            }
            match selection {
                Selection::Field(field) => {
                    self.values += 1;
                    for below in self.below(thing, &field.name) {
                        self.values += 1;
                        self.set(&field.selection_set, &below);
                    }
                }
                Selection::InlineFragment(inline) => self.set(&inline.selection_set, thing),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = spread.fragment_def(self.document) {
                        self.set(&fragment.selection_set, thing);
                    }
                }
            }
        }
    }

    fn below(&self, thing: &Thing<'s>, field: &str) -> Vec<Thing<'s>> {
        let schema: &'s Schema = &self.planner.schema;
        match (thing, field) {
            (Thing::Schema, "types") => schema.types.values().map(Thing::Named).collect(),
            (Thing::Schema, "directives") => {
                schema.directive_definitions.values().map(|directive| Thing::Directive(directive)).collect()
            }
            (Thing::Schema, "queryType" | "mutationType" | "subscriptionType") => {
                let root = &schema.schema_definition;
                let name = match field {
                    "queryType" => &root.query,
                    "mutationType" => &root.mutation,
                    _ => &root.subscription,
                };
                name.iter().filter_map(|name| schema.types.get(&**name)).map(Thing::Named).collect()
            }
            (Thing::Named(named), _) => self.below_type(named, field),
            (Thing::NonNull(Type::NonNullNamed(name)), "ofType") => {
                schema.types.get(name).map(Thing::Named).into_iter().collect()
            }
            (Thing::NonNull(Type::NonNullList(inner)), "ofType") => vec![Thing::ListOf(inner)],
            (Thing::ListOf(inner), "ofType") => self.ty(inner).into_iter().collect(),
            (Thing::Field(field), "type") => self.ty(&field.ty).into_iter().collect(),
            (Thing::Input(input), "type") => self.ty(&input.ty).into_iter().collect(),
            (Thing::Field(field), "args") => field.arguments.iter().map(|input| Thing::Input(input)).collect(),
            (Thing::Directive(directive), "args") => {
                directive.arguments.iter().map(|input| Thing::Input(input)).collect()
            }
            (Thing::Directive(directive), "locations") => directive.locations.iter().map(|_| Thing::Value).collect(),
            _ => Vec::new(),
        }
    }

    fn below_type(&self, named: &'s ExtendedType, field: &str) -> Vec<Thing<'s>> {
        let schema: &'s Schema = &self.planner.schema;
        let types = |names: Vec<&'s Name>| -> Vec<Thing<'s>> {
            names.into_iter().filter_map(|name| schema.types.get(name)).map(Thing::Named).collect()
        };
        match (named, field) {
            (ExtendedType::Object(ty), "fields") => ty.fields.values().map(|field| Thing::Field(field)).collect(),
            (ExtendedType::Interface(ty), "fields") => ty.fields.values().map(|field| Thing::Field(field)).collect(),
            (ExtendedType::Object(ty), "interfaces") => {
                types(ty.implements_interfaces.iter().map(|interface| &interface.name).collect())
            }
            (ExtendedType::Interface(ty), "interfaces") => {
                types(ty.implements_interfaces.iter().map(|interface| &interface.name).collect())
            }
            (ExtendedType::Interface(ty), "possibleTypes") => {
                let implementers = self.planner.implementers.get(&ty.name);
                types(implementers.into_iter().flat_map(|found| &found.objects).collect())
            }
            (ExtendedType::Union(ty), "possibleTypes") => types(ty.members.iter().map(|member| &member.name).collect()),
            (ExtendedType::Enum(ty), "enumValues") => ty.values.values().map(|_| Thing::Value).collect(),
            (ExtendedType::InputObject(ty), "inputFields") => {
                ty.fields.values().map(|input| Thing::Input(input)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn ty(&self, ty: &'s Type) -> Option<Thing<'s>> {
        match ty {
            Type::Named(name) => self.planner.schema.types.get(name).map(Thing::Named),
            Type::List(inner) => Some(Thing::ListOf(inner)),
            Type::NonNullNamed(_) | Type::NonNullList(_) => Some(Thing::NonNull(ty)),
        }
    }
}
