//! Conditions and orders written in a system's own language.

use std::sync::Arc;

use super::push::{Comparison, Term, TermKind};
use super::template::Parameters;
use crate::connector::{Fragment, Language, LanguageForm, LanguageTest, Part, Pattern};
use crate::model::Wire;

/// Conditions as they are placed: `where` in a request's templates, or parameters of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Written {
    /// What the name `where` stands for.
    pub(super) value: Option<Wire>,
    /// Parameters that place themselves.
    pub(super) parameters: Parameters,
}

/// Writes conditions on columns; a test that the language lacks is left out, which is wider.
pub(super) fn conditions(language: &Language, pushed: &[(Arc<str>, Comparison)]) -> Written {
    let mut pieces = Vec::new();
    for (field, comparison) in pushed {
        pieces.extend(pieces_of(language, field, comparison).unwrap_or_default());
    }
    collect(language.form, &language.and, pieces)
}

/// Writes an order; `None` where the language has none.
pub(super) fn order(language: &Language, field: &str, descending: bool) -> Option<Written> {
    let (ascending, down) = language.order.as_ref()?;
    let fragment = if descending { down } else { ascending };
    let form = if language.order_params {
        LanguageForm::Params
    } else {
        match fragment {
            Fragment::Json(_) => LanguageForm::Json,
            Fragment::Text(_) => LanguageForm::Text,
        }
    };
    let piece = piece(form, fragment, &Slots { field, values: &[], written: String::new() });
    Some(collect(form, ", ", vec![piece]))
}

/// Whether the language can ask for one parent's rows.
pub(super) fn can_equal(language: &Language) -> bool {
    language.tests.iter().any(|(test, _)| matches!(test, LanguageTest::Eq | LanguageTest::In))
}

/// Whether the language has a test for a comparison.
pub(super) fn can_write(language: &Language, comparison: &Comparison) -> bool {
    pieces_of(language, "", comparison).is_some()
}

enum Piece {
    Text(String),
    Json(Wire),
    Parameters(Parameters),
}

struct Slots<'a> {
    field: &'a str,
    values: &'a [Term],
    written: String,
}

fn pieces_of(language: &Language, field: &str, comparison: &Comparison) -> Option<Vec<Piece>> {
    let (tests, terms): (&[LanguageTest], &[Term]) = match comparison {
        Comparison::OneOf(terms) if terms.len() == 1 => (&[LanguageTest::Eq, LanguageTest::In], terms),
        Comparison::OneOf(terms) => (&[LanguageTest::In, LanguageTest::InEach], terms),
        Comparison::NoneOf(terms) => (&[LanguageTest::Not], terms),
        Comparison::NoneOfUnless(..) => return None,
        Comparison::From(term) => (&[LanguageTest::From], std::slice::from_ref(term)),
        Comparison::Before(term) => (&[LanguageTest::Before, LanguageTest::To], std::slice::from_ref(term)),
    };
    let known = |test: &LanguageTest| language.tests.iter().find(|(known, _)| known == test);
    let (test, fragment) = tests.iter().find_map(known)?;
    let write = |terms: &[Term]| -> Option<Piece> {
        let written: Option<Vec<String>> = terms.iter().map(|term| literal(language, term)).collect();
        Some(piece(language.form, fragment, &Slots { field, values: terms, written: written?.join(",") }))
    };
    if matches!(test, LanguageTest::InEach | LanguageTest::Not) {
        terms.iter().map(|term| write(std::slice::from_ref(term))).collect()
    } else {
        Some(vec![write(terms)?])
    }
}

/// A value inside text: quoted and escaped, unless it is of a kind that cannot hold syntax.
fn literal(language: &Language, term: &Term) -> Option<String> {
    if language.form != LanguageForm::Text {
        return Some(term.text.clone());
    }
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '+');
    let safe = !term.text.is_empty() && term.text.chars().all(harmless);
    if safe && !matches!(term.kind, TermKind::Text | TermKind::Word) {
        return Some(term.text.clone());
    }
    if language.quote.is_empty() {
        return safe.then(|| term.text.clone());
    }
    // Without a way to escape, a quote inside a value cannot be written at all.
    if language.escape.is_empty() && term.text.contains(&*language.quote) {
        return None;
    }
    let mut escaped = term.text.clone();
    if !language.escape.is_empty() {
        escaped = escaped.replace(&*language.escape, &format!("{0}{0}", language.escape));
        if language.escape != language.quote {
            escaped = escaped.replace(&*language.quote, &format!("{}{}", language.escape, language.quote));
        }
    }
    Some(format!("{0}{escaped}{0}", language.quote))
}

fn piece(form: LanguageForm, fragment: &Fragment, slots: &Slots<'_>) -> Piece {
    match (form, fragment) {
        (LanguageForm::Params, Fragment::Text(pattern)) => Piece::Parameters(parameters(pattern, slots)),
        (_, Fragment::Text(pattern)) => Piece::Text(text(pattern, slots)),
        (_, Fragment::Json(wire)) => Piece::Json(fill_json(wire, slots)),
    }
}

fn slot<'a>(name: &str, slots: &'a Slots<'_>) -> &'a str {
    match name {
        "field" => slots.field,
        "value" | "values" => &slots.written,
        _ => "",
    }
}

fn text(pattern: &Pattern, slots: &Slots<'_>) -> String {
    let pieces = pattern.parts.iter().map(|part| match part {
        Part::Text(text) => text,
        Part::Slot(name) => slot(name, slots),
    });
    pieces.collect()
}

/// `a={value}&b=c` as parameters. Only the pattern's own `=` and `&` part them, never those of a value.
fn parameters(pattern: &Pattern, slots: &Slots<'_>) -> Parameters {
    let mut all: Vec<(String, Option<String>)> = vec![(String::new(), None)];
    let push = |all: &mut Vec<(String, Option<String>)>, text: &str| {
        if let Some((name, value)) = all.last_mut() {
            value.as_mut().unwrap_or(name).push_str(text);
        }
    };
    for part in &pattern.parts {
        match part {
            Part::Slot(name) => push(&mut all, slot(name, slots)),
            Part::Text(text) => {
                for c in text.chars() {
                    match (c, all.last_mut()) {
                        ('&', _) => all.push((String::new(), None)),
                        ('=', Some((_, value @ None))) => *value = Some(String::new()),
                        _ => push(&mut all, c.encode_utf8(&mut [0; 4])),
                    }
                }
            }
        }
    }
    all.into_iter().map(|(name, value)| (name.into(), Wire::Text(value.unwrap_or_default().into()))).collect()
}

fn fill_json(wire: &Wire, slots: &Slots<'_>) -> Wire {
    match wire {
        Wire::Text(leaf) if &**leaf == "{values}" => {
            Wire::List(slots.values.iter().map(|term| Wire::Text(term.text.as_str().into())).collect())
        }
        Wire::Text(leaf) => {
            // One pass: what a value holds is never taken for a slot.
            let filled = leaf.split_inclusive('}').map(|piece| {
                let slot_of =
                    |name: &str| piece.strip_suffix(name).map(|before| (before, slot(&name[1..name.len() - 1], slots)));
                let found = slot_of("{field}").or_else(|| slot_of("{value}"));
                found.map_or_else(|| piece.to_owned(), |(before, value)| format!("{before}{value}"))
            });
            Wire::Text(filled.collect::<String>().into())
        }
        Wire::List(items) => Wire::List(items.iter().map(|item| fill_json(item, slots)).collect()),
        Wire::Object(members) => {
            Wire::Object(members.iter().map(|(name, value)| (name.clone(), fill_json(value, slots))).collect())
        }
        other => other.clone(),
    }
}

fn collect(form: LanguageForm, and: &str, pieces: Vec<Piece>) -> Written {
    let (mut texts, mut objects, mut parameters) = (Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Text(text) => texts.push(text),
            Piece::Json(wire) => objects.push(wire),
            Piece::Parameters(more) => parameters.extend(more),
        }
    }
    let value = match form {
        LanguageForm::Text => Some(Wire::Text(texts.join(and).into())),
        LanguageForm::Json => Some(Wire::List(objects)),
        LanguageForm::Params => None,
    };
    Written { value, parameters }
}
