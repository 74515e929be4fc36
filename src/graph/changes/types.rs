//! Which types may stand in the place of which others.

use apollo_compiler::ast::{DirectiveList, Type, Value};

/// Whether what is answered with the new type fits clients that expect the old one: the same, or null in fewer places.
pub(super) fn answers_fit(old: &Type, new: &Type) -> bool {
    match (old, new) {
        (Type::Named(old), Type::Named(new) | Type::NonNullNamed(new)) => old == new,
        (Type::NonNullNamed(old), Type::NonNullNamed(new)) => old == new,
        (Type::List(old), Type::List(new) | Type::NonNullList(new)) => answers_fit(old, new),
        (Type::NonNullList(old), Type::NonNullList(new)) => answers_fit(old, new),
        _ => false,
    }
}

/// Whether what clients send for the old type is taken by the new one: the same, or null in more places.
pub(super) fn inputs_fit(old: &Type, new: &Type) -> bool {
    answers_fit(new, old)
}

/// Whether a position that the old directives keep from being null without an error is kept so by the new ones, or by the
/// new type.
pub(super) fn promises_kept(old: &DirectiveList, new: (&DirectiveList, &Type)) -> bool {
    let kept = levels(new.0);
    levels(old).into_iter().all(|level| kept.contains(&level) || is_non_null_at(new.1, level))
}

/// The levels of `@semanticNonNull`: 0 is the field, 1 the elements of its list.
fn levels(directives: &DirectiveList) -> Vec<usize> {
    let Some(directive) = directives.get("semanticNonNull") else { return Vec::new() };
    match directive.specified_argument_by_name("levels").map(|value| &**value) {
        Some(Value::List(levels)) => {
            let number = |level: &Value| level.to_i32().and_then(|level| usize::try_from(level).ok());
            levels.iter().filter_map(|level| number(level)).collect()
        }
        _ => vec![0],
    }
}

fn is_non_null_at(ty: &Type, level: usize) -> bool {
    match (ty, level) {
        (_, 0) => ty.is_non_null(),
        (Type::List(of) | Type::NonNullList(of), _) => is_non_null_at(of, level - 1),
        _ => false,
    }
}
