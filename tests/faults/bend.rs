//! A server before one of the systems that changes its answers on their way: data that no real system should have.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;

/// Changes the JSON of an answer; the text is the path with the query.
pub(crate) type Bend = Arc<dyn Fn(&str, &mut Value) + Send + Sync>;

#[derive(Clone)]
struct Proxy {
    behind: SocketAddr,
    bend: Bend,
    client: reqwest::Client,
}

/// Serves the system's answers, changed.
pub(crate) async fn serve(behind: SocketAddr, bend: Bend) -> SocketAddr {
    #[expect(clippy::disallowed_methods, reason = "tests are clients")]
    let client = reqwest::Client::new();
    let routes = Router::new().fallback(pass).with_state(Proxy { behind, bend, client });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

async fn pass(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut sent = proxy.client.request(parts.method, format!("http://{}{path}", proxy.behind)).body(body);
    for (name, value) in &parts.headers {
        if !["host", "content-length", "accept-encoding"].contains(&name.as_str()) {
            sent = sent.header(name, value);
        }
    }
    let answer = sent.send().await.unwrap();
    let status = answer.status();
    let kind = answer.headers().get("content-type").cloned();
    let bytes = answer.bytes().await.unwrap();
    let body = match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut json) => {
            (proxy.bend)(&path, &mut json);
            Body::from(json.to_string())
        }
        Err(_) => Body::from(bytes),
    };
    let mut response = Response::builder().status(status);
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    response.body(body).unwrap()
}
