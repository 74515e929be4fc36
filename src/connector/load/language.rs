//! Languages: how conditions and orders are written for a system that has words of its own for them.

use std::sync::Arc;

use super::codes::{M001, M055};
use super::format;
use super::here::Here;
use super::yaml::{Entry, Node, Yaml};
use crate::connector::{Fragment, Language, LanguageForm, LanguageTest};
use crate::model::Wire;

/// How what is written is sent.
pub(super) const FORMS: &[(&str, LanguageForm)] =
    &[("text", LanguageForm::Text), ("json", LanguageForm::Json), ("params", LanguageForm::Params)];
const TESTS: &[(&str, LanguageTest)] = &[
    ("eq", LanguageTest::Eq),
    ("in", LanguageTest::In),
    ("not", LanguageTest::Not),
    ("from", LanguageTest::From),
    ("to", LanguageTest::To),
    ("before", LanguageTest::Before),
    ("after", LanguageTest::After),
    ("contains", LanguageTest::Contains),
];
const SLOTS: &[&str] = &["field", "value", "values"];

/// Reads one language.
pub(super) fn read(here: &Here<'_>, entry: &Entry) -> Option<Language> {
    let (sink, node) = (here.ctx.sink, &entry.value);
    sink.keys(node, &format!("the language `{}`", entry.key), &format::LANGUAGE).then_some(())?;
    let here = Here { slots: SLOTS, ..here.afresh() };
    let mut language = Language::default();
    if let Some(filter) = node.get("filter") {
        sink.keys(filter, "`filter`", &format::LANGUAGE_FILTER);
        language.form = form(&here, filter);
        language.tests = TESTS.iter().filter_map(|test| one(&here, filter, *test)).collect();
        let word = |key: &str| filter.get(key).and_then(|node| sink.text(node, key)).cloned();
        language.and = word("and").unwrap_or_default();
        language.quote = word("quote").unwrap_or_default();
        language.escape = word("escape").unwrap_or_default();
        if language.form == LanguageForm::Text && (language.quote.is_empty() || language.escape.is_empty()) {
            let remedy = "add them: values come from people, and would be read as words of the language";
            sink.error((M055, &filter.place), "a language of text has no `quote` and `escape`", remedy);
        }
    }
    if let Some(order) = node.get("order") {
        sink.keys(order, "`order`", &format::LANGUAGE_ORDER);
        language.order_params = form(&here, order) == LanguageForm::Params;
        let side = |key: &str| fragment(&here, order.get(key)?);
        language.order = side("asc").zip(side("desc"));
        if language.order.is_none() {
            sink.error((M001, &order.place), "an order needs `asc` and `desc`", "write both; they may be the same");
        }
    }
    Some(language)
}

fn form(here: &Here<'_>, node: &Node) -> LanguageForm {
    node.get("form").and_then(|form| here.ctx.sink.word(form, "`form`", FORMS)).unwrap_or_default()
}

/// One test; `in: { each: … }` is as many `eq` as there are values.
fn one(here: &Here<'_>, filter: &Node, (name, test): (&str, LanguageTest)) -> Option<(LanguageTest, Fragment)> {
    let node = filter.get(name)?;
    match (test, node.entries()) {
        (LanguageTest::In, Some([only])) if &*only.key == "each" => {
            Some((LanguageTest::InEach, fragment(here, &only.value)?))
        }
        _ => Some((test, fragment(here, node)?)),
    }
}

fn fragment(here: &Here<'_>, node: &Node) -> Option<Fragment> {
    match &node.value {
        Yaml::Scalar { .. } => here.pattern(node, "a test").map(Fragment::Text),
        _ => json(here, node).map(Fragment::Json),
    }
}

/// JSON whose texts may have slots; each is checked, and kept as written.
fn json(here: &Here<'_>, node: &Node) -> Option<Wire> {
    match &node.value {
        Yaml::Scalar { text, .. } if text.contains('{') => {
            here.pattern(node, "a text")?;
            Some(Wire::Text(Arc::clone(text).into()))
        }
        Yaml::Scalar { .. } => node.scalar_wire(),
        Yaml::List(items) => items.iter().map(|item| json(here, item)).collect::<Option<_>>().map(Wire::List),
        Yaml::Map(entries) => {
            let member = |entry: &Entry| Some((Arc::from(&*entry.key), json(here, &entry.value)?));
            entries.iter().map(member).collect::<Option<_>>().map(Wire::Object)
        }
    }
}

/// Whether a language can ask for one of several values.
pub(super) fn knows_several(language: &Arc<Language>) -> bool {
    language.tests.iter().any(|(test, _)| matches!(test, LanguageTest::In | LanguageTest::InEach))
}
