//! Files come beside a request, never in it: where the operation has a variable of type `Upload`, and nowhere else.

use std::collections::BTreeSet;

use apollo_compiler::ast::{Type, Value as Literal};
use apollo_compiler::executable::Operation;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Map, Value};

use super::prepare::GraphqlError;
use crate::error::{Code, Error};

/// The scalar that files have.
pub const UPLOAD: &str = "Upload";

/// Checks that each file stands where an `Upload` is wanted, and that nothing else does.
///
/// `places` are the paths of files from the request, such as `variables.input.attachments.0`.
///
/// # Errors
/// `BAD_USER_INPUT`: it names the place.
pub fn check(
    (schema, document): (&Schema, &ExecutableDocument),
    operation: &Operation,
    variables: &Map<String, Value>,
    places: &BTreeSet<&str>,
) -> Result<(), Vec<GraphqlError>> {
    if !schema.types.contains_key(UPLOAD) && places.is_empty() {
        return Ok(());
    }
    let mut check = Check { schema, places, found: BTreeSet::new(), wrong: Vec::new() };
    for variable in &operation.variables {
        if let Some(value) = variables.get(variable.name.as_str()) {
            check.value(&format!("variables.{}", variable.name), &variable.ty, value);
        }
        if let Some(default) = &variable.default_value {
            check.literal(&variable.ty, default);
        }
    }
    for field in operation.all_fields(document) {
        for argument in &field.arguments {
            if let Some(definition) = field.definition.argument_by_name(&argument.name) {
                check.literal(&definition.ty, &argument.value);
            }
        }
    }
    for place in places.iter().filter(|place| !check.found.contains(**place)) {
        check.wrong.push(format!("There is a file for `{place}`, where the operation takes no `{UPLOAD}`."));
    }
    let error = |message| GraphqlError { error: Error::public(Code::BadUserInput, message), locations: Vec::new() };
    if check.wrong.is_empty() { Ok(()) } else { Err(check.wrong.into_iter().map(error).collect()) }
}

struct Check<'a> {
    schema: &'a Schema,
    places: &'a BTreeSet<&'a str>,
    found: BTreeSet<&'a str>,
    wrong: Vec<String>,
}

impl<'a> Check<'a> {
    fn value(&mut self, path: &str, ty: &Type, value: &Value) {
        match value {
            Value::Null => {}
            Value::Array(all) if ty.is_list() => {
                for (at, one) in all.iter().enumerate() {
                    self.value(&format!("{path}.{at}"), ty.item_type(), one);
                }
            }
            _ if ty.inner_named_type() == UPLOAD => match self.places.get(path) {
                Some(place) => {
                    self.found.insert(place);
                }
                None => {
                    self.wrong.push(format!("`{path}` is an `{UPLOAD}`: send it as a file of a multipart request."))
                }
            },
            Value::Object(members) => {
                let Some(input) = self.schema.get_input_object(ty.inner_named_type()) else { return };
                for (name, one) in members {
                    if let Some(field) = input.fields.get(name.as_str()) {
                        self.value(&format!("{path}.{name}"), &field.ty, one);
                    }
                }
            }
            _ => {}
        }
    }

    /// Nothing that is written in a document is a file.
    fn literal(&mut self, ty: &Type, literal: &Literal) {
        match literal {
            Literal::Null | Literal::Variable(_) => {}
            Literal::List(all) if ty.is_list() => all.iter().for_each(|one| self.literal(ty.item_type(), one)),
            _ if ty.inner_named_type() == UPLOAD => {
                self.wrong.push(format!("An `{UPLOAD}` cannot be written in a document: use a variable."));
            }
            Literal::Object(members) => {
                let Some(input) = self.schema.get_input_object(ty.inner_named_type()) else { return };
                for (name, one) in members {
                    if let Some(field) = input.fields.get(name) {
                        self.literal(&field.ty, one);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::validation::Valid;
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "scalar Upload
        input Item { file: Upload text: String more: [Item] }
        type Query { one(file: Upload): Int many(files: [Upload!]): Int deep(item: Item): Int text(of: String): Int }";

    fn told(query: &str, variables: &Value, places: &[&str]) -> Vec<String> {
        let schema = Schema::parse_and_validate(SCHEMA, "schema.graphql").unwrap();
        let document: Valid<ExecutableDocument> =
            ExecutableDocument::parse_and_validate(&schema, query, "request.graphql").unwrap();
        let operation = document.operations.get(None).unwrap();
        let places = places.iter().copied().collect();
        let errors = check((&schema, &document), operation, variables.as_object().unwrap(), &places).err();
        errors.into_iter().flatten().map(|error| error.error.message().to_owned()).collect()
    }

    #[test]
    fn a_file_stands_where_an_upload_is_wanted() {
        let none: [String; 0] = [];
        for (query, variables, places) in [
            ("query($f: Upload) { one(file: $f) }", json!({ "f": 0 }), &["variables.f"][..]),
            ("query($f: Upload) { one(file: $f) }", json!({ "f": null }), &[]),
            ("query($f: Upload) { one(file: $f) }", json!({}), &[]),
            ("query($f: [Upload!]) { many(files: $f) }", json!({ "f": [0, 1] }), &["variables.f.0", "variables.f.1"]),
            ("query($f: [Upload!]) { many(files: $f) }", json!({ "f": 0 }), &["variables.f"]),
            ("query($f: Upload!) { many(files: [$f]) deep(item: { file: $f }) }", json!({ "f": 0 }), &["variables.f"]),
            (
                "query($i: Item) { deep(item: $i) }",
                json!({ "i": { "text": "t", "more": [{ "file": 0 }] } }),
                &["variables.i.more.0.file"],
            ),
        ] {
            assert_eq!(told(query, &variables, places), none, "{query} {variables}");
        }
    }

    #[test]
    fn nothing_else_is_a_file_and_a_file_is_nothing_else() {
        let sent = |path: &str| format!("`variables.{path}` is an `Upload`: send it as a file of a multipart request.");
        let lost =
            |path: &str| format!("There is a file for `variables.{path}`, where the operation takes no `Upload`.");
        let written = "An `Upload` cannot be written in a document: use a variable.".to_owned();
        let one = "query($f: Upload) { one(file: $f) }";
        for (query, variables, places, expected) in [
            (one, json!({ "f": "text" }), &[][..], vec![sent("f")]),
            (one, json!({ "f": 0 }), &[], vec![sent("f")]),
            (one, json!({ "f": { "name": "x" } }), &[], vec![sent("f")]),
            (one, json!({ "f": [0] }), &["variables.f.0"], vec![sent("f"), lost("f.0")]),
            ("query($f: [Upload!]) { many(files: $f) }", json!({ "f": [0, 1] }), &["variables.f.0"], vec![sent("f.1")]),
            ("query($i: Item) { deep(item: $i) }", json!({ "i": { "file": "x" } }), &[], vec![sent("i.file")]),
            ("query($t: String) { text(of: $t) }", json!({ "t": 0 }), &["variables.t"], vec![lost("t")]),
            ("{ text }", json!({ "gone": 0 }), &["variables.gone"], vec![lost("gone")]),
            ("{ one(file: \"x\") }", json!({}), &[], vec![written.clone()]),
            ("{ one(file: []) }", json!({}), &[], vec![written.clone()]),
            ("{ one(file: { a: 1 }) }", json!({}), &[], vec![written.clone()]),
            ("{ ...F } fragment F on Query { many(files: [\"x\"]) }", json!({}), &[], vec![written.clone()]),
            ("{ deep(item: { more: [{ file: 5 }] }) }", json!({}), &[], vec![written.clone()]),
            ("query($f: Upload = \"x\") { one(file: $f) }", json!({}), &[], vec![written]),
        ] {
            assert_eq!(told(query, &variables, places), expected, "{query} {variables}");
        }
    }
}
