//! A receiver of webhooks: a real HTTP server that answers as it is told, and checks signatures by the specification alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What a delivery is answered with.
#[derive(Clone, Debug)]
pub enum Answers {
    Status(u16, Vec<(String, String)>),
    /// Never.
    Hangs,
}

/// A delivery as it came.
#[derive(Clone, Debug)]
pub struct Came {
    pub id: String,
    pub timestamp: i64,
    pub body: Bytes,
    signatures: Vec<String>,
}

pub struct Receiver {
    pub address: String,
    answers: Arc<Mutex<VecDeque<Answers>>>,
    came: mpsc::UnboundedReceiver<Came>,
}

impl Receiver {
    /// Answers with these, and afterwards with 204.
    pub async fn open(answers: &[Answers]) -> Self {
        let (told, came) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(answers.iter().cloned().collect::<VecDeque<_>>()));
        let routes = Router::new().fallback(take).with_state((told, Arc::clone(&answers)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hooks", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { address, answers, came }
    }

    /// Answers with these as well, before it takes everything.
    pub fn answers(&self, answers: impl Iterator<Item = Answers>) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub async fn next(&mut self) -> Came {
        tokio::time::timeout(Duration::from_secs(20), self.came.recv()).await.expect("a delivery in time").unwrap()
    }

    /// The next delivery, if one comes so soon.
    pub async fn within(&mut self, soon: Duration) -> Option<Came> {
        tokio::time::timeout(soon, self.came.recv()).await.ok().flatten()
    }

    /// What came and was not looked at.
    pub fn more(&mut self) -> Option<Came> {
        self.came.try_recv().ok()
    }
}

/// Where what came is told, and what is answered next.
type Told = (mpsc::UnboundedSender<Came>, Arc<Mutex<VecDeque<Answers>>>);

async fn take(State((told, answers)): State<Told>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
    let signatures = text("webhook-signature").split(' ').map(str::to_owned).collect();
    let came = Came { id: text("webhook-id"), timestamp: text("webhook-timestamp").parse().unwrap(), body, signatures };
    told.send(came).unwrap();
    let answer = answers.lock().unwrap().pop_front().unwrap_or(Answers::Status(204, Vec::new()));
    match answer {
        Answers::Status(status, more) => {
            let mut answer = StatusCode::from_u16(status).unwrap().into_response();
            for (name, value) in more {
                let name = axum::http::HeaderName::try_from(name).unwrap();
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
            answer
        }
        Answers::Hangs => std::future::pending().await,
    }
}

impl Came {
    /// Whether one of its signatures is this secret's.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.", self.id, self.timestamp).as_bytes());
        mac.update(&self.body);
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.signatures.contains(&expected)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
