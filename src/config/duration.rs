//! Lengths of time as people write them: `30s`, `5m`, `1h`, `2d`.

use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lasting(pub Duration);

impl Lasting {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(count: u64) -> Self {
        Self(Duration::from_secs(count))
    }

    /// Reads `500ms`, `30s`, `5m`, `1h`, `2d`; `0` is none at all.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "0" {
            return Some(Self(Duration::ZERO));
        }
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = text.split_at(digits);
        let count: u64 = count.parse().ok()?;
        let seconds = |each: u64| count.checked_mul(each).map(Duration::from_secs);
        let length = match unit {
            "ms" => Some(Duration::from_millis(count)),
            "s" => seconds(1),
            "m" => seconds(60),
            "h" => seconds(3600),
            "d" => seconds(86_400),
            _ => None,
        };
        length.map(Self)
    }
}

impl<'de> Deserialize<'de> for Lasting {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no length of time; write 30s, 5m, 1h or 2d")))
    }
}

impl JsonSchema for Lasting {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Lasting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time: 500ms, 30s, 5m, 1h, 2d, or 0.",
            "pattern": "^(0|[0-9]+(ms|s|m|h|d))$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("1h", 3600), ("2d", 172_800), ("0", 0)] {
            assert_eq!(Lasting::parse(text), Some(Lasting::seconds(seconds)), "{text}");
        }
        assert_eq!(Lasting::parse("500ms"), Some(Lasting(Duration::from_millis(500))));
        for wrong in ["", "5", "5 m", "m", "-1s", "1w", "99999999999999999999d", "18446744073709551615d"] {
            assert_eq!(Lasting::parse(wrong), None, "{wrong}");
        }
    }
}
