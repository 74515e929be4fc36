//! The layer round every system: counts the request, then lets it through or strikes it with the fault switched on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Context};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::watch;

use crate::State;
use crate::faults::{Fault, Mode, shape};
use crate::strike::Cut;

const LOGIN: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method=\"post\" \
    action=\"/login\"><input name=\"user\"><input name=\"password\" type=\"password\"></form></body></html>";
const NOT_JSON: &[u8] = b"\x00\xff\xfe<<<< 502 upstream \x80 }{";
const SLOW_MS: u64 = 1000;
const WAIT_MS: u64 = 1000;

/// What the layer of one system knows.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    pub(crate) state: Arc<State>,
    pub(crate) system: &'static str,
    /// Its sender is gone once the business closes; hanging answers end then.
    pub(crate) closed: watch::Receiver<()>,
}

/// Lets one request through the layer.
pub(crate) async fn pass(Context(gate): Context<Gate>, request: Request, next: Next) -> Response {
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let calls = &gate.state.calls;
    let number = calls.arrived(gate.system, request.method().to_string(), path);
    let fault = gate.state.mode.strike(gate.system);
    let response = tokio::select! {
        response = answer(&gate, fault, request, next) => response,
        () = closing(gate.closed.clone()) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    if response.extensions().get::<Cut>().is_none() {
        calls.answered(number, response.status().as_u16());
    }
    response
}

/// Ends when the business closes.
pub(crate) async fn closing(mut closed: watch::Receiver<()>) {
    while closed.changed().await.is_ok() {}
}

async fn answer(gate: &Gate, fault: Option<Fault>, request: Request, next: Next) -> Response {
    let Some(fault) = fault else {
        return next.run(request).await;
    };
    match fault.mode {
        Mode::Down => shape::unavailable(gate.system),
        Mode::Hang => std::future::pending().await,
        Mode::Slow => {
            tokio::time::sleep(Duration::from_millis(fault.ms.unwrap_or(SLOW_MS))).await;
            next.run(request).await
        }
        Mode::Garbage => typed("application/json", Body::from(NOT_JSON)),
        Mode::Html => typed("text/html; charset=utf-8", Body::from(LOGIN)),
        Mode::RateLimited => shape::limited(gate.system, fault.ms.unwrap_or(WAIT_MS)),
        Mode::Hostile => next.run(request).await,
        Mode::Truncated => halved(next.run(request).await, Body::from).await,
        Mode::Endless => {
            let closed = gate.closed.clone();
            halved(next.run(request).await, |half| endless(half, closed)).await
        }
    }
}

fn typed(kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The response with a body made of the first half of its own.
async fn halved(response: Response, body: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, whole) = response.into_parts();
    let Ok(whole) = to_bytes(whole, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, body(whole.slice(..whole.len() / 2)))
}

/// A body that begins like an answer and goes on with blanks until the business closes.
fn endless(start: Bytes, closed: watch::Receiver<()>) -> Body {
    let blanks = Bytes::from_static(&[b' '; 65536]);
    let stream = futures::stream::unfold((Some(start), closed), move |(start, closed)| {
        let blanks = blanks.clone();
        async move {
            if let Some(start) = start {
                return Some((Ok::<_, Infallible>(start), (None, closed)));
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(2)) => Some((Ok(blanks), (None, closed))),
                () = closing(closed.clone()) => None,
            }
        }
    });
    Body::from_stream(stream)
}
