//! Lists: the shape of pages (L1), filters (L2) and sorting (L3).

use apollo_compiler::ast::Type;
use apollo_compiler::schema::{FieldDefinition, InputValueDefinition, ObjectType};

use crate::diagnostic::Report;
use crate::graph::codes;
use crate::graph::names::{camel, lower_first};
use crate::graph::sdl::{Sdl, argument};

pub(super) fn check(sdl: Sdl<'_>, report: &mut Report) {
    for object in sdl.objects() {
        if let Some(prefix) = object.name.strip_suffix("Connection") {
            connection(sdl, object, prefix, report);
        }
        for field in object.fields.values() {
            let Some(listed) = sdl.listed(field.ty.inner_named_type()) else { continue };
            filter(sdl, field, listed, report);
            sort(sdl, field, listed, report);
        }
    }
}

/// `XConnection { nodes: [X], edges: [XEdge!]!, pageInfo: PageInfo! }` and `XEdge { cursor: String!, node: X }`.
fn connection(sdl: Sdl<'_>, object: &ObjectType, prefix: &str, report: &mut Report) {
    let edge = format!("{prefix}Edge");
    let of = object.fields.get("nodes").map(|nodes| nodes.ty.inner_named_type().as_str());
    let is = |object: &ObjectType, field: &str, wanted: &str| {
        object.fields.get(field).is_some_and(|field| field.ty.to_string() == wanted)
    };
    let mut wrong = Vec::new();
    if !object.fields.get("nodes").is_some_and(|nodes| nodes.ty.is_list()) {
        wrong.push(format!("`nodes: [{prefix}]!`"));
    }
    if !is(object, "edges", &format!("[{edge}!]!")) {
        wrong.push(format!("`edges: [{edge}!]!`"));
    }
    if !is(object, "pageInfo", "PageInfo!") {
        wrong.push("`pageInfo: PageInfo!`".to_owned());
    }
    match sdl.object(&edge) {
        None => wrong.push(format!("a type {edge}")),
        Some(edge) => {
            if !is(edge, "cursor", "String!") {
                wrong.push(format!("`{}.cursor: String!`", edge.name));
            }
            let node = edge.fields.get("node").map(|node| node.ty.inner_named_type().as_str());
            if node.is_none() || node != of {
                wrong.push(format!("`{}.node: {}`", edge.name, of.unwrap_or(prefix)));
            }
        }
    }
    if !wrong.is_empty() {
        report.push(sdl.at(codes::CONNECTION_SHAPE, object.name.location()).error(
            format!("{} is not a page of a list: it needs {}", object.name, wrong.join(", ")),
            "Give it that shape; for an entity of an extension, leave both types out and they are made.",
        ));
    }
}

fn filter(sdl: Sdl<'_>, list: &FieldDefinition, listed: &ObjectType, report: &mut Report) {
    let Some(filter) = argument(list, "filter").and_then(|filter| sdl.input(filter.ty.inner_named_type())) else {
        return;
    };
    for field in filter.fields.values().filter(|field| field.name != "search") {
        let Some((_, tested)) = tested(sdl, listed, &field.name) else {
            report.push(sdl.at(codes::FILTER_FIELD, field.name.location()).error(
                format!("`{}.{}` tests no field of {}", filter.name, field.name, listed.name),
                "Give it the name of the field that it tests; a path into a value is joined in camel case.",
            ));
            continue;
        };
        if !can_test(&field.ty, tested.ty.inner_named_type()) {
            report.push(sdl.at(codes::FILTER_TYPE, field.name.location()).error(
                format!("`{}.{}` is {}, and what it tests is {}", filter.name, field.name, field.ty, tested.ty),
                "Use the field's own type, a list of it, or DateRange for a Date and DateTimeRange for a DateTime.",
            ));
        }
    }
}

/// The path of the field that a filter field tests: `approvalStatus` is `approval.status`.
pub(in crate::graph) fn tested_path(sdl: Sdl<'_>, of: &ObjectType, name: &str) -> Option<String> {
    tested(sdl, of, name).map(|(path, _)| path)
}

fn tested<'a>(sdl: Sdl<'a>, of: &'a ObjectType, name: &str) -> Option<(String, &'a FieldDefinition)> {
    if let Some(field) = of.fields.get(name) {
        return Some((name.to_owned(), field));
    }
    let ups = name.char_indices().filter(|(at, c)| *at > 0 && c.is_ascii_uppercase());
    ups.filter_map(|(at, _)| {
        let (head, rest) = name.split_at(at);
        let inner = sdl.object(of.fields.get(head)?.ty.inner_named_type())?;
        if inner.directives.has("entity") {
            return None;
        }
        let (path, field) = tested(sdl, inner, &lower_first(rest))?;
        Some((format!("{head}.{path}"), field))
    })
    .next()
}

fn can_test(filter: &Type, field: &str) -> bool {
    let by = filter.inner_named_type().as_str();
    match by {
        "DateRange" => !filter.is_list() && field == "Date",
        "DateTimeRange" => !filter.is_list() && field == "DateTime",
        _ => by == field,
    }
}

fn sort(sdl: Sdl<'_>, list: &FieldDefinition, listed: &ObjectType, report: &mut Report) {
    let Some(sort) = argument(list, "sort") else { return };
    let input = sdl.input(sort.ty.inner_named_type());
    let of = |input: &InputValueDefinition| sdl.enumeration(input.ty.inner_named_type());
    let values = input.and_then(|input| of(input.fields.get("field")?));
    let (Some(input), Some(values)) = (input, values) else {
        report.push(sdl.at(codes::SORT_FIELD, sort.name.location()).error(
            format!("the argument `sort` of `{}` is no sort input", list.name),
            format!(
                "Use an input {0}Sort {{ field: {0}SortField! direction: SortDirection! = ASC }} with an enum {0}SortField.",
                listed.name
            ),
        ));
        return;
    };
    for value in values.values.values() {
        let field = camel(&value.value);
        let Some(found) = listed.fields.get(field.as_str()) else {
            report.push(sdl.at(codes::SORT_FIELD, value.value.location()).error(
                format!(
                    "`{}.{}`, which {} sorts by, is no field of {}",
                    values.name, value.value, input.name, listed.name
                ),
                format!("{} has no `{field}`: name a field it has, in capitals.", listed.name),
            ));
            continue;
        };
        let named = found.ty.inner_named_type();
        let ordered = named == "Money" || sdl.schema.types.get(named).is_some_and(|ty| ty.is_scalar() || ty.is_enum());
        if found.ty.is_list() || !ordered {
            report.push(sdl.at(codes::SORT_FIELD, value.value.location()).error(
                format!("`{}.{field}`, a {}, has no order", listed.name, found.ty),
                "Sort by a scalar, an enum or an amount.",
            ));
        }
    }
}
