//! A gateway in front of the demo business, and what reached the systems.

use std::net::Ipv4Addr;
use std::sync::RwLockReadGuard;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::server;
use vestibule_sandbox::Running;
use vestibule_sandbox::data::{Business, Company};

use crate::shared::gateway;

/// Of Kestrel Marine, who may see everything of it.
pub const ANA: &str = "ana.lund@kestrel-marine.example";

/// Of the same, who may not see its deals.
pub const MEI: &str = "mei.tanaka@kestrel-marine.example";
/// Of another company, and of one more.
pub const JONAS: &str = "jonas.weber@soehne-nord.example";

pub struct World {
    gateway: String,
    client: reqwest::Client,
    issuer: DemoIssuer,
    running: Running,
}

impl World {
    pub async fn open() -> Self {
        let running = vestibule_sandbox::start(Default::default()).await.unwrap();
        let (routes, issuer) = gateway(&demo::setup(Some(&running), None));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let gateway = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { server::serve(listener, routes, std::future::pending(), Duration::ZERO).await });
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::new();
        Self { gateway, client, issuer, running }
    }

    /// What the demo business has.
    pub fn business(&self) -> RwLockReadGuard<'_, Business> {
        self.running.state.read()
    }

    /// The company of that domain.
    pub fn company(&self, domain: &str) -> Company {
        let business = self.business();
        business.companies.iter().find(|company| company.domain.as_deref() == Some(domain)).unwrap().clone()
    }

    /// The answer to a query with variables, errors included.
    pub async fn answer(&self, email: &str, query: &str, variables: Value) -> Value {
        let person = DemoPerson { email: email.to_owned(), name: "Somebody".to_owned(), locale: None };
        let token = self.issuer.mint(&person).unwrap();
        let request = self.client.post(format!("{}/graphql", self.gateway)).bearer_auth(token);
        let request = request.header("content-type", "application/json");
        let body = json!({ "query": query, "variables": variables }).to_string();
        serde_json::from_str(&request.body(body).send().await.unwrap().text().await.unwrap()).unwrap()
    }

    /// The data of an answer without errors.
    pub async fn ask(&self, email: &str, query: &str, variables: Value) -> Value {
        let answer = self.answer(email, query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// Switches a fault of a system on.
    pub async fn fault(&self, system: &str, mode: &str) {
        let fault = json!({ "system": system, "mode": mode });
        let url = format!("http://{}/faults", self.running.control);
        assert_eq!(self.client.post(url).body(fault.to_string()).send().await.unwrap().status().as_u16(), 200);
    }

    /// Forgets what reached the systems.
    pub fn forget(&self) {
        self.running.state.calls.reset();
    }

    /// How many requests reached the systems.
    pub fn requests(&self) -> usize {
        self.running.state.calls.log().len()
    }

    /// A parameter of every request that reached a system under a path that ends so.
    pub fn asked(&self, system: &str, (path, parameter): (&str, &str)) -> Vec<String> {
        let log = self.running.state.calls.log();
        let urls = log.iter().filter(|call| call.system == system).map(|call| format!("http://x{}", call.path));
        let urls = urls.map(|url| Url::parse(&url).unwrap()).filter(|url| url.path().ends_with(path));
        let value =
            |url: Url| url.query_pairs().find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned());
        urls.filter_map(value).collect()
    }
}

/// The texts of a field of the nodes of a connection.
pub fn texts(connection: &Value, field: &str) -> Vec<String> {
    let nodes = connection["nodes"].as_array().unwrap_or_else(|| panic!("no nodes: {connection}"));
    nodes.iter().map(|node| node[field].as_str().unwrap().to_owned()).collect()
}
