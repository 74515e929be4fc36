//! `$batch`: several reads in one request, as `multipart/mixed`.
//!
//! Answers 202 with one part per part of the request, in its order. A changeset is refused, since the demo only reads.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::answer::{Answer, Form};
use super::error::Refusal;
use super::read::{Ask, read};

const BOUNDARY: &str = "ejjeeffe0";

/// Answers the batch that `service` got.
pub(super) fn answer(state: &crate::State, root: &str, service: &str, request: (&HeaderMap, &str)) -> Response {
    let (headers, body) = request;
    let Some(boundary) = boundary(headers) else {
        return Refusal::syntax("The batch has no boundary").answer(Form::Json).into_response();
    };
    let delimiter = format!("--{boundary}");
    let parts = body.split(&delimiter).skip(1).take_while(|part| !part.starts_with("--"));
    let mut answers = String::new();
    for part in parts {
        let Answer { status, kind, etag, body } = part_answer(state, root, service, part);
        let etag = etag.map(|etag| format!("etag: {etag}\r\n")).unwrap_or_default();
        let inner = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{etag}dataserviceversion: 2.0\r\n\r\n{body}",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default(),
            body.len()
        );
        answers.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-Length: {}\r\n\
             content-transfer-encoding: binary\r\n\r\n{inner}\r\n",
            inner.len()
        ));
    }
    answers.push_str(&format!("--{BOUNDARY}--\r\n"));
    let mut response = (StatusCode::ACCEPTED, answers).into_response();
    if let Ok(kind) = HeaderValue::from_str(&format!("multipart/mixed; boundary={BOUNDARY}")) {
        response.headers_mut().insert("content-type", kind);
    }
    response
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get("content-type")?.to_str().ok()?;
    let (_, boundary) = kind.split_once("boundary=")?;
    Some(boundary.split(';').next()?.trim().trim_matches('"').to_owned())
}

fn part_answer(state: &crate::State, root: &str, service: &str, part: &str) -> Answer {
    let mut lines = part.lines().map(str::trim_end).skip_while(|line| !line.contains(" HTTP/1."));
    let Some(line) = lines.next() else {
        return Refusal::read_only().answer(Form::Json);
    };
    let headers: HeaderMap = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(name, value)| Some((name.trim().parse::<HeaderName>().ok()?, value.trim().parse().ok()?)))
        .collect();
    let target = match line.split(' ').collect::<Vec<_>>().as_slice() {
        ["GET", target, _] => *target,
        _ => return Refusal::read_only().answer(Form::Json),
    };
    // A target is relative to the service, to the host, or whole.
    let below = target.find(super::PREFIX).map(|at| &target[at + super::PREFIX.len()..]);
    let address = below.map_or_else(|| format!("{service}/{target}"), str::to_owned);
    let (path, query) = address.split_once('?').unwrap_or((address.as_str(), ""));
    let ask = Ask { path, query, headers: &headers };
    read(state, root, &ask)
}
