//! A client of one started business.

use std::collections::BTreeSet;

use reqwest::{Client, ClientBuilder, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use vestibule_sandbox::{Options, Running, start};

const NOW: i64 = 1_784_000_000;
pub const ORDERS: &str = "API_SALES_ORDER_SRV/A_SalesOrder";
pub const KESTREL: &str = "10100001";

pub struct Sap {
    pub running: Running,
    pub http: Client,
}

impl Sap {
    pub async fn open() -> Self {
        let options = Options { control_port: 0, now: Some(NOW), business: None };
        Self { running: start(options).await.unwrap(), http: ClientBuilder::new().build().unwrap() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/sap/opu/odata/sap/{path}", self.running.systems["sap"])
    }

    pub fn ask(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path)).basic_auth("PORTAL", Some("demo"))
    }

    pub async fn read(&self, path: &str) -> (StatusCode, Value) {
        let response = self.ask(path).header("accept", "application/json").send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    pub async fn d(&self, path: &str) -> Value {
        let (status, body) = self.read(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body["d"].clone()
    }

    pub async fn rows(&self, path: &str) -> Vec<Value> {
        self.d(path).await["results"].as_array().unwrap().clone()
    }

    pub async fn turn_hostile(&self) {
        let url = format!("http://{}/faults", self.running.control);
        let fault = json!({ "system": "sap", "mode": "hostile" });
        let response = self.http.post(url).json(&fault).send().await.unwrap();
        assert!(response.status().is_success());
    }
}

pub fn distinct(rows: &[Value], field: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}
