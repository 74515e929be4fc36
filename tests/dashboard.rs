//! The calls a query makes: what `explain` says and what the demo business counts agree, cold and from the cache.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[expect(dead_code, reason = "other suites use more of it")]
#[path = "shared/portal.rs"]
mod portal;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vestibule::demo;
use vestibule::plan::Explained;
use vestibule::tenant::{Asked, Assembly, assemble, explain};
use vestibule_sandbox::people;

use crate::portal::Portal;

const ANA: &str = "ana.lund@kestrel-marine.example";
const JONAS: &str = "jonas.weber@soehne-nord.example";

/// The dashboard: four systems, and products of the orders' lines.
const DASHBOARD: &str = "query Dashboard { viewer { name account { name number
    invoices(first: 5) { nodes { number status dueOn total { amount currency } } }
    orders(first: 5) { nodes { number status placedOn lines { quantity product { name } } } }
    tickets(first: 5) { nodes { number subject status } } } } }";

impl Portal {
    /// The answer to a query, and the calls it made, by system.
    async fn ask(&self, token: &str, query: &str) -> (Value, BTreeMap<String, u64>) {
        self.client.post(format!("{}/calls/reset", self.control)).send().await.unwrap();
        let answer = self.send(token, &json!({ "query": query })).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        let counts = self.client.get(format!("{}/calls", self.control)).send().await.unwrap().text().await.unwrap();
        (answer, serde_json::from_str(&counts).unwrap())
    }
}

fn demo_assembly() -> Assembly {
    assemble(&demo::setup(None, None)).0.expect("the demo's configuration is good")
}

async fn explained(assembly: &Assembly, query: &str) -> Explained {
    let variables = serde_json::Map::new();
    explain(assembly, Asked { document: query, operation: None, variables: &variables }).await.unwrap()
}

/// The system behind a source of the demo's configuration.
fn system(source: &str) -> &'static str {
    match source {
        "crm" => "hubspot",
        "erp" => "sap",
        "billing" => "stripe",
        "support" => "zendesk",
        other => panic!("the demo has no source `{other}`"),
    }
}

/// What the formulas of a plan come to, by system, for the real number of keys of each stage's first call; calls after it
/// are made once.
fn worked_out(plan: &Explained, keys: impl Fn(&str) -> u64) -> BTreeMap<String, u64> {
    let mut all: BTreeMap<String, u64> =
        vestibule_sandbox::SYSTEMS.iter().map(|name| ((*name).to_owned(), 0)).collect();
    // Documents are in a folder: nobody counts who looks into it.
    for stage in plan.stages.iter().filter(|stage| &*stage.source != "documents") {
        for call in &stage.calls {
            *all.get_mut(system(&stage.source)).unwrap() += call.at(keys(&stage.field));
        }
    }
    all
}

fn sum(calls: &BTreeMap<String, u64>) -> u64 {
    calls.values().sum()
}

#[tokio::test]
async fn the_dashboard_takes_seven_calls_as_explain_says() {
    let plan = explained(&demo_assembly(), DASHBOARD).await;
    assert_eq!((plan.usual, plan.rounds), (7, 2), "{plan}");
    assert!(plan.to_string().contains("calls: 7 where each is made once, at most"), "{plan}");
    for person in people() {
        // A cold cache for everybody: what one colleague read is fresh for the other.
        let portal = Portal::open().await;
        let token = portal.token(&person.email).await;
        let (answer, calls) = portal.ask(&token, DASHBOARD).await;
        let expected = [("hubspot", 1), ("sap", 4), ("stripe", 1), ("zendesk", 1)];
        let expected = expected.map(|(system, count)| (system.to_owned(), count)).into();
        assert_eq!(calls, expected, "{}", person.email);
        assert_eq!(answer["data"]["viewer"]["name"], person.name.as_str());

        let account = &answer["data"]["viewer"]["account"];
        let orders = account["orders"]["nodes"].as_array().unwrap();
        for list in ["orders", "invoices", "tickets"] {
            let count = account[list]["nodes"].as_array().unwrap().len();
            assert!((1..=5).contains(&count), "{count} {list} of {}", person.email);
        }
        let products: BTreeSet<&str> = orders
            .iter()
            .flat_map(|order| order["lines"].as_array().unwrap())
            .filter_map(|line| line["product"]["name"].as_str())
            .collect();
        assert!(!products.is_empty(), "orders with products");
        let keys = |field: &str| if field == "OrderLine.product" { products.len() as u64 } else { 1 };
        assert_eq!(worked_out(&plan, keys), calls, "{plan}");
        assert!(sum(&calls) <= plan.calls);
    }
}

#[tokio::test]
async fn the_dashboard_of_the_documentation_costs_what_is_said_there() {
    let query = include_str!("../docs/dashboard.graphql");
    let plan = explained(&demo_assembly(), query).await;
    let told = include_str!("../docs/limits.md").replace('\n', " ");
    let sentence = format!(
        "comes to {} reads in the demo: at most {} calls and {} rows, cost {}.",
        plan.usual, plan.calls, plan.rows, plan.cost
    );
    assert!(told.contains(&sentence), "{sentence}");
    for person in people() {
        let portal = Portal::open().await;
        let token = portal.token(&person.email).await;
        let (answer, calls) = portal.ask(&token, query).await;
        assert!(sum(&calls) <= plan.calls, "{calls:?}");
        let summary = &answer["data"]["viewer"]["account"]["summary"];
        assert!(summary["openInvoices"].is_number() && summary["outstanding"].is_array(), "{summary}");
        let (_, again) = portal.ask(&token, query).await;
        assert_eq!(sum(&again), 0, "{again:?}");
    }
}

#[tokio::test]
async fn no_query_makes_more_calls_than_its_plan_says() {
    /// Who asks, what, and the calls it takes after sign-in: CRM, ERP, billing, support.
    const CASES: &[(&str, &str, [u64; 4])] = &[
        (ANA, "{ __typename }", [0, 0, 0, 0]),
        (ANA, "{ viewer { name email memberships { roles current } } }", [0, 0, 0, 0]),
        (ANA, "{ viewer { account { id } } }", [0, 0, 0, 0]),
        (ANA, "{ viewer { account { name } a: account { number } } }", [2, 0, 0, 0]),
        (JONAS, "{ viewer { memberships { account { name } } } }", [1, 0, 0, 0]),
        (ANA, "{ articles(first: 3, locale: \"en-US\") { nodes { title } } }", [0, 0, 0, 1]),
        (
            ANA,
            "{ viewer { account { tickets(first: 1) { nodes { subject messages(first: 5) { nodes { body { text } } } } } } } }",
            [0, 0, 0, 2],
        ),
        (
            ANA,
            "{ viewer { account { tickets(first: 3) { nodes { subject messages(first: 2) { nodes { id } } } } } } }",
            [0, 0, 0, 4],
        ),
        (ANA, "{ viewer { account { contacts(first: 5) { nodes { name email } } } } }", [3, 0, 0, 0]),
        (ANA, "{ viewer { account { deals(first: 5) { nodes { name amount { amount } } } } } }", [3, 0, 0, 0]),
        (ANA, "{ viewer { account { team { name } } } }", [2, 0, 0, 0]),
        (ANA, "{ viewer { account { payments(first: 5) { nodes { status } } } } }", [0, 0, 1, 0]),
        // The invoices of both systems; of those that are billing's, the payments of each, and these payments.
        (
            ANA,
            "{ viewer { account { invoices(first: 3) { nodes { payments(first: 5) { nodes { id } } } } } } }",
            [0, 1, 5, 0],
        ),
        (ANA, "{ viewer { account { invoices(first: 2) { nodes { number lines { description } } } } } }", [0, 1, 1, 0]),
        (
            ANA,
            "{ viewer { account { orders(first: 2) { nodes { number total { amount } account { name } } } } } }",
            [1, 1, 0, 0],
        ),
        // Two of the plan's reads that are the same are one call.
        (
            ANA,
            "{ viewer { account { orders(first: 2) { nodes { number } } o: orders(first: 2) { nodes { number } } } } }",
            [0, 1, 0, 0],
        ),
        // Every list of it once; deliveries and payments, which have no order by time there, are read to their end.
        (ANA, "{ viewer { account { timeline(first: 5) { nodes { title } } } } }", [0, 3, 2, 1]),
        (ANA, "{ viewer { account { timeline(first: 5, types: [TICKET, PROJECT]) { nodes { at } } } } }", [0, 0, 0, 1]),
        (JONAS, "{ products(first: 3) { nodes { name } } }", [0, 1, 0, 0]),
    ];
    let assembly = demo_assembly();
    let mut wrong = Vec::new();
    for (email, query, expected) in CASES {
        let plan = explained(&assembly, query).await;
        let portal = Portal::open().await;
        let token = portal.token(email).await;
        let (answer, calls) = portal.ask(&token, query).await;
        let counted = vestibule_sandbox::SYSTEMS.map(|system| calls[system]);
        if counted != *expected || sum(&calls) > plan.calls {
            wrong.push(format!("{query}\n  {counted:?}, not {expected:?}\n{plan}\n{answer}"));
        }
        let (again, calls) = portal.ask(&token, query).await;
        let counted = sum(&calls);
        if again != answer || counted > 0 {
            wrong.push(format!("{query}\n  again: {calls:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
