//! The demo's gateway in process, with limits of the test's own, in front of the demo business, whose calls are counted.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule_sandbox::Running;

use crate::shared::gateway;

pub const ANA: &str = "ana.lund@kestrel-marine.example";
pub const JONAS: &str = "jonas.weber@soehne-nord.example";

pub struct Gateway {
    routes: Router,
    business: Running,
    issuer: DemoIssuer,
    client: reqwest::Client,
}

/// An answer, and how many calls it took.
pub struct Answer {
    pub body: Value,
    pub calls: u64,
}

impl Answer {
    pub fn error(&self) -> &Value {
        &self.body["errors"][0]
    }

    pub fn code(&self) -> &str {
        self.error()["extensions"]["code"].as_str().unwrap_or_default()
    }

    pub fn limit(&self) -> &str {
        self.error()["extensions"]["limit"].as_str().unwrap_or_default()
    }
}

impl Gateway {
    /// The demo as it is shipped.
    pub async fn open() -> Self {
        Self::with("").await
    }

    /// The demo with a section `limits`, or anything else at the end of its configuration.
    pub async fn with(section: &str) -> Self {
        let business = vestibule_sandbox::start(vestibule_sandbox::Options::default()).await.unwrap();
        Self::before(business, section, "demo")
    }

    fn before(business: Running, section: &str, tenant: &str) -> Self {
        let mut setup = demo::setup(Some(&business), None);
        setup.origin.text = setup.origin.text.replace("tenant: demo\n", &format!("tenant: {tenant}\n"));
        setup.origin.text.push_str(&format!("\n{section}"));
        let (routes, issuer) = gateway(&setup);
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::new();
        Self { routes, business, issuer, client }
    }

    /// Another gateway of another tenant, with a business of its own.
    pub async fn of_tenant(tenant: &str) -> Self {
        let business = vestibule_sandbox::start(vestibule_sandbox::Options::default()).await.unwrap();
        Self::before(business, "", tenant)
    }

    /// Calls to every system so far.
    pub async fn counted(&self) -> u64 {
        let url = format!("http://{}/calls", self.business.control);
        let counts: Value =
            serde_json::from_str(&self.client.get(url).send().await.unwrap().text().await.unwrap()).unwrap();
        counts.as_object().unwrap().values().filter_map(Value::as_u64).sum()
    }

    /// Sends a body as it is, with more headers.
    pub async fn send(&self, email: &str, body: String, headers: &[(&str, &str)]) -> Answer {
        let known = vestibule_sandbox::people().into_iter().find(|person| person.email == email).unwrap();
        let person = DemoPerson { email: email.to_owned(), name: known.name, locale: None };
        let token = self.issuer.mint(&person).unwrap();
        let mut request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let before = self.counted().await;
        let answer = self.routes.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let bytes = to_bytes(answer.into_body(), 1 << 28).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{error}: {bytes:?}"));
        Answer { body, calls: self.counted().await - before }
    }

    /// Asks a query with variables.
    pub async fn ask(&self, email: &str, query: &str, variables: Value) -> Answer {
        self.send(email, json!({ "query": query, "variables": variables }).to_string(), &[]).await
    }

    /// Asks a query, and what it cost.
    pub async fn cost(&self, email: &str, query: &str) -> Answer {
        let headers = [("vestibule-cost", "true")];
        self.send(email, json!({ "query": query }).to_string(), &headers).await
    }

    /// Signs somebody in, so that the next query makes no call of its own for that.
    pub async fn signed_in(self, emails: &[&str]) -> Self {
        for email in emails {
            assert_eq!(self.ask(email, "{ viewer { name } }", json!({})).await.body["errors"], Value::Null);
        }
        self
    }

    /// Makes a system slow to answer.
    pub async fn fault(&self, fault: Value) {
        let url = format!("http://{}/faults", self.business.control);
        assert_eq!(self.client.post(url).body(fault.to_string()).send().await.unwrap().status(), 200);
    }
}
