//! Variables: what a request sends, coerced to the types that the operation declares, defaults filled in.

use std::fmt::Write as _;

use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::SourceMap;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Node, Schema};

use super::prepare::GraphqlError;
use super::scalar;
use crate::error::{Code, Error};

/// The most problems that are told of one request.
const MOST: usize = 20;

/// Coerces the variables of an operation.
///
/// # Errors
/// [`Code::BadUserInput`] for each value that does not fit, with its path: `$input.lines[0].quantity`.
pub(super) fn coerce(
    schema: &Schema,
    (operation, sources): (&Operation, &SourceMap),
    given: &serde_json::Map<String, serde_json::Value>,
) -> Result<JsonMap, Vec<GraphqlError>> {
    let mut coerced = JsonMap::new();
    let mut errors = Vec::new();
    for variable in &operation.variables {
        let mut coercer = Coercer { schema, path: format!("${}", variable.name), problems: Vec::new() };
        let value = match (given.get(variable.name.as_str()), &variable.default_value) {
            (Some(value), _) => coercer.value(&variable.ty, &JsonValue::from(value.clone())),
            (None, Some(default)) => Some(literal(schema, &variable.ty, default)),
            (None, None) if variable.ty.is_non_null() => {
                coercer.say(format!("is required: `{}`", variable.ty));
                None
            }
            (None, None) => None,
        };
        if let Some(value) = value {
            coerced.insert(variable.name.as_str(), value);
        }
        if coercer.problems.is_empty() {
            continue;
        }
        let at = variable.location().and_then(|at| at.line_column(sources));
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let at: Vec<_> = at.map(|at| (number(at.line), number(at.column))).into_iter().collect();
        let error = |message| GraphqlError { error: Error::public(Code::BadUserInput, message), locations: at.clone() };
        errors.extend(coercer.problems.into_iter().map(error));
    }
    errors.truncate(MOST);
    if errors.is_empty() { Ok(coerced) } else { Err(errors) }
}

struct Coercer<'a> {
    schema: &'a Schema,
    /// Where in the variable the walk is.
    path: String,
    problems: Vec<String>,
}

impl Coercer<'_> {
    fn say(&mut self, what: impl AsRef<str>) {
        if self.problems.len() < MOST {
            self.problems.push(format!("`{}` {}.", self.path, what.as_ref()));
        }
    }

    /// Goes one step down, and back.
    fn below<T>(&mut self, step: std::fmt::Arguments<'_>, walk: impl FnOnce(&mut Self) -> T) -> T {
        let above = self.path.len();
        // Writing to a string does not fail.
        let _ = self.path.write_fmt(step);
        let found = walk(self);
        self.path.truncate(above);
        found
    }

    /// The coerced value; `None` where it does not fit, which is then said.
    fn value(&mut self, ty: &Type, value: &JsonValue) -> Option<JsonValue> {
        if value.is_null() {
            if ty.is_non_null() {
                self.say(format!("may not be null: `{ty}`"));
                return None;
            }
            return Some(JsonValue::Null);
        }
        if ty.is_list() {
            let Some(items) = value.as_array() else {
                // One element may stand for a list of one.
                return self.value(ty.item_type(), value).map(|item| JsonValue::Array(vec![item]));
            };
            let item = |(at, item): (usize, &JsonValue)| {
                self.below(format_args!("[{at}]"), |coercer| coercer.value(ty.item_type(), item))
            };
            // Every element is looked at, so that all that is wrong is told.
            let items: Vec<Option<JsonValue>> = items.iter().enumerate().map(item).collect();
            return items.into_iter().collect::<Option<Vec<_>>>().map(JsonValue::Array);
        }
        let schema = self.schema;
        let name = ty.inner_named_type();
        match schema.types.get(name) {
            Some(ExtendedType::InputObject(input)) => self.object(input, value),
            Some(ExtendedType::Enum(of)) => {
                let known = value.as_str().is_some_and(|text| of.values.keys().any(|name| name == text));
                if !known {
                    self.say(format!("is no value of `{name}`"));
                }
                known.then(|| value.clone())
            }
            _ => match scalar::sent(name, value) {
                Ok(value) => Some(value),
                Err(wanted) => {
                    self.say(format!("is not {wanted}: `{ty}`"));
                    None
                }
            },
        }
    }

    /// An input object, its fields in the order of the schema.
    fn object(&mut self, input: &InputObjectType, value: &JsonValue) -> Option<JsonValue> {
        let Some(members) = value.as_object() else {
            self.say(format!("is not an object: `{}`", input.name));
            return None;
        };
        let before = self.problems.len();
        for unknown in members.keys().filter(|name| !input.fields.contains_key(name.as_str())) {
            // The name is the client's own, and may be anything.
            let shown: String = unknown.as_str().chars().take(40).collect();
            self.say(format!("has a field `{shown}`, which `{}` has not", input.name));
        }
        let mut object = JsonMap::new();
        for (name, field) in &input.fields {
            let coerced = match (members.get(name.as_str()), &field.default_value) {
                (Some(value), _) => self.below(format_args!(".{name}"), |coercer| coercer.value(&field.ty, value)),
                (None, Some(default)) => Some(literal(self.schema, &field.ty, default)),
                (None, None) if field.ty.is_non_null() => {
                    self.below(format_args!(".{name}"), |coercer| coercer.say(format!("is required: `{}`", field.ty)));
                    None
                }
                (None, None) => None,
            };
            if let Some(coerced) = coerced {
                object.insert(name.as_str(), coerced);
            }
        }
        if input.directives.has("oneOf") && (members.len() != 1 || members.values().any(JsonValue::is_null)) {
            self.say(format!("has to have exactly one field of `{}`, and that not null", input.name));
        }
        (self.problems.len() == before).then(|| JsonValue::Object(object))
    }
}

/// A valid literal without variables as the value it stands for: lists of one and defaults filled in.
fn literal(schema: &Schema, ty: &Type, value: &Node<Value>) -> JsonValue {
    let items = |items: &[Node<Value>], ty: &Type| items.iter().map(|item| literal(schema, ty, item)).collect();
    match &**value {
        Value::Null | Value::Variable(_) => JsonValue::Null,
        Value::List(list) if ty.is_list() => JsonValue::Array(items(list, ty.item_type())),
        _ if ty.is_list() => JsonValue::Array(vec![literal(schema, ty.item_type(), value)]),
        Value::Enum(name) => JsonValue::from(name.as_str()),
        Value::String(text) => JsonValue::from(text.as_str()),
        Value::Boolean(value) => JsonValue::from(*value),
        Value::Int(digits) if ty.inner_named_type() == "ID" => JsonValue::from(digits.as_str()),
        Value::Int(digits) => number(digits.as_str()),
        Value::Float(digits) => number(digits.as_str()),
        Value::List(list) => JsonValue::Array(items(list, ty)),
        Value::Object(members) => match schema.types.get(ty.inner_named_type()) {
            Some(ExtendedType::InputObject(input)) => {
                let mut object = JsonMap::new();
                for (name, field) in &input.fields {
                    let given = members.iter().find(|(own, _)| own == name).map(|(_, value)| value);
                    if let Some(value) = given.or(field.default_value.as_ref()) {
                        object.insert(name.as_str(), literal(schema, &field.ty, value));
                    }
                }
                JsonValue::Object(object)
            }
            // Inside of a scalar nothing has a type.
            _ => JsonValue::Object(
                members.iter().map(|(name, value)| (name.as_str().into(), literal(schema, ty, value))).collect(),
            ),
        },
    }
}

/// A number with the digits it was written with, as far as JSON's numbers go.
fn number(digits: &str) -> JsonValue {
    digits.parse().map_or_else(|_| JsonValue::from(digits), JsonValue::Number)
}
