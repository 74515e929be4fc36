//! A hundred callers of one account at once, on a cold cache: the systems are called as if it were one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../benches/shared/data.rs"]
mod data;
#[path = "shared/example.rs"]
mod example;
#[path = "../benches/shared/systems.rs"]
mod systems;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use example::Example;
use serde_json::{Value, json};
use systems::{SYSTEMS, System};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use vestibule::execute::GraphRequest;
use vestibule::tenant::{SignIn, Tenant};

const CALLERS: usize = 100;

/// Systems that note every call, and answer as many as they are let.
struct Gate {
    calls: Mutex<Vec<String>>,
    answers: Semaphore,
}

impl Gate {
    /// Answers their addresses, by the variables of the example's configuration.
    async fn open() -> (Arc<Self>, Vec<(String, String)>) {
        let gate = Arc::new(Self { calls: Mutex::default(), answers: Semaphore::new(0) });
        let mut addresses = Vec::new();
        for (system, name) in SYSTEMS.into_iter().zip(["CRM", "ERP", "BILLING", "SUPPORT"]) {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push((format!("{name}_ADDRESS"), format!("http://{}", listener.local_addr().unwrap())));
            let gate = Arc::clone(&gate);
            let routes = Router::new().fallback(async move |uri: Uri| gate.pass(system, uri.to_string()).await);
            tokio::spawn(async move { axum::serve(listener, routes).await });
        }
        (gate, addresses)
    }

    async fn pass(&self, system: System, target: String) -> Result<String, StatusCode> {
        self.calls.lock().unwrap().push(target.clone());
        self.answers.acquire().await.unwrap().forget();
        systems::body(system, &target).ok_or(StatusCode::NOT_FOUND)
    }

    /// The calls that came, without what was asked of them.
    fn called(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        let mut paths: Vec<String> = calls.iter().map(|call| call.split('?').next().unwrap().to_owned()).collect();
        paths.sort();
        paths
    }
}

/// Everything that can go on has gone on, until it waits for an answer: all of this happens on one thread, where whoever
/// yields is called again after all others, and after the network was looked at.
async fn settled() {
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
}

/// What a caller is answered.
async fn ask(tenant: &Tenant, bearer: &str, (query, variables): (&str, Value)) -> String {
    let deadline = tenant.deadline(Duration::from_secs(60));
    let caller = tenant.caller(SignIn { authorization: Some(bearer), account: None }, deadline).await.unwrap();
    let variables = variables.as_object().unwrap().clone();
    let request =
        GraphRequest { query: query.to_owned(), variables, deadline: Some(deadline), ..GraphRequest::default() };
    String::from_utf8(tenant.execute(&caller, request).await.body.to_vec()).unwrap()
}

async fn a_hundred_make_the_calls_of_one(change: fn(String) -> String) {
    let account = data::FIRST;
    let (gate, addresses) = Gate::open().await;
    let example = Example::open(addresses, change);
    let bearers: Vec<String> =
        (0..CALLERS).map(|number| example.bearer(&format!("person-{number}"), &account.to_string())).collect();
    let tenant = Arc::new(example.tenant);
    let told = ask(&tenant, &bearers[0], ("{ viewer { account { id } } }", json!({}))).await;
    let id = serde_json::from_str::<Value>(&told).unwrap()["data"]["viewer"]["account"]["id"].clone();
    assert!(gate.called().is_empty(), "an account's id is known from the token");

    let mut callers = JoinSet::new();
    for bearer in bearers {
        let (tenant, variables) = (Arc::clone(&tenant), json!({ "id": id }));
        let query = include_str!("../examples/portal-over-four-apis/dashboard.graphql");
        callers.spawn(async move { ask(&tenant, &bearer, (query, variables)).await });
    }
    settled().await;
    let first = ["/SalesOrder", "/api/v2/organizations/1001/tickets.json", "/companies/1001", "/v1/invoices"];
    assert_eq!(gate.called(), first, "all wait for the calls of the first");
    gate.answers.add_permits(first.len());
    settled().await;
    let all = ["/Product", "/SalesOrder", "/api/v2/organizations/1001/tickets.json", "/companies/1001", "/v1/invoices"];
    assert_eq!(gate.called(), all, "all wait for the products of the first");
    gate.answers.add_permits(CALLERS);
    let answers = callers.join_all().await;
    assert_eq!(answers.len(), CALLERS);
    assert!(answers.iter().all(|answer| *answer == data::page(account)), "{}", answers[0]);
    assert_eq!(gate.called(), all, "nothing was read again");
}

#[tokio::test]
async fn a_hundred_callers_on_a_cold_cache_make_the_calls_of_one() {
    a_hundred_make_the_calls_of_one(|text| text.replace("fresh: 0s", "fresh: 1h")).await;
}

#[tokio::test]
async fn a_hundred_callers_make_the_calls_of_one_where_nothing_is_kept() {
    a_hundred_make_the_calls_of_one(|text| text).await;
}
