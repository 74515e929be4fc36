//! Arguments: templates in the plan, values for each request.

use std::sync::Arc;

use apollo_compiler::ast::{self, Type};
use apollo_compiler::executable::Field;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use crate::model::Value;

/// A value of an argument that may use variables.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// As written.
    Value(Input),
    /// A variable; where the request does not give it, the default of the argument or input field.
    Variable(Arc<str>, Option<Box<Template>>),
    /// A list.
    List(Vec<Template>),
    /// An input object, defaults filled in.
    Object(Vec<(Arc<str>, Template)>),
}

/// A coerced value of an argument. Enum values are text; decimals come as text and stay so.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// `null`.
    Null,
    /// A Boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text, or an enum value, or a number that is not whole.
    Text(Arc<str>),
    /// A list.
    List(Vec<Input>),
    /// An input object.
    Object(Vec<(Arc<str>, Input)>),
}

/// Variables that stand in the arguments of a field where null may not stand.
///
/// A variable may be null by its type and stand there all the same, where it or the place has a default; null that is
/// sent nevertheless is an error of the field.
pub(super) fn never_null(schema: &Schema, field: &Field) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    for argument in &field.arguments {
        if let Some(definition) = field.definition.argument_by_name(&argument.name) {
            required(schema, (&definition.ty, &argument.value), &mut found);
        }
    }
    found
}

fn required(schema: &Schema, (ty, value): (&Type, &ast::Value), found: &mut Vec<Arc<str>>) {
    match value {
        ast::Value::Variable(name) if ty.is_non_null() => found.push(Arc::from(name.as_str())),
        ast::Value::List(items) => items.iter().for_each(|item| required(schema, (ty.item_type(), item), found)),
        ast::Value::Object(members) => {
            let Some(ExtendedType::InputObject(input)) = schema.types.get(ty.inner_named_type()) else { return };
            for (name, value) in members {
                match (input.fields.get(name), value.as_variable()) {
                    (Some(_), Some(name)) if input.directives.has("oneOf") => found.push(Arc::from(name.as_str())),
                    (Some(field), _) => required(schema, (&field.ty, value), found),
                    (None, _) => {}
                }
            }
        }
        _ => {}
    }
}

impl Template {
    /// The template of an argument's value, by the argument's type.
    #[must_use]
    pub fn new(schema: &Schema, ty: &Type, value: &ast::Value) -> Self {
        if ty.is_list() && !matches!(value, ast::Value::List(_) | ast::Value::Variable(_) | ast::Value::Null) {
            return Self::List(vec![Self::new(schema, ty.item_type(), value)]);
        }
        match value {
            ast::Value::Null => Self::Value(Input::Null),
            ast::Value::Boolean(value) => Self::Value(Input::Bool(*value)),
            ast::Value::Enum(name) => Self::Value(Input::Text(Arc::from(name.as_str()))),
            ast::Value::String(text) => Self::Value(Input::Text(Arc::from(text.as_str()))),
            ast::Value::Int(digits) => Self::Value(match digits.as_str().parse() {
                // `ID` takes whole numbers and means their text.
                Ok(number) if ty.inner_named_type() != "ID" => Input::Int(number),
                _ => Input::Text(Arc::from(digits.as_str())),
            }),
            ast::Value::Float(digits) => Self::Value(Input::Text(Arc::from(digits.as_str()))),
            ast::Value::Variable(name) => Self::Variable(Arc::from(name.as_str()), None),
            ast::Value::List(items) => {
                Self::List(items.iter().map(|item| Self::new(schema, ty.item_type(), item)).collect())
            }
            ast::Value::Object(members) => Self::object(schema, ty, members),
        }
    }

    fn object(schema: &Schema, ty: &Type, members: &[(Name, Node<ast::Value>)]) -> Self {
        let Some(ExtendedType::InputObject(input)) = schema.types.get(ty.inner_named_type()) else {
            // Inside of a scalar nothing has a type, nor a default.
            let member =
                |(name, value): &(Name, Node<ast::Value>)| (Arc::from(name.as_str()), Self::new(schema, ty, value));
            return Self::Object(members.iter().map(member).collect());
        };
        let fields = input.fields.values().filter_map(|field| {
            let given = members.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
            let template = Self::given_or_default(schema, &field.ty, given, field.default_value.as_ref())?;
            Some((Arc::from(field.name.as_str()), template))
        });
        Self::Object(fields.collect())
    }

    /// The template of a given value, with the default of its definition behind it; `None` where there is neither.
    #[must_use]
    pub fn given_or_default(
        schema: &Schema,
        ty: &Type,
        given: Option<&Node<ast::Value>>,
        default: Option<&Node<ast::Value>>,
    ) -> Option<Self> {
        let default = default.map(|value| Self::new(schema, ty, value));
        match given.map(|value| Self::new(schema, ty, value)) {
            Some(Self::Variable(name, None)) => Some(Self::Variable(name, default.map(Box::new))),
            Some(template) => Some(template),
            None => default,
        }
    }

    /// How many variables stand in it.
    pub(super) fn variables(&self) -> usize {
        match self {
            Self::Value(_) => 0,
            Self::Variable(..) => 1,
            Self::List(items) => items.iter().map(Self::variables).sum(),
            Self::Object(members) => members.iter().map(|(_, member)| member.variables()).sum(),
        }
    }

    /// The value for a request; `None` where it is left out.
    #[must_use]
    pub fn resolve(&self, variables: &JsonMap) -> Option<Input> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Variable(name, default) => match variables.get(&**name) {
                Some(value) => Some(Input::from_json(value)),
                None => default.as_ref().and_then(|default| default.resolve(variables)),
            },
            Self::List(items) => {
                Some(Input::List(items.iter().map(|item| item.resolve(variables).unwrap_or(Input::Null)).collect()))
            }
            Self::Object(fields) => {
                let given =
                    fields.iter().filter_map(|(name, value)| Some((Arc::clone(name), value.resolve(variables)?)));
                Some(Input::Object(given.collect()))
            }
        }
    }
}

impl Input {
    fn from_json(value: &JsonValue) -> Self {
        match value {
            JsonValue::Null => Self::Null,
            JsonValue::Bool(value) => Self::Bool(*value),
            JsonValue::Number(number) => {
                number.as_i64().map_or_else(|| Self::Text(Arc::from(number.to_string())), Self::Int)
            }
            JsonValue::String(text) => Self::Text(Arc::from(text.as_str())),
            JsonValue::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            JsonValue::Object(members) => Self::Object(
                members.iter().map(|(name, value)| (Arc::from(name.as_str()), Self::from_json(value))).collect(),
            ),
        }
    }

    /// A literal by itself, where no type says what is left out or coerced.
    #[must_use]
    pub fn from_literal(value: &ast::Value) -> Self {
        match value {
            ast::Value::Null | ast::Value::Variable(_) => Self::Null,
            ast::Value::Boolean(value) => Self::Bool(*value),
            ast::Value::Enum(name) => Self::Text(Arc::from(name.as_str())),
            ast::Value::String(text) => Self::Text(Arc::from(text.as_str())),
            ast::Value::Int(digits) => {
                digits.as_str().parse().map_or_else(|_| Self::Text(Arc::from(digits.as_str())), Self::Int)
            }
            ast::Value::Float(digits) => Self::Text(Arc::from(digits.as_str())),
            ast::Value::List(items) => Self::List(items.iter().map(|item| Self::from_literal(item)).collect()),
            ast::Value::Object(members) => Self::Object(
                members.iter().map(|(name, value)| (Arc::from(name.as_str()), Self::from_literal(value))).collect(),
            ),
        }
    }

    /// The text of a text, or the digits of a whole number (an `ID` may be sent as one).
    #[must_use]
    pub fn as_text(&self) -> Option<Arc<str>> {
        match self {
            Self::Text(text) => Some(Arc::clone(text)),
            Self::Int(number) => Some(Arc::from(number.to_string())),
            _ => None,
        }
    }

    /// The member of an input object.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(n, _)| &**n == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The same as a value of the model; an input object becomes the list of its values.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(Arc::clone(text).into()),
            Self::List(items) => Value::List(items.iter().map(Self::to_value).collect()),
            Self::Object(members) => Value::Object(members.iter().map(|(_, value)| value.to_value()).collect()),
        }
    }

    /// Bytes that differ where the values do: for hashing.
    pub fn write_canonical(&self, to: &mut Vec<u8>) {
        let mut text = |kind: u8, text: &str| {
            to.push(kind);
            to.extend_from_slice(&(text.len() as u64).to_be_bytes());
            to.extend_from_slice(text.as_bytes());
        };
        match self {
            Self::Null => to.push(b'n'),
            Self::Bool(value) => to.push(if *value { b't' } else { b'f' }),
            Self::Int(number) => text(b'i', &number.to_string()),
            Self::Text(value) => text(b's', value),
            Self::List(items) => {
                text(b'l', &items.len().to_string());
                items.iter().for_each(|item| item.write_canonical(to));
            }
            Self::Object(members) => {
                text(b'o', &members.len().to_string());
                // The order in which a client writes them means nothing.
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                for (name, value) in sorted {
                    Self::Text(Arc::clone(name)).write_canonical(to);
                    value.write_canonical(to);
                }
            }
        }
    }
}
