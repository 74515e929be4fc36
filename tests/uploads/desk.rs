//! A desk that keeps nothing of the files it is sent but how long they were and their sums.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::StreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What arrived of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    pub address: String,
    pub media: String,
    /// What was announced.
    pub length: Option<u64>,
    pub size: u64,
    pub sum: Vec<u8>,
}

#[derive(Default)]
pub struct Desk {
    pub files: Mutex<Vec<Arrived>>,
    pub tickets: Mutex<Vec<Value>>,
    /// So many uploads more are answered with 503, once they are here.
    pub down: AtomicUsize,
}

/// Starts one; its address.
pub async fn start(desk: Arc<Desk>) -> String {
    let routes = Router::new()
        .route("/api/v2/uploads", post(upload))
        .route("/api/v2/tickets", post(ticket))
        .route("/api/v2/tickets/{name}", get(shown))
        .with_state(desk);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    format!("http://{address}")
}

async fn upload(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let text = |headers: &HeaderMap, name: header::HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (address, headers) = (request.uri().to_string(), request.headers().clone());
    let mut body: axum::body::BodyDataStream = Body::into_data_stream(request.into_body());
    let (mut size, mut sum) = (0, Sha256::new());
    while let Some(piece) = body.next().await {
        let Ok(piece) = piece else { return StatusCode::BAD_REQUEST.into_response() };
        size += piece.len() as u64;
        sum.update(&piece);
    }
    let length = text(&headers, header::CONTENT_LENGTH).parse().ok();
    let arrived =
        Arrived { address, media: text(&headers, header::CONTENT_TYPE), length, size, sum: sum.finalize().to_vec() };
    desk.files.lock().unwrap().push(arrived);
    let down = desk.down.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
    if down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    answer(json!({ "token": "t1" }))
}

async fn ticket(State(desk): State<Arc<Desk>>, body: String) -> Response {
    let sent: Value = serde_json::from_str(&body).unwrap();
    desk.tickets.lock().unwrap().push(sent["ticket"].clone());
    answer(made())
}

async fn shown() -> Response {
    answer(made())
}

fn made() -> Value {
    let at = "2026-11-01T10:00:00Z";
    json!({ "ticket": {
        "id": 7, "organization_id": 10_001, "subject": "It leaks", "status": "new", "priority": "normal",
        "created_at": at, "updated_at": at,
    } })
}

fn answer(body: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
