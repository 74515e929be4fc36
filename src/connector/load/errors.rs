//! The shape of a system's errors, and its quotas.

use std::sync::Arc;

use super::codes::M001;
use super::format;
use super::here::Here;
use super::yaml::Node;
use crate::connector::{ErrorKind, Errors, Limits, Path, Quota};
use crate::model::RefusalCode;

/// What a failure means.
pub(super) const KINDS: &[(&str, ErrorKind)] = &[
    ("invalid", ErrorKind::Invalid),
    ("refused", ErrorKind::Refused),
    ("missing", ErrorKind::Missing),
    ("conflict", ErrorKind::Conflict),
    ("forbidden", ErrorKind::Forbidden),
    ("credentials", ErrorKind::Credentials),
    ("limited", ErrorKind::Limited),
    ("locked", ErrorKind::Locked),
    ("unavailable", ErrorKind::Unavailable),
    ("timeout", ErrorKind::Timeout),
];

/// What a person has to put right.
pub(super) const REFUSALS: &[(&str, RefusalCode)] = &[
    ("REQUIRED", RefusalCode::Required),
    ("INVALID", RefusalCode::Invalid),
    ("TOO_LONG", RefusalCode::TooLong),
    ("OUT_OF_RANGE", RefusalCode::OutOfRange),
    ("NOT_FOUND", RefusalCode::NotFound),
    ("DUPLICATE", RefusalCode::Duplicate),
    ("CONFLICT", RefusalCode::Conflict),
    ("NOT_ALLOWED", RefusalCode::NotAllowed),
    ("UNAVAILABLE", RefusalCode::Unavailable),
    ("LOCKED", RefusalCode::Locked),
    ("FILE_TOO_LARGE", RefusalCode::FileTooLarge),
    ("FILE_TYPE_REFUSED", RefusalCode::FileTypeRefused),
    ("REJECTED_BY_SYSTEM", RefusalCode::RejectedBySystem),
];

/// Reads `errors:`.
pub(super) fn read(here: &Here<'_>, node: Option<&Node>) -> Errors {
    let sink = here.ctx.sink;
    let Some(node) = node else { return Errors::default() };
    sink.keys(node, "`errors`", &format::ERRORS);
    let paths = |key: &str| -> Vec<Path> {
        let Some(given) = node.get(key) else { return Vec::new() };
        let one = std::slice::from_ref(given);
        given.list().unwrap_or(one).iter().filter_map(|path| here.path(path, &format!("`{key}`"))).collect()
    };
    let refusals = node.get("refusals").map(|codes| sink.entries(codes, "`refusals`")).unwrap_or_default();
    let kinds = node.get("kinds").map(|kinds| sink.entries(kinds, "`kinds`")).unwrap_or_default();
    Errors {
        code: paths("code"),
        message: paths("message"),
        rows: node.get("rows").and_then(|rows| here.path(rows, "`rows`")),
        keys: paths("keys"),
        when: node.get("when").and_then(|when| here.condition(when, "`when`")),
        kinds: kinds
            .iter()
            .filter_map(|entry| Some((Arc::clone(&entry.key), sink.word(&entry.value, "the kind of an error", KINDS)?)))
            .collect(),
        retry: node.get("retry").and_then(|retry| header(here, retry, "`retry`")),
        field: paths("field"),
        refusals: refusals
            .iter()
            .filter_map(|entry| Some((Arc::clone(&entry.key), sink.word(&entry.value, "a refusal", REFUSALS)?)))
            .collect(),
        public: node.get("public").map(|codes| sink.texts(codes, "`public`")).unwrap_or_default(),
    }
}

/// `{ header: X-Remaining }`, or the header's name alone.
fn header(here: &Here<'_>, node: &Node, what: &str) -> Option<Arc<str>> {
    let sink = here.ctx.sink;
    if node.entries().is_none() {
        return sink.text(node, what).cloned();
    }
    sink.keys(node, what, &format::HEADER);
    node.get("header").and_then(|name| sink.text(name, "`header`")).cloned()
}

/// Reads `limits:`.
pub(super) fn limits(here: &Here<'_>, node: Option<&Node>) -> Limits {
    let sink = here.ctx.sink;
    let Some(node) = node else { return Limits::default() };
    sink.keys(node, "`limits`", &format::LIMITS);
    let quotas = node.get("quotas").map(|quotas| match quotas.list() {
        Some(items) => items.iter().filter_map(|quota| self::quota(here, quota)).collect(),
        None => {
            sink.error((M001, &quotas.place), "`quotas` must be a list", "such as `[{ max: 100, per: 10s }]`");
            Vec::new()
        }
    });
    Limits {
        concurrent: node.get("concurrent").and_then(|number| sink.number(number, "`concurrent`")).filter(|n| *n > 0),
        quotas: quotas.unwrap_or_default(),
    }
}

fn quota(here: &Here<'_>, node: &Node) -> Option<Quota> {
    let sink = here.ctx.sink;
    sink.keys(node, "a quota", &format::QUOTA).then_some(())?;
    let (Some(max), Some(per)) = (node.get("max"), node.get("per")) else {
        sink.error((M001, &node.place), "a quota needs `max` and `per`", "such as `{ max: 100, per: 10s }`");
        return None;
    };
    Some(Quota {
        name: node.get("name").and_then(|name| sink.text(name, "`name`")).cloned(),
        max: sink.number(max, "`max`").filter(|max| *max > 0)?,
        per: sink.duration(per, "`per`")?,
        remaining: node.get("remaining").and_then(|name| header(here, name, "`remaining`")),
        reset: node.get("reset").and_then(|name| header(here, name, "`reset`")),
    })
}
