//! Reads of one resource, the balance, and the business's own pages behind invoices and receipts.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State as Context};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::{State, pdf, stripe::NAME};

use super::error::Refusal;
use super::params::Params;
use super::view::{Kind, View};
use super::{expand, list};

/// `GET /v1/{resource}/{id}`.
pub(super) async fn one(
    Context(state): Context<Arc<State>>,
    Path((resource, id)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let kind = Kind::parse(&resource).ok_or_else(|| Refusal::url(&Method::GET, &uri))?;
    let params = Params::parse(&uri, &[])?;
    let business = state.read();
    let view = View::new(&business, &headers, state.now());
    let mut found = kind.find(&view, &id).ok_or_else(|| Refusal::missing(kind.name(), &id))?;
    if state.hostile(NAME) {
        let own = list::account(&found);
        found = kind.all(&view, None).into_iter().find(|row| list::account(row) != own).unwrap_or(found);
    }
    expand::apply(&view, &params, &mut found)?;
    Ok(Json(found))
}

/// `GET /v1/customers/{id}`.
pub(super) async fn customer(
    state: Context<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    one(state, Path(("customers".to_owned(), id)), headers, uri).await
}

/// `GET /v1/subscriptions/{id}`.
pub(super) async fn subscription(
    state: Context<Arc<State>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    one(state, Path(("subscriptions".to_owned(), id)), headers, uri).await
}

/// `GET /v1/balance`.
pub(super) async fn balance() -> Json<Value> {
    let funds = |amount: i64| json!([{ "amount": amount, "currency": "eur", "source_types": { "card": amount } }]);
    Json(json!({ "object": "balance", "available": funds(4_217_355), "livemode": false, "pending": funds(88_120) }))
}

/// `GET /i/{id}/pdf`: the invoice on one page; who knows the address may read it, as with Stripe's own.
pub(super) async fn pdf(Context(state): Context<Arc<State>>, Path(id): Path<String>) -> Response {
    let number = {
        let business = state.read();
        business.invoices.iter().find(|invoice| invoice.id == id).and_then(|invoice| invoice.number.clone())
    };
    let Some(number) = number else {
        return StatusCode::NOT_FOUND.into_response();
    };
    typed("application/pdf", pdf::pdf(&[&format!("Invoice {number}")]))
}

/// `GET /i/{id}`: the page on which an invoice is paid, which the demo leaves at a line of text.
pub(super) async fn hosted(Context(state): Context<Arc<State>>, Path(id): Path<String>) -> Response {
    let business = state.read();
    let found = business.invoices.iter().find(|invoice| invoice.id == id && invoice.number.is_some());
    let Some(number) = found.and_then(|invoice| invoice.number.as_ref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let page = format!("<!DOCTYPE html><title>Invoice {number}</title><p>Invoice {number} of Vestibule Demo</p>");
    typed("text/html; charset=utf-8", page)
}

/// `GET /receipts/{id}`: the receipt of a charge.
pub(super) async fn receipt(Context(state): Context<Arc<State>>, Path(id): Path<String>) -> Response {
    let intent = id.replacen("ch_", "pi_", 1);
    let paid = state.read().payments.iter().any(|payment| payment.id == intent && payment.status == "succeeded");
    if !paid {
        return StatusCode::NOT_FOUND.into_response();
    }
    typed("text/html; charset=utf-8", format!("<!DOCTYPE html><title>Receipt</title><p>Receipt for {id}</p>"))
}

fn typed(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
