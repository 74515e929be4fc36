//! Patterns: text with slots, such as `/orders/{key}/items`. `{{` and `}}` are braces.

use std::sync::Arc;

use crate::connector::{Part, Pattern};

/// What is wrong with a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PatternError {
    /// A brace without its partner, or nothing between two.
    Broken,
    /// A slot that `resolve` did not know.
    Unknown(String),
}

/// Compiles a pattern; `resolve` says what a slot's name stands for.
///
/// # Errors
/// See [`PatternError`]; the first problem only.
pub(super) fn parse(text: &str, mut resolve: impl FnMut(&str) -> Option<Part>) -> Result<Pattern, PatternError> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        literal.push_str(before);
        if let Some(behind) = brace.strip_prefix("{{").or_else(|| brace.strip_prefix("}}")) {
            literal.push_str(brace.get(..1).unwrap_or_default());
            rest = behind;
            continue;
        }
        let (name, behind) =
            brace.strip_prefix('{').and_then(|open| open.split_once('}')).ok_or(PatternError::Broken)?;
        if name.is_empty() || name.contains(['{', ' ']) {
            return Err(PatternError::Broken);
        }
        match resolve(name).ok_or_else(|| PatternError::Unknown(name.to_owned()))? {
            Part::Text(filled) => literal.push_str(&filled),
            slot @ Part::Slot(_) => {
                flush(&mut literal, &mut parts);
                parts.push(slot);
            }
        }
        rest = behind;
    }
    literal.push_str(rest);
    flush(&mut literal, &mut parts);
    Ok(Pattern { parts, text: Arc::from(text) })
}

fn flush(literal: &mut String, parts: &mut Vec<Part>) {
    if !literal.is_empty() {
        parts.push(Part::Text(Arc::from(std::mem::take(literal))));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Part {
        Part::Text(Arc::from(text))
    }

    fn resolve(name: &str) -> Option<Part> {
        match name {
            "key" | "parent" => Some(Part::Slot(Arc::from(name))),
            "host" => Some(text("api.example.com")),
            _ => None,
        }
    }

    fn parts(pattern: &str) -> Vec<Part> {
        parse(pattern, resolve).unwrap().parts
    }

    #[test]
    fn slots_stay_and_settings_are_filled_in() {
        assert_eq!(parts("/orders/{key}/x"), [text("/orders/"), Part::Slot(Arc::from("key")), text("/x")]);
        assert_eq!(parts("https://{host}/v2"), [text("https://api.example.com/v2")]);
        assert_eq!(parts("{{{key}}}"), [text("{"), Part::Slot(Arc::from("key")), text("}")]);
        assert_eq!(parts(""), []);
        assert_eq!(&*parse("https://{host}/v2", resolve).unwrap().text, "https://{host}/v2");
    }

    #[test]
    fn broken_braces_and_unknown_slots_are_refused() {
        for broken in ["{", "}", "{}", "{key", "key}", "{a b}", "{ke{y}"] {
            assert_eq!(parse(broken, resolve), Err(PatternError::Broken), "{broken}");
        }
        assert_eq!(parse("/{secret}", resolve), Err(PatternError::Unknown("secret".to_owned())));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-c{}ü key]{0,24}") {
            let _ = parse(&text, resolve);
        }
    }
}
