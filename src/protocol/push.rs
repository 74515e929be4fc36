//! Conditions of the graph in a system's terms. What is pushed may be wider than what was asked, never narrower: every row
//! is checked again after the read.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::connector::{Form, Mapping, Origin, Path, Root, Step, Test as Of, ValueMapping, WireForm};
use crate::graph::{Scalar, Shape};
use crate::model::{Condition, Test, Value};

/// A value as the system writes it, and what kind of literal it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) kind: TermKind,
}

/// Kinds of literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TermKind {
    Text,
    /// A word of the manifest: whether the system keeps it as text, a number or a Boolean, nobody said.
    Word,
    Number,
    Decimal,
    Bool,
    Date,
    Instant,
    Guid,
}

/// What the system can be asked of one of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    OneOf(Vec<Term>),
    NoneOf(Vec<Term>),
    /// None of these, or one of the further comparisons of other columns holds.
    NoneOfUnless(Vec<Term>, Vec<(Path, Comparison)>),
    From(Term),
    Before(Term),
}

/// What of a condition the system can be asked; nothing where it would leave out rows that belong.
pub(super) fn comparisons(condition: &Condition, mapping: &Mapping, zone: &str) -> Vec<Comparison> {
    let Some(mapping) = plain(mapping) else { return Vec::new() };
    match &condition.test {
        // Whatever has no word of its own is wanted, too: all but what is mapped to something else.
        Test::In(values)
            if mapping.otherwise.as_ref().is_some_and(|other| values.iter().any(|v| is_same(v, other))) =>
        {
            let known = mapping.map.iter().map(|(_, ours)| ours).chain(mapping.cases.iter().map(|(_, is)| is));
            let unwanted = known.filter(|ours| !values.iter().any(|value| is_same(value, ours)));
            none_of(mapping, &unwanted.cloned().collect::<Vec<_>>())
        }
        Test::In(values) => {
            let all: Option<Vec<Vec<Term>>> = values.iter().map(|value| words(mapping, value)).collect();
            let mut terms: Vec<Term> = Vec::new();
            for term in all.unwrap_or_default().concat() {
                if !terms.contains(&term) {
                    terms.push(term);
                }
            }
            if terms.is_empty() { Vec::new() } else { vec![Comparison::OneOf(terms)] }
        }
        Test::NotIn(values) => none_of(mapping, values),
        Test::NotAll(_) => Vec::new(),
        Test::Between { from, to, inclusive } => {
            let from = from.as_deref().and_then(|from| time(mapping, from, zone)).map(Comparison::From);
            // A day that is itself included ends where the next begins, whether the system keeps days or instants.
            let to = to.as_deref().and_then(|to| {
                let end = if *inclusive { next_day(to) } else { Some(to.to_owned()) };
                time(mapping, &end?, zone)
            });
            from.into_iter().chain(to.map(Comparison::Before)).collect()
        }
    }
}

/// What can be asked where none of the values is wanted.
fn none_of(mapping: &ValueMapping, values: &[Value]) -> Vec<Comparison> {
    // A word that is left out of the list only makes the answer wider.
    if mapping.cases.is_empty() {
        let terms: Vec<Term> = values.iter().filter_map(|value| words(mapping, value)).flatten().collect();
        return if terms.is_empty() { Vec::new() } else { vec![Comparison::NoneOf(terms)] };
    }
    // A case makes another value of a word that is unwanted by itself.
    let mapped = |(_, ours): &&(_, Value)| values.iter().any(|value| is_same(ours, value));
    let terms: Vec<Term> = mapping.map.iter().filter(mapped).map(|(word, _)| a_word(word)).collect();
    let wanted = mapping.cases.iter().filter(|(_, is)| !values.iter().any(|value| is_same(is, value)));
    let unless: Option<Vec<(Path, Comparison)>> = wanted.map(|(when, _)| wider(when)).collect();
    match unless {
        Some(unless) if !terms.is_empty() && unless.is_empty() => vec![Comparison::NoneOf(terms)],
        Some(unless) if !terms.is_empty() => vec![Comparison::NoneOfUnless(terms, unless)],
        _ => Vec::new(),
    }
}

/// A comparison of one column that holds wherever a condition of the manifest does.
fn wider(when: &crate::connector::Condition) -> Option<(Path, Comparison)> {
    when.0.iter().find_map(|(path, test)| {
        let column = path.root == Root::Row && path.steps.iter().all(|step| matches!(step, Step::Name(_)));
        let comparison = match test {
            Of::In(values) => Comparison::OneOf(values.iter().map(|word| a_word(word)).collect()),
            // What is there is not empty, and may be anything else.
            Of::Present => Comparison::NoneOf(vec![Term { text: String::new(), kind: TermKind::Text }]),
            _ => return None,
        };
        column.then(|| (path.clone(), comparison))
    })
}

fn a_word(word: &str) -> Term {
    Term { text: word.to_owned(), kind: TermKind::Word }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        _ => false,
    }
}

/// Whether what is pushed of a condition holds for exactly the records that the condition holds for: a system's count is
/// otherwise one of another list.
pub(super) fn is_exact(condition: &Condition, mapping: &Mapping) -> bool {
    let Some(mapping) = plain(mapping).filter(|mapping| mapping.cases.is_empty() && mapping.when.is_none()) else {
        return false;
    };
    match &condition.test {
        Test::In(values) => values.iter().all(|value| words(mapping, value).is_some()),
        Test::NotIn(_) | Test::NotAll(_) | Test::Between { .. } => false,
    }
}

/// A mapping of one column, without fallbacks: a pushed condition on one of several columns would be narrower.
pub(super) fn plain(mapping: &Mapping) -> Option<&ValueMapping> {
    match mapping {
        Mapping::One(value) => match &*value.from {
            [Origin::Path(path)] if path.root == Root::Row => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// The system's words for a value; `None` where it is not known which they are.
fn words(mapping: &ValueMapping, value: &Value) -> Option<Vec<Term>> {
    if mapping.otherwise.as_ref().is_some_and(|other| is_same(other, value)) {
        return None;
    }
    // A case that makes it is known by its own column's word, where it has one.
    let mut terms = Vec::new();
    for (when, _) in mapping.cases.iter().filter(|(_, case)| is_same(case, value)) {
        terms.extend(own_words(mapping, when)?);
    }
    if !mapping.map.is_empty() {
        terms.extend(mapping.map.iter().filter(|(_, ours)| is_same(ours, value)).map(|(word, _)| a_word(word)));
    } else if terms.is_empty() {
        terms.push(term(mapping, value)?);
    } else {
        return None;
    }
    (!terms.is_empty()).then_some(terms)
}

/// The words that a condition of the manifest takes for the mapping's own column.
fn own_words(mapping: &ValueMapping, when: &crate::connector::Condition) -> Option<Vec<Term>> {
    let [Origin::Path(own)] = &*mapping.from else { return None };
    when.0.iter().find_map(|(path, test)| match test {
        Of::In(values) if path.root == own.root && path.steps == own.steps => {
            Some(values.iter().map(|word| a_word(word)).collect())
        }
        _ => None,
    })
}

fn term(mapping: &ValueMapping, value: &Value) -> Option<Term> {
    let kind = kind_of(mapping);
    let text = match value {
        Value::Text(text) if matches!(kind, TermKind::Date | TermKind::Instant) => return time(mapping, text, "UTC"),
        Value::Text(text) if mapping.wire == WireForm::Lower => text.to_lowercase(),
        Value::Text(text) => text.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Reference(reference) => reference.key.first().to_owned(),
        Value::Null | Value::List(_) | Value::Object(_) | Value::File(_) | Value::Fault(_) => return None,
    };
    (!matches!(mapping.wire, WireForm::Minor(_))).then_some(Term { text, kind })
}

/// What kind of literal a field's values are.
pub(super) fn kind_of(mapping: &ValueMapping) -> TermKind {
    match &mapping.form {
        Form::Shape(Shape::Scalar(scalar)) => match scalar {
            Scalar::Int | Scalar::Long => TermKind::Number,
            Scalar::Decimal => TermKind::Decimal,
            Scalar::Boolean => TermKind::Bool,
            Scalar::Date => TermKind::Date,
            Scalar::DateTime => TermKind::Instant,
            _ => TermKind::Text,
        },
        Form::Money => TermKind::Decimal,
        _ => TermKind::Text,
    }
}

/// A day or instant in the system's form.
fn time(mapping: &ValueMapping, text: &str, zone: &str) -> Option<Term> {
    let kind = if text.contains('T') { TermKind::Instant } else { TermKind::Date };
    let instant = || -> Option<Timestamp> {
        match kind {
            TermKind::Instant => text.parse().ok(),
            _ => {
                let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
                Some(text.parse::<Date>().ok()?.to_zoned(zone).ok()?.timestamp())
            }
        }
    };
    match &mapping.wire {
        WireForm::Plain | WireForm::Midnight | WireForm::ODataV2 => Some(Term { text: text.to_owned(), kind }),
        WireForm::Unix => Some(Term { text: instant()?.as_second().to_string(), kind: TermKind::Number }),
        WireForm::UnixMillis => Some(Term { text: instant()?.as_millisecond().to_string(), kind: TermKind::Number }),
        WireForm::Pattern(pattern) => {
            let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
            let at = instant()?.to_zoned(zone);
            let two = |n: i8| format!("{n:02}");
            let text = pattern
                .replace("YYYY", &format!("{:04}", at.year()))
                .replace("MM", &two(at.month()))
                .replace("DD", &two(at.day()))
                .replace("hh", &two(at.hour()))
                .replace("mm", &two(at.minute()))
                .replace("ss", &two(at.second()));
            Some(Term { text, kind })
        }
        WireForm::Minor(_) | WireForm::Lower | WireForm::Html => None,
    }
}

fn next_day(day: &str) -> Option<String> {
    Some(day.parse::<Date>().ok()?.tomorrow().ok()?.to_string())
}
