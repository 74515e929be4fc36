//! Whether what was told is what a scenario says.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is at a place of what was told, with `/` between its names.
pub fn at<'t>(told: &'t Value, place: &str) -> Result<&'t Value, String> {
    told.pointer(&format!("/{place}")).ok_or_else(|| format!("there is no {place} in {told}"))
}

/// Whether all of it is as it should be; what is not.
pub fn fits(told: &Value, expected: &BTreeMap<String, Value>) -> Result<(), String> {
    if expected.is_empty() {
        return Err("nothing is expected of what is told".to_owned());
    }
    for (place, expected) in expected {
        let found = at(told, place)?;
        if !is(found, expected) {
            return Err(format!("{place} is {found}, not {expected}, in {told}"));
        }
    }
    Ok(())
}

/// Whether a value is the one that is expected: `*` is anything but null, and `{ has: text }` has the text in it.
pub fn is(found: &Value, expected: &Value) -> bool {
    let has =
        expected.as_object().filter(|members| members.len() == 1).and_then(|members| members.get("has")?.as_str());
    match has {
        Some(text) => found.to_string().contains(text),
        None if expected == "*" => !found.is_null(),
        None => found == expected,
    }
}
