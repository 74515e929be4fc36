//! `/demo/business/*`: what the page may see of the demo business, and do to it: the control port's own calls, as far as a
//! visitor needs them, on the page's own origin.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use crate::server;

/// What is let through. Not where webhooks go, nor what changes another person's demo for good.
const CALLS: [(&str, &[Method]); 7] = [
    ("/faults", &[Method::GET, Method::POST, Method::DELETE]),
    ("/faults/writes", &[Method::GET, Method::POST, Method::DELETE]),
    ("/agent", &[Method::GET, Method::POST, Method::DELETE]),
    ("/agent/step", &[Method::POST]),
    ("/mails", &[Method::GET]),
    ("/webhooks", &[Method::GET]),
    ("/webhooks/handling", &[Method::POST]),
];

/// The calls of the control port that the page makes.
pub(super) fn router(business: Arc<vestibule_sandbox::State>) -> Router {
    vestibule_sandbox::control::router(business).layer(from_fn(allowed))
}

/// Refuses what is not listed, and what a page of another origin could have sent.
async fn allowed(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let known = CALLS.iter().any(|(own, methods)| *own == path && methods.contains(request.method()));
    if !known {
        return (StatusCode::NOT_FOUND, "the page has no such call; the control port may\n").into_response();
    }
    if request.method() == Method::POST && server::forgeable(request.headers()) {
        let text = "any web page could make a browser send this: say `content-type: application/json`\n";
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    next.run(request).await
}
