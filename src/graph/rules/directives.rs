//! What directives say of fields: where they may stand, what they name, and what follows for null (S3).

use apollo_compiler::schema::{ExtendedType, FieldDefinition, InputValueDefinition, ObjectType};

use crate::diagnostic::Report;
use crate::expr::Program;
use crate::graph::codes;
use crate::graph::names::upper_first;
use crate::graph::sdl::{ANSWERED_BY, Sdl, argument, text_of};

/// What may be an argument of a list of records.
const LIST_ARGUMENTS: &[&str] = &["first", "after", "filter", "sort", "locale", "types"];

pub(super) fn check(sdl: Sdl<'_>, report: &mut Report) {
    for object in sdl.objects() {
        for field in object.fields.values() {
            answered_once(sdl, object, field, report);
            inverse(sdl, object, field, report);
            refusal(sdl, object, field, report);
            arguments(sdl, object, field, report);
            computed_entity(sdl, object, field, report);
            derived(sdl, object, field, report);
            per_account(sdl, object, field, report);
        }
    }
    for ty in sdl.schema.types.values() {
        if let ExtendedType::InputObject(input) = ty {
            let takes_id_of_written = !input.name.ends_with("Filter");
            for field in input.fields.values().filter(|_| takes_id_of_written) {
                id_of(sdl, &input.name, field, report);
            }
        }
    }
}

fn answered_once(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let ways: Vec<String> =
        ANSWERED_BY.iter().filter(|name| field.directives.has(name)).map(|name| format!("@{name}")).collect();
    if ways.len() > 1 {
        report.push(sdl.at(codes::MISPLACED, field.name.location()).error(
            format!(
                "`{}.{}` is marked {}: a field is answered in one way",
                object.name,
                field.name,
                ways.join(" and ")
            ),
            "Keep one of them.",
        ));
    }
    let on_entity = object.directives.has("entity");
    let only_on_entity = ["derived", "merge"].into_iter().find(|name| field.directives.has(name) && !on_entity);
    if let Some(name) = only_on_entity {
        report.push(sdl.at(codes::MISPLACED, field.name.location()).error(
            format!("`{}.{}` is marked @{name}, and {} is no entity", object.name, field.name, object.name),
            "Put it on a field of an entity: it is worked out for a record.",
        ));
    }
}

fn inverse(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let is_list = sdl.listed(field.ty.inner_named_type()).is_some();
    if field.directives.has("inverse") && !(is_list && object.directives.has("entity")) {
        report.push(sdl.at(codes::WRONG_INVERSE, field.name.location()).error(
            format!("`{}.{}` is marked @inverse, and is no list of records of an entity", object.name, field.name),
            "Take @inverse away, or make the field a connection.",
        ));
    }
}

/// S3: a refusal nulls this field and no more.
fn refusal(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    if !field.ty.is_non_null() {
        return;
    }
    let why = ["permission", "stepUp"].into_iter().find(|name| field.directives.has(name));
    let why = why.map(|name| format!("it is marked @{name}")).or_else(|| {
        let named = field.ty.inner_named_type().as_str();
        let of = named.strip_suffix("Connection").unwrap_or(named);
        let own_page = sdl.is_page(&object.name);
        // An interface promises no more than that there is a record.
        let is_interface = sdl.schema.types.get(of).is_some_and(ExtendedType::is_interface);
        let guarded = sdl.possible(of).find(|of| of.directives.has("permission"));
        guarded.filter(|_| !own_page && !is_interface).map(|guarded| format!("{} needs a permission", guarded.name))
    });
    if let Some(why) = why {
        report.push(sdl.at(codes::REFUSAL_NON_NULL, field.name.location()).error(
            format!("`{}.{}` is non-null, and may be refused: {why}", object.name, field.name),
            "Take the outer `!` away, so that a refusal nulls this field and no more.",
        ));
    }
}

/// R4: a field with arguments of its own is @computed; `first` alone cuts a list of values.
fn arguments(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let named = field.ty.inner_named_type().as_str();
    let own = |allowed: &[&str]| field.arguments.iter().find(|argument| !allowed.contains(&argument.name.as_str()));
    if sdl.is_root(&object.name) || sdl.answered_by(field).is_some_and(|by| by != "merge") {
        return;
    }
    let extra = if sdl.is_page(named) {
        own(LIST_ARGUMENTS)
    } else if field.ty.is_list() {
        own(&["first"])
    } else {
        own(&["locale"])
    };
    if let Some(extra) = extra.filter(|_| !sdl.is_gateway(&object.name)) {
        report.push(sdl.at(codes::ARGUMENTS, extra.name.location()).error(
            format!("`{}.{}` takes `{}`, and nothing says who works it out", object.name, field.name, extra.name),
            "Mark it @computed, so that a manifest declares the read; or take the argument away.",
        ));
    }
}

fn computed_entity(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    if !field.directives.has("computed") {
        return;
    }
    let on_root = sdl.is_root(&object.name);
    let problem = match text_of(&field.directives, "computed", "entity") {
        None if on_root => ("does not say which entity's owner works it out", "Name it: @computed(entity:)."),
        Some(_) if !on_root => ("names an entity, though it is the record's own", "Write @computed without `entity`."),
        Some(name) if sdl.entity(name).is_none() => {
            ("names an entity that does not exist", "Name a type marked @entity: @computed(entity:).")
        }
        _ => return,
    };
    report.push(
        sdl.at(codes::NO_SUCH_NAME, field.name.location())
            .error(format!("`{}.{}` {}", object.name, field.name, problem.0), problem.1),
    );
}

/// The answer of a read of its own, and null where no account is in use.
fn per_account(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    if !field.directives.has("perAccount") {
        return;
    }
    let read = field.directives.has("computed") || sdl.is_root(&object.name);
    let problem = match (read, field.ty.is_non_null()) {
        (false, _) => {
            ("is no answer of a read of its own", "Mark it @computed, too: a record is read for everybody alike.")
        }
        (true, true) => ("is non-null, and there may be no account in use", "Take the outer `!` away."),
        (true, false) => return,
    };
    report.push(
        sdl.at(codes::MISPLACED, field.name.location())
            .error(format!("`{}.{}` is marked @perAccount, and {}", object.name, field.name, problem.0), problem.1),
    );
}

fn derived(sdl: Sdl<'_>, object: &ObjectType, field: &FieldDefinition, report: &mut Report) {
    let Some(cel) = text_of(&field.directives, "derived", "cel") else { return };
    let is_told =
        |field: &FieldDefinition| sdl.answered_by(field).is_none() && !sdl.is_page(field.ty.inner_named_type());
    let told = object.fields.values().filter(|field| is_told(field)).map(|field| field.name.as_str());
    let names = told.chain(["today", "viewer"]).collect::<Vec<_>>();
    if let Err(problem) = Program::compile(cel, &names) {
        report.push(sdl.at(codes::DERIVED, field.name.location()).error(
            format!(
                "the expression of `{}.{}` does not compile: {}",
                object.name,
                field.name,
                first_line(&problem.message)
            ),
            "Write CEL over the fields of the same record, `today` and `viewer`.",
        ));
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// A3: `id` is the record that is written, `fooId` a Foo; @idOf says what the name does not.
fn id_of(sdl: Sdl<'_>, input: &str, field: &InputValueDefinition, report: &mut Report) {
    if field.ty.inner_named_type() != "ID" || field.name == "id" {
        return;
    }
    let said = text_of(&field.directives, "idOf", "type");
    let by_name = field.name.strip_suffix("Id").map(upper_first);
    let known = |name: &str| name == "Record" || sdl.entity(name).is_some();
    let (message, code) = match (said, by_name) {
        (Some(name), _) if known(name) => return,
        (Some(name), _) => {
            (format!("`{input}.{}` is the id of `{name}`, which is no entity", field.name), codes::NO_SUCH_NAME)
        }
        (None, Some(name)) if known(&name) => return,
        (None, _) => (format!("nothing says of which type `{input}.{}` is the id", field.name), codes::ID_OF),
    };
    report.push(
        sdl.at(code, field.name.location())
            .error(message, "Call it `fooId` for a Foo, or name the type with @idOf(type:); `Record` is any."),
    );
}

/// Whether the field reads one record by its id (R5): the one required argument `id: ID!`, and at most `locale`.
pub(in crate::graph) fn is_by_id(field: &FieldDefinition) -> bool {
    argument(field, "id").is_some_and(|id| id.ty.to_string() == "ID!")
        && field.arguments.iter().all(|argument| matches!(argument.name.as_str(), "id" | "locale"))
}
