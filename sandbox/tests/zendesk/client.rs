//! A client of one started business.

use std::collections::BTreeSet;

use reqwest::{Client, ClientBuilder, RequestBuilder};
use serde_json::{Value, json};
use vestibule_sandbox::{Options, Running, start};

pub const NOW: i64 = 1_784_000_000;
/// Organization of the showcase, `Kestrel Marine BV`.
pub const KESTREL: u64 = 36_000_101;

pub struct Zendesk {
    pub running: Running,
    pub http: Client,
}

impl Zendesk {
    pub async fn open() -> Self {
        let options = Options { control_port: 0, now: Some(NOW), business: None };
        Self { running: start(options).await.unwrap(), http: ClientBuilder::new().build().unwrap() }
    }

    pub fn base(&self) -> String {
        format!("http://{}/api/v2/", self.running.systems["zendesk"])
    }

    pub fn ask(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base())).basic_auth("portal@example.com/token", Some("demo"))
    }

    pub async fn read(&self, path: &str) -> (u16, Value) {
        let response = self.ask(path).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.read(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The rows of all pages, following `links.next` or `next_page`.
    pub async fn all(&self, path: &str, name: &str) -> Vec<Value> {
        let (mut rows, mut path) = (Vec::new(), path.to_owned());
        loop {
            let body = self.get(&path).await;
            rows.extend(body[name].as_array().unwrap().iter().cloned());
            let next = body["links"]["next"].as_str().or(body["next_page"].as_str());
            let Some(next) = next else {
                return rows;
            };
            path = next.strip_prefix(&self.base()).unwrap().to_owned();
        }
    }

    pub async fn turn_hostile(&self) {
        let url = format!("http://{}/faults", self.running.control);
        let fault = json!({ "system": "zendesk", "mode": "hostile" });
        let response = self.http.post(url).json(&fault).send().await.unwrap();
        assert!(response.status().is_success());
    }
}

/// The different values of a field.
pub fn distinct(rows: &[Value], field: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[field].to_string()).collect()
}
