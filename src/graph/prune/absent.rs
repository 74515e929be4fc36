//! `unprovided: "null"`: fields that lead to an entity which no source provides are served, and are null without an error.
//!
//! Such an entity is served whole, with everything that only it leads to: nothing of it is ever read, and the queries of a
//! portal that is sold to many tenants are valid for each of them.

use std::collections::BTreeSet;

use apollo_compiler::schema::{ExtendedType, FieldDefinition, ObjectType};

use super::kept::Kept;
use crate::graph::resolved::{Coverage, Graph};
use crate::graph::sdl::Sdl;
use crate::model::EntityId;

/// Keeps them, after everything that is provided was decided.
pub(super) fn keep(sdl: Sdl<'_>, (graph, coverage): (&Graph, &Coverage), kept: &mut Kept) {
    let numbered = (0..=u16::MAX).map(EntityId).zip(&graph.entities);
    let missing = numbered.filter(|(id, _)| *id != graph.hub && coverage.entities.get(id).is_none_or(Vec::is_empty));
    let missing: BTreeSet<&str> = missing.map(|(_, entity)| &*entity.name).collect();
    let leads_to = |field: &FieldDefinition| {
        let named = field.ty.inner_named_type().as_str();
        let of = sdl.listed(named).map_or(named, |of| of.name.as_str());
        missing.get(of).copied()
    };
    let roots = &sdl.schema.schema_definition;
    // A write that is null without an error would be a lie.
    let writes = |object: &ObjectType| {
        [&roots.mutation, &roots.subscription].into_iter().flatten().any(|root| root.name == object.name)
    };
    let mut whole = Vec::new();
    for object in sdl.objects().filter(|object| kept.has_type(&object.name) && !writes(object)).collect::<Vec<_>>() {
        for field in object.fields.values().filter(|field| !field.ty.is_non_null()) {
            if let Some(of) = leads_to(field).filter(|_| !kept.has(&object.name, &field.name)) {
                kept.leave(&format!("{}.{}", object.name, field.name), format!("no source provides {of}"));
                kept.keep_absent(&object.name, &field.name);
                leave_hollow(sdl, (&object.name, field), kept);
                whole.push(field.ty.inner_named_type().as_str());
            }
        }
    }
    while let Some(name) = whole.pop() {
        match sdl.schema.types.get(name) {
            Some(ExtendedType::Object(object)) if !kept.has_type(name) => {
                for field in object.fields.values() {
                    kept.keep(name, &field.name);
                    leave_hollow(sdl, (name, field), kept);
                    whole.push(field.ty.inner_named_type().as_str());
                }
            }
            // One of them has to be there, or there is nothing that the field could be.
            Some(ExtendedType::Interface(interface)) => {
                let of = sdl.objects().filter(|object| object.implements_interfaces.contains(&interface.name));
                whole.extend(of.map(|object| object.name.as_str()).filter(|name| !kept.has_type(name)));
            }
            Some(ExtendedType::Union(union)) => whole.extend(union.members.iter().map(|member| member.name.as_str())),
            _ => {}
        }
    }
}

/// Leaves out arguments whose filter or sort was narrowed to nothing for the lists that are provided.
fn leave_hollow(sdl: Sdl<'_>, (of, field): (&str, &FieldDefinition), kept: &mut Kept) {
    for argument in &field.arguments {
        let named = argument.ty.inner_named_type().as_str();
        let fields = sdl.input(named).into_iter().flat_map(|input| input.fields.values());
        let hollow = kept.is_empty(named) || fields.into_iter().any(|field| kept.is_empty(field.ty.inner_named_type()));
        if hollow {
            let reason = "no list that is provided can do anything of it".to_owned();
            kept.leave_argument(&format!("{of}.{}", field.name), &argument.name, reason);
        }
    }
}
