//! The layer that lets writes fail in the middle.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Context};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::faults::shape;
use crate::faults::write::{Struck, WriteMode};
use crate::gate::{Gate, closing};
use crate::late::{self, Hold};

/// Largest body that is looked at.
const LARGEST: usize = 64 * 1024 * 1024;

/// Says of an answer that nobody got it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut;

/// Lets one request through the layer.
pub(crate) async fn pass(Context(gate): Context<Gate>, request: Request, next: Next) -> Response {
    let Ok((request, write)) = looked_at(gate.system, request).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let line = format!("{} {}", request.method(), request.uri());
    let struck = if write { gate.state.writes.strike(gate.system, &line) } else { None };
    let (mode, seconds) = match struck {
        None => return next.run(request).await,
        Some(Struck::Refused(refusal)) => return shape::refused(gate.system, &refusal),
        Some(Struck::Fails(mode, seconds)) => (mode, seconds),
    };
    match mode {
        WriteMode::CutBefore => cut(),
        WriteMode::CutDuring => halved(next.run(request).await).await,
        WriteMode::CutAfter => {
            next.run(request).await;
            cut()
        }
        WriteMode::Late => late(&gate, request, next, seconds).await,
        WriteMode::Locked => shape::locked(gate.system),
        WriteMode::Down => shape::unavailable(gate.system),
        WriteMode::RateLimited => shape::limited(gate.system, 1000),
    }
}

/// The request, and whether it is to change anything: reads come as `POST` too.
async fn looked_at(system: &str, request: Request) -> Result<(Request, bool), axum::Error> {
    let path = request.uri().path().trim_end_matches('/');
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok((request, false));
    }
    match system {
        "hubspot" => {
            let read = path.ends_with("/batch/read") || path.ends_with("/search");
            Ok((request, !read))
        }
        "sap" if path.ends_with("/A_SalesOrderSimulation") => Ok((request, false)),
        // A batch changes something where it has a changeset.
        "sap" if path.ends_with("/$batch") => {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, LARGEST).await?;
            let changes = String::from_utf8_lossy(&body).to_ascii_lowercase().contains("content-type: multipart/mixed");
            Ok((Request::from_parts(parts, Body::from(body)), changes))
        }
        _ => Ok((request, true)),
    }
}

/// An answer that never comes: the connection is cut before a byte of it.
fn cut() -> Response {
    let body = Body::from_stream(futures::stream::once(async { Err::<Bytes, _>(lost()) }));
    let mut response = Response::new(body);
    response.extensions_mut().insert(Cut);
    response
}

fn lost() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the connection is cut")
}

/// The first half of an answer whose length was promised whole.
async fn halved(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return cut();
    };
    parts.headers.insert(header::CONTENT_LENGTH, body.len().into());
    parts.extensions.insert(Cut);
    if body.is_empty() {
        return cut();
    }
    let half = body.slice(..body.len() / 2);
    let stream = futures::stream::unfold(Some(half), |half| async {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // What was written so far has to leave first.
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Err(lost()), None))
            }
        }
    });
    Response::from_parts(parts, Body::from_stream(stream))
}

/// Cuts the connection, and does the write when the clock has moved on.
async fn late(gate: &Gate, mut request: Request, next: Next, seconds: u32) -> Response {
    if !gate.state.late.has_room() {
        return cut();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return cut();
    };
    request = Request::from_parts(parts, Body::from(body));
    let (hold, came, go) = Hold::new();
    request.extensions_mut().insert(hold);
    let closed = gate.closed.clone();
    let done = tokio::spawn(async move {
        tokio::select! {
            _ = late::doing(next.run(request)) => {}
            () = closing(closed) => {}
        }
    });
    // What is refused at once never comes to the hold.
    if came.await.is_ok() {
        gate.state.late.wait(gate.state.now() + i64::from(seconds), go, done);
    }
    cut()
}
