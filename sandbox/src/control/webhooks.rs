//! Webhooks at the control port: `GET /webhooks` shows targets, what is done to deliveries, and the last attempts; `POST`
//! sets a target (`{"system", "url"}` with `secret`, `signed_url`, `header`, `retry_ms`); `DELETE` ends them all;
//! `POST /webhooks/handling` (`{"system"}` with `pause`, `drop`, `delay_ms`, `repeat`, `reorder`, `cut`); and
//! `POST /webhooks/idle` answers when nothing is on its way any more.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Context;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{known, read, refused, shown};
use crate::State;
use crate::hooks::Target;

/// The system that a body names, and the rest of it.
fn of_system<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<(String, T), String> {
    let mut body: Map<String, Value> = read(body)?;
    let system = body.remove("system").and_then(|system| system.as_str().map(str::to_owned)).unwrap_or_default();
    known(&system)?;
    let rest = serde_json::from_value(Value::Object(body)).map_err(|error| error.to_string())?;
    Ok((system, rest))
}

pub(super) async fn all(Context(state): Context<Arc<State>>) -> Response {
    shown(&json!({ "systems": state.hooks.all(), "log": state.hooks.log() }))
}

pub(super) async fn target(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    let set = of_system::<Target>(&body).and_then(|(system, target)| state.hooks.target(&system, target));
    match set {
        Ok(()) => all(Context(state)).await,
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

pub(super) async fn clear(Context(state): Context<Arc<State>>) -> Response {
    state.hooks.clear();
    all(Context(state)).await
}

pub(super) async fn handle(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    match of_system(&body) {
        Ok((system, handling)) => {
            state.hooks.handle(&system, handling);
            all(Context(state)).await
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

pub(super) async fn idle(Context(state): Context<Arc<State>>) -> Response {
    state.hooks.idle().await;
    all(Context(state)).await
}
