//! A gateway in front of the demo business, with a changed configuration where a test needs one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;
use vestibule::config::Given;
use vestibule::demo::{self, DemoIssuer, DemoPerson};
use vestibule::server;
use vestibule_sandbox::Running;

use crate::bend::{self, Bend, How, Rewrite};
use crate::leaks;
use crate::shared::gateway;

/// Ana's company has data in all four systems.
pub(crate) const ANA: &str = "ana.lund@kestrel-marine.example";
/// Of another company, with two accounts.
pub(crate) const JONAS: &str = "jonas.weber@soehne-nord.example";

/// The demo's sources and the systems behind them.
pub(crate) const SOURCES: [(&str, &str); 4] =
    [("crm", "hubspot"), ("erp", "sap"), ("billing", "stripe"), ("support", "zendesk")];

/// The name of the source that a system is behind.
pub(crate) fn source_of(system: &str) -> &'static str {
    SOURCES.iter().find(|(_, name)| *name == system).unwrap().0
}

/// How a world differs from the demo.
#[derive(Default)]
pub(crate) struct Difference {
    /// Lines for the end of the configuration.
    pub(crate) more: &'static str,
    /// A text of the configuration, and what stands there instead.
    pub(crate) instead: Option<(&'static str, &'static str)>,
    /// Lines for one source.
    pub(crate) source: Option<(&'static str, &'static str)>,
    /// A system whose answers are changed on their way.
    pub(crate) bend: Option<(&'static str, How)>,
}

impl Difference {
    /// Nothing is kept, so that every query asks the systems.
    pub(crate) fn uncached() -> Self {
        Self { more: "cache: { enabled: false }\n", ..Self::default() }
    }

    /// The source with further lines of configuration, such as a shorter timeout.
    pub(crate) fn with(self, source: &'static str, lines: &'static str) -> Self {
        Self { source: Some((source, lines)), ..self }
    }

    /// The system with its answers changed.
    pub(crate) fn bent(self, system: &'static str, bend: Bend) -> Self {
        Self { bend: Some((system, How::Bent(bend))), ..self }
    }

    /// The system with whole answers of it replaced.
    pub(crate) fn rewritten(self, system: &'static str, rewrite: Rewrite) -> Self {
        Self { bend: Some((system, How::Rewritten(rewrite))), ..self }
    }
}

/// A gateway that is served, and the business behind it.
pub(crate) struct World {
    gateway: String,
    control: String,
    client: reqwest::Client,
    issuer: DemoIssuer,
    forbidden: Vec<String>,
    /// Dropping it would close it.
    _business: Running,
}

/// What a client gets.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) data: Value,
    pub(crate) errors: Vec<Value>,
    pub(crate) extensions: Value,
    pub(crate) took: Duration,
}

impl Reply {
    /// The codes of all errors, each once.
    pub(crate) fn codes(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.errors.iter().filter_map(|error| error["extensions"]["code"].as_str()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The errors' paths as text, such as `viewer.account.orders`, in order.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.errors.iter().map(path_of).collect();
        paths.sort();
        paths
    }
}

/// The path of an error, as text.
pub(crate) fn path_of(error: &Value) -> String {
    let steps = error["path"].as_array().cloned().unwrap_or_default();
    let text = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    steps.iter().map(text).collect::<Vec<_>>().join(".")
}

impl World {
    pub(crate) async fn start(difference: Difference) -> Self {
        leaks::listen();
        let business = vestibule_sandbox::start(Default::default()).await.unwrap();
        let mut variables: BTreeMap<String, String> =
            vestibule_sandbox::variables(Some(&business)).into_iter().collect();
        let mut addresses: Vec<String> = business.systems.values().map(ToString::to_string).collect();
        if let Some((system, how)) = difference.bend {
            let proxy = bend::serve(business.systems[system], how).await;
            variables.insert(format!("{}_ADDRESS", system.to_uppercase()), format!("http://{proxy}"));
            addresses.push(proxy.to_string());
        }
        variables.insert("SEALING_KEY".to_owned(), "a sealing key only for tests of faults".to_owned());
        let forbidden = leaks::forbidden(&addresses, &variables);
        let mut setup = demo::setup(Some(&business), None);
        setup.environment = Arc::new(Given(variables));
        if let Some((source, lines)) = difference.source {
            let head = format!("  {source}:\n");
            assert!(setup.origin.text.contains(&head), "the demo has no source `{source}`");
            setup.origin.text = setup.origin.text.replace(&head, &format!("{head}    {lines}\n"));
        }
        if let Some((text, instead)) = difference.instead {
            assert!(setup.origin.text.contains(text), "the demo's configuration has no `{text}`");
            setup.origin.text = setup.origin.text.replace(text, instead);
        }
        setup.origin.text.push_str(difference.more);
        let (routes, issuer) = gateway(&setup);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let gateway = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { server::serve(listener, routes, std::future::pending(), Duration::ZERO).await });
        #[expect(clippy::disallowed_methods, reason = "tests are clients")]
        let client = reqwest::Client::new();
        let control = format!("http://{}", business.control);
        Self { gateway, control, client, issuer, forbidden, _business: business }
    }

    /// The answer to a query of Ana's.
    pub(crate) async fn ask(&self, query: &str) -> Reply {
        self.ask_as(ANA, query, json!({})).await
    }

    /// The answer to a query.
    pub(crate) async fn ask_as(&self, email: &str, query: &str, variables: Value) -> Reply {
        self.send(email, &[], json!({ "query": query, "variables": variables })).await
    }

    /// The answer to a query of Ana's, with how fresh everything in it is.
    pub(crate) async fn ask_how_fresh(&self, query: &str) -> Reply {
        self.send(ANA, &[("vestibule-freshness", "true")], json!({ "query": query })).await
    }

    /// The answer to a query that says for which account it is.
    pub(crate) async fn acting_for(&self, email: &str, account: &str) -> Reply {
        let query = json!({ "query": "{ viewer { account { id } } }" });
        self.send(email, &[("vestibule-account", account)], query).await
    }

    /// The answer to a request, searched for leaks.
    async fn send(&self, email: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let person = DemoPerson { email: email.to_owned(), name: "Somebody".to_owned(), locale: None };
        let token = self.issuer.mint(&person).unwrap();
        let begun = Instant::now();
        let request = self.client.post(format!("{}/graphql", self.gateway)).bearer_auth(token);
        let mut request = request.header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = request.body(body.to_string()).send().await.unwrap();
        let status = sent.status().as_u16();
        let headers = format!("{:?}", sent.headers());
        let text = sent.text().await.unwrap();
        let took = begun.elapsed();
        leaks::search("an answer", &format!("{headers}\n{text}"), &self.forbidden);
        leaks::search("a log line", &leaks::logged(), &self.forbidden);
        let body: Value = serde_json::from_str(&text).unwrap();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        Reply { status, data: body["data"].clone(), errors, extensions: body["extensions"].clone(), took }
    }

    /// Switches a fault on.
    pub(crate) async fn fault(&self, fault: Value) {
        let sent = self.client.post(format!("{}/faults", self.control)).body(fault.to_string()).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), 200, "{}", sent.text().await.unwrap());
    }

    /// Switches all faults off.
    pub(crate) async fn clear(&self) {
        self.client.delete(format!("{}/faults", self.control)).send().await.unwrap();
    }

    /// How many requests came to each system since the last time.
    pub(crate) async fn calls(&self) -> BTreeMap<String, u64> {
        let text = self.client.get(format!("{}/calls", self.control)).send().await.unwrap().text().await.unwrap();
        self.client.post(format!("{}/calls/reset", self.control)).send().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Whether the gateway itself is up.
    pub(crate) async fn ready(&self) -> bool {
        let sent = self.client.get(format!("{}/readyz", self.gateway)).send().await;
        sent.is_ok_and(|answer| answer.status().as_u16() == 200)
    }
}
