//! Values into addresses, headers and literals: each encoded for its place, so that no value can change the structure
//! around it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode_byte, utf8_percent_encode};

use crate::connector::{Part, Pattern};

/// Names of parameters are the manifest's own words; brackets and `$` are left as systems document them.
const NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'[')
    .remove(b']')
    .remove(b'$')
    .remove(b'@')
    .remove(b':');

/// What is set apart for a value before it is known.
const ROOM: usize = 16;

/// Why a pattern could not be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// A slot has no value.
    Missing(String),
    /// A value would change the structure of the address (a path segment `.` or `..`).
    Structure,
}

/// Writes one value of a path segment or a query.
pub(super) fn value(out: &mut String, text: &str) {
    out.reserve(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(percent_encode_byte(byte));
        }
    }
}

/// How long a value is once it is encoded.
pub(super) fn length(text: &str) -> usize {
    text.bytes().map(|byte| if is_unreserved(byte) { 1 } else { 3 }).sum()
}

/// The unreserved characters of RFC 3986: safe in a path segment and in a query alike.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// A path: slots encoded, and no segment that a slot is in may come out as `.` or `..`.
pub(super) fn path(pattern: &Pattern, fill: impl Fn(&str) -> Option<String>) -> Result<String, Unfit> {
    let mut out = String::with_capacity(pattern.text.len() + ROOM);
    for part in &pattern.parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Slot(slot) => {
                let filled = fill(slot).filter(|text| !text.is_empty());
                value(&mut out, &filled.ok_or_else(|| Unfit::Missing(slot.to_string()))?);
            }
        }
    }
    let path = out.as_bytes().split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
    let climbs = |segment: &[u8]| {
        matches!(segment, [b'.' | b'%', ..]) && matches!(&*percent_decode(segment).decode_utf8_lossy(), "." | "..")
    };
    if path.split(|byte| *byte == b'/').any(climbs) { Err(Unfit::Structure) } else { Ok(out) }
}

/// Text with its slots as they are: for what is encoded as a whole afterwards, and for the operator's own settings.
pub(super) fn plain(pattern: &Pattern, fill: impl Fn(&str) -> Option<String>) -> Result<String, Unfit> {
    let mut out = String::new();
    for part in &pattern.parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Slot(slot) => out.push_str(&fill(slot).ok_or_else(|| Unfit::Missing(slot.to_string()))?),
        }
    }
    Ok(out)
}

/// Adds `a=1` to a query.
pub(super) fn pair(query: &mut String, name: &str, text: &str) {
    start(query, name, text.len());
    value(query, text);
}

/// Adds a parameter whose value is encoded already.
pub(super) fn encoded_pair(query: &mut String, name: &str, encoded: &str) {
    start(query, name, encoded.len());
    query.push_str(encoded);
}

/// Adds a query to a query.
pub(super) fn join(query: &mut String, more: &str) {
    if !query.is_empty() && !more.is_empty() {
        query.push('&');
    }
    query.push_str(more);
}

fn start(query: &mut String, name: &str, length: usize) {
    query.reserve(name.len() + length + ROOM);
    if !query.is_empty() {
        query.push('&');
    }
    query.extend(utf8_percent_encode(name, NAME));
    query.push('=');
}

/// A header's value; `None` where it would not arrive as it is: with characters that could end the header, or with blanks
/// at its ends, which nobody keeps.
pub(super) fn header(text: &str) -> Option<&str> {
    let fits = text.chars().all(|c| c == '\t' || !c.is_control()) && text.trim().len() == text.len();
    fits.then_some(text)
}

/// Writes a text literal of OData: quotes are doubled. It still has to be encoded for the address.
/// <https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html> (5.1.1.6.1)
pub(super) fn quoted(out: &mut String, text: &str) {
    out.push('\'');
    for (at, piece) in text.split('\'').enumerate() {
        if at > 0 {
            out.push_str("''");
        }
        out.push_str(piece);
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    fn pattern() -> Pattern {
        let parts =
            vec![Part::Text(Arc::from("/orders/")), Part::Slot(Arc::from("key")), Part::Text(Arc::from("/items"))];
        Pattern { parts, text: Arc::from("/orders/{key}/items") }
    }

    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            r#"[./\\?#;&=%'"0-9a-zA-Z \x00\r\n]{1,12}"#,
            prop::sample::select(vec![
                "..",
                ".",
                "%2e%2e",
                "../..",
                "a/../../b",
                "%00",
                "\0",
                "a;v=1",
                "a?b=c",
                "a#b",
                "a' or '1' eq '1",
                "%2f",
                "a&b=c",
                "\\..\\",
                "http://x/",
                "//x",
                "@x",
                "ü",
                "+",
            ])
            .prop_map(str::to_owned),
        ]
    }

    proptest! {
        #[test]
        fn no_key_changes_the_address(key in hostile()) {
            let Ok(path) = path(&pattern(), |_| Some(key.clone())) else { return Ok(()) };
            let pairs = [("filter".to_owned(), key.clone()), ("top".to_owned(), "1".to_owned())];
            let mut query = String::new();
            pairs.iter().for_each(|(name, text)| pair(&mut query, name, text));
            let base = crate::upstream::Base::read("https://host.example/base").unwrap();
            let address = base.address(&path, &query).unwrap();
            // As whoever gets it reads it.
            let url = url::Url::parse(&address.to_string()).unwrap();
            prop_assert_eq!(url.host_str(), Some("host.example"));
            prop_assert_eq!(url.fragment(), None);
            let segments: Vec<_> = url.path_segments().unwrap().map(str::to_owned).collect();
            prop_assert_eq!(segments.len(), 4, "{}", url);
            prop_assert_eq!((&*segments[0], &*segments[1], &*segments[3]), ("base", "orders", "items"));
            prop_assert_eq!(percent_decode_str(&segments[2]).decode_utf8().unwrap(), &*key);
            let back: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(back, pairs.to_vec());
        }

        #[test]
        fn no_text_ends_a_literal(text in hostile()) {
            let mut literal = String::new();
            quoted(&mut literal, &text);
            let inner = &literal[1..literal.len() - 1];
            prop_assert_eq!(inner.replace("''", "'"), text);
            prop_assert!(!inner.replace("''", "").contains('\''));
        }

        #[test]
        fn no_text_ends_a_header(text in hostile()) {
            if let Some(header) = header(&text) {
                prop_assert!(!header.contains(['\r', '\n', '\0']));
            }
        }
    }

    proptest! {
        #[test]
        fn the_length_is_that_of_what_is_written(text in hostile()) {
            let mut written = String::new();
            value(&mut written, &text);
            prop_assert_eq!(length(&text), written.len());
        }
    }

    #[test]
    fn a_segment_that_climbs_is_refused() {
        for key in [".", ".."] {
            assert_eq!(path(&pattern(), |_| Some(key.to_owned())), Err(Unfit::Structure));
        }
        assert_eq!(path(&pattern(), |_| None), Err(Unfit::Missing("key".to_owned())));
        assert_eq!(path(&pattern(), |_| Some("a/b".to_owned())).unwrap(), "/orders/a%2Fb/items");
    }
}
