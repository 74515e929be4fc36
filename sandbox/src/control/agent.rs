//! The agent at the control port: `GET /agent` says how often it acts, `POST` switches it on (`{"every_ms", "seed"}`), `DELETE`
//! off, and `POST /agent/step` does one step (`{}`, or `act` and `key` of one's own choice).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State as Context;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{read, refused, shown};
use crate::State;
use crate::agent;

/// The least that is between two steps.
const LEAST_MS: u64 = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct On {
    every_ms: Option<u64>,
    #[serde(default = "usual_seed")]
    seed: u64,
}

fn usual_seed() -> u64 {
    1
}

pub(super) async fn state(Context(state): Context<Arc<State>>) -> Response {
    shown(&json!({ "every_ms": state.agent.every().map(|every| every.as_millis()) }))
}

pub(super) async fn on(Context(context): Context<Arc<State>>, body: Bytes) -> Response {
    match read::<On>(&body) {
        Ok(On { every_ms: Some(every), .. }) if every < LEAST_MS => {
            refused(StatusCode::BAD_REQUEST, &format!("`every_ms` is {LEAST_MS} or more"))
        }
        Ok(On { every_ms, seed }) => {
            context.agent.turn(seed, every_ms.map(Duration::from_millis));
            state(Context(context)).await
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

pub(super) async fn off(Context(context): Context<Arc<State>>) -> Response {
    context.agent.turn(usual_seed(), None);
    state(Context(context)).await
}

pub(super) async fn step(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
    match read(body).and_then(|wanted| agent::step(&state, &wanted)) {
        Ok(step) => shown(&step),
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}
