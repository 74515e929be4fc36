//! What inputs call the fields of the graph: `fooId` is the reference `foo`, every other name is the field's own.

use std::sync::Arc;

use super::column;
use crate::connector::mapping::{Mapping, ObjectMapping};
use crate::connector::resolved::EntityMapping;
use crate::connector::write::WriteMapping;
use crate::graph::{Field, FieldKind, Graph, Shape, WorkedOut};

/// The fields inside a field: those of its value object, or of the elements of its list.
pub(super) struct Named<'g> {
    pub fields: &'g [Field],
}

impl<'g> Named<'g> {
    pub fn of(graph: &'g Graph, field: &Field) -> Self {
        let mut shape = match &field.kind {
            FieldKind::Stored(shape) | FieldKind::Computed(WorkedOut { shape, .. }) => Some(shape),
            _ => None,
        };
        while let Some(Shape::List { of, .. }) = shape {
            shape = Some(of);
        }
        let fields = match shape {
            Some(Shape::Object(id)) => graph.value_type(*id).map_or(&[][..], |of| &of.fields),
            _ => &[],
        };
        Self { fields }
    }
}

/// The field that an input's name is of.
pub(super) fn named<'g>(fields: &'g [Field], name: &str) -> Option<(usize, &'g Field)> {
    fields.iter().enumerate().find(|(_, field)| *input_name(field) == *name)
}

/// What an input calls a field.
pub(super) fn input_name(field: &Field) -> Arc<str> {
    match field.kind {
        FieldKind::Reference(_) => Arc::from(format!("{}Id", field.name)),
        FieldKind::References(_) => Arc::from(format!("{}Ids", field.name.trim_end_matches('s'))),
        _ => Arc::clone(&field.name),
    }
}

/// The input's fields that a write takes: those that are mapped with a way back, and those that its requests use. Inside of
/// value objects as paths: `lines`, `lines.quantity`.
#[must_use]
pub fn taken(graph: &Graph, of: &EntityMapping, write: &WriteMapping) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    if let (Some(entity), true) = (graph.entity(of.entity), write.sends_values) {
        for (field, mapping) in entity.fields.iter().zip(&of.fields) {
            let name = input_name(field);
            if let Some(mapping) = mapping.as_ref().filter(|_| write.puts(&name)) {
                paths(graph, of, (field, mapping, &name), &mut all);
            }
        }
    }
    for used in &write.used {
        let first = used.split('.').next().unwrap_or_default();
        all.push(first.to_owned());
        if first.len() < used.len() {
            all.push(used.to_string());
        }
    }
    for listed in write.fields.iter().flatten() {
        // What is used as a whole is taken with what the manifest names of it.
        let whole = |used: &Arc<str>| listed.strip_prefix(&**used).is_some_and(|rest| rest.starts_with('.'));
        all.extend(write.used.iter().any(whole).then(|| listed.to_string()));
    }
    if let Some(named) = &write.fields {
        all.retain(|path| is_named(path, named));
    }
    all.extend(write.ignores.iter().map(ToString::to_string));
    all.sort();
    all.dedup();
    all
}

/// Whether a path is one of those that a write names; of a field that is named alone, all that is inside.
fn is_named(path: &str, named: &[Arc<str>]) -> bool {
    let below = |path: &str, of: &str| path.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
    let alone = |of: &str| !named.iter().any(|name| below(name, of));
    named.iter().any(|name| **name == *path || below(name, path) || (below(path, name) && alone(name)))
}

fn paths(graph: &Graph, of: &EntityMapping, at: (&Field, &Mapping, &str), all: &mut Vec<String>) {
    let (field, mapping, path) = at;
    if !column::is_written(mapping, of) {
        return;
    }
    if !all.iter().any(|known| known == path) {
        all.push(path.to_owned());
    }
    match mapping {
        Mapping::One(_) => {}
        Mapping::Object(object) | Mapping::Each { fields: object, .. } => inside(graph, of, (field, object, path), all),
        Mapping::Items(items) => {
            for item in items {
                if let Mapping::Object(object) = item {
                    inside(graph, of, (field, object, path), all);
                }
            }
        }
    }
    // Money is written with its currency.
    if let Mapping::One(one) = mapping
        && one.form == crate::connector::mapping::Form::Money
    {
        all.extend(["amount", "currency"].map(|part| format!("{path}.{part}")));
    }
}

fn inside(graph: &Graph, of: &EntityMapping, at: (&Field, &ObjectMapping, &str), all: &mut Vec<String>) {
    let (field, object, path) = at;
    for (id, mapping) in &object.fields {
        if let Some(inner) = Named::of(graph, field).fields.get(usize::from(id.0)) {
            paths(graph, of, (inner, mapping, &format!("{path}.{}", input_name(inner))), all);
        }
    }
}
