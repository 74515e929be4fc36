//! From a system's value to a value of one of the graph's scalars, strictly: what does not fit is said, not guessed.

pub(crate) mod code;
pub(crate) mod money;
pub(crate) mod text;
mod time;
pub(crate) mod written;

pub(crate) use time::{Moment, Zone};

use smol_str::SmolStr;

use super::mapping::WireForm;
use crate::expr::decimal;
use crate::graph::Scalar;
use crate::model::{Value, Wire};

/// The greatest whole number every JSON reader keeps: 2^53 − 1.
const LONGEST_LONG: i64 = 9_007_199_254_740_991;

/// A text of a scalar that is told by its text alone (an address, a country, a language), in our writing; none where it is not
/// one. Of the other scalars every text is.
pub(crate) fn normal(scalar: Scalar, text: &str) -> Option<String> {
    match scalar {
        Scalar::CurrencyCode => code::currency(text),
        Scalar::CountryCode => code::country(text),
        Scalar::Locale => code::locale(text),
        Scalar::TimeZone => code::zone(text),
        Scalar::Url => code::url(text),
        Scalar::Html => Some(text::sanitised(text)),
        _ => Some(text.to_owned()),
    }
}

/// Fits a value that is there to a scalar; otherwise says what would have fitted.
#[inline]
pub(crate) fn scalar(scalar: Scalar, value: &Wire, form: &WireForm, zone: &Zone<'_>) -> Result<Value, &'static str> {
    match as_it_is(scalar, value, form) {
        Some(as_it_is) => Ok(as_it_is),
        None => rewritten(scalar, value, form, zone),
    }
}

/// The same of a value that is not written as we write it.
fn rewritten(scalar: Scalar, value: &Wire, form: &WireForm, zone: &Zone<'_>) -> Result<Value, &'static str> {
    let text = value.as_text();
    let text = text.as_deref();
    let upper = |text: &str| if *form == WireForm::Lower { text.to_ascii_uppercase() } else { text.to_owned() };
    let fitted = |text: Option<String>, wanted: &'static str| text.map(|it| Value::Text(it.into())).ok_or(wanted);
    match scalar {
        Scalar::Int => {
            whole(value).filter(|it| i32::try_from(*it).is_ok()).map(Value::Int).ok_or("a whole number of 32 bits")
        }
        Scalar::Long => {
            let fits = |it: &i64| (-LONGEST_LONG..=LONGEST_LONG).contains(it);
            whole(value).filter(fits).map(Value::Int).ok_or("a whole number up to 2^53 - 1")
        }
        Scalar::Boolean => match text {
            Some("true") => Ok(Value::Bool(true)),
            Some("false") => Ok(Value::Bool(false)),
            _ => Err("true or false"),
        },
        Scalar::String if *form == WireForm::Html => {
            fitted(text.map(|it| text::from_html(&text::sanitised(it))), "HTML")
        }
        Scalar::String | Scalar::Id => text.map(Value::text).ok_or("a text"),
        Scalar::DateTime => fitted(time::instant(value, form, zone), "an instant"),
        Scalar::Date => fitted(time::day(value, form, zone), "a day"),
        Scalar::Decimal => fitted(number(value).and_then(decimal::plain), "a number"),
        Scalar::CurrencyCode => fitted(text.and_then(|it| normal(scalar, &upper(it))), "a currency of ISO 4217"),
        Scalar::CountryCode => {
            fitted(text.and_then(|it| normal(scalar, &upper(it))), "a country of ISO 3166-1 alpha-2")
        }
        Scalar::Locale => fitted(text.and_then(|it| normal(scalar, it)), "a language tag of BCP 47"),
        Scalar::TimeZone => fitted(text.and_then(|it| normal(scalar, it)), "a time zone of the IANA database"),
        Scalar::Url => fitted(text.and_then(|it| normal(scalar, it)), "an absolute address of http or https"),
        Scalar::Html => text.map(|it| Value::Text(text::sanitised(it).into())).ok_or("HTML"),
    }
}

/// A value that is written as we write it, which is not copied: nearly every one is.
#[inline]
fn as_it_is(scalar: Scalar, value: &Wire, form: &WireForm) -> Option<Value> {
    let (Wire::Number(text) | Wire::Text(text)) = value else { return None };
    let plain_text = || *form == WireForm::Plain && matches!(value, Wire::Text(_));
    let fits = match scalar {
        Scalar::Id => true,
        Scalar::String => *form != WireForm::Html,
        Scalar::Decimal => decimal::is_plain(text),
        Scalar::Date => plain_text() && time::is_day(text),
        Scalar::DateTime => plain_text() && time::is_instant(text),
        _ => false,
    };
    fits.then(|| Value::Text(text.clone()))
}

/// A number in our writing; one that the system writes so is not copied.
fn decimal_text(value: &Wire) -> Option<SmolStr> {
    let (Wire::Number(text) | Wire::Text(text)) = value else { return None };
    if decimal::is_plain(text) { Some(text.clone()) } else { decimal::plain(text).map(SmolStr::from) }
}

fn number(value: &Wire) -> Option<&str> {
    match value {
        Wire::Number(text) | Wire::Text(text) => Some(text),
        _ => None,
    }
}

fn whole(value: &Wire) -> Option<i64> {
    decimal::whole(number(value)?)
}

/// What kind of value it is, for messages: never the value itself, which is a customer's.
pub(crate) fn describe(value: &Wire) -> String {
    match value {
        Wire::Null => "null".to_owned(),
        Wire::Bool(_) => "a Boolean".to_owned(),
        Wire::Number(text) => format!("a number of {} characters", text.len()),
        Wire::Text(text) => format!("a text of {} characters", text.chars().count()),
        Wire::List(items) => format!("a list of {}", items.len()),
        Wire::Object(members) => format!("a map of {}", members.len()),
    }
}

#[cfg(test)]
mod tests;
