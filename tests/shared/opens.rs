//! A link to a file, as a browser opens it, and what is answered.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde::Deserialize;
use tower::ServiceExt as _;

use crate::expected::{Taken, lacking, worded};

/// One link, opened without a token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opens {
    /// The `$name` of a link that was taken.
    link: String,
    /// It is only asked about (`HEAD`).
    #[serde(default)]
    head: bool,
    /// What the browser sends along.
    #[serde(default)]
    with: BTreeMap<String, String>,
    status: u16,
    /// What headers say; `null` for those that are not there.
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    /// All that is in it.
    body: Option<String>,
    /// What is at its beginning.
    begins: Option<String>,
    /// What stands neither in it nor in a header.
    #[serde(default)]
    lacks: Vec<String>,
}

/// What is answered to a link.
pub type Answer = (StatusCode, HeaderMap, Bytes);

/// What a gateway answers.
pub async fn opened(routes: &Router, request: Request<Body>) -> Answer {
    let (head, body) = routes.clone().oneshot(request).await.unwrap().into_parts();
    (head.status, head.headers, to_bytes(body, 1 << 24).await.unwrap_or_default())
}

impl Opens {
    /// What the browser sends.
    pub fn request(&self, taken: &Taken) -> Request<Body> {
        let link = worded(&self.link, taken);
        let path = link.find("/files/").map(|at| &link[at..]).unwrap_or_else(|| panic!("{link} is no link to a file"));
        let request = if self.head { Request::head(path) } else { Request::get(path) };
        let request = self.with.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.body(Body::empty()).unwrap()
    }

    /// Whether that is what is expected; a length that is told is always that of what came.
    pub fn fits(&self, (status, headers, body): &Answer, taken: &Taken) -> Result<(), String> {
        let text = String::from_utf8_lossy(body);
        let shown =
            || format!("{} answers {status} {headers:?} {}", self.link, text.chars().take(300).collect::<String>());
        if status.as_u16() != self.status {
            return Err(format!("not {}: {}", self.status, shown()));
        }
        let told = headers.get("content-length").filter(|_| !self.head);
        if told.is_some_and(|told| *told != *body.len().to_string()) {
            return Err(format!("{} bytes came: {}", body.len(), shown()));
        }
        for (name, expected) in &self.headers {
            let found = headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            let expected = expected.as_ref().map(|expected| worded(expected, taken));
            if found != expected {
                return Err(format!("the header {name} is {found:?}, not {expected:?}: {}", shown()));
            }
        }
        if let Some(body) = self.body.as_ref().filter(|body| **body != text) {
            return Err(format!("the body is not {body:?}: {}", shown()));
        }
        if let Some(begins) = self.begins.as_ref().filter(|begins| !text.starts_with(begins.as_str())) {
            return Err(format!("the body does not begin with {begins:?}: {}", shown()));
        }
        lacking(&format!("{headers:?} {text}"), &self.lacks, taken)
    }
}
