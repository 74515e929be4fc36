//! What the validation of a document leaves open: values inside of values. `@oneOf`, variables in lists and input objects,
//! fields that are given twice, lists in lists.

use std::collections::BTreeSet;

use apollo_compiler::ast::{Type, Value, VariableDefinition};
use apollo_compiler::executable::{DirectiveList, Operation, Selection, SelectionSet};
use apollo_compiler::schema::{ExtendedType, InputObjectType, InputValueDefinition};
use apollo_compiler::{ExecutableDocument, Name, Node, Schema};

use super::prepare::GraphqlError;
use super::scalar;
use crate::error::{Code, Error};

/// The most findings that are told of one document.
const MOST: usize = 20;

/// Checks the values of every operation; nothing is said of what the library's own validation has let through rightly.
///
/// # Errors
/// [`Code::GraphqlValidationFailed`] for each value that does not fit its place.
pub(super) fn values(schema: &Schema, document: &ExecutableDocument) -> Result<(), Vec<GraphqlError>> {
    let mut found = Vec::new();
    for operation in document.operations.iter() {
        let mut check = Check { schema, document, operation, spread: BTreeSet::new(), found: &mut found };
        check.operation();
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

struct Check<'a, 'f> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    operation: &'a Operation,
    /// Fragments that have been looked at for this operation.
    spread: BTreeSet<&'a str>,
    found: &'f mut Vec<GraphqlError>,
}

/// A place that a value is for.
#[derive(Clone, Copy)]
struct Place<'t> {
    ty: &'t Type,
    /// Whether something stands in where a variable gives nothing.
    has_default: bool,
}

impl<'a> Check<'a, '_> {
    fn operation(&mut self) {
        for variable in &self.operation.variables {
            if let Some(default) = &variable.default_value {
                self.value(default, Place { ty: &variable.ty, has_default: false });
            }
        }
        self.directives(&self.operation.directives);
        self.selections(&self.operation.selection_set);
    }

    fn selections(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    for argument in &field.arguments {
                        if let Some(definition) = field.definition.argument_by_name(&argument.name) {
                            self.value(&argument.value, place(definition));
                        }
                    }
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    if self.spread.insert(spread.fragment_name.as_str())
                        && let Some(fragment) = self.document.fragments.get(&spread.fragment_name)
                    {
                        self.directives(&fragment.directives);
                        self.selections(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &'a DirectiveList) {
        for directive in directives.iter() {
            let Some(definition) = self.schema.directive_definitions.get(&directive.name) else { continue };
            for argument in &directive.arguments {
                if let Some(definition) = definition.argument_by_name(&argument.name) {
                    self.value(&argument.value, place(definition));
                }
            }
        }
    }

    fn value(&mut self, value: &'a Node<Value>, place: Place<'_>) {
        let ty = place.ty;
        match &**value {
            Value::Variable(name) => self.variable(value, name, place),
            Value::Null => {
                if ty.is_non_null() {
                    self.say(value, format!("null cannot stand where `{ty}` is expected."));
                }
            }
            Value::List(items) if ty.is_list() => {
                for item in items {
                    self.value(item, Place { ty: ty.item_type(), has_default: false });
                }
            }
            // One element may stand for a list of one.
            _ if ty.is_list() => self.value(value, Place { ty: ty.item_type(), has_default: false }),
            _ => match self.schema.types.get(ty.inner_named_type()) {
                Some(ExtendedType::InputObject(input)) => self.object(value, input),
                Some(ExtendedType::Enum(of)) => {
                    let known = matches!(&**value, Value::Enum(name) if of.values.contains_key(name));
                    self.unless(known, value, || format!("`{value}` is no value of `{}`.", of.name));
                }
                Some(ExtendedType::Scalar(_)) => {
                    if let Err(wanted) = scalar::literal(ty.inner_named_type(), value) {
                        self.say(value, format!("`{value}` is not {wanted}."));
                    }
                }
                // What is no input type is told by the library.
                _ => {}
            },
        }
    }

    fn object(&mut self, value: &'a Node<Value>, input: &'a InputObjectType) {
        let Value::Object(members) = &**value else {
            return self.say(value, format!("`{value}` is no `{}`, which is an input object.", input.name));
        };
        let one_of = input.directives.has("oneOf");
        let mut given = BTreeSet::new();
        for (name, member) in members {
            match input.fields.get(name) {
                None => self.say(member, format!("`{}` has no field `{name}`.", input.name)),
                Some(_) if !given.insert(name.as_str()) => {
                    self.say(member, format!("The field `{name}` of `{}` is given twice.", input.name));
                }
                // The one field of such an object is there and not null, whatever its type allows by itself.
                Some(field) if one_of => {
                    let ty = &(*field.ty).clone().non_null();
                    self.value(member, Place { ty, has_default: false });
                }
                Some(field) => self.value(member, place(field)),
            }
        }
        for field in input.fields.values().filter(|field| field.is_required() && !given.contains(field.name.as_str())) {
            self.say(value, format!("The field `{}` of `{}` is required: `{}`.", field.name, input.name, field.ty));
        }
        if one_of && members.len() != 1 {
            self.say(value, format!("Exactly one field of `{}` has to be given.", input.name));
        }
    }

    /// "All variable usages are allowed", wherever the variable stands.
    fn variable(&mut self, value: &'a Node<Value>, name: &Name, place: Place<'_>) {
        let Some(variable) = self.definition(name) else { return };
        let has_default = place.has_default || variable.default_value.as_ref().is_some_and(|value| !value.is_null());
        let expected = match place.ty.is_non_null() && !variable.ty.is_non_null() && has_default {
            true => &place.ty.clone().nullable(),
            false => place.ty,
        };
        if !variable.ty.is_assignable_to(expected) {
            let message = format!("`${name}` is `{}`, and cannot stand where `{}` is expected.", variable.ty, place.ty);
            self.say(value, message);
        }
    }

    fn definition(&self, name: &Name) -> Option<&'a Node<VariableDefinition>> {
        self.operation.variables.iter().find(|variable| variable.name == *name)
    }

    fn unless(&mut self, fits: bool, at: &Node<Value>, message: impl FnOnce() -> String) {
        if !fits {
            self.say(at, message());
        }
    }

    fn say(&mut self, at: &Node<Value>, message: String) {
        if self.found.len() < MOST {
            let place = at.location().and_then(|at| at.line_column(&self.document.sources));
            let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let locations = place.map(|at| (number(at.line), number(at.column))).into_iter().collect();
            self.found.push(GraphqlError { error: Error::public(Code::GraphqlValidationFailed, message), locations });
        }
    }
}

fn place(definition: &InputValueDefinition) -> Place<'_> {
    Place { ty: &definition.ty, has_default: definition.default_value.is_some() }
}
