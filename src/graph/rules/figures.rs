//! Figures over lists: `@aggregate` names lists, fields and filters that must exist.

use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition, ObjectType, Value};

use crate::diagnostic::Report;
use crate::graph::codes;
use crate::graph::sdl::{Sdl, Spot, argument, text_of};

pub(super) fn check(sdl: Sdl<'_>, report: &mut Report) {
    for object in sdl.objects() {
        for field in object.fields.values() {
            if field.directives.has("aggregate") {
                aggregate(sdl, object, field, report);
            }
        }
    }
}

/// The records that the lists hang on: the entity itself, or those that hold the value.
fn holders<'a>(sdl: Sdl<'a>, object: &'a ObjectType) -> Vec<&'a ObjectType> {
    if object.directives.has("entity") {
        return vec![object];
    }
    let holds = |entity: &&ObjectType| entity.fields.values().any(|field| *field.ty.inner_named_type() == object.name);
    sdl.entities().filter(holds).collect()
}

fn aggregate(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let spot = || sdl.at(codes::FIGURE, field.name.location());
    let coordinate = format!("{}.{}", object.name, field.name);
    let list = text_of(&field.directives, "aggregate", "list").unwrap_or_default();
    let directive = field.directives.get("aggregate");
    let given = |name: &str| directive.and_then(|directive| directive.specified_argument_by_name(name));
    for holder in holders(sdl, object) {
        let Some((field_of_list, listed)) = list_of(sdl, holder, list) else {
            report.push(no_list(sdl, field, &coordinate, (holder, list)));
            continue;
        };
        let of = given("field").and_then(|of| of.as_str());
        let counts = given("function").and_then(|function| function.as_enum()).is_some_and(|name| name == "COUNT");
        match of {
            None if !counts => {
                report.push(spot().error(
                    format!("`{coordinate}` does not say what it sums or compares"),
                    "Name a field: @aggregate(field:).",
                ));
            }
            Some(name) if !listed.fields.contains_key(name) => report.push(spot().error(
                format!("`{coordinate}` is worked out over `{name}`, which is no field of {}", listed.name),
                format!("Name a field of {}.", listed.name),
            )),
            Some(name) => {
                let function =
                    given("function").and_then(|function| function.as_enum()).map_or("", |name| name.as_str());
                if let Some(of) = listed.fields.get(name).filter(|of| !can_be(function, &of.ty, &field.ty)) {
                    report.push(spot().error(
                        format!("`{coordinate}` is of the type {}, and cannot be the {function} of `{}.{name}`, which is {}",
                            field.ty, listed.name, of.ty),
                        "A sum of Money is [Money!]; sums of Int, Long and Decimal, and the least or greatest Int, Long, \
                         Decimal, Date or DateTime are of the field's own type.",
                    ));
                }
            }
            None => {
                if field.ty.is_list() || field.ty.inner_named_type() != "Int" {
                    report.push(
                        spot().error(
                            format!("`{coordinate}` counts, and is of the type {}", field.ty),
                            "Make it an Int.",
                        ),
                    );
                }
            }
        }
        if let Some(filter) = given("filter")
            && let Some(wrong) = unfit(sdl, field_of_list, filter)
        {
            report.push(
                spot().error(format!("`{coordinate}` filters `{list}` by {wrong}"), "Write a value of that type."),
            );
        }
        if let Some(unknown) = given("filter").and_then(|filter| unknown_test(sdl, field_of_list, filter)) {
            report.push(no_test(spot(), &coordinate, (list, &unknown)));
        }
    }
}

/// The list of that name, and what it lists.
pub(super) fn list_of<'a>(
    sdl: Sdl<'a>,
    holder: &'a ObjectType,
    name: &str,
) -> Option<(&'a FieldDefinition, &'a ObjectType)> {
    let field = holder.fields.get(name)?;
    Some((field, sdl.listed(field.ty.inner_named_type())?))
}

fn no_list(
    sdl: Sdl<'_>,
    field: &FieldDefinition,
    coordinate: &str,
    (holder, list): (&ObjectType, &str),
) -> crate::diagnostic::Diagnostic {
    sdl.at(codes::NO_SUCH_NAME, field.name.location()).error(
        format!("`{coordinate}` is over the list `{list}`, which {} does not have", holder.name),
        format!("Name a connection field of {}.", holder.name),
    )
}

fn no_test(spot: Spot, coordinate: &str, (list, unknown): (&str, &str)) -> crate::diagnostic::Diagnostic {
    spot.error(
        format!("`{coordinate}` filters `{list}` by `{unknown}`, which its filter does not have"),
        "Name a field of the list's filter type, or add it there.",
    )
}

/// The first name of a filter literal that the filter type of the list does not have.
pub(super) fn unknown_test(sdl: Sdl<'_>, list: &FieldDefinition, literal: &Value) -> Option<String> {
    let ty = argument(list, "filter").and_then(|filter| sdl.input(filter.ty.inner_named_type()));
    let entries = literal.as_object()?;
    let known = |name: &str| ty.is_some_and(|ty| ty.fields.contains_key(name));
    entries.iter().find(|(name, _)| !known(name)).map(|(name, _)| name.to_string())
}

/// Whether a figure of this type can be what the function makes of values of type `of`.
fn can_be(function: &str, of: &Type, figure: &Type) -> bool {
    let name = of.inner_named_type().as_str();
    let ordered: &[&str] = match function {
        "SUM" => &["Int", "Long", "Decimal"],
        "MIN" | "MAX" => &["Int", "Long", "Decimal", "Date", "DateTime"],
        _ => return true,
    };
    let money = function == "SUM" && name == "Money";
    !of.is_list()
        && *figure.inner_named_type() == *name
        && money == figure.is_list()
        && (money || ordered.contains(&name))
}

/// The first value of a filter literal that is none of its type.
pub(super) fn unfit(sdl: Sdl<'_>, list: &FieldDefinition, literal: &Value) -> Option<String> {
    let ty = argument(list, "filter").and_then(|filter| sdl.input(filter.ty.inner_named_type()))?;
    literal.as_object()?.iter().find_map(|(name, value)| {
        let field = ty.fields.get(name)?;
        let wrong = !fits(sdl, &field.ty, value);
        wrong.then(|| format!("`{name}: {}`, and that takes {}", value.serialize().no_indent(), field.ty))
    })
}

fn fits(sdl: Sdl<'_>, ty: &Type, value: &Value) -> bool {
    if let Value::List(items) = value {
        return ty.is_list() && items.iter().all(|item| fits(sdl, ty.item_type(), item));
    }
    let name = ty.inner_named_type();
    match sdl.schema.types.get(name) {
        Some(ExtendedType::Enum(of)) => value.as_enum().is_some_and(|word| of.values.contains_key(word)),
        Some(ExtendedType::InputObject(of)) => value.as_object().is_some_and(|members| {
            members.iter().all(|(name, value)| of.fields.get(name).is_some_and(|field| fits(sdl, &field.ty, value)))
        }),
        _ => match name.as_str() {
            "Boolean" => value.to_bool().is_some(),
            "Int" | "Long" => matches!(value, Value::Int(_)),
            _ => matches!(value, Value::String(_)),
        },
    }
}

pub(super) fn follow<'a>(sdl: Sdl<'a>, from: &'a ObjectType, path: &str) -> Option<&'a FieldDefinition> {
    match path.split_once('.') {
        None => from.fields.get(path).map(|field| &***field),
        Some((head, rest)) => follow(sdl, sdl.object(from.fields.get(head)?.ty.inner_named_type())?, rest),
    }
}
