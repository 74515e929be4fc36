//! The roots: what a field of `Query` may be, what a mutation is (W1, W2), and what nothing leads to.

use std::collections::BTreeSet;

use apollo_compiler::schema::{FieldDefinition, ObjectType};

use super::directives::is_by_id;
use crate::diagnostic::Report;
use crate::graph::codes;
use crate::graph::resolved::Graph;
use crate::graph::sdl::{Sdl, argument, text_of};

pub(super) fn check(sdl: Sdl<'_>, graph: &Graph, report: &mut Report) {
    let roots = &sdl.schema.schema_definition;
    if let Some(query) = roots.query.as_ref().and_then(|query| sdl.object(&query.name)) {
        for field in query.fields.values() {
            query_field(sdl, query, field, report);
        }
    }
    if let Some(mutation) = roots.mutation.as_ref().and_then(|mutation| sdl.object(&mutation.name)) {
        for field in mutation.fields.values() {
            mutation_field(sdl, mutation, field, report);
        }
    }
    unreached(sdl, graph, report);
}

fn query_field(sdl: Sdl<'_>, query: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let named = field.ty.inner_named_type().as_str();
    let is_known = sdl.answered_by(field).is_some_and(|by| matches!(by, "gateway" | "computed"))
        || sdl.listed(named).is_some()
        || (sdl.entity(named).is_some() && !field.ty.is_list() && is_by_id(field))
        || !sdl.schema.types.contains_key(named);
    if !is_known {
        report.push(sdl.at(codes::QUERY_FIELD, field.name.location()).error(
            format!("nothing says how `{}.{}` is answered", query.name, field.name),
            "Make it an entity with the one required argument `id: ID!`, a connection of an entity, or mark it @computed(entity:).",
        ));
    }
}

fn mutation_field(sdl: Sdl<'_>, mutation: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let input = argument(field, "input").and_then(|input| sdl.input(input.ty.inner_named_type()));
    let one_input = field.arguments.len() == 1 && input.is_some();
    let payload = sdl.object(field.ty.inner_named_type());
    let tells = payload.and_then(|payload| payload.fields.get("userErrors"));
    let tells = tells.is_some_and(|errors| errors.ty.to_string() == "[UserError!]!");
    let mut wrong = Vec::new();
    if !one_input {
        wrong.push("take one `input`");
    }
    if field.ty.is_non_null() || field.ty.is_list() || payload.is_none() {
        wrong.push("answer with a nullable payload");
    }
    if payload.is_some() && !tells {
        wrong.push("have `userErrors: [UserError!]!` in its payload");
    }
    if !field.directives.has("write") && !field.directives.has("gateway") {
        wrong.push("say with @write which write it is");
    }
    if !wrong.is_empty() {
        report.push(sdl.at(codes::MUTATION, field.name.location()).error(
            format!("the mutation `{}.{}` has to {}", mutation.name, field.name, wrong.join(", and ")),
            "Write `foo(input: FooInput!): FooPayload @write(entity: \"Foo\", operation: \"foo\")`.",
        ));
    }
    let named = text_of(&field.directives, "write", "entity").filter(|name| sdl.entity(name).is_none());
    if let Some(name) = named {
        report.push(sdl.at(codes::NO_SUCH_NAME, field.name.location()).error(
            format!("`{}.{}` writes `{name}`, which is no entity", mutation.name, field.name),
            "Name a type marked @entity: @write(entity:).",
        ));
    }
    let copy = text_of(&field.directives, "write", "copy");
    if let Some((copy, input)) = copy.zip(input).filter(|(copy, input)| !input.fields.contains_key(*copy)) {
        report.push(sdl.at(codes::NO_SUCH_NAME, field.name.location()).error(
            format!("`{}.{}` copies from `{copy}`, which {} does not have", mutation.name, field.name, input.name),
            "Name an id of the input: @write(copy:).",
        ));
    }
}

fn unreached(sdl: Sdl<'_>, graph: &Graph, report: &mut Report) {
    let is_write = |object: &ObjectType| object.name.ends_with("Payload");
    let fields = sdl.objects().filter(|object| !sdl.is_page(&object.name) && !is_write(object));
    let reached: BTreeSet<&str> = fields
        .flat_map(|object| object.fields.values().map(move |field| (object, field.ty.inner_named_type().as_str())))
        .map(|(object, named)| (object, named.strip_suffix("Connection").unwrap_or(named)))
        .filter(|(object, named)| object.name != *named)
        .map(|(_, named)| named)
        .collect();
    for (at, entity) in graph.entities.iter().enumerate() {
        let is_hub = usize::from(graph.hub.0) == at || usize::from(graph.person.0) == at;
        if is_hub || reached.contains(&*entity.name) {
            continue;
        }
        let span = sdl.object(&entity.name).and_then(|object| object.name.location());
        report.push(sdl.at(codes::UNREACHED, span).warning(
            format!("no field leads to {}: only who has an id can read one", entity.name),
            format!(
                "Add a list to what it belongs to, such as `extend type Account {{ …: {}Connection }}`.",
                entity.name
            ),
        ));
    }
}
