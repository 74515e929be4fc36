//! The HubSpot dialect: CRM objects v3, associations v4, owners and pipelines.
//!
//! Shapes after HubSpot's public API specifications and the developer guides on objects, associations, errors and
//! usage limits. Writes set properties over what the records hold, and are told of by webhooks.

mod associations;
mod directory;
mod error;
mod events;
mod filter;
mod object;
mod property;
mod read;
mod search;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State as Context};
use axum::http::HeaderValue;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::{State, web};
use error::Refusal;

const NAME: &str = "hubspot";
/// Requests a day of a private app, as the headers tell them.
const DAILY: u64 = 250_000;

/// The routes of the system.
pub fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/crm/v3/objects/{kind}", get(read::list).post(write::create))
        .route("/crm/v3/objects/{kind}/batch/read", post(read::batch))
        .route("/crm/v3/objects/{kind}/search", post(search::search))
        .route("/crm/v3/objects/{kind}/{id}", get(read::one).patch(write::update))
        .route("/crm/v4/associations/{from}/{to}/batch/read", post(associations::batch))
        .route("/crm/v4/objects/{from}/{id}/associations/{to}", get(associations::of_one))
        .route("/crm/v3/owners", get(directory::owners))
        .route("/crm/v3/owners/{id}", get(directory::owner))
        .route("/crm/v3/pipelines/{kind}", get(directory::pipelines))
        .fallback(|| async { Refusal::not_found("resource not found") })
        .method_not_allowed_fallback(|| async { Refusal::method() })
        .layer(from_fn_with_state(Arc::clone(&state), admit))
        .with_state(state)
}

/// Checks the token, and adds the headers of the rate limit, which search leaves out.
async fn admit(Context(state): Context<Arc<State>>, request: Request, next: Next) -> Response {
    if !web::authorized(NAME, request.headers()) {
        return Refusal::unauthorized().into_response();
    }
    let search = request.uri().path().ends_with("/search");
    let mut response = next.run(request).await;
    if !search {
        let used = state.calls.counts().get(NAME).copied().unwrap_or_default();
        let headers = [
            ("x-hubspot-ratelimit-daily", DAILY),
            ("x-hubspot-ratelimit-daily-remaining", DAILY.saturating_sub(used)),
            ("x-hubspot-ratelimit-interval-milliseconds", 10_000),
            ("x-hubspot-ratelimit-max", 100),
            ("x-hubspot-ratelimit-remaining", 99),
        ];
        for (name, value) in headers {
            response.headers_mut().insert(name, HeaderValue::from(value));
        }
    }
    response
}
