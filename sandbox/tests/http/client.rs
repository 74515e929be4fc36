//! A client of one started business.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use vestibule_sandbox::{Options, Running, start};

pub const NOW: i64 = 1_784_000_000;

pub struct Client {
    pub running: Running,
    http: reqwest::Client,
}

impl Client {
    pub async fn start() -> Self {
        let running = start(Options { control_port: 0, now: Some(NOW), business: None }).await.unwrap();
        Self { running, http: reqwest::Client::new() }
    }

    /// A request without any credential.
    pub fn bare(&self, method: Method, system: &str, path: &str) -> RequestBuilder {
        let address = if system == "control" { self.running.control } else { self.running.systems[system] };
        self.http.request(method, format!("http://{address}{path}"))
    }

    pub fn request(&self, method: Method, system: &str, path: &str) -> RequestBuilder {
        let token = if system == "hubspot" { "pat-demo" } else { "sk_test_demo" };
        self.bare(method, system, path).bearer_auth(token).header("Stripe-Version", "2026-07-29.dahlia")
    }

    pub async fn get(&self, system: &str, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, system, path).send().await.unwrap()).await
    }

    pub async fn post(&self, system: &str, path: &str, body: &Value) -> (u16, Value) {
        read(self.request(Method::POST, system, path).json(body).send().await.unwrap()).await
    }

    pub async fn fault(&self, body: Value) {
        let (status, answer) = self.post("control", "/faults", &body).await;
        assert_eq!(status, 200, "{answer}");
    }
}

async fn read(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}

pub fn texts(rows: &Value, pointer: &str) -> Vec<String> {
    let text = |row: &Value| match row.pointer(pointer).unwrap() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    rows.as_array().unwrap().iter().map(text).collect()
}

/// How many different values there are.
pub fn distinct(values: &[String]) -> usize {
    values.iter().collect::<BTreeSet<_>>().len()
}

/// The company of every contact, as the seed has it.
pub fn companies_of_contacts() -> BTreeMap<String, u64> {
    let business = vestibule_sandbox::data::seed::business(NOW);
    business.contacts.iter().map(|contact| (contact.id.to_string(), contact.companies[0].company)).collect()
}
