//! `@constraint` on arguments and input fields: what a value has to be, beside being of its type.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::{Directive, DirectiveList};
use apollo_compiler::schema::ExtendedType;
use rust_decimal::Decimal;

/// Bounds of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constraint {
    /// Of a text: its letters, without the blanks round it.
    pub letters: Bounds<usize>,
    /// Of a list: its elements.
    pub items: Bounds<usize>,
    /// Of a number: the number itself.
    pub number: Bounds<Decimal>,
    /// Of a number: what it has to be more than.
    pub above: Option<Decimal>,
    /// What a text has to look like.
    pub format: Option<Format>,
}

/// At least, and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds<T> {
    /// The least.
    pub least: Option<T>,
    /// The most.
    pub most: Option<T>,
}

impl<T> Default for Bounds<T> {
    fn default() -> Self {
        Self { least: None, most: None }
    }
}

/// What a text has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

/// The constraints of all arguments of fields, by `Type.field(argument)`.
#[must_use]
pub fn constraints(schema: &Schema) -> BTreeMap<Arc<str>, Constraint> {
    let mut all = BTreeMap::new();
    for (name, ty) in &schema.types {
        let ExtendedType::Object(object) = ty else { continue };
        for field in object.fields.values() {
            for argument in &field.arguments {
                if argument.directives.has("constraint") {
                    all.insert(key(name, &field.name, &argument.name), constraint(&argument.directives));
                }
            }
        }
    }
    all
}

/// What an argument is called among constraints.
#[must_use]
pub fn key(ty: &str, field: &str, argument: &str) -> Arc<str> {
    Arc::from(format!("{ty}.{field}({argument})"))
}

/// The constraint of what has these directives; without one, anything of its type will do.
pub(super) fn constraint(directives: &DirectiveList) -> Constraint {
    let Some(directive) = directives.get("constraint") else { return Constraint::default() };
    Constraint {
        letters: counted(directive, ["minLength", "maxLength"]),
        items: counted(directive, ["minItems", "maxItems"]),
        number: Bounds { least: decimal(directive, "min"), most: decimal(directive, "max") },
        above: decimal(directive, "above"),
        format: directive.specified_argument_by_name("format").and_then(|format| match format.as_enum()?.as_str() {
            "EMAIL" => Some(Format::Email),
            "PHONE" => Some(Format::Phone),
            _ => None,
        }),
    }
}

fn counted(directive: &Directive, [least, most]: [&str; 2]) -> Bounds<usize> {
    let number = |name: &str| usize::try_from(directive.specified_argument_by_name(name)?.to_i32()?).ok();
    Bounds { least: number(least), most: number(most) }
}

fn decimal(directive: &Directive, name: &str) -> Option<Decimal> {
    directive.specified_argument_by_name(name)?.as_str()?.parse().ok()
}
