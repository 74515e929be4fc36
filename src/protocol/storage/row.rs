//! Objects as rows.

use opendal::Metadata;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::list::Object;
use super::name;

/// What a word that is kept with an object may hold as it is: headers carry no others.
const WORD: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b' ').remove(b',');
/// What a path may hold as it is in an address of the engine.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// An object as a row. `known` is all that the store tells of it, or what its list tells.
pub(super) fn row(path: &str, known: &Metadata, below: usize) -> Value {
    let parts: Vec<&str> = path.split('/').collect();
    let file = parts.last().copied().unwrap_or_default();
    let shown = name::shown(file);
    let folders = parts.get(below..parts.len().saturating_sub(1)).unwrap_or_default();
    json!({
        "path": path,
        "parts": parts,
        "name": shown,
        "folder": folders.join("/"),
        "top": folders.first(),
        "size": known.content_length(),
        "type": known.content_type().or_else(|| name::media(file)),
        "modifiedAt": known.last_modified().map(|at| at.into_inner().to_string()),
        "etag": mark(known),
        "version": known.version(),
        "at": address(path, None),
        "meta": words(known),
    })
}

/// That an object changed.
pub(super) fn changed(object: &Object) -> Value {
    json!({
        "path": object.path,
        "parts": object.path.split('/').collect::<Vec<_>>(),
        "etag": mark(&object.known),
        "changedAt": object.changed.map(|at| at.to_string()),
    })
}

/// A version of an object.
pub(super) fn version(path: &str, known: &Metadata, current: bool) -> Value {
    let file = path.rsplit('/').next().unwrap_or_default();
    json!({
        "version": known.version(),
        "current": current,
        "name": name::shown(file),
        "size": known.content_length(),
        "type": name::media(file),
        "modifiedAt": known.last_modified().map(|at| at.into_inner().to_string()),
        "etag": mark(known),
        "at": address(path, known.version()),
    })
}

/// What changes with the object: its entity tag, or, of a file, its length and when it was written.
pub(super) fn mark(known: &Metadata) -> Option<String> {
    let tag = known.etag().map(str::to_owned);
    tag.or_else(|| {
        let at = known.last_modified()?.into_inner();
        Some(format!("\"{:x}-{:x}\"", known.content_length(), at.as_nanosecond()))
    })
}

/// Where the bytes are, in the engine's own words.
fn address(path: &str, version: Option<&str>) -> String {
    let path = utf8_percent_encode(path, PLAIN);
    version.map_or_else(
        || format!("/{path}"),
        |version| format!("/{path}?version={}", utf8_percent_encode(version, NON_ALPHANUMERIC)),
    )
}

/// A word as it is kept.
pub(super) fn written(word: &str) -> String {
    utf8_percent_encode(word, WORD).to_string()
}

fn words(known: &Metadata) -> Value {
    let Some(words) = known.user_metadata() else { return Value::Null };
    let read = |word: &str| {
        let decoded = percent_decode_str(word).decode_utf8();
        decoded.map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
    };
    let words = words.into_iter().map(|(name, word)| (name.to_owned(), Value::String(read(word))));
    Value::Object(words.collect::<Map<_, _>>())
}
