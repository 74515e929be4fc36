//! The fifth system: a small REST service of a machine hire, as its own people might have written it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::{Value, json};

pub const TOKEN: &str = "yard-token-of-this-test";

/// What the desk knows, and how often it was asked.
#[derive(Debug, Default)]
pub struct Desk {
    pub machines: Vec<Value>,
    pub asked: AtomicUsize,
}

/// Starts the desk on a free port.
pub async fn start(machines: Vec<Value>) -> (SocketAddr, Arc<Desk>) {
    let desk = Arc::new(Desk { machines, asked: AtomicUsize::new(0) });
    let routes = Router::new()
        .route("/v1/machines", get(list))
        .route("/v1/customers/{id}", get(customer))
        .with_state(Arc::clone(&desk));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (address, desk)
}

fn refused(headers: &HeaderMap) -> Option<Response> {
    let good = headers.get("authorization").is_some_and(|value| value == format!("Bearer {TOKEN}").as_str());
    let told = Json(json!({ "error": { "code": "who", "text": "no such token" } }));
    (!good).then(|| (StatusCode::UNAUTHORIZED, told).into_response())
}

async fn customer(State(desk): State<Arc<Desk>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    desk.asked.fetch_add(1, Ordering::SeqCst);
    refused(&headers).unwrap_or_else(|| Json(json!({ "id": id, "on_account": id.ends_with('1') })).into_response())
}

async fn list(
    State(desk): State<Arc<Desk>>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    desk.asked.fetch_add(1, Ordering::SeqCst);
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut found: Vec<&Value> = desk.machines.iter().filter(|machine| fits(machine, &query)).collect();
    if let Some(sort) = query.get("sort") {
        let (name, falling) = sort.strip_prefix('-').map_or((sort.as_str(), false), |name| (name, true));
        found.sort_by_key(|machine| machine[name].as_str().unwrap_or_default().to_owned());
        if falling {
            found.reverse();
        }
    }
    let number = |name: &str, usual: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (page, size) = (number("page", 1), number("per_page", 50));
    let rows: Vec<&Value> = found.iter().copied().skip((page - 1) * size).take(size).collect();
    Json(json!({ "machines": rows, "more": found.len() > page * size })).into_response()
}

fn fits(machine: &Value, query: &BTreeMap<String, String>) -> bool {
    let text = |name: &str| match &machine[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    query.iter().all(|(name, wanted)| match name.as_str() {
        "page" | "per_page" | "sort" => true,
        "ids" => wanted.split(',').any(|id| id == text("id")),
        "since_from" => text("since") >= *wanted,
        "since_to" => text("since") <= *wanted,
        name => wanted.split(',').any(|word| word == text(name)),
    })
}
