//! The JSON of a delivery: all of it or none, and no deeper than anybody's events are.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::model::Wire;

/// The deepest nesting.
const DEEPEST: usize = 32;

/// The value that the bytes are; an empty body is null.
///
/// # Errors
/// What is wrong with it: it is not UTF-8, not JSON, nested too deep, or an object has a name twice.
pub fn parse(bytes: &[u8]) -> Result<Wire, String> {
    if bytes.is_empty() {
        return Ok(Wire::Null);
    }
    let text = str::from_utf8(bytes).map_err(|error| format!("not UTF-8: see byte {}", error.valid_up_to()))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Bounded(DEEPEST).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| error.to_string())
}

/// A value with so many levels left.
#[derive(Clone, Copy)]
struct Bounded(usize);

impl Bounded {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        self.0.checked_sub(1).map(Self).ok_or_else(|| E::custom("it is nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Bounded {
    type Value = Wire;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Wire, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded {
    type Value = Wire;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Wire, E> {
        Ok(Wire::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Wire, E> {
        Ok(Wire::Number(value.to_string().into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Wire, E> {
        Ok(Wire::Number(value.to_string().into()))
    }

    /// A number with a fraction, or one that is too large for a key: never exact, and nobody's key.
    fn visit_f64<E>(self, value: f64) -> Result<Wire, E> {
        Ok(Wire::Number(value.to_string().into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Wire, E> {
        Ok(Wire::Text(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Wire, E> {
        Ok(Wire::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Wire, A::Error> {
        let inside = self.inside()?;
        let mut all = Vec::new();
        while let Some(value) = access.next_element_seed(inside)? {
            all.push(value);
        }
        Ok(Wire::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Wire, A::Error> {
        let inside = self.inside()?;
        let mut members: Vec<(Arc<str>, Wire)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        while let Some(name) = access.next_key::<String>()? {
            let name: Arc<str> = Arc::from(name);
            if !names.insert(Arc::clone(&name)) {
                return Err(A::Error::custom("an object has the same name twice"));
            }
            members.push((name, access.next_value_seed(inside)?));
        }
        Ok(Wire::Object(members))
    }
}
