//! Idempotency keys, as Stripe and Zendesk keep them: the same request again is answered, and not done, again.
//!
//! After docs.stripe.com/api/idempotent_requests and "Idempotency" in developer.zendesk.com/api-reference/ticketing/introduction.
//! What Zendesk answers to a key with another request is not documented; the name of that error is not sure.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Context};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::late::Hold;
use crate::{State, web};

/// Largest body that is kept to be compared.
const LARGEST: usize = 64 * 1024 * 1024;
/// Longest key.
const LONGEST: usize = 255;
/// Most keys that are kept; the oldest is forgotten first.
const MOST: usize = 10_000;

/// A request by which a key is known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Print {
    path: String,
    body: Bytes,
}

#[derive(Debug, Clone)]
struct Kept {
    print: Print,
    at: i64,
    /// None while it is under way.
    answer: Option<(StatusCode, Option<HeaderValue>, Bytes)>,
}

/// The keys of one system.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) state: Arc<State>,
    pub(crate) system: &'static str,
    kept: Arc<Mutex<BTreeMap<String, Kept>>>,
}

impl Keys {
    pub(crate) fn new(state: Arc<State>, system: &'static str) -> Self {
        Self { state, system, kept: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seconds that an answer is kept.
    fn lasts(&self) -> i64 {
        if self.system == "stripe" { 86_400 } else { 7200 }
    }

    /// The key of a request that may have one.
    fn key(&self, request: &Request) -> Option<String> {
        let path = request.uri().path().trim_end_matches('/').trim_end_matches(".json");
        let taken = match self.system {
            "stripe" => path.starts_with("/v1/"),
            "zendesk" => path == "/api/v2/tickets",
            _ => false,
        };
        let taken = taken && request.method() == Method::POST && web::authorized(self.system, request.headers());
        let key = request.headers().get("idempotency-key").filter(|_| taken)?;
        key.to_str().ok().map(str::to_owned)
    }

    /// Takes a key for a request, unless something is to be answered instead.
    fn begin(&self, key: &str, print: Print) -> Option<Response> {
        if key.len() > LONGEST {
            let text = format!("Idempotency keys may be {LONGEST} characters long at most");
            return Some(self.refusal(StatusCode::BAD_REQUEST, ("idempotency_error", &text)));
        }
        let (now, lasts) = (self.state.now(), self.lasts());
        let mut kept = self.lock();
        kept.retain(|_, kept| kept.answer.is_none() || now - kept.at < lasts);
        if let Some(known) = kept.get(key) {
            return Some(match &known.answer {
                _ if known.print.path != print.path => {
                    let text = format!(
                        "Keys for idempotent requests can only be used for the same endpoint they were first used for \
                         ('{}' vs '{}'). Try using a key other than '{key}' if you meant to execute a different request.",
                        known.print.path, print.path
                    );
                    self.refusal(StatusCode::BAD_REQUEST, ("idempotency_error", &text))
                }
                _ if known.print != print => {
                    let text = format!(
                        "Keys for idempotent requests can only be used with the same parameters they were first used \
                         with. Try using a key other than '{key}' if you meant to execute a different request."
                    );
                    self.refusal(StatusCode::BAD_REQUEST, ("idempotency_error", &text))
                }
                None => {
                    let text =
                        format!("There is currently another in-progress request using this Idempotent Key: {key}");
                    self.refusal(StatusCode::CONFLICT, ("idempotency_key_in_use", &text))
                }
                Some(answer) => self.replayed(answer),
            });
        }
        if kept.len() >= MOST {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.at).map(|(key, _)| key.clone());
            oldest.map(|oldest| kept.remove(&oldest));
        }
        kept.insert(key.to_owned(), Kept { print, at: now, answer: None });
        None
    }

    fn replayed(&self, (status, kind, body): &(StatusCode, Option<HeaderValue>, Bytes)) -> Response {
        let mut response = Response::new(Body::from(body.clone()));
        *response.status_mut() = *status;
        if let Some(kind) = kind {
            response.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        }
        let (name, value) =
            if self.system == "stripe" { ("idempotent-replayed", "true") } else { ("x-idempotency-lookup", "hit") };
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    }

    fn refusal(&self, status: StatusCode, (code, message): (&str, &str)) -> Response {
        let body: Value = if self.system == "stripe" {
            let mut error = json!({ "type": "idempotency_error", "message": message });
            if code != "idempotency_error" {
                error["code"] = json!(code);
            }
            json!({ "error": error })
        } else {
            json!({ "error": "IdempotentRequestError", "description": message })
        };
        web::json(status, &body)
    }

    /// Keeps the answer, or forgets the key: what was refused before anything began may come again.
    async fn end(&self, key: &str, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, usize::MAX).await else {
            self.lock().remove(key);
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let status = parts.status;
        let begun = status.is_success() || status.is_server_error() || status == StatusCode::PAYMENT_REQUIRED;
        let mut kept = self.lock();
        match kept.get_mut(key) {
            Some(kept) if begun => {
                kept.at = self.state.now();
                kept.answer = Some((status, parts.headers.get(header::CONTENT_TYPE).cloned(), body.clone()));
            }
            _ => {
                kept.remove(key);
            }
        }
        if self.system == "zendesk" {
            parts.headers.insert("x-idempotency-lookup", HeaderValue::from_static("miss"));
        }
        Response::from_parts(parts, Body::from(body))
    }
}

/// Frees a key whose request died before it was answered.
struct Under<'a>(&'a Keys, &'a str);

impl Drop for Under<'_> {
    fn drop(&mut self) {
        let mut kept = self.0.lock();
        if kept.get(self.1).is_some_and(|kept| kept.answer.is_none()) {
            kept.remove(self.1);
        }
    }
}

/// Lets one request through: what has a key is done once; what is held back waits here, with its key taken.
pub(crate) async fn pass(Context(keys): Context<Keys>, mut request: Request, next: Next) -> Response {
    let hold = request.extensions_mut().remove::<Hold>();
    let Some(key) = keys.key(&request) else {
        if let Some(hold) = hold
            && !hold.wait().await
        {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    if let Some(instead) = keys.begin(&key, Print { path, body: body.clone() }) {
        return instead;
    }
    let under = Under(&keys, &key);
    if let Some(hold) = hold
        && !hold.wait().await
    {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let response = keys.end(&key, response).await;
    drop(under);
    response
}
