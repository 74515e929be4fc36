//! The input of a write in the terms of the source it goes to, and what is taken from a record that it copies.

use std::collections::HashMap;
use std::sync::Arc;

use crate::graph::{Entity, Field, FieldKind, Graph, Member, MemberKind, Shape};
use crate::model::{FieldId, FieldSet, Key, Record, SourceId, Value, Wire};
use crate::plan::Input;

/// The keys of the records that an input names, by where it names them (`input.lines.0.productId`).
pub(super) type Keys = HashMap<String, Key>;

/// The input as an object; what the gateway itself needs of it is not in it.
pub(super) fn wire(members: &[Member], input: &Input, keys: &Keys) -> Wire {
    object(members, input, (keys, "input"), true)
}

fn object(members: &[Member], input: &Input, (keys, path): (&Keys, &str), root: bool) -> Wire {
    let given = members.iter().filter_map(|member| {
        let ours = matches!(member.kind, MemberKind::Itself | MemberKind::Version | MemberKind::IdempotencyKey);
        let value = input.get(&member.name).filter(|_| !(root && ours))?;
        let path = format!("{path}.{}", member.name);
        // An account is no value of the input: whose write it is stands in its context.
        let value = one(member, value, (keys, &path))?;
        Some((Arc::clone(&member.name), value))
    });
    Wire::Object(given.collect())
}

/// A value; `None` where it names a record that has no key in the source.
fn one(member: &Member, value: &Input, (keys, path): (&Keys, &str)) -> Option<Wire> {
    Some(match value {
        Input::Null => Wire::Null,
        Input::List(items) => {
            let item = |(at, item)| one(member, item, (keys, &format!("{path}.{at}")));
            Wire::List(items.iter().enumerate().filter_map(item).collect())
        }
        value => match &member.kind {
            MemberKind::Object(members) => object(members, value, (keys, path), false),
            MemberKind::Record(_) => Wire::Text(keys.get(path)?.as_str().into()),
            _ => plain(value),
        },
    })
}

fn plain(value: &Input) -> Wire {
    match value {
        Input::Null => Wire::Null,
        Input::Bool(value) => Wire::Bool(*value),
        Input::Int(number) => Wire::Number(number.to_string().into()),
        Input::Text(text) => Wire::Text(Arc::clone(text).into()),
        Input::List(items) => Wire::List(items.iter().map(plain).collect()),
        Input::Object(members) => {
            Wire::Object(members.iter().map(|(name, value)| (Arc::clone(name), plain(value))).collect())
        }
    }
}

/// What an input may take from a record of this kind: lists, value objects and references. A plain value, such as a date or a
/// person's own number, belongs to the occasion on which it was given.
pub(super) fn copied(members: &[Member], entity: &Entity) -> Vec<(FieldId, Member)> {
    let taken = |member: &Member| {
        let field = entity.field_id(field_name(&member.name, &member.kind))?;
        let known = entity.field(field)?;
        let is_more = match (&known.kind, &member.kind) {
            (FieldKind::Reference(_), MemberKind::Record(_)) => true,
            (FieldKind::Stored(shape), MemberKind::Object(_)) => !matches!(shape, Shape::Scalar(_) | Shape::Enum(_)),
            _ => false,
        };
        is_more.then(|| (field, member.clone()))
    };
    members.iter().filter_map(taken).collect()
}

/// The fields of `copied`.
pub(super) fn fields(copied: &[(FieldId, Member)]) -> FieldSet {
    copied.iter().map(|(field, _)| *field).collect()
}

/// Puts into an input what it does not give, from a record.
pub(super) fn fill(input: &mut Wire, (graph, copied): (&Graph, &[(FieldId, Member)]), record: &Record) {
    let Wire::Object(given) = input else { return };
    for (field, member) in copied {
        if given.iter().any(|(name, _)| *name == member.name) {
            continue;
        }
        let shape = graph.entity(record.entity).and_then(|entity| entity.field(*field)).map(|field| &field.kind);
        if let Some(value) = shape.and_then(|kind| copy((graph, record.source), (member, kind), record.value(*field))) {
            given.push((Arc::clone(&member.name), value));
        }
    }
}

fn copy(of: (&Graph, SourceId), (member, kind): (&Member, &FieldKind), value: &Value) -> Option<Wire> {
    match (kind, value) {
        (_, Value::Null | Value::Fault(_)) => None,
        (FieldKind::Reference(_), Value::Reference(to)) => {
            (to.source == of.1).then(|| Wire::Text(to.key.as_str().into()))
        }
        (FieldKind::Stored(shape), value) => shaped(of, (member, shape), value),
        _ => None,
    }
}

fn shaped(of: (&Graph, SourceId), (member, shape): (&Member, &Shape), value: &Value) -> Option<Wire> {
    match (shape, value) {
        (Shape::List { of: inner, .. }, Value::List(items)) => {
            Some(Wire::List(items.iter().filter_map(|item| shaped(of, (member, inner), item)).collect()))
        }
        (Shape::Object(id), Value::Object(values)) => {
            let MemberKind::Object(members) = &member.kind else { return None };
            let fields: &[Field] = &of.0.value_type(*id)?.fields;
            let inner = |member: &Member| {
                let at = fields.iter().position(|field| *field.name == *field_name(&member.name, &member.kind))?;
                let value = copy(of, (member, &fields.get(at)?.kind), values.get(at)?)?;
                Some((Arc::clone(&member.name), value))
            };
            Some(Wire::Object(members.iter().filter_map(inner).collect()))
        }
        (_, Value::Bool(value)) => Some(Wire::Bool(*value)),
        (_, Value::Int(number)) => Some(Wire::Number(number.to_string().into())),
        (_, Value::Text(text)) => Some(Wire::Text(text.clone())),
        _ => None,
    }
}

/// The field that a member of an input is of: `fooId` is `foo`.
fn field_name<'a>(name: &'a str, kind: &MemberKind) -> &'a str {
    match kind {
        MemberKind::Record(_) => name.strip_suffix("Id").unwrap_or(name),
        _ => name,
    }
}
