//! What scenarios say of answers: where something stands in one, what is there, and what later steps take from it.
//!
//! A place is a JSON pointer, with three words beside: `*` is the first element in which the rest is found, `name=a.pdf` the
//! first whose `name` is that (`provenance.source=crm`: that of its `provenance`), and `each` all elements, whose values are then
//! a list.

use std::collections::BTreeMap;

use serde_json::Value;

/// What was taken from answers, by name.
pub type Taken = BTreeMap<String, Value>;

/// What stands at a place; nothing for `null`.
pub fn at(value: &Value, place: &str) -> Option<Value> {
    let Some(rest) = place.strip_prefix('/') else {
        return (place.is_empty() && !value.is_null()).then(|| value.clone());
    };
    let (first, rest) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let Value::Array(items) = value else { return at(value.get(first)?, rest) };
    match (first, first.split_once('=')) {
        ("*", _) => items.iter().find_map(|item| at(item, rest)),
        ("each", _) => Some(items.iter().map(|item| at(item, rest).unwrap_or_default()).collect()),
        (_, Some((name, is))) => {
            let named = |item: &&Value| name.split('.').fold(*item, |item, name| &item[name]) == is;
            items.iter().find(named).and_then(|item| at(item, rest))
        }
        (number, None) => at(items.get(number.parse::<usize>().ok()?)?, rest),
    }
}

/// A value with what was taken in the place of `$name`: as it is where nothing else stands there, or else as text.
pub fn filled(value: &Value, taken: &Taken) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$').and_then(|name| taken.get(name)) {
            Some(value) => value.clone(),
            None => Value::String(worded(text, taken)),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, taken)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), filled(value, taken))).collect())
        }
        other => other.clone(),
    }
}

/// A text with what was taken in the place of each `$name`; the longest name counts.
pub fn worded(text: &str, taken: &Taken) -> String {
    taken.iter().rev().fold(text.to_owned(), |text, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("${name}"), &value)
    })
}

/// What is expected of an answer.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// What later steps need of it: a name, and a place in `data`.
    pub take: &'a BTreeMap<String, String>,
    /// What stands at places of the whole answer; `*` is anything but null.
    pub answer: &'a BTreeMap<String, Value>,
    /// What stands nowhere in it.
    pub lacks: &'a [String],
}

impl Expected<'_> {
    /// Whether an answer is so; what later steps need is taken from it.
    pub fn fits(&self, answer: &Value, taken: &mut Taken) -> Result<(), String> {
        for (name, place) in self.take {
            let value = at(answer, &format!("/data{place}"));
            let value = value.ok_or_else(|| format!("nothing at {place} to take as `{name}`: {answer}"))?;
            taken.insert(name.clone(), value);
        }
        for (place, expected) in self.answer {
            let (found, expected) = (at(answer, place).unwrap_or_default(), filled(expected, taken));
            if if expected == "*" { found.is_null() } else { found != expected } {
                return Err(format!("at {place} is {found}, not {expected}: {answer}"));
            }
        }
        lacking(&answer.to_string(), self.lacks, taken)
    }
}

/// Whether none of these words stands in a text.
pub fn lacking(text: &str, words: &[String], taken: &Taken) -> Result<(), String> {
    match words.iter().map(|word| worded(word, taken)).find(|word| text.contains(word)) {
        Some(word) => Err(format!("`{word}` is in what was answered: {text}")),
        None => Ok(()),
    }
}
