//! The filters of a search: one property, one operator, values in the order of the property's type.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::data::Business;

use super::associations;
use super::error::Refusal;
use super::object::{Kind, Object};

/// Filters that must all hold.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) filters: Vec<Filter>,
}

/// A condition on one property, or on `associations.{type}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    property_name: String,
    operator: Operator,
    value: Option<Value>,
    high_value: Option<Value>,
    #[serde(default)]
    values: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Operator {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    Between,
    In,
    NotIn,
    HasProperty,
    NotHasProperty,
    ContainsToken,
    NotContainsToken,
}

/// A value in the order of its property's type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Term {
    Number(Decimal),
    /// Milliseconds.
    Instant(i64),
    Text(String),
}

/// The value as HubSpot reads it: numbers may come as JSON numbers too.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Numbers compare as numbers and instants as instants (ISO 8601 or milliseconds); text ignores case.
pub(super) fn term(property: &str, value: &str) -> Result<Term, Refusal> {
    let wrong = || Refusal::property(property, &format!("{value} is not a valid value for property {property}"));
    match property {
        "amount" | "hs_object_id" | "hs_parent_company_id" | "hubspot_owner_id" => {
            value.parse().map(Term::Number).map_err(|_| wrong())
        }
        "createdate" | "lastmodifieddate" | "hs_lastmodifieddate" | "closedate" => {
            let stamp = |stamp: jiff::Timestamp| stamp.as_millisecond();
            let midnight = || value.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
            let instant = value.parse().ok().or_else(|| value.parse().map(stamp).ok());
            instant.or_else(|| midnight().map(|at| stamp(at.timestamp()))).map(Term::Instant).ok_or_else(wrong)
        }
        _ => Ok(Term::Text(value.to_lowercase())),
    }
}

/// `CONTAINS_TOKEN`: every word of the pattern is a word of the value; `*` stands for any letters.
fn contains(value: &str, pattern: &str) -> bool {
    let words = |text: &str, keep: fn(char) -> bool| -> Vec<String> {
        text.to_lowercase().split(|c: char| !(c.is_alphanumeric() || keep(c))).map(str::to_owned).collect()
    };
    let own = words(value, |_| false);
    let matches = |word: &String, pattern: &str| {
        let bare = pattern.trim_matches('*');
        match (pattern.starts_with('*'), pattern.ends_with('*')) {
            (true, true) => word.contains(bare),
            (true, false) => word.ends_with(bare),
            (false, true) => word.starts_with(bare),
            (false, false) => word == bare,
        }
    };
    let patterns = words(pattern, |c| c == '*');
    let patterns: Vec<&String> = patterns.iter().filter(|part| !part.is_empty()).collect();
    !patterns.is_empty() && patterns.iter().all(|part| own.iter().any(|word| matches(word, part)))
}

/// The object's values of a property: none, one, or for `associations.…` any number of ids.
fn values(business: &Business, kind: Kind, object: &Object, property: &str) -> Result<Vec<String>, Refusal> {
    if let Some(to) = property.strip_prefix("associations.") {
        let ids = associations::ids(business, (kind, object.id), Kind::parse(to)?);
        return Ok(ids.iter().map(u64::to_string).collect());
    }
    match object.properties.get(property) {
        Some(value) => Ok(value.iter().cloned().collect()),
        None => Err(Refusal::property(property, &format!("Property '{property}' does not exist"))),
    }
}

impl Group {
    /// Whether all filters hold; a group without filters holds.
    pub(super) fn holds(&self, business: &Business, kind: Kind, object: &Object) -> Result<bool, Refusal> {
        let mut all = true;
        for filter in &self.filters {
            all &= filter.holds(business, kind, object)?;
        }
        Ok(all)
    }
}

impl Filter {
    fn operand(&self) -> Result<Term, Refusal> {
        let name = &self.property_name;
        let missing = || Refusal::property(name, &format!("operator of {name} requires a value"));
        term(name, &text(self.value.as_ref().ok_or_else(missing)?))
    }

    fn compares(&self, own: &[Term], holds: impl Fn(Ordering) -> bool) -> Result<bool, Refusal> {
        let operand = self.operand()?;
        Ok(own.iter().any(|own| holds(own.cmp(&operand))))
    }

    fn holds(&self, business: &Business, kind: Kind, object: &Object) -> Result<bool, Refusal> {
        let name = &self.property_name;
        let raw = values(business, kind, object, name)?;
        let own: Vec<Term> = raw.iter().map(|value| term(name, value)).collect::<Result<_, _>>()?;
        let listed = || self.values.iter().map(|value| term(name, &text(value))).collect::<Result<Vec<_>, _>>();
        let token = |value: &Value| raw.iter().any(|own| contains(own, &text(value)));
        match self.operator {
            Operator::Eq => self.compares(&own, Ordering::is_eq),
            // HubSpot finds objects without the property too.
            Operator::Neq => self.compares(&own, Ordering::is_eq).map(|equal| !equal),
            Operator::Lt => self.compares(&own, Ordering::is_lt),
            Operator::Lte => self.compares(&own, Ordering::is_le),
            Operator::Gt => self.compares(&own, Ordering::is_gt),
            Operator::Gte => self.compares(&own, Ordering::is_ge),
            Operator::Between => {
                let high =
                    self.high_value.as_ref().ok_or_else(|| Refusal::property(name, "BETWEEN requires highValue"))?;
                let (low, high) = (self.operand()?, term(name, &text(high))?);
                Ok(own.iter().any(|own| (&low..=&high).contains(&own)))
            }
            Operator::In | Operator::NotIn if self.values.is_empty() => {
                Err(Refusal::property(name, "IN and NOT_IN require values"))
            }
            Operator::In => listed().map(|listed| own.iter().any(|own| listed.contains(own))),
            Operator::NotIn => listed().map(|listed| !own.is_empty() && !own.iter().any(|own| listed.contains(own))),
            Operator::HasProperty => Ok(!own.is_empty()),
            Operator::NotHasProperty => Ok(own.is_empty()),
            Operator::ContainsToken => Ok(self.value.as_ref().is_some_and(token)),
            Operator::NotContainsToken => Ok(!self.value.as_ref().is_some_and(token)),
        }
    }
}
