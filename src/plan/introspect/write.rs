//! The answers of `__schema` and `__type`, written from the schema as bytes.
//!
//! They are our own: the library that holds the schema does not answer all that the specification has (`isOneOf`).

use apollo_compiler::executable::{Field, Operation, SelectionSet};
use apollo_compiler::response::JsonMap;
use apollo_compiler::{ExecutableDocument, Node};
use indexmap::IndexMap;

use super::{Thing, Told};
use crate::plan::build::sets;
use crate::plan::collect::Collector;
use crate::plan::prepare::{Planner, Prepared};

/// What `__schema` and `__type` of an operation answer: JSON by response key, `null` where there is no such type.
#[must_use]
pub fn introspect(planner: &Planner, of: (&Prepared, &Operation), variables: &JsonMap) -> IndexMap<Box<str>, Vec<u8>> {
    let (prepared, operation) = of;
    let document: &ExecutableDocument = &prepared.document;
    let flags = prepared.flags(variables);
    let collector = Collector { schema: &planner.schema, document, flags: &flags };
    let writer = Writer { planner, collector, variables };
    let mut answers = IndexMap::new();
    for (key, fields) in collector.collect(operation.object_type(), &[&operation.selection_set]) {
        let Some(field) = fields.first() else { continue };
        let thing = match field.name.as_str() {
            "__schema" => Some(Thing::Schema),
            "__type" => type_name(field, variables).and_then(|name| planner.schema.types.get(name)).map(Thing::Named),
            _ => continue,
        };
        let mut out = Vec::new();
        match thing {
            Some(thing) => writer.object(&mut out, thing, &sets(&fields)),
            None => out.extend_from_slice(b"null"),
        }
        answers.insert(Box::from(key), out);
    }
    answers
}

/// The type that `__type` is asked for.
pub(super) fn type_name<'a>(field: &'a Node<Field>, variables: &'a JsonMap) -> Option<&'a str> {
    let name = field.specified_argument_by_name("name")?;
    match name.as_variable() {
        Some(variable) => variables.get(variable.as_str())?.as_str(),
        None => name.as_str(),
    }
}

struct Writer<'s> {
    planner: &'s Planner,
    collector: Collector<'s>,
    variables: &'s JsonMap,
}

impl<'s> Writer<'s> {
    fn object(&self, out: &mut Vec<u8>, thing: Thing<'s>, sets: &[&'s SelectionSet]) {
        let mut separator = b'{';
        for (key, fields) in self.collector.collect(thing.described_by(), sets) {
            let Some(field) = fields.first() else { continue };
            out.push(separator);
            separator = b',';
            text(out, key);
            out.push(b':');
            match &*field.name {
                "__typename" => text(out, thing.described_by()),
                name => self.told(out, thing.tell(self.planner, name), &fields),
            }
        }
        if separator == b'{' {
            out.push(separator);
        }
        out.push(b'}');
    }

    fn told(&self, out: &mut Vec<u8>, told: Told<'s>, fields: &[&'s Node<Field>]) {
        match told {
            Told::Nothing => out.extend_from_slice(b"null"),
            Told::Text(told) => text(out, &told),
            Told::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
            Told::One(thing) => self.object(out, thing, &sets(fields)),
            Told::Many(things) => {
                let all = fields.first().is_some_and(|field| self.with_deprecated(field));
                let things = things.into_iter().filter(|thing| all || thing.deprecated().is_none());
                let sets = sets(fields);
                list(out, things, |out, thing| self.object(out, thing, &sets));
            }
            Told::Names(names) => list(out, names.into_iter(), text),
        }
    }

    fn with_deprecated(&self, field: &Node<Field>) -> bool {
        let given = field.specified_argument_by_name("includeDeprecated");
        given.is_some_and(|given| match given.as_variable() {
            Some(variable) => self.variables.get(variable.as_str()).and_then(|value| value.as_bool()).unwrap_or(false),
            None => given.to_bool().unwrap_or(false),
        })
    }
}

fn list<T>(out: &mut Vec<u8>, items: impl Iterator<Item = T>, mut item: impl FnMut(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (number, one) in items.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        item(out, one);
    }
    out.push(b']');
}

/// A JSON string; writing to memory does not fail.
fn text(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}
