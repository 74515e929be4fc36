//! What is taken from answers by name, and put in the place of `$name` later.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What was taken from answers, by name.
pub type Taken = BTreeMap<String, Value>;

/// Where something is taken from, below `data`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Take {
    /// A JSON pointer.
    At(String),
    /// A part of the first of a list that fits.
    First(First),
}

/// The first of a list that has certain values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// The list: a JSON pointer.
    of: String,
    /// JSON pointers into its elements, and the values there.
    with: BTreeMap<String, Value>,
    /// What is taken of the element: a JSON pointer.
    take: String,
}

impl Take {
    fn find<'a>(&self, data: &'a Value) -> Option<&'a Value> {
        let found = match self {
            Self::At(pointer) => data.pointer(pointer),
            Self::First(First { of, with, take }) => {
                let fits = |item: &&Value| with.iter().all(|(pointer, value)| item.pointer(pointer) == Some(value));
                data.pointer(of)?.as_array()?.iter().find(fits)?.pointer(take)
            }
        };
        found.filter(|value| !value.is_null())
    }
}

/// Takes what is asked for from an answer.
pub fn take(taken: &mut Taken, asked: &BTreeMap<String, Take>, answer: &Value) -> Result<(), String> {
    for (name, from) in asked {
        let value = from.find(&answer["data"]);
        let value = value.ok_or_else(|| format!("nothing at {from:?} to take as `{name}`: {answer}"))?;
        taken.insert(name.clone(), value.clone());
    }
    Ok(())
}

/// A value with what was taken in the place of its names.
pub fn filled(value: &Value, taken: &Taken) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$').and_then(|name| taken.get(name)) {
            Some(value) => value.clone(),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, taken)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), filled(value, taken))).collect())
        }
        other => other.clone(),
    }
}
