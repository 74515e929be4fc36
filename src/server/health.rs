//! For whoever watches the process: is it alive, does it take requests.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;

use super::Serving;

/// The process answers.
pub(super) async fn alive() -> impl IntoResponse {
    Json(serde_json::json!({ "status": "ok" }))
}

/// The graph is loaded and requests are taken. The systems behind it may be down: a gateway that left its balancer for
/// that would take the healthy ones down with it.
pub(super) async fn ready(State(serving): State<Serving>) -> impl IntoResponse {
    Json(serde_json::json!({ "status": "ready", "tenant": serving.tenant.name() }))
}
