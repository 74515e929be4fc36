//! Reads of one resource, the balance, and the business's own pages behind invoices and receipts.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State as Context};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::{State, stripe::NAME};

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
    typed("application/pdf", document(&format!("Invoice {number}")))
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

fn typed(kind: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A PDF of one page with one line of text (ISO 32000-1, 7.5: header, objects, cross-reference table, trailer).
fn document(text: &str) -> String {
    let stream = format!("BT /F1 24 Tf 72 720 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        places.push(format!("{:010} 00000 n \n", pdf.len()));
        pdf.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let (start, size) = (pdf.len(), objects.len() + 1);
    let table = places.concat();
    pdf.push_str(&format!("xref\n0 {size}\n0000000000 65535 f \n{table}"));
    pdf.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    pdf
}
