//! The functions an expression may call, and what each does.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use base64::Engine;

use super::{decimal, moment, words};
use crate::model::Wire;

/// The most bytes of a text that is put together of others: what is larger is refused before it is made.
const TEXT: usize = 4 << 20;
/// The most parts of a text that is split.
const PARTS: usize = 10_000;
/// The longest quote, and what stands before one inside a text, in bytes: each is written once for every place it is
/// found at.
const QUOTE: usize = 8;

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// `f(x)`.
    Plain,
    /// `x.f()`.
    Method,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    At,
    Base64,
    Contains,
    Divide,
    EndsWith,
    First,
    Int,
    Join,
    Last,
    Latest,
    Literal,
    Lower,
    Merge,
    Minus,
    Names,
    Negate,
    Plus,
    Quote,
    Size,
    Split,
    StartsWith,
    Text,
    Times,
    Top,
    Unpad,
    Upper,
    Words,
}

/// Name, function, least and most arguments (a method's own value is the first), and how it is called.
const FUNCTIONS: &[(&str, Function, usize, usize, Call)] = &[
    ("at", Function::At, 2, 2, Call::Plain),
    ("base64", Function::Base64, 1, 1, Call::Plain),
    ("contains", Function::Contains, 2, 2, Call::Method),
    ("divide", Function::Divide, 2, 2, Call::Plain),
    ("endsWith", Function::EndsWith, 2, 2, Call::Method),
    ("first", Function::First, 1, 1, Call::Plain),
    ("int", Function::Int, 1, 1, Call::Plain),
    ("join", Function::Join, 1, 2, Call::Plain),
    ("last", Function::Last, 1, 1, Call::Plain),
    ("latest", Function::Latest, 1, 1, Call::Plain),
    ("literal", Function::Literal, 1, 1, Call::Plain),
    ("lower", Function::Lower, 1, 1, Call::Plain),
    ("merge", Function::Merge, 1, 8, Call::Plain),
    ("minus", Function::Minus, 2, 2, Call::Plain),
    ("names", Function::Names, 1, 1, Call::Plain),
    ("negate", Function::Negate, 1, 1, Call::Plain),
    ("plus", Function::Plus, 1, 8, Call::Plain),
    ("quote", Function::Quote, 1, 3, Call::Plain),
    ("size", Function::Size, 1, 1, Call::Plain),
    ("size", Function::Size, 1, 1, Call::Method),
    ("split", Function::Split, 2, 2, Call::Plain),
    ("startsWith", Function::StartsWith, 2, 2, Call::Method),
    ("string", Function::Text, 1, 1, Call::Plain),
    ("text", Function::Text, 1, 1, Call::Plain),
    ("times", Function::Times, 2, 2, Call::Plain),
    ("top", Function::Top, 1, 1, Call::Plain),
    ("unpad", Function::Unpad, 1, 1, Call::Plain),
    ("upper", Function::Upper, 1, 1, Call::Plain),
    ("words", Function::Words, 1, 2, Call::Plain),
];

/// Why a call failed; the caller knows where.
pub(super) type Failure = Cow<'static, str>;

impl Function {
    /// The function of that name, called so, with so many arguments.
    pub fn find(name: &str, style: Call, arguments: usize) -> Result<Self, String> {
        let named = || FUNCTIONS.iter().filter(|(known, ..)| *known == name);
        let Some((_, function, least, most, _)) = named().find(|(.., call)| *call == style) else {
            return Err(match named().next() {
                Some((.., Call::Plain)) => format!("write `{name}(…)` round the value"),
                Some((.., Call::Method)) => format!("write `.{name}(…)` behind the value"),
                None => format!("`{name}` is no function here; there are: {}", known_functions()),
            });
        };
        if (*least..=*most).contains(&arguments) {
            return Ok(*function);
        }
        Err(format!("`{name}` does not take {arguments} arguments"))
    }

    /// Whether it deals with null itself; all others answer null as soon as one argument is null.
    pub const fn takes_null(self) -> bool {
        matches!(self, Self::Merge)
    }

    /// Calls it. The arguments are as many as [`Function::find`] has checked, and not null where it takes no null.
    pub fn call(self, arguments: &[Cow<'_, Wire>]) -> Result<Wire, Failure> {
        let first: &Wire = arguments.first().map_or(&Wire::Null, Cow::as_ref);
        let second = || arguments.get(1).map(Cow::as_ref);
        match self {
            Self::At => moment::at(string(first)?, string(operand(second())?)?).map(text).ok_or(Cow::Borrowed(
                "at() takes a day (`2026-03-01`, `/Date(…)/`) and a time of day (`08:30:00`, `PT08H30M00S`)",
            )),
            Self::Base64 => Ok(text(base64::engine::general_purpose::STANDARD.encode(string(first)?))),
            Self::Contains => Ok(Wire::Bool(string(first)?.contains(string(operand(second())?)?))),
            Self::Divide => divide(string(first)?, string(operand(second())?)?),
            Self::EndsWith => Ok(Wire::Bool(string(first)?.ends_with(string(operand(second())?)?))),
            Self::StartsWith => Ok(Wire::Bool(string(first)?.starts_with(string(operand(second())?)?))),
            Self::First => Ok(list(first)?.first().cloned().unwrap_or(Wire::Null)),
            Self::Last => Ok(list(first)?.last().cloned().unwrap_or(Wire::Null)),
            Self::Latest => latest(first),
            Self::Int => decimal::whole(string(first)?)
                .map(|whole| Wire::Number(whole.to_string().into()))
                .ok_or(Cow::Borrowed("int() takes a whole number of at most 64 bits")),
            Self::Join => join(first, second()),
            Self::Literal => literal(first),
            Self::Lower => Ok(text(string(first)?.to_lowercase())),
            Self::Upper => Ok(text(string(first)?.to_uppercase())),
            Self::Merge => merge(arguments),
            Self::Minus => number(decimal::subtract(string(first)?, string(operand(second())?)?)),
            Self::Times => number(decimal::multiply(string(first)?, string(operand(second())?)?)),
            Self::Negate => number(decimal::subtract("0", string(first)?)),
            Self::Names => match first {
                Wire::Object(members) => {
                    Ok(Wire::List(members.iter().map(|(name, _)| Wire::Text(name.clone().into())).collect()))
                }
                other => Err(misfit("names() takes a map", other)),
            },
            Self::Plus => plus(arguments),
            Self::Quote => quote(arguments),
            Self::Size => size(first),
            Self::Split => split(string(first)?, string(operand(second())?)?),
            Self::Text => match first {
                Wire::List(_) | Wire::Object(_) => Err(misfit("text() takes a single value", first)),
                one => Ok(one.as_text().map_or(Wire::Null, |it| text(it.into_owned()))),
            },
            Self::Top => top(first),
            Self::Unpad => Ok(text(unpad(string(first)?).to_owned())),
            Self::Words => said(string(first)?, second()),
        }
    }
}

fn known_functions() -> String {
    let mut names: Vec<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    names.extend(["all", "exists", "exists_one", "filter", "has", "map", "matches"]);
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// What kind of value it is, for messages: never the value.
pub(super) fn kind(value: &Wire) -> &'static str {
    match value {
        Wire::Null => "null",
        Wire::Bool(_) => "a Boolean",
        Wire::Number(_) => "a number",
        Wire::Text(_) => "a text",
        Wire::List(_) => "a list",
        Wire::Object(_) => "a map",
    }
}

fn misfit(wanted: &str, value: &Wire) -> Failure {
    Cow::Owned(format!("{wanted}, not {}", kind(value)))
}

fn text(text: String) -> Wire {
    Wire::Text(text.into())
}

fn number(result: Option<String>) -> Result<Wire, Failure> {
    let result = result.ok_or("this takes numbers whose result has at most 28 digits")?;
    Ok(Wire::Number(result.into()))
}

fn operand(value: Option<&Wire>) -> Result<&Wire, Failure> {
    value.ok_or(Cow::Borrowed("an argument is missing"))
}

/// Text, or a number as it is written.
fn string(value: &Wire) -> Result<&str, Failure> {
    match value {
        Wire::Text(text) | Wire::Number(text) => Ok(text),
        other => Err(misfit("this takes a text or a number", other)),
    }
}

fn list(value: &Wire) -> Result<&[Wire], Failure> {
    match value {
        Wire::List(items) => Ok(items),
        other => Err(misfit("this takes a list", other)),
    }
}

/// The last of some days, as it was written; days that are null drop out, and null is left of none.
fn latest(days: &Wire) -> Result<Wire, Failure> {
    let mut found: Option<(jiff::civil::Date, &Wire)> = None;
    for written in list(days)?.iter().filter(|day| !day.is_null()) {
        let day = moment::read_day(string(written)?).ok_or("latest() takes days (`2026-03-01`, `/Date(…)/`)")?;
        if found.is_none_or(|(known, _)| known < day) {
            found = Some((day, written));
        }
    }
    Ok(found.map_or(Wire::Null, |(_, written)| written.clone()))
}

/// What is null, empty or false drops out (some systems write false for "nothing"); null where nothing is left.
fn join(items: &Wire, separator: Option<&Wire>) -> Result<Wire, Failure> {
    let separator = separator.map_or(Ok(""), string)?;
    let mut parts = Vec::new();
    for item in list(items)? {
        match item {
            Wire::Null | Wire::Bool(false) => {}
            Wire::Text(text) if text.is_empty() => {}
            other => parts.push(string(other)?),
        }
    }
    let size = parts.iter().map(|part| part.len()).sum::<usize>() + separator.len() * parts.len();
    if size > TEXT {
        return Err(Cow::Borrowed("join() makes more than 4 MiB of text"));
    }
    Ok(if parts.is_empty() { Wire::Null } else { text(parts.join(separator)) })
}

/// The right one wins; null counts as an empty map.
fn merge(arguments: &[Cow<'_, Wire>]) -> Result<Wire, Failure> {
    let mut merged: Vec<(Arc<str>, Wire)> = Vec::new();
    for argument in arguments {
        match &**argument {
            Wire::Null => {}
            Wire::Object(members) => {
                let new: HashSet<&str> = members.iter().map(|(name, _)| &**name).collect();
                merged.retain(|(name, _)| !new.contains(&**name));
                merged.extend(members.iter().cloned());
            }
            other => return Err(misfit("merge() takes maps", other)),
        }
    }
    Ok(Wire::Object(merged))
}

/// One list, or several numbers. A sum with an unknown part is unknown.
fn plus(arguments: &[Cow<'_, Wire>]) -> Result<Wire, Failure> {
    let parts: Vec<&Wire> = match arguments {
        [one] => list(one)?.iter().collect(),
        several => several.iter().map(Cow::as_ref).collect(),
    };
    let mut sum = "0".to_owned();
    for part in parts {
        if part.is_null() {
            return Ok(Wire::Null);
        }
        sum = decimal::add(&sum, string(part)?).ok_or("plus() takes numbers whose sum has at most 28 digits")?;
    }
    Ok(Wire::Number(sum.into()))
}

/// Rounded, as a quotient has to be; by nothing it is unknown.
fn divide(a: &str, b: &str) -> Result<Wire, Failure> {
    if decimal::is_zero(b) {
        return Ok(Wire::Null);
    }
    number(decimal::divide(a, b))
}

/// `quote(text)` is `"…"` with `\` before quotes; `quote(text, "'", "'")` names the quote and what stands before it.
fn quote(arguments: &[Cow<'_, Wire>]) -> Result<Wire, Failure> {
    let at = |place: usize, usual| arguments.get(place).map_or(Ok(usual), |it: &Cow<'_, Wire>| string(it));
    let (inner, mark, escape) = (at(0, "")?, at(1, "\"")?, at(2, "\\")?);
    if mark.is_empty() || escape.is_empty() {
        return Err(Cow::Borrowed("quote() needs a quote and what stands before one inside the text"));
    }
    if mark.len() > QUOTE || escape.len() > QUOTE {
        return Err(Cow::Borrowed("quote() takes a quote, and what stands before one, of at most 8 bytes"));
    }
    let escaped = if escape == mark { inner.to_owned() } else { inner.replace(escape, &escape.repeat(2)) };
    let escaped = escaped.replace(mark, &[escape, mark].concat());
    Ok(text([mark, &escaped, mark].concat()))
}

/// A literal of OData: text in single quotes, quotes in it doubled; numbers and Booleans as they are.
fn literal(value: &Wire) -> Result<Wire, Failure> {
    match value {
        Wire::Text(inner) => Ok(text(format!("'{}'", inner.replace('\'', "''")))),
        Wire::Number(_) | Wire::Bool(_) => Ok(value.as_text().map_or(Wire::Null, |it| text(it.into_owned()))),
        other => Err(misfit("literal() takes a single value", other)),
    }
}

fn size(value: &Wire) -> Result<Wire, Failure> {
    let size = match value {
        Wire::Text(text) => text.chars().count(),
        Wire::List(items) => items.len(),
        Wire::Object(members) => members.len(),
        other => return Err(misfit("size() takes a text, list or map", other)),
    };
    Ok(Wire::Number(size.to_string().into()))
}

fn split(inner: &str, separator: &str) -> Result<Wire, Failure> {
    if separator.is_empty() {
        return Err(Cow::Borrowed("split() needs a separator"));
    }
    if inner.split(separator).nth(PARTS).is_some() {
        return Err(Cow::Borrowed("split() makes more than 10,000 parts"));
    }
    Ok(Wire::List(inner.split(separator).map(|part| Wire::Text(part.into())).collect()))
}

/// The words of a text: as many as are asked for, or all.
fn said(inner: &str, most: Option<&Wire>) -> Result<Wire, Failure> {
    let most = match most {
        None => PARTS,
        Some(most) => decimal::whole(string(most)?)
            .and_then(|most| usize::try_from(most).ok())
            .filter(|most| *most <= PARTS)
            .ok_or(Cow::Borrowed("words() takes a text, and how many of its words at most"))?,
    };
    Ok(Wire::List(words(inner, most).into_iter().map(|word| Wire::Text(word.into())).collect()))
}

/// The first step of each path, once: what a system is asked for when it gives whole members only.
fn top(paths: &Wire) -> Result<Wire, Failure> {
    let (mut tops, mut seen) = (Vec::new(), HashSet::new());
    for path in list(paths)? {
        let path = string(path)?;
        let name = path.split(['.', '[']).next().unwrap_or(path);
        if seen.insert(name) {
            tops.push(Wire::Text(name.into()));
        }
    }
    Ok(Wire::List(tops))
}

/// Strips the zeros some systems pad numeric keys with; keys with other characters are never padded and stay.
fn unpad(key: &str) -> &str {
    if !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return key;
    }
    match key.trim_start_matches('0') {
        "" => key.get(..1).unwrap_or_default(),
        rest => rest,
    }
}
