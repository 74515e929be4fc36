//! A server before one of the systems that changes its answers on their way: data that no sound system should have.

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

/// Another answer instead of one, by its path with the query, and its text; `None` leaves it as it is.
pub(crate) type Rewrite = Arc<dyn Fn(&str, &str) -> Option<Answer> + Send + Sync>;

/// An answer of any bytes.
#[derive(Clone)]
pub(crate) struct Answer {
    /// What `Content-Encoding` says.
    pub(crate) encoding: Option<&'static str>,
    pub(crate) body: Vec<u8>,
}

/// What is done to answers.
#[derive(Clone)]
pub(crate) enum How {
    Bent(Bend),
    Rewritten(Rewrite),
}

#[derive(Clone)]
struct Proxy {
    behind: SocketAddr,
    how: How,
    client: reqwest::Client,
}

/// Serves the system's answers, changed.
pub(crate) async fn serve(behind: SocketAddr, how: How) -> SocketAddr {
    #[expect(clippy::disallowed_methods, reason = "tests are clients")]
    let client = reqwest::Client::new();
    let routes = Router::new().fallback(pass).with_state(Proxy { behind, how, client });
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
    let mut response = Response::builder().status(status);
    let body = match (&proxy.how, serde_json::from_slice::<Value>(&bytes)) {
        (How::Bent(bend), Ok(mut json)) => {
            bend(&path, &mut json);
            Body::from(json.to_string())
        }
        (How::Bent(_), Err(_)) => Body::from(bytes),
        (How::Rewritten(rewrite), _) => match rewrite(&path, &String::from_utf8_lossy(&bytes)) {
            Some(answer) => {
                if let Some(encoding) = answer.encoding {
                    response = response.header("content-encoding", encoding);
                }
                Body::from(answer.body)
            }
            None => Body::from(bytes),
        },
    };
    if let Some(kind) = kind {
        response = response.header("content-type", kind);
    }
    response.body(body).unwrap()
}
