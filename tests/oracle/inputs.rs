//! Random values of arguments: literals, variables, variables inside of literals; with one mistake where there is one left.

use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value, json};

use crate::document::Writer;

/// What a value is for.
pub struct Inputs {
    pub ty: Type,
    /// Whether the place has a default: then a nullable variable may stand for a required value.
    pub has_default: bool,
    /// Whether it is the one field of a `@oneOf` object.
    pub one_of: bool,
    pub depth: usize,
}

/// The deepest input object.
const DEEPEST: usize = 4;
/// Scalars and what is written for them; the last of each is wrong.
const SCALARS: [(&str, &[&str], &str); 9] = [
    ("Int", &["0", "1", "-3", "2147483647"], "2147483648"),
    ("Float", &["1.5", "1"], "\"1\""),
    ("Boolean", &["true", "false"], "1"),
    (
        "String",
        &["\"RED\"", "\"\"", "\"two\\nlines \\u00e9 \\\"\"", "\"\"\"\n    block\n      text\n    \"\"\""],
        "RED",
    ),
    ("Date", &["\"2026-03-01\"", "\"2026-02-28\""], "\"2026-02-30\""),
    ("Decimal", &["\"1.50\"", "\"-2\""], "\"1,5\""),
    ("Long", &["5", "9007199254740991"], "true"),
    ("DateTime", &["\"2026-03-01T08:15:30Z\""], "7"),
    ("Locale", &["\"en\""], "{}"),
];

/// A value, as it is written in a document.
pub fn literal(writer: &mut Writer<'_>, of: Inputs) -> String {
    if writer.chance.once_in(if of.depth == 0 { 4 } else { 6 }) {
        return variable(writer, of);
    }
    written(writer, of)
}

fn written(writer: &mut Writer<'_>, of: Inputs) -> String {
    let Inputs { ty, depth, .. } = of;
    if writer.slips(25) {
        return (*writer.chance.one(&[
            "1",
            "\"text\"",
            "null",
            "[1]",
            "{ nothing: 1 }",
            "RED",
            "PURPLE",
            "1.5",
            "$nobody",
            "[[null]]",
            "true",
            "{}",
        ]))
        .to_owned();
    }
    if !ty.is_non_null() && writer.chance.once_in(9) {
        writer.features.count("null literals");
        return "null".to_owned();
    }
    if ty.is_list() {
        let item = ty.item_type().clone();
        // One element may stand for a list of one.
        if writer.chance.once_in(5) {
            writer.features.count("list coercion");
            let inner = Inputs { ty: item.non_null(), has_default: false, one_of: false, depth };
            return written(writer, inner);
        }
        let count = writer.chance.below(4);
        let item = |writer: &mut Writer<'_>| {
            literal(writer, Inputs { ty: item.clone(), has_default: false, one_of: false, depth: depth + 1 })
        };
        let items: Vec<String> = (0..count).map(|_| item(writer)).collect();
        return format!("[{}]", items.join(", "));
    }
    let name = ty.inner_named_type().as_str();
    match writer.schema.types.get(name) {
        Some(ExtendedType::Enum(of)) => {
            let values: Vec<String> = of.values.keys().map(ToString::to_string).collect();
            writer.chance.one(&values).clone()
        }
        Some(ExtendedType::InputObject(_)) => object(writer, name, depth),
        _ => scalar(writer, name),
    }
}

fn scalar(writer: &mut Writer<'_>, name: &str) -> String {
    if name == "ID" {
        let entity = ["Thing", "Item", "Account", "Contact"][writer.chance.below(4)];
        return match writer.chance.below(12) {
            0 => "\"id:nobody\"".to_owned(),
            1 => "5".to_owned(),
            _ => format!("\"id:{entity}:{}\"", 1 + writer.chance.below(4)),
        };
    }
    let Some((_, right, wrong)) = SCALARS.iter().find(|(scalar, ..)| *scalar == name) else {
        return "\"text\"".to_owned();
    };
    if writer.slips(20) { (*wrong).to_owned() } else { (*writer.chance.one(right)).to_owned() }
}

fn object(writer: &mut Writer<'_>, name: &str, depth: usize) -> String {
    let input = writer.schema.get_input_object(name).expect("an input object").clone();
    let fields: Vec<_> = input.fields.values().map(|field| (***field).clone()).collect();
    if input.directives.has("oneOf") {
        writer.features.count("@oneOf literals");
        let wrong = writer.slips(4);
        let count = if wrong { [0, 2][writer.chance.below(2)] } else { 1 };
        let mut given = Vec::new();
        for at in 0..count {
            let fields = if depth >= DEEPEST { &fields[..2] } else { &fields[..] };
            let field = writer.chance.one(fields).clone();
            let ty = (*field.ty).clone().non_null();
            let value = match writer.slips(8) {
                true => "null".to_owned(),
                false => literal(writer, Inputs { ty, has_default: false, one_of: true, depth: depth + 1 }),
            };
            given.push(format!("{}: {value}", if at == 0 { field.name.as_str() } else { "detail" }));
        }
        return format!("{{ {} }}", given.join(", "));
    }
    writer.features.count("input objects");
    let mut given = Vec::new();
    for field in &fields {
        let left_out =
            if field.is_required() { writer.slips(8) } else { depth >= DEEPEST || writer.chance.below(3) > 0 };
        if left_out {
            continue;
        }
        let value = literal(
            writer,
            Inputs {
                ty: (*field.ty).clone(),
                has_default: field.default_value.is_some(),
                one_of: false,
                depth: depth + 1,
            },
        );
        given.push(format!("{}: {value}", field.name));
    }
    if writer.slips(25) {
        given.push("nothing: 1".to_owned());
    }
    if writer.slips(25) && !given.is_empty() {
        given.push(given[0].clone());
    }
    format!("{{ {} }}", given.join(", "))
}

/// Declares a variable and uses it.
fn variable(writer: &mut Writer<'_>, of: Inputs) -> String {
    writer.features.count("variables");
    let name = format!("v{}", writer.declared.len());
    let mut ty = of.ty.clone();
    if !of.one_of && writer.slips(6) {
        let others = ["Int", "String", "[Int]", "Colour", "Wish", "Pick!", "Boolean!", "Nothing", "Thing"];
        let other = *writer.chance.one(&others);
        writer.declared.push(format!("${name}: {other}"));
        return format!("${name}");
    }
    let mut default = String::new();
    if ty.is_non_null() {
        // With a default somewhere, null may still be sent, and is refused where it is used.
        if of.one_of {
            // What of nullable ones may stand here is not the same in the two: see the README.
        } else if of.has_default && writer.chance.once_in(2) {
            ty = ty.nullable();
            writer.features.count("nullable variables in required places");
        } else if writer.chance.once_in(4) {
            ty = ty.nullable();
            default = format!(" = {}", constant(writer, &of.ty));
        }
    } else if writer.chance.once_in(5) {
        ty = ty.non_null();
    }
    if default.is_empty() && writer.chance.once_in(4) {
        default = format!(" = {}", constant(writer, &ty));
    }
    if !default.is_empty() {
        writer.features.count("variable defaults");
    }
    let may_miss = !ty.is_non_null() || !default.is_empty();
    if !(may_miss && writer.chance.once_in(3)) {
        let value = given(writer, &ty, of.depth);
        writer.variables.insert(name.clone(), value);
    }
    writer.declared.push(format!("${name}: {ty}{default}"));
    format!("${name}")
}

/// A literal without variables.
fn constant(writer: &mut Writer<'_>, ty: &Type) -> String {
    let (declared, variables) = (writer.declared.len(), writer.variables.clone());
    for _ in 0..4 {
        let text = written(writer, Inputs { ty: ty.clone(), has_default: false, one_of: false, depth: 3 });
        if !text.contains('$') {
            return text;
        }
        writer.declared.truncate(declared);
        writer.variables = variables.clone();
    }
    if ty.is_non_null() { scalar(writer, ty.inner_named_type()) } else { "null".to_owned() }
}

/// A value of a variable, as JSON.
fn given(writer: &mut Writer<'_>, ty: &Type, depth: usize) -> Value {
    if !ty.is_non_null() && writer.chance.once_in(8) {
        writer.features.count("null variables");
        return Value::Null;
    }
    if ty.is_list() {
        if writer.chance.once_in(5) {
            writer.features.count("list coercion");
            return given(writer, &ty.item_type().clone().non_null(), depth);
        }
        let count = writer.chance.below(3);
        return (0..count).map(|_| given(writer, ty.item_type(), depth + 1)).collect();
    }
    let name = ty.inner_named_type().as_str();
    match writer.schema.types.get(name) {
        Some(ExtendedType::Enum(of)) => {
            let values: Vec<String> = of.values.keys().map(ToString::to_string).collect();
            json!(writer.chance.one(&values))
        }
        Some(ExtendedType::InputObject(input)) => {
            let fields: Vec<_> = input.fields.values().map(|field| (***field).clone()).collect();
            let mut members = Map::new();
            if input.directives.has("oneOf") {
                writer.features.count("@oneOf variables");
                let fields = if depth >= DEEPEST { &fields[..2] } else { &fields[..] };
                let count = if writer.slips(3) { [0, 2][writer.chance.below(2)] } else { 1 };
                for _ in 0..count {
                    let field = writer.chance.one(fields).clone();
                    let ty = if writer.slips(8) { (*field.ty).clone() } else { (*field.ty).clone().non_null() };
                    members.insert(field.name.to_string(), given(writer, &ty, depth + 1));
                }
                return Value::Object(members);
            }
            for field in &fields {
                let left_out =
                    if field.is_required() { writer.slips(8) } else { depth >= DEEPEST || writer.chance.below(3) > 0 };
                if !left_out {
                    members.insert(field.name.to_string(), given(writer, &field.ty, depth + 1));
                }
            }
            Value::Object(members)
        }
        _ => match scalar(writer, name).as_str() {
            text if text.starts_with("\"\"\"") => json!("a block"),
            text => serde_json::from_str(text).unwrap_or_else(|_| json!("wrong")),
        },
    }
}
