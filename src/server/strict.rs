//! JSON from strangers: all of it or none. What other readers might take in another way is refused.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::request::bad;
use crate::error::Result;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// The value that the bytes are; `what` names them in errors. A byte order mark in front is passed over.
///
/// # Errors
/// `BAD_USER_INPUT`: they are not UTF-8 or not JSON, or an object has a key twice.
pub(super) fn parse(bytes: &[u8], what: &str) -> Result<Value> {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    let text = str::from_utf8(bytes)
        .map_err(|error| bad(format!("{what} is not UTF-8: see byte {}.", error.valid_up_to().saturating_add(1))))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| bad(format!("{what} is not JSON: {error}.")))
}

/// A value of which no object has a key twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is too large"))
    }

    fn visit_str<E>(self, value: &str) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> std::result::Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = access.next_element_seed(Self)? {
            all.push(value);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> std::result::Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(Self)?;
            if members.insert(key, value).is_some() {
                return Err(A::Error::custom("an object has the same key twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_as_they_stand() {
        let text = r#" {"a":[1,-2,1.5,true,null,"\u00fc ü \ud83c\udfc3"],"b":{"":{}}} "#;
        let value = json!({ "a": [1, -2, 1.5, true, null, "ü ü 🏃"], "b": { "": {} } });
        assert_eq!(parse(text.as_bytes(), "It").unwrap(), value);
        assert_eq!(parse(&[MARK, text.as_bytes()].concat(), "It").unwrap(), value);
    }

    #[test]
    fn what_can_be_read_in_two_ways_or_in_none_is_refused() {
        let deep = "[".repeat(200);
        let cases: &[(&[u8], &str)] = &[
            (b"", "It is not JSON: EOF while parsing a value at line 1 column 0."),
            (b"{\"a\":1", "It is not JSON: EOF while parsing an object at line 1 column 6."),
            (b"{} {}", "It is not JSON: trailing characters at line 1 column 4."),
            (b"{\"a\":1,\"a\":2}", "It is not JSON: an object has the same key twice at line 1 column 13."),
            (
                b"{\"v\":{\"\\u0061\":1,\"a\":2}}",
                "It is not JSON: an object has the same key twice at line 1 column 23.",
            ),
            (b"\"\\ud800\"", "It is not JSON: unexpected end of hex escape at line 1 column 8."),
            (b"1e999", "It is not JSON: number out of range at line 1 column 5."),
            (b"{a:1}", "It is not JSON: key must be a string at line 1 column 2."),
            (b"{\"a\":\"\xff\"}", "It is not UTF-8: see byte 7."),
            (b"\xff\xfe{\0}\0", "It is not UTF-8: see byte 1."),
            (deep.as_bytes(), "It is not JSON: recursion limit exceeded at line 1 column 128."),
        ];
        for (bytes, told) in cases {
            assert_eq!(parse(bytes, "It").unwrap_err().message(), *told, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
