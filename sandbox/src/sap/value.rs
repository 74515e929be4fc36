//! Values of OData V2: the types of properties, how values compare, and how JSON shows them.
//!
//! JSON shapes after "JavaScript Object Notation in OData 2.0" (odata.org): decimals are strings, dates are
//! `/Date(milliseconds)/`, instants with an offset carry it in minutes.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::json;

/// The type of a property or literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edm {
    /// `Edm.String`; empty is `""`.
    Text,
    /// `Edm.Decimal` of money; empty is `"0.00"`.
    Amount,
    /// `Edm.Decimal` with three decimals; empty is `"0.000"`.
    Quantity,
    /// `Edm.Boolean`; empty is `false`.
    Flag,
    /// `Edm.DateTime`; empty is `null`.
    Day,
    /// `Edm.DateTimeOffset`; empty is `null`.
    Instant,
    /// `Edm.Time`: of a day, without a zone; empty is `null`.
    Time,
    /// What `null` has.
    Nothing,
}

impl Edm {
    /// The name in `$metadata` and in error texts.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "Edm.String",
            Self::Amount | Self::Quantity => "Edm.Decimal",
            Self::Flag => "Edm.Boolean",
            Self::Day => "Edm.DateTime",
            Self::Instant => "Edm.DateTimeOffset",
            Self::Time => "Edm.Time",
            Self::Nothing => "Null",
        }
    }

    /// Whether values of the two types may stand on both sides of an operator.
    pub(super) fn compares_with(self, other: Self) -> bool {
        self.name() == other.name() || self == Self::Nothing || other == Self::Nothing
    }

    /// What an empty field of this type holds.
    pub(super) fn empty(self) -> Value {
        match self {
            Self::Text => Value::Text(String::new()),
            Self::Amount => Value::Amount(Decimal::new(0, 2)),
            Self::Quantity => Value::quantity(Decimal::ZERO),
            Self::Flag => Value::Flag(false),
            Self::Day | Self::Instant | Self::Time | Self::Nothing => Value::Nothing,
        }
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// An exact number with as many decimals as are shown.
    Amount(Decimal),
    /// True or false.
    Flag(bool),
    /// A date without zone, in milliseconds since 1970 at midnight UTC.
    Day(i64),
    /// An instant in milliseconds since 1970.
    Instant(i64),
    /// A time of day.
    Time(jiff::civil::Time),
    /// Null.
    Nothing,
}

impl Value {
    /// A string.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Money in a currency, with the decimals of that currency.
    pub(super) fn money(amount: Decimal, currency: &str) -> Self {
        let mut amount = amount;
        amount.rescale(if currency == "JPY" { 0 } else { 2 });
        Self::Amount(amount)
    }

    /// A quantity, with three decimals.
    pub(super) fn quantity(quantity: Decimal) -> Self {
        let mut quantity = quantity;
        quantity.rescale(3);
        Self::Amount(quantity)
    }

    /// A calendar day.
    pub(super) fn date(date: jiff::civil::Date) -> Self {
        Self::Day(milliseconds(date.to_datetime(jiff::civil::Time::midnight())).unwrap_or_default())
    }

    /// The calendar day of an instant in Unix seconds.
    pub(super) fn day_of(seconds: i64) -> Self {
        Self::Day((seconds - seconds.rem_euclid(86_400)) * 1000)
    }

    /// An instant of Unix seconds.
    pub(super) fn instant(seconds: i64) -> Self {
        Self::Instant(seconds * 1000)
    }

    /// The type.
    pub(super) fn edm(&self) -> Edm {
        match self {
            Self::Text(_) => Edm::Text,
            Self::Amount(_) => Edm::Amount,
            Self::Flag(_) => Edm::Flag,
            Self::Day(_) => Edm::Day,
            Self::Instant(_) => Edm::Instant,
            Self::Time(_) => Edm::Time,
            Self::Nothing => Edm::Nothing,
        }
    }

    /// The order of two values of one type; null comes before everything.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Amount(a), Self::Amount(b)) => Some(a.cmp(b)),
            (Self::Flag(a), Self::Flag(b)) => Some(a.cmp(b)),
            (Self::Day(a), Self::Day(b)) | (Self::Instant(a), Self::Instant(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Nothing, Self::Nothing) => Some(Ordering::Equal),
            (Self::Nothing, _) => Some(Ordering::Less),
            (_, Self::Nothing) => Some(Ordering::Greater),
            _ => None,
        }
    }

    /// The value as OData V2 JSON shows it.
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Amount(number) => json!(number.to_string()),
            Self::Flag(flag) => json!(flag),
            Self::Day(at) => json!(format!("/Date({at})/")),
            Self::Instant(at) => json!(format!("/Date({at}+0000)/")),
            Self::Time(at) => json!(at.strftime("PT%HH%MM%SS").to_string()),
            Self::Nothing => serde_json::Value::Null,
        }
    }

    /// The text of a value that stands in a key.
    pub(super) fn key_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }
}

/// Milliseconds since 1970 of a date and time in UTC.
fn milliseconds(at: DateTime) -> Option<i64> {
    let zoned = at.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// The value of a literal with a prefix, such as `datetime'2026-01-01T00:00:00'`.
pub(super) fn typed(prefix: &str, text: &str) -> Option<Value> {
    match prefix {
        "datetime" => milliseconds(text.parse().ok()?).map(Value::Day),
        "datetimeoffset" => {
            let at: jiff::Timestamp = text.parse().ok()?;
            Some(Value::Instant(at.as_millisecond()))
        }
        _ => None,
    }
}
