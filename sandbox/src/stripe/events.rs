//! `GET /v1/events`: what the account told, or would have told, newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Context;
use axum::http::Uri;
use serde_json::{Value, json};

use crate::{State, stripe::NAME};

use super::error::Refusal;
use super::list::page;
use super::params::Params;

/// The list of events.
pub(super) async fn events(Context(state): Context<Arc<State>>, uri: Uri) -> Result<Json<Value>, Refusal> {
    let params = Params::parse(&uri, &["limit", "starting_after", "ending_before", "created", "type"])?;
    let mut rows = state.hooks.told(NAME);
    rows.reverse();
    if let Some(kind) = params.get("type") {
        rows.retain(|row| row["type"] == kind);
    }
    for param in params.0.iter().filter(|param| param.name == "created") {
        let part = param.part.as_deref().unwrap_or("eq");
        let bound: i64 =
            param.value.parse().map_err(|_| Refusal::integer(&format!("created[{part}]"), &param.value))?;
        rows.retain(|row| {
            row["created"].as_i64().is_some_and(|own| match part {
                "gt" => own > bound,
                "gte" => own >= bound,
                "lt" => own < bound,
                "lte" => own <= bound,
                _ => own == bound,
            })
        });
    }
    let mut body = page(rows, &params, "event")?;
    body["url"] = json!(uri.path());
    Ok(Json(body))
}
