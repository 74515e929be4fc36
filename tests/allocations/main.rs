//! How often a query asks for memory: the page of `examples/portal-over-four-apis`, over four systems on loopback, with its
//! rules. What the systems themselves do is on other threads, and is not counted. The bounds are a tenth above what was
//! counted when they were last set (docs/performance.md); a change that lowers the count lowers its bound.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../shared/example.rs"]
mod example;
mod systems;

use std::time::Duration;

use example::Example;
use serde_json::{Value, json};
use systems::ACCOUNT;
use vestibule::execute::GraphRequest;
use vestibule::tenant::{SignIn, Tenant};

/// The example's gateway, and somebody who may sign in.
struct Portal {
    tenant: Tenant,
    bearer: String,
    runtime: tokio::runtime::Runtime,
}

impl Portal {
    /// With answers kept for that long.
    fn open(fresh: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let example = Example::open(systems::start(), |text| text.replace("fresh: 0s", fresh));
        Self { bearer: example.bearer("ann", ACCOUNT), tenant: example.tenant, runtime }
    }

    fn ask(&self, query: &str, variables: Value) -> Value {
        self.runtime.block_on(async {
            let deadline = self.tenant.deadline(Duration::from_secs(10));
            let sign_in = SignIn { authorization: Some(&self.bearer), account: None };
            let caller = self.tenant.caller(sign_in, deadline).await.unwrap();
            let Value::Object(variables) = variables else { panic!("variables are an object") };
            let request = GraphRequest {
                query: query.to_owned(),
                variables,
                deadline: Some(deadline),
                ..GraphRequest::default()
            };
            let body = self.tenant.execute(&caller, request).await.body;
            // Read again only where it is looked at: that is not the gateway's work.
            if query.contains("Dashboard") { Value::from(body.len()) } else { serde_json::from_slice(&body).unwrap() }
        })
    }

    /// Allocations of one query, the least of several: housekeeping of caches and timers falls on one or the other.
    fn allocations(&self) -> u64 {
        let id = self.ask("{ viewer { account { id } } }", json!({}))["data"]["viewer"]["account"]["id"].clone();
        let document = include_str!("../../examples/portal-over-four-apis/dashboard.graphql");
        let once = || {
            let mut length = Value::Null;
            let variables = json!({ "id": id });
            let info = allocation_counter::measure(|| length = self.ask(document, variables.clone()));
            assert!(length.as_u64().unwrap() > 2_000, "the whole page: {length}");
            info.count_total
        };
        (0..20).map(|_| once()).min().unwrap()
    }
}

#[track_caller]
fn within(counted: u64, bound: u64) {
    assert!(counted <= bound, "{counted} allocations, more than {bound}");
    assert!(counted * 5 >= bound * 4, "{counted} allocations: lower the bound of {bound}");
}

#[test]
fn a_page_over_four_systems_asks_for_memory_no_more_often_than_it_did() {
    within(Portal::open("fresh: 0s").allocations(), 805);
}

#[test]
fn a_page_from_kept_records_asks_for_memory_no_more_often_than_it_did() {
    within(Portal::open("fresh: 1h").allocations(), 307);
}
