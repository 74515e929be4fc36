//! The served schema: the graph's text without what does not stay.

use std::collections::BTreeSet;

use apollo_compiler::Schema;
use apollo_compiler::ast::DirectiveList as FieldDirectives;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::schema::{
    Component, ComponentName, ComponentOrigin, DirectiveList, ExtendedType, FieldDefinition,
};
use apollo_compiler::{Name, Node};

use super::gateway::CLIENT_DIRECTIVES;
use super::kept::Kept;

/// Takes out of the schema what does not stay, and then what nothing leads to any more.
pub(super) fn rewrite(schema: &Schema, kept: &Kept) -> Schema {
    let mut schema = schema.clone();
    schema.directive_definitions.retain(|name, of| of.is_built_in() || is_for_clients(name));
    let roots = schema.schema_definition.make_mut();
    for root in [&mut roots.mutation, &mut roots.subscription] {
        root.take_if(|root| !kept.has_type(&root.name));
    }
    schema.types.retain(|name, ty| match ty {
        ExtendedType::Object(_) | ExtendedType::Interface(_) => ty.is_built_in() || kept.has_type(name),
        ExtendedType::Union(union) => union.members.iter().any(|member| kept.has_type(&member.name)),
        _ => true,
    });
    for ty in schema.types.values_mut().filter(|ty| !ty.is_built_in()) {
        rewrite_type(ty, kept);
    }
    let reached = reached(&schema);
    // A scalar of the specification is shown where it is used; what introspection itself is made of always is.
    let is_kept = |name: &Name, ty: &ExtendedType| {
        ty.is_built_in() && (!ty.is_scalar() || matches!(name.as_str(), "String" | "Boolean"))
    };
    schema.types.retain(|name, ty| is_kept(name, ty) || reached.contains(name));
    for ty in schema.types.values_mut() {
        let ExtendedType::Object(object) = ty else { continue };
        if object.implements_interfaces.iter().any(|name| !reached.contains(&name.name)) {
            object.make_mut().implements_interfaces.retain(|name| reached.contains(&name.name));
        }
    }
    schema
}

fn rewrite_type(ty: &mut ExtendedType, kept: &Kept) {
    match ty {
        ExtendedType::Object(object) => {
            let object = object.make_mut();
            for_clients(&mut object.directives);
            object.implements_interfaces = definitions(&object.implements_interfaces).collect();
            rewrite_fields(&object.name, &mut object.fields, kept);
        }
        ExtendedType::Interface(interface) => {
            let interface = interface.make_mut();
            for_clients(&mut interface.directives);
            interface.implements_interfaces = definitions(&interface.implements_interfaces).collect();
            rewrite_fields(&interface.name, &mut interface.fields, kept);
        }
        ExtendedType::InputObject(input) => {
            let input = input.make_mut();
            for_clients(&mut input.directives);
            let of = input.name.clone();
            input.fields.retain(|name, _| kept.has_member(&of, name));
            for field in input.fields.values_mut() {
                field.origin = ComponentOrigin::Definition;
                only_for_clients(&mut field.make_mut().directives);
            }
        }
        ExtendedType::Enum(of) => {
            let of = of.make_mut();
            for_clients(&mut of.directives);
            let name = of.name.clone();
            of.values.retain(|value, _| kept.has_member(&name, value));
            for value in of.values.values_mut() {
                value.origin = ComponentOrigin::Definition;
                only_for_clients(&mut value.make_mut().directives);
            }
        }
        ExtendedType::Scalar(scalar) => for_clients(&mut scalar.make_mut().directives),
        ExtendedType::Union(union) => {
            let union = union.make_mut();
            for_clients(&mut union.directives);
            union.members = definitions(&union.members).filter(|member| kept.has_type(&member.name)).collect();
        }
    }
}

fn rewrite_fields(of: &Name, fields: &mut IndexMap<Name, Component<FieldDefinition>>, kept: &Kept) {
    fields.retain(|name, _| kept.has(of, name));
    for field in fields.values_mut() {
        // Printed as one definition, whichever file a field comes from.
        field.origin = ComponentOrigin::Definition;
        let coordinate = format!("{of}.{}", field.name);
        let field = field.make_mut();
        only_for_clients(&mut field.directives);
        if kept.is_absent(of, &field.name) {
            // It is null without an error, which the directive says it never is.
            field.directives.0.retain(|directive| directive.name != "semanticNonNull");
        }
        field.arguments.retain(|argument| kept.has_argument(&coordinate, &argument.name));
        for argument in &mut field.arguments {
            only_for_clients(&mut argument.make_mut().directives);
        }
    }
}

fn is_for_clients(directive: &str) -> bool {
    CLIENT_DIRECTIVES.contains(&directive)
}

fn for_clients(directives: &mut DirectiveList) {
    directives.0.retain(|directive| is_for_clients(&directive.name));
}

fn only_for_clients(directives: &mut FieldDirectives) {
    directives.0.retain(|directive: &Node<_>| is_for_clients(&directive.name));
}

fn definitions<'a>(
    names: &'a apollo_compiler::collections::IndexSet<ComponentName>,
) -> impl Iterator<Item = ComponentName> + 'a {
    names.iter().map(|name| ComponentName { origin: ComponentOrigin::Definition, name: name.name.clone() })
}

/// The types that clients can come by: from the roots along fields, arguments, interfaces and what implements them.
fn reached(schema: &Schema) -> BTreeSet<Name> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<Name> =
        schema.schema_definition.iter_root_operations().map(|(_, root)| root.name.clone()).collect();
    for directive in schema.directive_definitions.values() {
        open.extend(directive.arguments.iter().map(|argument| argument.ty.inner_named_type().clone()));
    }
    while let Some(name) = open.pop() {
        let Some(ty) = schema.types.get(&name) else { continue };
        if !reached.insert(name.clone()) {
            continue;
        }
        match ty {
            ExtendedType::Object(object) => {
                open.extend(object.implements_interfaces.iter().map(|interface| interface.name.clone()));
                open.extend(object.fields.values().flat_map(|field| named(field)));
            }
            ExtendedType::Interface(interface) => {
                open.extend(interface.implements_interfaces.iter().map(|interface| interface.name.clone()));
                open.extend(interface.fields.values().flat_map(|field| named(field)));
                open.extend(implementors(schema, &name));
            }
            ExtendedType::InputObject(input) => {
                open.extend(input.fields.values().map(|field| field.ty.inner_named_type().clone()));
            }
            ExtendedType::Union(union) => open.extend(union.members.iter().map(|member| member.name.clone())),
            ExtendedType::Scalar(_) | ExtendedType::Enum(_) => {}
        }
    }
    reached
}

fn named(field: &FieldDefinition) -> impl Iterator<Item = Name> + '_ {
    let arguments = field.arguments.iter().map(|argument| argument.ty.inner_named_type().clone());
    std::iter::once(field.ty.inner_named_type().clone()).chain(arguments)
}

fn implementors<'a>(schema: &'a Schema, interface: &'a Name) -> impl Iterator<Item = Name> + 'a {
    schema.types.values().filter_map(move |ty| match ty {
        ExtendedType::Object(object) if object.implements_interfaces.contains(interface) => Some(object.name.clone()),
        _ => None,
    })
}
