//! The SAP dialect: OData V2 business APIs of S/4HANA as SAP Gateway serves them.
//!
//! The services are `API_SALES_ORDER_SRV`, `API_SALES_QUOTATION_SRV`, `API_BUSINESS_PARTNER`, `API_PRODUCT_SRV`,
//! `API_CRDTMBUSINESSPARTNER`, `API_OUTBOUND_DELIVERY_SRV;v=0002`, `API_BILLING_DOCUMENT_SRV`,
//! `API_OPLACCTGDOCITEMCUBE_SRV`, `API_MATERIAL_STOCK_SRV` and `API_SALES_ORDER_SIMULATION_SRV` below `/sap/opu/odata/sap/`. They read, alone or in a `$batch`; sales orders
//! are made and changed too, and the simulation is asked with a POST, and keeps nothing.

mod answer;
mod batch;
mod change;
mod create;
mod error;
mod filter;
mod item;
mod lexer;
mod metadata;
mod output;
mod query;
mod read;
mod record;
mod schema;
mod ship;
mod simulate;
#[cfg(test)]
mod tests;
mod value;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State as Context};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::{State, web};

use answer::Form;
use change::Change;
use error::Refusal;
use read::Ask;
pub use ship::ship;
pub(crate) use ship::shippable;

/// Name of the system at the control port.
const NAME: &str = "sap";
const PREFIX: &str = "/sap/opu/odata/sap/";
/// Longest address that is taken, in bytes.
const LONGEST: usize = 8192;
/// Largest batch that is taken, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;
const TOKEN: &str = "q1W2e3R4t5Y6u7I8o9P0aA==";
const SESSION: &str = "SAP_SESSIONID_S4H_100=demo";

/// The web server answers a failed logon before Gateway sees the request, hence with HTML whatever `Accept` says.
const LOGON: &str = "<html><head><title>Logon Error Message</title></head><body><h2>Logon failed</h2>\
    <p>What has happened?</p><p>The URL call was terminated because you did not have the required authorization.</p>\
    </body></html>";

/// The routes of the system.
pub fn router(state: Arc<State>) -> Router {
    // One handler for everything: keys in paths hold encoded slashes, which route patterns would decode too early.
    Router::new().fallback(serve).with_state(state)
}

async fn serve(Context(state): Context<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    if path.len() + query.len() >= LONGEST {
        return Refusal::too_long().answer(Form::Xml).into_response();
    }
    if !web::authorized(NAME, headers) {
        return unauthorized();
    }
    let Some(path) = path.strip_prefix(PREFIX) else {
        return (StatusCode::NOT_FOUND, "Service cannot be reached").into_response();
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let root = format!("http://{host}{}", PREFIX.trim_end_matches('/'));
    let ask = Ask { path, query, headers };
    let mut response = match parts.method {
        Method::GET | Method::HEAD => conditional(read::read(&state, &root, &ask).into_response(), headers),
        _ if !trusted(headers) => return forged(),
        Method::POST if path.ends_with("/$batch") => {
            let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
                return StatusCode::PAYLOAD_TOO_LARGE.into_response();
            };
            let text = String::from_utf8_lossy(&bytes);
            let service = path.trim_end_matches("/$batch");
            batch::answer(&state, &root, service, (headers, &text))
        }
        Method::POST if path == simulate::PATH => {
            let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
                return StatusCode::PAYLOAD_TOO_LARGE.into_response();
            };
            let form = Form::of(&web::Pairs::parse(query), headers);
            let answer = simulate::simulate(&state.read(), state.now(), &bytes);
            answer.unwrap_or_else(|refusal| refusal.answer(form)).into_response()
        }
        ref method => {
            let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
                return StatusCode::PAYLOAD_TOO_LARGE.into_response();
            };
            let form = Form::of(&web::Pairs::parse(query), headers);
            let change = Change { method: method.as_str(), path, headers, body: &bytes };
            match change::done(&state, &root, &[change]) {
                Ok(answers) => answers
                    .into_iter()
                    .next()
                    .map_or_else(|| StatusCode::NO_CONTENT.into_response(), |answer| answer.into_response()),
                Err(refusal) => refusal.answer(form).into_response(),
            }
        }
    };
    let fetch = headers.get("x-csrf-token").is_some_and(|token| token.as_bytes().eq_ignore_ascii_case(b"fetch"));
    if fetch {
        let out = response.headers_mut();
        out.insert("x-csrf-token", HeaderValue::from_static(TOKEN));
        if let Ok(cookie) = HeaderValue::from_str(&format!("{SESSION}; path=/; HttpOnly")) {
            out.append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// 304 without a body where the client has that version already.
fn conditional(response: Response, headers: &HeaderMap) -> Response {
    let known = headers.get(header::IF_NONE_MATCH);
    match (response.headers().get(header::ETAG), known) {
        (Some(etag), Some(known)) if etag == known => StatusCode::NOT_MODIFIED.into_response(),
        _ => response,
    }
}

/// Whether a request carries the token and the cookie of its session.
fn trusted(headers: &HeaderMap) -> bool {
    let token = headers.get("x-csrf-token").is_some_and(|token| token == TOKEN);
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    token && cookies.any(|cookie| cookie.split(';').any(|cookie| cookie.trim() == SESSION))
}

fn forged() -> Response {
    let mut response = (StatusCode::FORBIDDEN, "CSRF token validation failed").into_response();
    response.headers_mut().insert("x-csrf-token", HeaderValue::from_static("Required"));
    response
}

fn unauthorized() -> Response {
    let mut response = (StatusCode::UNAUTHORIZED, LOGON).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let realm = HeaderValue::from_static("Basic realm=\"SAP NetWeaver Application Server [S4H/100]\"");
    headers.insert(header::WWW_AUTHENTICATE, realm);
    response
}
