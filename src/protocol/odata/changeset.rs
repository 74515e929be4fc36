//! One change to each of several rows, all of them or none: a `$batch` with one changeset.
//! <https://www.odata.org/documentation/odata-version-2-0/batch-processing/>
//!
//! Which rows these are is read first, every page of them, and each has to say whose it is: where it is not certain that
//! they are all of the record's and nobody else's, nothing is sent.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;

use super::super::WroteRow;
use super::super::encode;
use super::super::page::Span;
use super::super::push::TermKind;
use super::super::template::fill_all;
use super::super::wants::Wants;
use super::super::write::{Writing, nobody};
use super::filter::equal;
use super::query::{Query, switches};
use super::selected::Selected;
use super::write::{failed, literal, literal_of, written};
use crate::connector::{EachRow, Method, Request};
use crate::model::{Unwritten, Wire};
use crate::upstream::header::CONTENT_TYPE;
use crate::upstream::{HeaderMap, HeaderValue, Reply};

/// The most rows that are changed at once.
const MOST: u32 = 1000;

/// Changes each row that hangs on the record.
pub(super) async fn write(writing: &Writing<'_>, each: &EachRow) -> Result<WroteRow, Unwritten> {
    let Some(key) = &writing.row.key else {
        return Err(failed(writing, "a change of what hangs on a record names none"));
    };
    let rows = rows(writing, each, key.first()).await?;
    let values = fill_all(&each.values, &writing.names()).map_err(|error| Unwritten::Failed(writing.located(error)))?;
    let body = written(&Wire::Object(values));
    let (service, set) = each.set.rsplit_once('/').unwrap_or(("", &each.set));
    let parts: Vec<String> = rows.iter().map(|row| part(writing, (each, set), (row, &body))).collect();
    let boundary = format!("changes_{}", boundary(&writing.row.reference));
    let request = Request::bare(Method::Post, literal(&Arc::from(format!("{service}/$batch"))));
    let call = writing.call(&request, &[]).map_err(|error| Unwritten::Failed(writing.located(error)))?;
    let mut call = call.ok_or_else(nobody)?;
    call.body = batch(&parts, &boundary).into();
    if let Ok(kind) = HeaderValue::from_str(&format!("multipart/mixed; boundary=batch_{boundary}")) {
        call.headers.insert(CONTENT_TYPE, kind);
    }
    call.headers.insert("accept", HeaderValue::from_static("multipart/mixed"));
    let reply = writing.reply(call).await?;
    let template = &request.template;
    if !(200..300).contains(&reply.status) {
        return Err(writing.refusal(reply, template));
    }
    match answers(&reply) {
        None => Err(writing.uncertain(&crate::error::Error::new(
            crate::error::Code::UpstreamRejected,
            format!("`{template}` answered with no parts"),
        ))),
        Some(Err(refused)) => Err(writing.refusal(refused, template)),
        Some(Ok(())) => Ok(WroteRow { row: None, key: writing.row.key.clone(), gives: Vec::new() }),
    }
}

/// The rows as they are now, with their keys and entity tags: all that hang on the record, and none of another's.
async fn rows(writing: &Writing<'_>, each: &EachRow, key: &str) -> Result<Vec<Wire>, Unwritten> {
    let mut columns = each.key.clone();
    if !columns.contains(&each.by) {
        columns.push(Arc::clone(&each.by));
    }
    let mut wanted = Wants::default();
    columns.iter().for_each(|column| wanted.column(column));
    wanted.names(["__metadata", "etag"]);
    wanted.names(["@odata.etag"]);
    // Without an order, pages may overlap, and rows between them be missed.
    let options = [("$select", columns.join(",")), ("$orderby", each.key.join(","))];
    let selected = Selected::of(writing.core, &each.set, (&options, &wanted));
    let mut filter = String::new();
    encode::value(&mut filter, &equal(&each.by, (key, TermKind::Text), switches(writing.core).version));
    let names = writing.names();
    let query = Query {
        core: writing.core,
        context: &writing.row.context,
        names: &names,
        selected: &selected,
        filter: Cow::Owned(filter),
        total: false,
    };
    let all = query.rows(None, Span { first: MOST, more: true }, MOST).await;
    let all = all.map_err(|failure| Unwritten::Failed(writing.located(failure.of_all().error)))?;
    let set = &each.set;
    if all.has_next {
        let what = format!("`{set}` has more than {MOST} rows that hang on the record, or more pages than are read");
        return Err(failed(writing, format!("{what}: nothing was changed; change them in the system itself")));
    }
    let rows: Vec<Wire> = all.rows.into_iter().map(|(row, _)| row).collect();
    if rows.is_empty() {
        return Err(failed(writing, format!("`{set}` has no rows that hang on the record: nothing was changed")));
    }
    // Whose row it is, is what the row says, not what was asked for.
    if rows.iter().any(|row| row.get(&each.by).as_text().as_deref() != Some(key)) {
        let what = format!("`{set}` answered with rows whose `{}` is not the record's key", each.by);
        let why = "nothing was changed; does the service take `$filter`, and write keys alike in both sets?";
        return Err(failed(writing, format!("{what}: {why}")));
    }
    Ok(rows)
}

/// One change.
fn part(writing: &Writing<'_>, (each, set): (&EachRow, &str), (row, body): (&Wire, &str)) -> String {
    let version = switches(writing.core).version;
    let word = |name: &Arc<str>| {
        let value = row.get(name);
        let kind = if matches!(value, Wire::Number(_)) { TermKind::Number } else { TermKind::Text };
        literal_of(&value.as_text().unwrap_or_default(), kind, version)
    };
    let key = match each.key.as_slice() {
        [one] => word(one),
        several => several.iter().map(|name| format!("{name}={}", word(name))).collect::<Vec<_>>().join(","),
    };
    let tag = if version < 4 { row.get("__metadata").get("etag") } else { row.get("@odata.etag") };
    // What hangs on a record is often guarded by the record's own tag. One with a line break in it would be something else.
    let record = || writing.row.before.as_ref().and_then(|row| row.etag.as_deref()).map(Cow::Borrowed);
    let tag = tag.as_text().or_else(record).filter(|tag| !tag.contains(char::is_control));
    let tag = tag.map(|tag| format!("If-Match: {tag}\r\n")).unwrap_or_default();
    format!(
        "PATCH {set}({key}) HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n{tag}\
         Content-Length: {}\r\n\r\n{body}\r\n",
        body.len()
    )
}

/// The batch: one changeset with all the changes.
fn batch(parts: &[String], boundary: &str) -> String {
    let mut all = format!("--batch_{boundary}\r\nContent-Type: multipart/mixed; boundary={boundary}\r\n\r\n");
    for (number, part) in (1..).zip(parts) {
        let head = format!(
            "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n"
        );
        let _ = write!(all, "{head}{part}\r\n");
    }
    let _ = write!(all, "--{boundary}--\r\n\r\n--batch_{boundary}--\r\n");
    all
}

/// What a boundary may be made of.
fn boundary(reference: &str) -> String {
    reference.chars().filter(char::is_ascii_alphanumeric).take(40).collect()
}

/// The answers inside a batch's: the first that refuses, as if it had come alone; `None` where there is none at all.
fn answers(reply: &Reply) -> Option<Result<(), Reply>> {
    let text = String::from_utf8_lossy(&reply.body);
    let mut found = None;
    for part in text.split("HTTP/1.1 ").skip(1) {
        let status: u16 = part.get(..3)?.parse().ok()?;
        found = Some(Ok(()));
        if status >= 300 {
            let body = part.split_once("\r\n\r\n").map_or("", |(_, body)| body);
            let body = body.split("\r\n--").next().unwrap_or_default().trim();
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            return Some(Err(Reply { status, headers, body: Bytes::from(body.to_owned()) }));
        }
    }
    found
}
