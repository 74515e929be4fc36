//! The Stripe dialect: API v1 in the shapes of version `basil` (2025-03-31) and later.
//!
//! Shapes after the types of Stripe's own client (stripe-node) and the fixtures of stripe/openapi. Writes are those of a portal.
//! Stripe itself falls back to the account's version where `Stripe-Version` is missing; here that is refused, since a
//! connector that does not pin a version breaks one day.

mod customer;
mod error;
mod events;
mod expand;
mod form;
mod get;
mod invoice;
mod list;
mod params;
mod pay;
mod payment;
mod search;
mod subscription;
mod view;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing;
use jiff::civil::Date;

use crate::{State, web};
use error::Refusal;

pub use pay::pay;

const NAME: &str = "stripe";
/// The first version whose shapes are spoken here.
const BASIL: Date = jiff::civil::date(2025, 3, 31);

/// The routes of the system.
pub fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/v1/balance", routing::get(get::balance))
        .route("/v1/invoices/search", routing::get(search::invoices))
        .route("/v1/customers/search", routing::get(search::customers))
        .route("/v1/invoices/{id}/lines", routing::get(list::lines))
        .route("/v1/customers/{id}", routing::get(get::customer).post(write::update_customer))
        .route(
            "/v1/subscriptions/{id}",
            routing::get(get::subscription).post(write::update_subscription).delete(write::cancel_subscription),
        )
        .route("/v1/subscriptions/{id}/resume", routing::post(write::resume_subscription))
        .route("/v1/billing_portal/sessions", routing::post(write::open_portal))
        .route("/v1/checkout/sessions", routing::post(write::open_checkout))
        .route("/v1/checkout/sessions/{id}", routing::get(write::session))
        .route("/v1/events", routing::get(events::events))
        .route("/v1/{resource}", routing::get(list::list))
        .route("/v1/{resource}/{id}", routing::get(get::one))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(from_fn(admit));
    Router::new()
        .route("/i/{id}", routing::get(get::hosted))
        .route("/i/{id}/pdf", routing::get(get::pdf))
        .route("/p/session/{id}", routing::get(pay::page))
        .route("/c/pay/{id}", routing::get(pay::page))
        .route("/receipts/{id}", routing::get(get::receipt))
        .merge(api)
        .with_state(state)
}

async fn unknown(method: Method, uri: Uri) -> Refusal {
    Refusal::url(&method, &uri)
}

/// Checks key and version; every answer has a `Request-Id` and names the version.
async fn admit(request: Request, next: Next) -> Response {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let version = request.headers().get("stripe-version").cloned();
    let mut response = if web::authorized(NAME, request.headers()) {
        match pinned(version.as_ref()) {
            Ok(()) => next.run(request).await,
            Err(refusal) => refusal.into_response(),
        }
    } else {
        Refusal::unauthorized().into_response()
    };
    let id = format!("req_{:014}", COUNT.fetch_add(1, Ordering::Relaxed));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("request-id", id);
    }
    if let Some(version) = version {
        response.headers_mut().insert("stripe-version", version);
    }
    response
}

fn pinned(version: Option<&HeaderValue>) -> Result<(), Refusal> {
    let Some(version) = version.and_then(|version| version.to_str().ok()) else {
        return Err(Refusal::invalid("The demo account has no default API version: send Stripe-Version.", None));
    };
    let date = version.split('.').next().and_then(|date| date.parse::<Date>().ok());
    if date.is_some_and(|date| date >= BASIL) {
        return Ok(());
    }
    Err(Refusal::invalid(&format!("Invalid Stripe API version: {version}"), None))
}
