//! Hostile keys through every template of every protocol: what is sent is, but for the key, what is sent for a harmless
//! one; read back, the key is exactly the key, in exactly that place. Or nothing is sent for it at all.
//!
//! The same for what people type into what they write, which may have line breaks and boundaries in it besides.
//!
//! Each file of `answers/` is a read of a shipped connector with real answers, so that the keys of rows reach what is read
//! next; beside those there are all reads of all connectors, and small connectors with a key in every place there is.

mod asked;
mod sent;
mod written;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use vestibule::model::Key;

use crate::targets::{upstream, world};
use asked::{Given, SOURCES, answers, everywhere, narrowed, searched};
use sent::{Sent, same, same_syntax};

/// What no system's keys look like, and what strangers send.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "'",
        "''",
        "../",
        "..",
        "..\\",
        ".",
        "/",
        ";",
        "%00",
        "%27",
        "%2e%2e%2f",
        "%",
        "\"",
        "\\",
        "\\\"",
        "&",
        "&a=b",
        "#",
        "?",
        "{",
        "}",
        "{key}",
        "{{",
        "[",
        "]",
        "(",
        ")",
        ",",
        "=",
        "+",
        " ",
        "*",
        ":",
        "|",
        "<",
        "$filter",
        "' or '1' eq '1",
        "\" OR \"1\":\"1",
        " OR type:user",
        "ü",
        "名",
        "\u{202e}",
        "\u{200b}",
        "e\u{301}",
        "🦊",
        "\u{feff}",
        "a",
        "B",
        "7",
        "-",
        "_",
        "null",
        "true",
        "http://x/",
        "//",
        "@",
    ]);
    prop::collection::vec(pieces, 1..8).prop_map(|pieces| pieces.concat())
}

/// Goes through a read for a harmless key, and for many hostile ones in its place; says what went wrong.
fn through(given: &Given, harmless: &str) -> Option<String> {
    let (expected, without) = (Sent::of(given, harmless), Sent::of(given, ""));
    TestRunner::new(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })
        .run(&hostile(), |key| match Key::new(&key) {
            Some(_) => {
                same((&expected, &without), &Sent::of(given, &key), (harmless, &key)).map_err(TestCaseError::fail)
            }
            None => Ok(()),
        })
        .err()
        .map(|failure| format!("{}: {failure}", given.name))
}

#[test]
fn control_characters_are_in_no_key() {
    for text in ["a\0b", "a\nb", "a\rb", "\t", "a\u{1f}b", "a\u{7f}b", "a\u{85}b", "", &"a".repeat(513)] {
        assert!(Key::new(text).is_none() && Key::from_parts(["x", text]).is_none(), "{text:?}");
    }
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_key_in_an_answer_reaches_what_is_read_next_unchanged() {
    let mut wrong = Vec::new();
    for given in answers() {
        let harmless = given.asked.words.first().map(|key| key.parts().next().unwrap().to_owned());
        wrong.extend(harmless.and_then(|harmless| through(&given, &harmless)));
    }
    assert_none(&wrong);
}

#[test]
fn a_key_of_any_read_of_any_connector_stays_where_it_is() {
    let (mut reached, mut wrong) = (0, Vec::new());
    for source in SOURCES {
        for asked in upstream::reads(&world::connector(source).unwrap()) {
            let given = Given::bare(source, asked);
            let Some(harmless) = given.harmless() else { continue };
            wrong.extend(through(&given, &harmless));
            reached += 1;
        }
    }
    assert_none(&wrong);
    assert!(reached > 30, "{reached} reads");
}

#[test]
fn a_value_of_a_filter_stays_where_it_is() {
    let (mut pushed, mut wrong) = (0, Vec::new());
    for given in SOURCES.into_iter().flat_map(narrowed) {
        if Sent::of(&given, "Harmless70").has("Harmless70") {
            wrong.extend(through(&given, "Harmless70"));
            pushed += 1;
        }
    }
    assert_none(&wrong);
    assert!(pushed > 3, "{pushed} filters");
}

#[test]
fn a_phrase_is_words_to_every_system_and_never_syntax() {
    let mut searches = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for given in SOURCES.into_iter().flat_map(searched) {
        // Two words, for what stands between them.
        let harmless = "Harmless70 Harmless70";
        let expected = Sent::of(&given, harmless);
        if !expected.has("Harmless70") {
            continue;
        }
        searches.push(given.name.clone());
        let config = ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() };
        let phrases = prop_oneof![hostile(), prop::collection::vec(hostile(), 1..7).prop_map(|all| all.join(" "))];
        let checked = TestRunner::new(config).run(&phrases, |phrase| {
            same_syntax(&expected, &Sent::of(&given, &phrase), harmless)
                .map_err(|why| TestCaseError::fail(format!("{phrase:?}: {why}")))
        });
        wrong.extend(checked.err().map(|failure| format!("{}: {failure}", given.name)));
    }
    assert_none(&wrong);
    assert!(searches.len() >= 4, "{searches:?}");
}

#[test]
fn a_key_stays_where_it_is_in_every_place_that_a_template_has() {
    let mut wrong = Vec::new();
    for given in everywhere() {
        assert!(Sent::of(&given, "Harmless70").has("Harmless70"), "{} sends no key", given.name);
        wrong.extend(through(&given, "Harmless70"));
    }
    assert_none(&wrong);
}
