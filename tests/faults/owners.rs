//! A list of two systems' records, one of which is hostile or wrong: the other's rows stand, and nothing foreign comes out.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::world::{Difference, Reply, World};

const INVOICES: &str = "{ viewer { account { invoices(first: 100) { nodes { number issuedOn account { name }
    provenance { source } } incomplete { source code } pageInfo { hasNextPage } } } } }";

fn invoices(reply: &Reply) -> Vec<Value> {
    reply.data["viewer"]["account"]["invoices"]["nodes"]
        .as_array()
        .unwrap_or_else(|| panic!("{:?}", reply.errors))
        .clone()
}

fn of(invoices: &[Value], source: &str) -> Vec<Value> {
    invoices.iter().filter(|one| one["provenance"]["source"] == source).cloned().collect()
}

/// The demo with the rows of every page of billing documents changed.
async fn with_documents(change: fn(&mut Vec<Value>)) -> World {
    let bend = move |path: &str, body: &mut Value| {
        if let (true, Some(Value::Array(rows))) = (path.contains("/A_BillingDocument?"), body.pointer_mut("/d/results"))
        {
            change(rows);
        }
    };
    World::start(Difference::uncached().bent("sap", Arc::new(bend))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_billing_document_in_the_list_is_not_shown() {
    let honest = World::start(Difference::uncached()).await.ask(INVOICES).await;
    assert_eq!(honest.errors, Vec::<Value>::new());
    let world = with_documents(|rows| {
        if let Some(mut foreign) = rows.first().cloned() {
            foreign["BillingDocument"] = json!("90009999");
            foreign["SoldToParty"] = json!("10100003");
            rows.insert(0, foreign);
        }
    })
    .await;
    let hostile = world.ask(INVOICES).await;
    let (before, after) = (invoices(&honest), invoices(&hostile));
    assert!(after.iter().all(|one| one["number"] != "90009999" && one["account"]["name"] == "Kestrel Marine BV"));
    assert_eq!(of(&after, "billing"), of(&before, "billing"));
    assert_eq!(of(&after, "erp"), of(&before, "erp"));
    assert_eq!(hostile.errors, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_lies_about_its_order_breaks_nobody_elses_and_loses_nothing() {
    let honest = World::start(Difference::uncached()).await.ask(INVOICES).await;
    let lying = with_documents(|rows| rows.reverse()).await.ask(INVOICES).await;
    assert_eq!(lying.errors, Vec::<Value>::new());
    let (before, after) = (invoices(&honest), invoices(&lying));
    let sorted = |mut all: Vec<Value>| {
        all.sort_by_key(ToString::to_string);
        all
    };
    assert_eq!(of(&after, "billing"), of(&before, "billing"), "the others are in their order");
    assert_eq!(sorted(after), sorted(before), "each is there, once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_is_none_sorts_last_and_costs_that_field_alone() {
    let world = with_documents(|rows| {
        if let Some(first) = rows.first_mut() {
            first["BillingDocumentDate"] = json!("/Date(soon)/");
        }
    })
    .await;
    let reply = world.ask(INVOICES).await;
    let all = invoices(&reply);
    assert!(!of(&all, "billing").is_empty() && of(&all, "erp").len() > 1);
    assert_eq!(reply.codes(), ["UPSTREAM_REJECTED"]);
    assert!(reply.paths().iter().all(|path| path.ends_with(".issuedOn")), "{:?}", reply.paths());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_system_that_answers_rubbish_the_other_ones_rows_stay_and_it_is_named() {
    for (system, broken, sound) in [("sap", "erp", "billing"), ("stripe", "billing", "erp")] {
        let world = World::start(Difference::uncached()).await;
        let before = invoices(&world.ask(INVOICES).await);
        world.fault(json!({ "system": system, "mode": "garbage" })).await;
        let during = world.ask(INVOICES).await;
        let list = &during.data["viewer"]["account"]["invoices"];
        assert_eq!(list["incomplete"], json!([{ "source": broken, "code": "UPSTREAM_REJECTED" }]));
        assert_eq!(invoices(&during).len(), of(&before, sound).len(), "{system}");
        assert!(of(&invoices(&during), broken).is_empty());
    }
}
