//! What a system answered: JSON-like data with exact numbers.

use std::borrow::Cow;
use std::sync::Arc;

use smol_str::SmolStr;

/// A piece of a system's answer. A number keeps the digits it came with: it is never a float. Short texts stand in it, and longer
/// ones are shared, so that what is kept of an answer is not copied again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// `null`, or not there.
    Null,
    /// A Boolean.
    Bool(bool),
    /// A number, as it was written.
    Number(SmolStr),
    /// A string.
    Text(SmolStr),
    /// An array.
    List(Vec<Wire>),
    /// An object; names in the order of the answer, a repeated name counts once (the last).
    Object(Vec<(Arc<str>, Wire)>),
}

impl Wire {
    /// What `serde_json` makes of an answer, numbers as their text: what ours is held against.
    #[cfg(test)]
    pub(crate) fn of_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Number(number.to_string().into()),
            serde_json::Value::String(text) => Self::Text(text.as_str().into()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            serde_json::Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (name.as_str().into(), Self::of_json(value))).collect())
            }
        }
    }

    /// The member of an object, or the element of a list whose number `name` is; [`Wire::Null`] where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &Self {
        match self {
            Self::Object(_) => self.member(name),
            Self::List(items) => name.parse::<usize>().ok().and_then(|at| items.get(at)).unwrap_or(&Self::Null),
            _ => &Self::Null,
        }
    }

    /// The member of an object; [`Wire::Null`] where there is none. Names of answers are mostly the manifest's own texts,
    /// which are known by where they lie.
    #[must_use]
    pub fn member(&self, name: &str) -> &Self {
        let Self::Object(members) = self else { return &Self::Null };
        let is = |known: &str| known.len() == name.len() && (std::ptr::eq(known, name) || known == name);
        members.iter().find(|(known, _)| is(known)).map_or(&Self::Null, |(_, value)| value)
    }

    /// The member of an object, taken out of it; [`Wire::Null`] where there is none.
    #[must_use]
    pub fn take(&mut self, name: &str) -> Self {
        let Self::Object(members) = self else { return Self::Null };
        let at = members.iter().position(|(known, _)| **known == *name);
        at.map_or(Self::Null, |at| members.remove(at).1)
    }

    /// Whether it is `null` or not there.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a scalar: systems disagree on whether keys and amounts are numbers or strings, so both read alike.
    #[must_use]
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(Cow::Borrowed(text)),
            Self::Bool(true) => Some(Cow::Borrowed("true")),
            Self::Bool(false) => Some(Cow::Borrowed("false")),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The same, shared with the answer.
    #[must_use]
    pub fn shared_text(&self) -> Option<SmolStr> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
            other => other.as_text().map(SmolStr::from),
        }
    }

    /// The elements of a list; a single value is a list of one, nothing is an empty one.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Null => &[],
            one => std::slice::from_ref(one),
        }
    }
}
