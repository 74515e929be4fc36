//! Scalars as they come in: which literals and which sent values are of a type, and in which form they go on.

use apollo_compiler::ast::Value;
use apollo_compiler::response::JsonValue;

/// Up to here every whole number is told from the next by whoever keeps numbers as floats.
const MOST: i64 = 9_007_199_254_740_991;
const INT: &str = "a whole number of 32 bits";
const LONG: &str = "a whole number of up to 2^53 - 1";
const FLOAT: &str = "a number";
const DATE: &str = "a day, such as \"2026-03-01\"";
const DATE_TIME: &str = "an instant, such as \"2026-03-01T08:15:30Z\"";
const DECIMAL: &str = "a decimal number as a string, such as \"1234.50\"";

/// Whether a literal is of the scalar type `name`; where it is not, what it has to be. Of a scalar that is neither the
/// specification's nor the graph's own, any value may be written.
pub(super) fn literal(name: &str, value: &Value) -> Result<(), &'static str> {
    let text = value.as_str();
    let (fits, wanted) = match name {
        "Int" => (value.to_i32().is_some(), INT),
        "Long" => (matches!(value, Value::Int(digits) if is_long(digits.as_str())), LONG),
        "Float" => (matches!(value, Value::Int(_) | Value::Float(_)) && value.to_f64().is_some(), FLOAT),
        "Boolean" => (value.to_bool().is_some(), "true or false"),
        "ID" => (text.is_some() || matches!(value, Value::Int(_)), "a string or a whole number"),
        _ => return of_text(name, text, || !is_text(name)),
    };
    if fits { Ok(()) } else { Err(wanted) }
}

/// A sent value of the scalar type `name`, in the form in which it goes on; where it is not of that type, what it has to be.
pub(super) fn sent(name: &str, value: &JsonValue) -> Result<JsonValue, &'static str> {
    let number = |fits: fn(&i64) -> bool| whole(value).filter(fits).map(JsonValue::from);
    match name {
        "Int" => number(|number| i32::try_from(*number).is_ok()).ok_or(INT),
        "Long" => number(|number| (-MOST..=MOST).contains(number)).ok_or(LONG),
        "Float" => value.is_number().then(|| value.clone()).ok_or(FLOAT),
        "Boolean" => value.is_boolean().then(|| value.clone()).ok_or("true or false"),
        "ID" => match whole(value) {
            Some(number) => Ok(JsonValue::from(number.to_string())),
            None => value.is_string().then(|| value.clone()).ok_or("a string or a whole number"),
        },
        _ => of_text(name, value.as_str(), || !is_text(name)).map(|()| value.clone()),
    }
}

/// Whether a text is of a scalar that answers show as text; `other` says it of what is no text.
fn of_text(name: &str, text: Option<&str>, other: impl FnOnce() -> bool) -> Result<(), &'static str> {
    let is = |fits: fn(&str) -> bool| text.is_some_and(fits);
    let (fits, wanted) = match name {
        "Date" => (is(is_day), DATE),
        "DateTime" => (is(|text| text.parse::<jiff::Timestamp>().is_ok()), DATE_TIME),
        "Decimal" => (is(is_decimal), DECIMAL),
        _ => (text.is_some() || other(), "a string"),
    };
    if fits { Ok(()) } else { Err(wanted) }
}

/// The other scalars of the graph whose values are texts.
fn is_text(name: &str) -> bool {
    matches!(name, "String" | "CurrencyCode" | "CountryCode" | "Locale" | "TimeZone" | "URL" | "HTML")
}

fn is_long(digits: &str) -> bool {
    digits.parse::<i64>().is_ok_and(|number| (-MOST..=MOST).contains(&number))
}

fn is_day(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == text)
}

fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    match number.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(number),
    }
}

/// A whole number, however it was written: JSON's `1.0` is 1.
fn whole(value: &JsonValue) -> Option<i64> {
    let JsonValue::Number(number) = value else { return None };
    number.as_i64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
}
