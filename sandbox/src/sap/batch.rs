//! `$batch`: several reads and changesets in one request, as `multipart/mixed`.
//!
//! Answers 202 with one part per part of the request, in its order. A changeset is done whole or not at all: it is answered
//! by a multipart of its own, or by the one refusal that undid it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::answer::{Answer, Form};
use super::change::{Change, done};
use super::error::Refusal;
use super::read::{Ask, read};

const BOUNDARY: &str = "ejjeeffe0";
const INNER: &str = "ejjeeffe1";

/// Where a batch came to.
struct At<'a> {
    state: &'a crate::State,
    root: &'a str,
    service: &'a str,
}

/// One request within a batch.
struct Part<'a> {
    method: &'a str,
    /// Below `/sap/opu/odata/sap/`.
    address: String,
    headers: HeaderMap,
    body: &'a str,
}

/// Answers the batch that `service` got.
pub(super) fn answer(state: &crate::State, root: &str, service: &str, request: (&HeaderMap, &str)) -> Response {
    let (headers, body) = request;
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let Some(boundary) = kind.and_then(boundary) else {
        return Refusal::syntax("The batch has no boundary").answer(Form::Json).into_response();
    };
    let at = At { state, root, service };
    let mut answers = String::new();
    for part in parts(body, &boundary) {
        let head = part.split("\r\n\r\n").next().unwrap_or(part);
        let kind = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-type: multipart/mixed"));
        answers.push_str(&match kind.and_then(boundary_of_line) {
            Some(inner) => changeset(&at, part, &inner),
            None => framed(BOUNDARY, part_answer(&at, part)),
        });
    }
    answers.push_str(&format!("--{BOUNDARY}--\r\n"));
    let mut response = (StatusCode::ACCEPTED, answers).into_response();
    if let Ok(kind) = HeaderValue::from_str(&format!("multipart/mixed; boundary={BOUNDARY}")) {
        response.headers_mut().insert("content-type", kind);
    }
    response
}

/// The parts between the delimiters.
fn parts<'a>(body: &'a str, boundary: &str) -> Vec<&'a str> {
    let delimiter = format!("--{boundary}");
    let parts: Vec<&str> = body.split(delimiter.as_str()).skip(1).collect();
    parts.into_iter().take_while(|part| !part.starts_with("--")).collect()
}

fn boundary(kind: &str) -> Option<String> {
    let (_, boundary) = kind.split_once("boundary=")?;
    Some(boundary.split(';').next()?.trim().trim_matches('"').to_owned())
}

fn boundary_of_line(line: &str) -> Option<String> {
    boundary(line.trim_end())
}

/// An answer as a part between delimiters.
fn framed(boundary: &str, answer: Answer) -> String {
    let Answer { status, kind, etag, location, body } = answer;
    let etag = etag.map(|etag| format!("etag: {etag}\r\n")).unwrap_or_default();
    let location = location.map(|location| format!("location: {location}\r\n")).unwrap_or_default();
    let inner = format!(
        "HTTP/1.1 {} {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{etag}{location}dataserviceversion: 2.0\r\n\r\n{body}",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len()
    );
    format!(
        "--{boundary}\r\nContent-Type: application/http\r\nContent-Length: {}\r\n\
         content-transfer-encoding: binary\r\n\r\n{inner}\r\n",
        inner.len()
    )
}

/// Reads the request of a part.
fn request<'a>(at: &At<'_>, part: &'a str) -> Option<Part<'a>> {
    let start = part.lines().find(|line| line.contains(" HTTP/1."))?;
    let rest = part.split_once(start).map(|(_, rest)| rest)?.trim_start_matches(['\r', '\n']);
    let (head, body) = rest.split_once("\r\n\r\n").or_else(|| rest.split_once("\n\n")).unwrap_or((rest, ""));
    let headers: HeaderMap = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter_map(|(name, value)| Some((name.trim().parse::<HeaderName>().ok()?, value.trim().parse().ok()?)))
        .collect();
    let mut words = start.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    // A target is relative to the service, to the host, or whole.
    let below = target.find(super::PREFIX).map(|at| &target[at + super::PREFIX.len()..]);
    let address = below.map_or_else(|| format!("{}/{target}", at.service), str::to_owned);
    Some(Part { method, address, headers, body: body.trim_end() })
}

fn part_answer(at: &At<'_>, part: &str) -> Answer {
    match request(at, part) {
        Some(Part { method: "GET", address, headers, .. }) => {
            let (path, query) = address.split_once('?').unwrap_or((address.as_str(), ""));
            read(at.state, at.root, &Ask { path, query, headers: &headers })
        }
        // Changes come in changesets only.
        _ => Refusal::read_only().answer(Form::Json),
    }
}

fn changeset(at: &At<'_>, part: &str, boundary: &str) -> String {
    let parts: Option<Vec<Part<'_>>> = parts(part, boundary).into_iter().map(|part| request(at, part)).collect();
    let Some(parts) = parts else {
        return framed(BOUNDARY, Refusal::syntax("The changeset has a part without a request").answer(Form::Json));
    };
    let change = |part: &Part<'_>| part.address.split('?').next().unwrap_or_default().to_owned();
    let paths: Vec<String> = parts.iter().map(change).collect();
    let changes: Vec<Change<'_>> = parts
        .iter()
        .zip(&paths)
        .map(|(part, path)| Change { method: part.method, path, headers: &part.headers, body: part.body.as_bytes() })
        .collect();
    match done(at.state, at.root, &changes) {
        Ok(answers) => {
            let inner: String = answers.into_iter().map(|answer| framed(INNER, answer)).collect();
            let inner = format!("{inner}--{INNER}--\r\n");
            let length = inner.len();
            format!(
                "--{BOUNDARY}\r\nContent-Type: multipart/mixed; boundary={INNER}\r\nContent-Length: {length}\r\n\r\n{inner}\r\n"
            )
        }
        Err(refusal) => framed(BOUNDARY, refusal.answer(Form::Json)),
    }
}
