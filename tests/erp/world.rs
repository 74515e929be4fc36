//! A gateway in front of the demo business, with the demo's configuration or a changed one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::server;
use vestibule::tenant::Setup;
use vestibule_sandbox::Running;
use vestibule_sandbox::data::Business;

use crate::shared::gateway;

/// Of Kestrel Marine, which has two debtor numbers.
pub const ANA: &str = "ana.lund@kestrel-marine.example";
/// Of another company, with two accounts.
pub const JONAS: &str = "jonas.weber@soehne-nord.example";
/// Kestrel Marine's debtor numbers.
pub const KESTREL: [&str; 2] = ["10100001", "10100002"];

pub struct World {
    gateway: String,
    control: String,
    client: reqwest::Client,
    issuer: DemoIssuer,
    business: Running,
}

impl World {
    /// The demo as it is.
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// The demo with a changed setup.
    pub async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let business = vestibule_sandbox::start(Default::default()).await.unwrap();
        let mut setup = demo::setup(Some(&business), None);
        change(&mut setup);
        let (routes, issuer) = gateway(&setup);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let gateway = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { server::serve(listener, routes, std::future::pending(), Duration::ZERO).await });
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::new();
        let control = format!("http://{}", business.control);
        Self { gateway, control, client, issuer, business }
    }

    /// What the demo business has.
    pub fn business(&self) -> RwLockReadGuard<'_, Business> {
        self.business.state.read()
    }

    /// The same, to be changed.
    pub fn business_mut(&self) -> RwLockWriteGuard<'_, Business> {
        self.business.state.write()
    }

    /// The business's day, which its ERP counts from.
    pub fn today(&self) -> jiff::civil::Date {
        let now = jiff::Timestamp::from_second(self.business.state.now()).unwrap();
        now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// The answer to a query; `account` is the account that is to be in use, where the person has several.
    pub async fn ask_for(&self, email: &str, account: Option<&str>, query: &str) -> Value {
        let person = DemoPerson { email: email.to_owned(), name: "Somebody".to_owned(), locale: None };
        let token = self.issuer.mint(&person).unwrap();
        let request = self.client.post(format!("{}/graphql", self.gateway)).bearer_auth(token);
        let mut request = request.header("content-type", "application/json");
        if let Some(account) = account {
            request = request.header("vestibule-account", account);
        }
        let sent = request.body(json!({ "query": query }).to_string()).send().await.unwrap();
        serde_json::from_str(&sent.text().await.unwrap()).unwrap()
    }

    /// The whole answer, errors included.
    pub async fn answer(&self, email: &str, query: &str) -> Value {
        self.ask_for(email, None, query).await
    }

    /// The data of an answer without errors.
    pub async fn ask(&self, email: &str, query: &str) -> Value {
        let answer = self.answer(email, query).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// Switches a fault of a system on.
    pub async fn fault(&self, system: &str, mode: &str) {
        let fault = json!({ "system": system, "mode": mode });
        let sent = self.client.post(format!("{}/faults", self.control)).body(fault.to_string()).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200);
    }

    /// Everything works again.
    pub async fn mend(&self) {
        let sent = self.client.delete(format!("{}/faults", self.control)).send().await.unwrap();
        assert!(sent.status().is_success());
    }

    /// How many requests came to each system since the last time.
    pub async fn calls(&self) -> BTreeMap<String, u64> {
        let text = self.client.get(format!("{}/calls", self.control)).send().await.unwrap().text().await.unwrap();
        self.client.post(format!("{}/calls/reset", self.control)).send().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// How many requests came to SAP since the last time.
    pub async fn sap_calls(&self) -> u64 {
        self.calls().await["sap"]
    }
}

/// The nodes of a connection.
pub fn nodes(connection: &Value) -> &[Value] {
    connection["nodes"].as_array().unwrap_or_else(|| panic!("no nodes: {connection}"))
}

/// The texts of a field.
pub fn texts<'a>(rows: &'a [Value], field: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[field].as_str().unwrap()).collect()
}
