//! Keys and versions: what identifies a record, and what changes with it.

use std::sync::Arc;

use super::codes::{M001, M008, M010, M013};
use super::format;
use super::here::Here;
use super::request::Common;
use super::wire::KEY_WIRES;
use super::yaml::Node;
use crate::connector::{KeyPart, KeyPattern, KeyWire, Part, Path, Read, Step, Version};

/// Reads `key:`: a path, `{ from, wire, pattern }`, or a list of these.
pub(super) fn read(common: &Common<'_>, here: &Here<'_>, root: &Node) -> Vec<KeyPart> {
    let Some(node) = root.get("key") else {
        let remedy = "add `key:`, the path of what identifies a record in the system";
        common.ctx.sink.error((M010, &root.place), "the entity has no `key`", remedy);
        return Vec::new();
    };
    let one = std::slice::from_ref(node);
    node.list().unwrap_or(one).iter().filter_map(|node| part(common, here, node)).collect()
}

fn part(common: &Common<'_>, here: &Here<'_>, node: &Node) -> Option<KeyPart> {
    let sink = common.ctx.sink;
    if node.entries().is_none() {
        return Some(KeyPart { from: here.path(node, "`key`")?, wire: common.wires.keys, pattern: None });
    }
    sink.keys(node, "`key`", &format::KEY);
    let Some(from) = node.get("from") else {
        sink.error((M010, &node.place), "the key has no `from`", "the path of what identifies a record");
        return None;
    };
    let wire = node.get("wire").and_then(|wire| sink.word(wire, "`wire` of a key", KEY_WIRES));
    let pattern = node.get("pattern").and_then(|pattern| {
        let text = sink.text(pattern, "`pattern`")?;
        let whole = KeyPattern::new(text);
        if let Err(error) = &whole {
            // The library draws a picture of it over several lines, and says what is wrong in the last one.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let message = format!("`{text}` is no regular expression: {why}");
            sink.error((M008, &pattern.place), message, "such as `[0-9]{1,10}`");
        }
        whole.ok()
    });
    Some(KeyPart { from: here.path(from, "`key`")?, wire: wire.unwrap_or(common.wires.keys), pattern })
}

/// What `{key.x}` calls the parts: the last word of each.
pub(super) fn names(key: &[KeyPart]) -> Vec<Arc<str>> {
    let last = |part: &KeyPart| {
        let names = part.from.steps.iter().rev();
        names.filter_map(|step| if let Step::Name(name) = step { Some(Arc::clone(name)) } else { None }).next()
    };
    key.iter().map(|part| last(part).unwrap_or_default()).collect()
}

/// Reads `version:`: a path, `etag`, or a list of paths whose values together are the version.
pub(super) fn version(here: &Here<'_>, node: &Node) -> Option<Version> {
    if let Some(items) = node.list() {
        let paths: Vec<Path> = items.iter().filter_map(|path| here.path(path, "`version`")).collect();
        if items.is_empty() {
            let remedy = "name what may change of a record, such as `[status, total]`";
            here.ctx.sink.error((M001, &node.place), "`version` is a list of no paths", remedy);
        }
        return (!paths.is_empty()).then(|| Version::Fingerprint(paths.into()));
    }
    if node.text().is_some_and(|text| &**text == "etag") {
        return Some(Version::ETag);
    }
    here.path(node, "`version`").map(Version::Path)
}

/// Warns of a key that goes into an address and may be any text.
pub(super) fn check_addresses<'r>(
    common: &Common<'_>,
    (node, key): (&Node, &[KeyPart]),
    reads: impl Iterator<Item = &'r Read>,
) {
    let names = names(key);
    let free = |at: usize| key.get(at).is_some_and(|part| part.pattern.is_none() && part.wire == KeyWire::Text);
    let in_address = |part: &Part| match part {
        Part::Text(_) => false,
        Part::Slot(slot) if &**slot == "key" => (0..key.len()).any(free),
        Part::Slot(slot) => {
            slot.strip_prefix("key.").is_some_and(|name| names.iter().position(|n| &**n == name).is_some_and(free))
        }
    };
    if reads.flat_map(|read| &read.request.path.parts).any(in_address) {
        let remedy = "add `key: { from, pattern }`, or say `wire: int` or `wire: guid`";
        let message = "a key of free text goes into an address, and it came from a client";
        common.ctx.sink.warn((M013, &node.get("key").unwrap_or(node).place), message, remedy);
    }
}
