//! Request bodies: forms whose brackets nest, `items[0][quantity]=3`.
//!
//! After docs.stripe.com/api: an empty value empties a field, a list's places are numbers or `[]`.

use serde_json::{Map, Value, json};

use crate::web::Pairs;

use super::error::Refusal;

/// Most brackets of one name.
const DEEPEST: usize = 8;

/// A form as the tree that its brackets draw; all values are text.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(pub(super) Map<String, Value>);

impl Form {
    /// Reads a body; a name that is not in `known` is refused.
    pub(super) fn parse(body: &[u8], known: &[&str]) -> Result<Self, Refusal> {
        let mut root = Map::new();
        for (key, value) in Pairs::parse(&String::from_utf8_lossy(body)).0 {
            let mut names = key.split('[').map(|part| part.trim_end_matches(']'));
            let first = names.next().unwrap_or_default();
            if !known.contains(&first) && first != "expand" {
                return Err(Refusal::unknown(&key));
            }
            let path: Vec<&str> = std::iter::once(first).chain(names).collect();
            plant(&mut root, &path, value)
                .map_err(|()| Refusal::invalid(&format!("Invalid object: {key}"), Some(first)))?;
        }
        Ok(Self(root))
    }

    /// A plain value.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A plain value that there must be.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).filter(|text| !text.is_empty()).ok_or_else(|| Refusal::absent(name))
    }

    /// True or false.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Refusal::invalid(&format!("Invalid boolean: {other}"), Some(name))),
        }
    }

    /// The objects of a list, in its order.
    pub(super) fn rows(&self, name: &str) -> Result<Vec<Form>, Refusal> {
        let Some(list) = self.0.get(name) else {
            return Ok(Vec::new());
        };
        let wrong = || Refusal::invalid("Invalid array", Some(name));
        let rows = list.as_object().ok_or_else(wrong)?.values().map(|row| row.as_object().cloned().map(Form));
        rows.collect::<Option<_>>().ok_or_else(wrong)
    }
}

fn plant(at: &mut Map<String, Value>, path: &[&str], value: String) -> Result<(), ()> {
    let [name, rest @ ..] = path else {
        return Err(());
    };
    if rest.len() > DEEPEST {
        return Err(());
    }
    // `[]` appends.
    let name = if name.is_empty() { format!("{:06}", at.len()) } else { (*name).to_owned() };
    if rest.is_empty() {
        at.insert(name, json!(value));
        return Ok(());
    }
    match at.entry(name).or_insert_with(|| json!({})) {
        Value::Object(inner) => plant(inner, rest, value),
        _ => Err(()),
    }
}

/// What a field is once a form was put over it: members of an object one by one, an empty value as null, or as no member
/// of `metadata` any more.
pub(super) fn over(own: &Value, given: &Value, metadata: bool) -> Value {
    match given {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Object(members) => {
            let mut merged = own.as_object().cloned().unwrap_or_default();
            for (name, value) in members {
                let value = over(merged.get(name).unwrap_or(&Value::Null), value, false);
                if metadata && value.is_null() {
                    merged.remove(name);
                } else {
                    merged.insert(name.clone(), value);
                }
            }
            Value::Object(merged)
        }
        other => other.clone(),
    }
}
