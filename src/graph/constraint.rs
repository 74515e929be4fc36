//! `@constraint` on arguments: what a value has to be, beside being of its type.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::Directive;
use apollo_compiler::schema::ExtendedType;

/// Bounds of an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constraint {
    /// Of a text: its letters, without the blanks round it.
    pub letters: Bounds,
    /// Of a list: its elements.
    pub items: Bounds,
}

/// At least, and at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub least: Option<usize>,
    /// The most.
    pub most: Option<usize>,
}

/// The constraints of all arguments of fields, by `Type.field(argument)`.
#[must_use]
pub fn constraints(schema: &Schema) -> BTreeMap<Arc<str>, Constraint> {
    let mut all = BTreeMap::new();
    for (name, ty) in &schema.types {
        let ExtendedType::Object(object) = ty else { continue };
        for field in object.fields.values() {
            for argument in &field.arguments {
                if let Some(directive) = argument.directives.get("constraint") {
                    all.insert(key(name, &field.name, &argument.name), of(directive));
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

fn of(directive: &Directive) -> Constraint {
    let number = |name: &str| usize::try_from(directive.specified_argument_by_name(name)?.to_i32()?).ok();
    let bounds = |least: &str, most: &str| Bounds { least: number(least), most: number(most) };
    Constraint { letters: bounds("minLength", "maxLength"), items: bounds("minItems", "maxItems") }
}
