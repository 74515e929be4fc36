//! The control port: what the demo business shows of itself, and lets be done to it; `README.md` lists the calls.
//!
//! Whatever is refused is 400 with `{"error": "…"}`.

mod agent;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State as Context};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::effect::By;
use crate::faults::write::{Chances, Refusal, WriteFault};
use crate::faults::{Fault, Mode};
use crate::{SYSTEMS, State, stripe, web};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    system: String,
    mode: Mode,
    ms: Option<u64>,
    every: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Behind {
    system: String,
    seconds: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    order: String,
    user: Option<String>,
}

const ROUTES: &str = "there is /calls, /calls/log, /calls/reset, /faults, /faults/writes, /ledger, /clock, /lag, /locks, \
    /webhooks, /webhooks/handling, /webhooks/idle, /agent, /agent/step, /mails and /invoices/{id}/pay";

/// The routes of the control port.
pub fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/calls", get(|Context(state): Context<Arc<State>>| async move { shown(&state.calls.counts()) }))
        .route("/calls/log", get(|Context(state): Context<Arc<State>>| async move { shown(&state.calls.log()) }))
        .route("/calls/reset", post(reset))
        .route("/faults", get(faults).post(set).delete(clear))
        .route("/faults/writes", get(write_faults).post(plan).delete(unplan))
        .route("/ledger", get(|Context(state): Context<Arc<State>>| async move { shown(&state.ledger.entries()) }))
        .route("/clock", get(clock).post(advance))
        .route("/lag", get(|Context(state): Context<Arc<State>>| async move { shown(&state.lag.all()) }).post(lag))
        .route("/webhooks", get(webhooks::all).post(webhooks::target).delete(webhooks::clear))
        .route("/webhooks/handling", post(webhooks::handle))
        .route("/webhooks/idle", post(webhooks::idle))
        .route("/agent", get(agent::state).post(agent::on).delete(agent::off))
        .route("/agent/step", post(agent::step))
        .route("/mails", get(mails))
        .route("/locks", post(lock))
        .route("/invoices/{id}/pay", post(pay))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, ROUTES) })
        .with_state(state)
}

fn shown(value: &impl Serialize) -> Response {
    match serde_json::to_value(value) {
        Ok(value) => web::json(StatusCode::OK, &value),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    web::json(status, &json!({ "error": message }))
}

async fn reset(Context(state): Context<Arc<State>>) -> Response {
    state.calls.reset();
    shown(&state.calls.counts())
}

async fn faults(Context(state): Context<Arc<State>>) -> Response {
    shown(&state.mode.all())
}

async fn clear(Context(state): Context<Arc<State>>) -> Response {
    state.mode.clear();
    shown(&state.mode.all())
}

async fn write_faults(Context(state): Context<Arc<State>>) -> Response {
    shown(&state.writes.all())
}

async fn unplan(Context(state): Context<Arc<State>>) -> Response {
    state.writes.clear();
    write_faults(Context(state)).await
}

/// A plan by rule has a `mode`, one by chance a `seed`, and a refusal has a `code`.
async fn plan(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    match planned(&state, &body) {
        Ok(()) => write_faults(Context(state)).await,
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

fn planned(state: &State, body: &[u8]) -> Result<(), String> {
    let mut plan: Map<String, Value> = read(body)?;
    let system = plan.remove("system").and_then(|system| system.as_str().map(str::to_owned)).unwrap_or_default();
    known(&system)?;
    let worded = |error: serde_json::Error| error.to_string();
    if plan.contains_key("seed") {
        let chances: Chances = serde_json::from_value(Value::Object(plan)).map_err(worded)?;
        let all: u32 = chances.rates.values().map(|rate| u32::from(*rate)).sum();
        if all > 100 {
            return Err(format!("the rates come to {all} of a hundred writes"));
        }
        state.writes.chance(&system, chances);
        return Ok(());
    }
    if plan.contains_key("code") {
        let refusal: Refusal = serde_json::from_value(Value::Object(plan)).map_err(worded)?;
        if !(400..=599).contains(&refusal.status) {
            return Err(format!("the status {} refuses nothing: 400 to 599 do", refusal.status));
        }
        state.writes.refuse(&system, refusal);
        return Ok(());
    }
    let fault: WriteFault = serde_json::from_value(Value::Object(plan)).map_err(worded)?;
    if fault.every == Some(0) {
        return Err("`every` is 1 or more".to_owned());
    }
    state.writes.set(&system, fault);
    Ok(())
}

async fn clock(Context(state): Context<Arc<State>>) -> Response {
    shown(&json!({ "now": state.now(), "at": web::iso(state.now()), "waiting": state.waiting() }))
}

async fn advance(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    match read::<Advance>(&body) {
        Ok(by) => {
            state.advance(by.advance).await;
            clock(Context(state)).await
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

async fn lag(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    match read::<Behind>(&body).and_then(|behind| known(&behind.system).map(|()| behind)) {
        Ok(behind) => {
            state.lag.set(&behind.system, behind.seconds);
            shown(&state.lag.all())
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

/// A user of SAP opens an order, or closes it.
async fn lock(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    match read::<Lock>(&body) {
        Ok(Lock { order, user }) => {
            let mut business = state.write();
            business.told.orders.entry(order.clone()).or_default().locked_by.clone_from(&user);
            shown(&json!({ "order": order, "user": user }))
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

/// The last letters that the business's mail server took, the oldest first.
async fn mails(Context(state): Context<Arc<State>>) -> Response {
    shown(&state.mails.all().iter().map(|letter| letter.shown()).collect::<Vec<_>>())
}

/// A customer pays an invoice on its hosted page.
async fn pay(Context(state): Context<Arc<State>>, Path(id): Path<String>) -> Response {
    match stripe::pay(&state, By::Control, &id) {
        Ok(()) => shown(&json!({ "paid": id })),
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

/// The body as `T`, or what is wrong with it.
fn read<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?;
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn known(system: &str) -> Result<(), String> {
    if SYSTEMS.contains(&system) {
        return Ok(());
    }
    Err(format!("unknown system `{system}`, expected one of {}", SYSTEMS.join(", ")))
}

/// Takes JSON whatever the content type says, so that a bare `curl -d` works.
async fn set(Context(state): Context<Arc<State>>, body: Bytes) -> Response {
    match wanted(&body) {
        Ok(wanted) => {
            state.mode.set(&wanted.system, Fault::new(wanted.mode, wanted.ms, wanted.every));
            shown(&state.mode.all())
        }
        Err(message) => refused(StatusCode::BAD_REQUEST, &message),
    }
}

fn wanted(body: &[u8]) -> Result<Wanted, String> {
    let wanted: Wanted = read(body)?;
    known(&wanted.system)?;
    match (wanted.mode, wanted.every) {
        (_, Some(0)) => Err("`every` is 1 or more".to_owned()),
        (Mode::Hostile, Some(_)) => Err("`hostile` is for all requests: leave `every` out".to_owned()),
        _ => Ok(wanted),
    }
}
