//! Figures over lists: `@aggregate` and `@merge` name lists, fields and filters that must exist.

use apollo_compiler::Node;
use apollo_compiler::schema::{FieldDefinition, ObjectType, Value};

use crate::diagnostic::Report;
use crate::graph::codes;
use crate::graph::sdl::{Sdl, Spot, argument, text_of};

pub(super) fn check(sdl: Sdl<'_>, report: &mut Report) {
    for object in sdl.objects() {
        for field in object.fields.values() {
            if field.directives.has("aggregate") {
                aggregate(sdl, object, field, report);
            }
            if let Some(merge) = field.directives.get("merge") {
                let lists = merge.specified_argument_by_name("lists").and_then(|lists| lists.as_list());
                for list in lists.unwrap_or_default() {
                    merged(sdl, object, (field, list), report);
                }
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
            _ => {}
        }
        if let Some(unknown) = given("filter").and_then(|filter| unknown_test(sdl, field_of_list, filter)) {
            report.push(no_test(spot(), &coordinate, (list, &unknown)));
        }
    }
}

fn merged(sdl: Sdl<'_>, object: &ObjectType, (field, item): (&FieldDefinition, &Node<Value>), report: &mut Report) {
    let coordinate = format!("{}.{}", object.name, field.name);
    let given = |name: &str| {
        item.as_object().and_then(|entries| entries.iter().find(|(key, _)| key == name)).map(|(_, value)| value)
    };
    let list = given("list").and_then(|list| list.as_str()).unwrap_or_default();
    let Some((field_of_list, listed)) = list_of(sdl, object, list) else {
        report.push(no_list(sdl, field, &coordinate, (object, list)));
        return;
    };
    let spot = || sdl.at(codes::FIGURE, item.location().or_else(|| field.name.location()));
    let at = given("at").and_then(|at| at.as_str()).unwrap_or_default();
    let is_time = |path: &str| {
        follow(sdl, listed, path).is_some_and(|at| matches!(at.ty.inner_named_type().as_str(), "Date" | "DateTime"))
    };
    for (what, path) in [("at", Some(at)), ("due", given("due").and_then(|due| due.as_str()))] {
        if let Some(path) = path.filter(|path| !is_time(path)) {
            report.push(spot().error(
                format!(
                    "`{coordinate}` takes `{path}` of {} for `{what}`, which is no date or instant of it",
                    listed.name
                ),
                format!("Name a Date or DateTime of {}.", listed.name),
            ));
        }
    }
    if let Some(unknown) = given("filter").and_then(|filter| unknown_test(sdl, field_of_list, filter)) {
        report.push(no_test(spot(), &coordinate, (list, &unknown)));
    }
}

/// The list of that name, and what it lists.
fn list_of<'a>(sdl: Sdl<'a>, holder: &'a ObjectType, name: &str) -> Option<(&'a FieldDefinition, &'a ObjectType)> {
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
fn unknown_test(sdl: Sdl<'_>, list: &FieldDefinition, literal: &Value) -> Option<String> {
    let ty = argument(list, "filter").and_then(|filter| sdl.input(filter.ty.inner_named_type()));
    let entries = literal.as_object()?;
    let known = |name: &str| ty.is_some_and(|ty| ty.fields.contains_key(name));
    entries.iter().find(|(name, _)| !known(name)).map(|(name, _)| name.to_string())
}

fn follow<'a>(sdl: Sdl<'a>, from: &'a ObjectType, path: &str) -> Option<&'a FieldDefinition> {
    match path.split_once('.') {
        None => from.fields.get(path).map(|field| &***field),
        Some((head, rest)) => follow(sdl, sdl.object(from.fields.get(head)?.ty.inner_named_type())?, rest),
    }
}
