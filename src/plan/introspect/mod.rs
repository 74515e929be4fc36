//! Introspection: what the schema tells of itself, counted before it is written.

mod count;
mod write;

use std::borrow::Cow;

use apollo_compiler::ast::{Directive, DirectiveDefinition, EnumValueDefinition, FieldDefinition};
use apollo_compiler::ast::{InputValueDefinition, Type};
use apollo_compiler::schema::{Component, ExtendedType};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema, name, ty};

pub use self::count::introspected;
pub use self::write::introspect;
use super::prepare::Planner;

/// Something that the schema's own types describe.
#[derive(Clone, Copy)]
enum Thing<'s> {
    Schema,
    Named(&'s ExtendedType),
    NonNull(&'s Type),
    ListOf(&'s Type),
    Field(&'s FieldDefinition),
    Input(&'s InputValueDefinition),
    Value(&'s EnumValueDefinition),
    Directive(&'s DirectiveDefinition),
}

/// What a field of one of them tells, whatever is deprecated among it.
enum Told<'s> {
    Nothing,
    Text(Cow<'s, str>),
    Flag(bool),
    One(Thing<'s>),
    Many(Vec<Thing<'s>>),
    /// Values of an enum.
    Names(Vec<&'s str>),
}

/// The schema with `__Type.isOneOf`, which is in the specification and not yet among the library's own types.
pub fn with_one_of(schema: Valid<Schema>) -> Valid<Schema> {
    let mut schema = schema.into_inner();
    if let Some(ExtendedType::Object(described)) = schema.types.get_mut("__Type") {
        let field = FieldDefinition {
            description: None,
            name: name!("isOneOf"),
            arguments: Vec::new(),
            ty: ty!(Boolean),
            directives: apollo_compiler::ast::DirectiveList::default(),
        };
        described.make_mut().fields.entry(field.name.clone()).or_insert(Component::new(field));
    }
    // A nullable field more, of a type that is always there, breaks nothing.
    Valid::assume_valid(schema)
}

impl<'s> Thing<'s> {
    /// The type that describes it.
    fn described_by(self) -> &'static str {
        match self {
            Self::Schema => "__Schema",
            Self::Named(_) | Self::NonNull(_) | Self::ListOf(_) => "__Type",
            Self::Field(_) => "__Field",
            Self::Input(_) => "__InputValue",
            Self::Value(_) => "__EnumValue",
            Self::Directive(_) => "__Directive",
        }
    }

    fn deprecated(self) -> Option<&'s Node<Directive>> {
        match self {
            Self::Field(field) => field.directives.get("deprecated"),
            Self::Input(input) => input.directives.get("deprecated"),
            Self::Value(value) => value.directives.get("deprecated"),
            Self::Schema | Self::Named(_) | Self::NonNull(_) | Self::ListOf(_) | Self::Directive(_) => None,
        }
    }

    fn tell(self, planner: &'s Planner, field: &str) -> Told<'s> {
        let schema: &'s Schema = &planner.schema;
        match (self, field) {
            (_, "isDeprecated") => Told::Flag(self.deprecated().is_some()),
            (_, "deprecationReason") => {
                let reason = self.deprecated().and_then(|given| given.argument_by_name("reason", schema).ok());
                text(reason.and_then(|reason| reason.as_str()))
            }
            (Self::Schema, _) => of_schema(planner, field),
            (Self::Named(named), _) => of_type(planner, named, field),
            (Self::NonNull(_), "kind") => text(Some("NON_NULL")),
            (Self::NonNull(Type::NonNullNamed(name)), "ofType") => one(schema.types.get(name).map(Thing::Named)),
            (Self::NonNull(Type::NonNullList(inner)), "ofType") => Told::One(Thing::ListOf(inner)),
            (Self::ListOf(_), "kind") => text(Some("LIST")),
            (Self::ListOf(inner), "ofType") => one(of(planner, inner)),
            (Self::Field(field), "type") => one(of(planner, &field.ty)),
            (Self::Input(input), "type") => one(of(planner, &input.ty)),
            (Self::Field(described), "name") => text(Some(&described.name)),
            (Self::Field(described), "description") => text(described.description.as_deref()),
            (Self::Field(described), "args") => inputs(&described.arguments),
            (Self::Input(input), "name") => text(Some(&input.name)),
            (Self::Input(input), "description") => text(input.description.as_deref()),
            (Self::Input(input), "defaultValue") => match &input.default_value {
                Some(value) => Told::Text(Cow::Owned(value.serialize().no_indent().to_string())),
                None => Told::Nothing,
            },
            (Self::Value(value), "name") => text(Some(&value.value)),
            (Self::Value(value), "description") => text(value.description.as_deref()),
            (Self::Directive(directive), "name") => text(Some(&directive.name)),
            (Self::Directive(directive), "description") => text(directive.description.as_deref()),
            (Self::Directive(directive), "args") => inputs(&directive.arguments),
            (Self::Directive(directive), "isRepeatable") => Told::Flag(directive.repeatable),
            (Self::Directive(directive), "locations") => {
                Told::Names(directive.locations.iter().map(|location| location.name()).collect())
            }
            _ => Told::Nothing,
        }
    }
}

fn of_schema<'s>(planner: &'s Planner, field: &str) -> Told<'s> {
    let schema: &'s Schema = &planner.schema;
    let root = &schema.schema_definition;
    let operation = match field {
        "description" => return text(root.description.as_deref()),
        "types" => return Told::Many(schema.types.values().map(Thing::Named).collect()),
        "directives" => {
            let directives = schema.directive_definitions.values();
            return Told::Many(directives.map(|directive| Thing::Directive(directive)).collect());
        }
        "queryType" => &root.query,
        "mutationType" => &root.mutation,
        "subscriptionType" => &root.subscription,
        _ => return Told::Nothing,
    };
    one(operation.as_ref().and_then(|name| schema.types.get(&**name)).map(Thing::Named))
}

fn of_type<'s>(planner: &'s Planner, named: &'s ExtendedType, field: &str) -> Told<'s> {
    let schema: &'s Schema = &planner.schema;
    let types = |names: Vec<&'s Name>| {
        Told::Many(names.into_iter().filter_map(|name| schema.types.get(name)).map(Thing::Named).collect())
    };
    match (named, field) {
        (_, "name") => text(Some(named.name())),
        (_, "description") => text(named.description().map(|description| &**description)),
        (_, "kind") => text(Some(match named {
            ExtendedType::Scalar(_) => "SCALAR",
            ExtendedType::Object(_) => "OBJECT",
            ExtendedType::Interface(_) => "INTERFACE",
            ExtendedType::Union(_) => "UNION",
            ExtendedType::Enum(_) => "ENUM",
            ExtendedType::InputObject(_) => "INPUT_OBJECT",
        })),
        (ExtendedType::Object(ty), "fields") => {
            Told::Many(ty.fields.values().map(|field| Thing::Field(field)).collect())
        }
        (ExtendedType::Interface(ty), "fields") => {
            Told::Many(ty.fields.values().map(|field| Thing::Field(field)).collect())
        }
        (ExtendedType::Object(ty), "interfaces") => {
            types(ty.implements_interfaces.iter().map(|interface| &interface.name).collect())
        }
        (ExtendedType::Interface(ty), "interfaces") => {
            types(ty.implements_interfaces.iter().map(|interface| &interface.name).collect())
        }
        (ExtendedType::Interface(ty), "possibleTypes") => {
            let implementers = planner.implementers.get(&ty.name);
            types(implementers.into_iter().flat_map(|found| &found.objects).collect())
        }
        (ExtendedType::Union(ty), "possibleTypes") => types(ty.members.iter().map(|member| &member.name).collect()),
        (ExtendedType::Enum(ty), "enumValues") => {
            Told::Many(ty.values.values().map(|value| Thing::Value(value)).collect())
        }
        (ExtendedType::InputObject(ty), "inputFields") => {
            Told::Many(ty.fields.values().map(|input| Thing::Input(input)).collect())
        }
        (ExtendedType::InputObject(ty), "isOneOf") => Told::Flag(ty.directives.has("oneOf")),
        (ExtendedType::Scalar(ty), "specifiedByURL") => {
            let given = ty.directives.get("specifiedBy").and_then(|given| given.specified_argument_by_name("url"));
            text(given.and_then(|url| url.as_str()))
        }
        _ => Told::Nothing,
    }
}

fn of<'s>(planner: &'s Planner, ty: &'s Type) -> Option<Thing<'s>> {
    match ty {
        Type::Named(name) => planner.schema.types.get(name).map(Thing::Named),
        Type::List(inner) => Some(Thing::ListOf(inner)),
        Type::NonNullNamed(_) | Type::NonNullList(_) => Some(Thing::NonNull(ty)),
    }
}

fn one(thing: Option<Thing<'_>>) -> Told<'_> {
    thing.map_or(Told::Nothing, Told::One)
}

fn text(text: Option<&str>) -> Told<'_> {
    text.map_or(Told::Nothing, |text| Told::Text(Cow::Borrowed(text)))
}

fn inputs(arguments: &[Node<InputValueDefinition>]) -> Told<'_> {
    Told::Many(arguments.iter().map(|input| Thing::Input(input)).collect())
}
