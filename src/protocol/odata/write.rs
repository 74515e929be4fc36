//! Writes of OData: a row is made with what hangs on it (deep insert), changed under its entity tag, or the same change is
//! made to each row that hangs on it, all or none (changeset).

use std::sync::Arc;

use smol_str::SmolStr;

use super::super::core::{Answer, Core};
use super::super::encode;
use super::super::push::TermKind;
use super::super::rest;
use super::super::template::{fill_all, json};
use super::super::write::{Writing, nobody};
use super::super::{Row, WriteRow, WroteRow};
use super::changeset;
use super::filter::write_literal;
use super::query::switches;
use crate::connector::{Body, EntityMapping, KeyWire, Method, Part, Pattern, Request, Template, Version, WriteWay};
use crate::error::{Code, Error};
use crate::model::{Key, Unwritten, Wire};

/// Does one write.
pub(super) async fn write(core: &Core, of: &EntityMapping, row: &WriteRow<'_>) -> Result<WroteRow, Unwritten> {
    match &row.write.way {
        WriteWay::Request(_) => rest::write::write(core, of, row).await,
        WriteWay::Row(further) => one(core, of, (row, further)).await,
        WriteWay::Each(each) => {
            let writing = Writing::begin(core, of, row).await?;
            changeset::write(&writing, each).await
        }
    }
}

/// Makes or changes one row.
async fn one(
    core: &Core,
    of: &EntityMapping,
    (row, further): (&WriteRow<'_>, &[(Arc<str>, Template)]),
) -> Result<WroteRow, Unwritten> {
    let writing = Writing::begin(core, of, row).await?;
    let failed = |error| Unwritten::Failed(writing.located(error));
    let v2 = switches(core).version < 4;
    let mut values = row.values.clone();
    let filled = fill_all(further, &writing.names()).map_err(failed)?;
    if let Wire::Object(members) = &mut values {
        for (name, value) in filled {
            members.retain(|(known, _)| *known != name);
            members.push((name, value));
        }
    }
    let set = of.set.clone().unwrap_or_default();
    let mut request = match &row.key {
        None => Request::bare(Method::Post, literal(&set)),
        Some(key) => {
            let address = format!("{set}({})", predicate(of, key, switches(core).version));
            // Values are no part of what is logged.
            let template = Arc::from(format!("PATCH {set}({{key}})"));
            Request { template, ..Request::bare(Method::Patch, literal(&Arc::from(address))) }
        }
    };
    request.body = Body::Json(Template::Literal(if v2 { nested(values) } else { values }));
    request.headers.extend(tag(of, row.before.as_ref()));
    if !v2 {
        let exact = Template::Literal(Wire::Text("application/json;IEEE754Compatible=true".into()));
        request.headers.extend(["Accept", "Content-Type"].map(|name| (Arc::from(name), exact.clone())));
    }
    let call = writing.call(&request, &[]).map_err(failed)?;
    let answer = writing.send(call.ok_or_else(nobody)?).await?;
    let made = made(&writing, &answer, v2);
    writing.finished(made, &answer)
}

/// An address that stands as it is.
pub(super) fn literal(text: &Arc<str>) -> Pattern {
    Pattern { parts: vec![Part::Text(Arc::clone(text))], text: Arc::clone(text) }
}

/// `If-Match`, where records have entity tags.
fn tag(of: &EntityMapping, before: Option<&Row>) -> Option<(Arc<str>, Template)> {
    let tag = before.and_then(|row| row.etag.clone()).filter(|_| matches!(of.version, Some(Version::ETag)))?;
    Some((Arc::from("If-Match"), Template::Literal(Wire::Text(tag))))
}

/// A key as it stands between the brackets of an address, encoded.
fn predicate(of: &EntityMapping, key: &Key, version: u8) -> String {
    let parts = of.key.iter().zip(key.parts()).map(|(part, text)| {
        let kind = match part.wire {
            KeyWire::Int => TermKind::Number,
            KeyWire::Guid => TermKind::Guid,
            KeyWire::Text => TermKind::Text,
        };
        (super::super::path::last_name(&part.from), literal_of(text, kind, version))
    });
    match parts.collect::<Vec<_>>().as_slice() {
        [(_, one)] => one.clone(),
        several => several.iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(","),
    }
}

/// A literal of a key, encoded for an address.
pub(super) fn literal_of(text: &str, kind: TermKind, version: u8) -> String {
    let (mut written, mut encoded) = (String::new(), String::new());
    write_literal(&mut written, (text, kind), version);
    encode::value(&mut encoded, &written);
    encoded
}

/// Lists of rows as V2 wraps them.
fn nested(value: Wire) -> Wire {
    match value {
        Wire::List(items) => {
            let items = items.into_iter().map(nested).collect();
            Wire::Object(vec![("results".into(), Wire::List(items))])
        }
        Wire::Object(members) => Wire::Object(members.into_iter().map(|(name, value)| (name, nested(value))).collect()),
        other => other,
    }
}

/// The row in the answer to what was made.
fn made(writing: &Writing<'_>, answer: &Answer, v2: bool) -> Option<Row> {
    let row = if v2 { answer.body.get("d") } else { &answer.body };
    if !matches!(row, Wire::Object(_)) {
        return None;
    }
    let tag = if v2 { row.get("__metadata").get("etag") } else { row.get("@odata.etag") };
    let etag = tag.shared_text().or_else(|| answer.header("etag").map(SmolStr::from));
    Some(Row { row: row.clone(), facets: writing.no_facets(), parent: None, etag })
}

/// A body as it is sent.
pub(super) fn written(values: &Wire) -> String {
    json(values)
}

/// A fault of the manifest or of the service's answer, before anything was written.
pub(super) fn failed(writing: &Writing<'_>, detail: impl Into<String>) -> Unwritten {
    Unwritten::Failed(writing.located(Error::new(Code::UpstreamRejected, detail)))
}
