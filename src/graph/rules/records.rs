//! Records: R1, A1, A2, A4, the enum of kinds, and the types that must be there.

use std::collections::BTreeMap;

use apollo_compiler::schema::{FieldDefinition, ObjectType};

use crate::diagnostic::Report;
use crate::graph::codes;
use crate::graph::names::screaming;
use crate::graph::sdl::{Sdl, type_argument};

/// Types that the gateway answers from, or hangs everything on.
const REQUIRED: &[&str] = &["Query", "Viewer", "Membership", "Account", "Contact", "Provenance", "PageInfo"];

pub(super) fn check(sdl: Sdl<'_>, report: &mut Report) {
    required(sdl, report);
    record_types(sdl, report);
    for object in sdl.objects() {
        if object.directives.has("entity") {
            entity(sdl, object, report);
        }
        for field in object.fields.values() {
            time_name(sdl, object, field, report);
            if !sdl.is_gateway(&object.name) {
                other(sdl, object, field, report);
            }
        }
    }
}

fn required(sdl: Sdl<'_>, report: &mut Report) {
    for name in REQUIRED.iter().filter(|name| sdl.object(name).is_none()) {
        report.push(sdl.at(codes::MISSING_TYPE, None).error(
            format!("the type {name} is missing"),
            "Begin with the schema.graphql that comes with the product, and add to it in a file of your own.",
        ));
    }
    for name in ["Account", "Contact"] {
        if let Some(object) = sdl.object(name).filter(|object| !object.directives.has("entity")) {
            report.push(sdl.at(codes::MISSING_TYPE, object.name.location()).error(
                format!("{name} is not marked @entity"),
                "Every record belongs to an account or person: mark the type with @entity.",
            ));
        }
    }
}

fn entity(sdl: Sdl<'_>, object: &ObjectType, report: &mut Report) {
    let missing: Vec<_> =
        ["Node", "Record"].into_iter().filter(|name| !object.implements_interfaces.contains(*name)).collect();
    if !missing.is_empty() {
        report.push(sdl.at(codes::NOT_A_RECORD, object.name.location()).error(
            format!("{} is an entity and does not implement {}", object.name, missing.join(" and ")),
            format!(
                "Write `type {} implements Node & Record @entity`, with `id`, `version` and `provenance`.",
                object.name
            ),
        ));
    }
    let title = type_argument(object, "entity", "title").and_then(|title| title.as_str()).unwrap_or("name");
    if !object.fields.contains_key(title) {
        report.push(sdl.at(codes::NO_SUCH_NAME, object.name.location()).error(
            format!("the heading of {} is `{title}`, which is no field of it", object.name),
            "Name the field that is its heading: @entity(title:).",
        ));
    }
}

fn record_types(sdl: Sdl<'_>, report: &mut Report) {
    let Some(kinds) = sdl.enumeration("RecordType") else { return };
    for object in sdl.entities().filter(|object| !kinds.values.contains_key(screaming(&object.name).as_str())) {
        report.push(sdl.at(codes::RECORD_TYPE, object.name.location()).error(
            format!("the entity {} has no value in RecordType", object.name),
            format!("Add `{}` to RecordType.", screaming(&object.name)),
        ));
    }
    for value in kinds.values.values() {
        if !sdl.entities().any(|object| screaming(&object.name) == value.value.as_str()) {
            report.push(sdl.at(codes::RECORD_TYPE, value.value.location()).error(
                format!("`RecordType.{}` is no entity", value.value),
                "Take it out, or add the entity of that name.",
            ));
        }
    }
}

/// A1: `…At` is an instant; `…On`, `…Since`, `…Until` and `…By` are days. `decidedBy: Person` is no such field.
fn time_name(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let named = field.ty.inner_named_type();
    let is_scalar = sdl.schema.get_scalar(named).is_some();
    let ends = |suffix: &str| field.name.len() > suffix.len() && field.name.ends_with(suffix);
    let wanted = match () {
        () if ends("At") => "DateTime",
        () if ["On", "Since", "Until"].into_iter().any(ends) || (ends("By") && is_scalar) => "Date",
        () => return,
    };
    if *named == *wanted || sdl.schema.types.get(named).is_none() {
        return;
    }
    report.push(sdl.at(codes::TIME_NAME, field.name.location()).error(
        format!("`{}.{}` is a {named}; a field of such a name is a {wanted}", object.name, field.name),
        match wanted {
            "DateTime" => "Make it a DateTime, or call it `…On` where it is a calendar day.",
            _ => "Make it a Date, or call it `…At` where it is an instant.",
        },
    ));
}

/// A2: what is not mapped of a status or kind is `OTHER`.
fn other(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    if !matches!(field.name.as_str(), "status" | "kind") || sdl.answered_by(field).is_some() {
        return;
    }
    let Some(of) = sdl.enumeration(field.ty.inner_named_type()) else { return };
    if !of.values.contains_key("OTHER") {
        report.push(sdl.at(codes::NO_OTHER, of.name.location()).error(
            format!("{}, the type of `{}.{}`, has no value OTHER", of.name, object.name, field.name),
            "Add OTHER: it is what a word of the system becomes that is not mapped.",
        ));
    }
}

/// A4: fields of the same name can be asked for together, over several kinds of records.
pub(super) fn check_same_names(sdl: Sdl<'_>, report: &mut Report) {
    let mut first: BTreeMap<&str, (&ObjectType, &FieldDefinition)> = BTreeMap::new();
    let ours = sdl.object("Account").and_then(|account| account.name.location()).map(|span| span.file_id());
    let entities = sdl.entities().filter(|object| object.name != "Account");
    let mut fields: Vec<(&ObjectType, &FieldDefinition)> =
        entities.flat_map(|object| object.fields.values().map(move |field| (object, &***field))).collect();
    // Where one of ours and one of an extension do not agree, it is the extension's that has to change.
    fields.sort_by_key(|(_, field)| field.name.location().map(|span| span.file_id()) != ours);
    for (object, field) in fields {
        let (other, known) = *first.entry(field.name.as_str()).or_insert((object, field));
        if !agree(sdl, known, field) {
            report.push(sdl.at(codes::SAME_NAME, field.name.location()).error(
                format!(
                    "`{}.{}` is {}, and `{}.{}` is {}: they cannot be asked for together",
                    object.name, field.name, field.ty, other.name, known.name, known.ty
                ),
                "Give both the same type and the same list and null marks, or one of them another name.",
            ));
        }
    }
}

fn agree(sdl: Sdl<'_>, a: &FieldDefinition, b: &FieldDefinition) -> bool {
    let leaf = |field: &FieldDefinition| {
        sdl.schema.types.get(field.ty.inner_named_type()).is_some_and(|ty| ty.is_scalar() || ty.is_enum())
    };
    let of_own_enum = matches!(a.name.as_str(), "status" | "kind");
    let same_leaf = match (leaf(a), leaf(b)) {
        (true, true) => of_own_enum || a.ty.inner_named_type() == b.ty.inner_named_type(),
        (false, false) => true,
        _ => false,
    };
    same_leaf && marks(&a.ty.to_string()) == marks(&b.ty.to_string())
}

fn marks(ty: &str) -> String {
    ty.chars().filter(|c| matches!(c, '[' | ']' | '!')).collect()
}
