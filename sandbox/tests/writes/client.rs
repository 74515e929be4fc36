//! A client of one started business, with each system's credential.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use vestibule_sandbox::ledger::Entry;
use vestibule_sandbox::{CREDENTIALS, Credential, Options, Running, start};

pub const NOW: i64 = 1_784_000_000;

pub struct Client {
    pub running: Running,
    pub http: reqwest::Client,
}

/// An answer: status, and the body as JSON; null where there is none.
pub type Answer = (u16, Value);

impl Client {
    pub async fn start() -> Self {
        let running = start(Options { now: Some(NOW), ..Options::default() }).await.unwrap();
        Self { running, http: reqwest::Client::new() }
    }

    pub fn ask(&self, method: Method, system: &str, path: &str) -> RequestBuilder {
        let address = if system == "control" { self.running.control } else { self.running.systems[system] };
        let request = self.http.request(method, format!("http://{address}{path}"));
        let request = request.header("Stripe-Version", "2026-07-29.dahlia");
        match CREDENTIALS.into_iter().find(|(name, _)| *name == system) {
            Some((_, Credential::Bearer(token))) => request.bearer_auth(token),
            Some((_, Credential::Basic(user, password))) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }

    pub async fn get(&self, system: &str, path: &str) -> Answer {
        read(self.ask(Method::GET, system, path).send().await.unwrap()).await
    }

    pub async fn send(&self, method: Method, (system, path): (&str, &str), body: &Value) -> Answer {
        read(self.ask(method, system, path).json(body).send().await.unwrap()).await
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, ("control", path), &body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// What was committed since the start.
    pub fn ledger(&self) -> Vec<Entry> {
        self.running.state.ledger.entries()
    }
}

pub async fn read(response: Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}
