//! CEL: compiled and evaluated.
//!
//! An input is an expression; a part `%%row` behind it is the JSON of the value that it knows as `row`.

use vestibule::expr::Program;
use vestibule::model::Wire;

use super::parts;

/// The names that mappings and requests of shipped connectors use; all but `key` and `keys` stand for the same value.
const NAMES: [&str; 18] = [
    "row",
    "key",
    "keys",
    "parent",
    "parents",
    "value",
    "values",
    "fields",
    "where",
    "phrase",
    "list",
    "args",
    "caller",
    "settings",
    "companies",
    "owner",
    "address",
    "text",
];

/// Compiles the expression and evaluates it twice.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let all = parts(text);
    let expression = all.first().map_or("", |(_, text)| text.trim_end_matches('\n'));
    let program = match Program::compile(expression, &NAMES) {
        Ok(program) => program,
        Err(error) => return assert!(!error.message.is_empty(), "a refusal says why"),
    };
    assert!(program.paths().iter().all(|path| path.first().is_some_and(|name| NAMES.contains(&&**name))));
    let json = all.iter().find(|(name, _)| *name == "row").map_or(ROW, |(_, text)| text);
    let row = serde_json::from_str(json).map_or(Wire::Null, wire);
    let key = Wire::Text("0000100042".into());
    let keys = Wire::List(vec![key.clone(), Wire::Text("it's".into())]);
    let names = NAMES.map(|name| match name {
        "key" => (name, &key),
        "keys" => (name, &keys),
        _ => (name, &row),
    });
    let found = program.evaluate(&names);
    assert_eq!(found, program.evaluate(&names), "the same values give the same");
    match found {
        Ok(value) => assert!(weight(&value) <= 4 << 20, "a result is bounded"),
        Err(error) => assert!(!error.message.is_empty(), "a failure says why"),
    }
}

const ROW: &str = r#"{"first":"Ada","last":null,"key":"0000100042","amount":"1840.50","count":3,"big":12345678901234567890123,
"yes":true,"lines":[{"id":"x","price":"0.1","tags":["a","b"]},{"id":"y","price":0.2,"tags":[]}],"odd":{"a.b":1,"":2}}"#;

fn weight(value: &Wire) -> usize {
    match value {
        Wire::Null | Wire::Bool(_) => 1,
        Wire::Number(text) | Wire::Text(text) => text.len(),
        Wire::List(items) => items.iter().map(weight).sum(),
        Wire::Object(members) => members.iter().map(|(name, value)| name.len() + weight(value)).sum(),
    }
}

fn wire(value: serde_json::Value) -> Wire {
    match value {
        serde_json::Value::Null => Wire::Null,
        serde_json::Value::Bool(truth) => Wire::Bool(truth),
        serde_json::Value::Number(number) => Wire::Number(number.to_string().into()),
        serde_json::Value::String(text) => Wire::Text(text.into()),
        serde_json::Value::Array(items) => Wire::List(items.into_iter().map(wire).collect()),
        serde_json::Value::Object(members) => {
            Wire::Object(members.into_iter().map(|(name, value)| (name.into(), wire(value))).collect())
        }
    }
}
