//! `/` and `/demo/*`: the page, who there is, and a token for each. Only `vestibule demo` has these routes; `serve` never does.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State as Extract};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use vestibule_sandbox::people;

use super::issuer::{DemoIssuer, DemoPerson};
use super::{business, page};
use crate::tenant::{SignIn, Tenant};

/// How long signing in may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the demo's own pages need.
#[derive(Clone)]
pub(super) struct State {
    pub(super) tenant: Arc<Tenant>,
    pub(super) issuer: Arc<DemoIssuer>,
    pub(super) business: Arc<vestibule_sandbox::State>,
    /// The systems of the business, each with the source that it is to the gateway.
    pub(super) systems: Arc<[(&'static str, String)]>,
}

pub(super) fn router(state: State) -> Router {
    let business = business::router(Arc::clone(&state.business));
    Router::new()
        .route("/", get(page::index))
        .route("/page/{*path}", get(page::asset))
        .route("/demo", get(async || Redirect::temporary("/")))
        .route("/demo/query", get(page::query))
        .route("/demo/people", get(list))
        .route("/demo/systems", get(systems))
        .route("/demo/token", get(token))
        .with_state(state)
        .nest("/demo/business", business)
}

/// The people one can be.
async fn list() -> impl IntoResponse {
    let all = people().into_iter();
    Json(all.map(|p| json!({ "email": p.email, "name": p.name, "account": p.account })).collect::<Vec<_>>())
}

/// The systems, and as which source the graph names each.
async fn systems(Extract(state): Extract<State>) -> impl IntoResponse {
    let all = state.systems.iter();
    Json(all.map(|(system, source)| json!({ "system": system, "source": source })).collect::<Vec<_>>())
}

#[derive(Deserialize)]
struct Who {
    r#as: Option<String>,
    /// `second`: as if signed in with a second factor just now.
    factor: Option<String>,
}

/// A bearer token for one of them.
///
/// Signing in finds out the person's accounts and links, as a portal does when somebody comes in: from then on the CRM may
/// be down for a while.
async fn token(Extract(state): Extract<State>, Query(who): Query<Who>) -> Response {
    let asked = who.r#as.unwrap_or_default();
    let Some(person) = people().into_iter().find(|person| person.email.eq_ignore_ascii_case(&asked)) else {
        let text = "nobody of that address; GET /demo/people lists them, then /demo/token?as=EMAIL\n";
        return (StatusCode::NOT_FOUND, text).into_response();
    };
    let person = DemoPerson { email: person.email, name: person.name, locale: None };
    let minted = match who.factor.as_deref() {
        Some("second") => state.issuer.mint_stepped_up(&person),
        _ => state.issuer.mint(&person),
    };
    let token = match minted {
        Ok(token) => token,
        Err(error) => {
            tracing::error!(%error, "no token");
            return (StatusCode::INTERNAL_SERVER_ERROR, "no token could be made\n").into_response();
        }
    };
    // What the business does by itself is mostly for whoever looks.
    state.business.agent.favour(&person.email);
    let bearer = format!("Bearer {token}");
    let sign_in = SignIn { authorization: Some(&bearer), account: None };
    if let Err(error) = state.tenant.caller(sign_in, state.tenant.deadline(PATIENCE)).await {
        // The token is good all the same: the person is told by the graph what is the matter.
        tracing::warn!(%error, "signing in did not work");
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], token).into_response()
}
