//! Nothing that is not the caller's gets out, whatever the systems answer.

use std::sync::Arc;

use serde_json::json;

use super::portal::{Portal, key, of_account, row, text};
use crate::model::{Authority, Evidence};
use crate::plan::fixture::{CRM, ERP};

const EVERYTHING: &str = "query($order: ID!, $shipment: ID!, $ticket: ID!, $ids: [ID!]!) {
  order(id: $order) { number }
  shipment(id: $shipment) { carrier order { number } }
  ticket(id: $ticket) { subject messages { nodes { body } } }
  nodes(ids: $ids) { id ... on Order { number related { number } } ... on Account { name balance }
    ... on Contact { called: name avatar } ... on Notification { title } ... on Message { body } }
  products { nodes { name } }
  viewer {
    contact { name avatar tickets { nodes { subject } } }
    notifications { nodes { title recipient { name } record { id ... on Order { number } } } }
    memberships { account { name tier children { nodes { name } }
      orders { nodes { number account { name } related { number } shipments { nodes { carrier } } } }
      tickets { nodes { subject requester { name avatar } messages { nodes { body } } } } } }
  }
}";

fn foreign_ids(portal: &Portal) -> serde_json::Value {
    let ids: Vec<String> = [
        ("Order", "erp", "99"),
        ("Account", "crm", "a9"),
        ("Contact", "crm", "c9"),
        ("Notification", "crm", "n9"),
        ("Message", "desk", "m9"),
    ]
    .iter()
    .map(|(entity, source, key)| portal.id(entity, source, key))
    .collect();
    json!({
        "order": ids[0],
        "shipment": portal.id("Shipment", "erp", "s9"),
        "ticket": portal.id("Ticket", "desk", "t9"),
        "ids": ids,
    })
}

#[tokio::test]
async fn nothing_foreign_gets_out_even_of_systems_that_ignore_what_was_asked() {
    for hostile in [false, true] {
        let portal = Portal::new();
        *portal.tables.hostile.lock().unwrap() = hostile;
        let answer = portal.run(EVERYTHING, foreign_ids(&portal)).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(!text.contains("FOREIGN"), "hostile: {hostile}: {text}");
        assert_eq!(body["data"]["nodes"], json!([null, null, null, null, null]), "{text}");
        assert_eq!(body["data"]["order"], json!(null));
        assert_eq!(body["data"]["ticket"], json!(null));
        assert!(text.contains("PostNL") && text.contains("Hello") && text.contains("kim.png"), "{text}");
    }
}

#[tokio::test]
async fn a_foreign_record_by_id_is_null_without_an_error() {
    let portal = Portal::new();
    let id = portal.id("Order", "erp", "99");
    let answer = portal.run("query($id: ID!) { order(id: $id) { id number } }", json!({ "id": id })).await;
    assert_eq!(&answer.body[..], br#"{"data":{"order":null}}"#);
    // Even its id alone says that it is there: so it is read.
    let answer = portal.run("query($id: ID!) { order(id: $id) { id } }", json!({ "id": id })).await;
    assert_eq!(&answer.body[..], br#"{"data":{"order":null}}"#);
}

#[tokio::test]
async fn evidence_of_another_kind_than_the_scope_proves_nothing() {
    let portal = Portal::new();
    portal.table(
        ERP,
        "Order",
        vec![
            row("10", Evidence::Tenant, vec![("number", text("FOREIGN"))]),
            row("11", Evidence::Viewer(key("c1")), vec![("number", text("FOREIGN"))]),
            row("12", Evidence::Accounts(Arc::from([])), vec![("number", text("FOREIGN"))]),
            row("13", Evidence::Parent(portal.entity("Order"), key("13")), vec![("number", text("FOREIGN"))]),
        ],
    );
    *portal.tables.hostile.lock().unwrap() = true;
    let answer = portal.ask("{ viewer { account { orders { nodes { number } } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"]["orders"]["nodes"], json!([]));
}

#[tokio::test]
async fn what_is_for_one_person_is_not_proven_by_a_parent_that_colleagues_reach_too() {
    let portal = Portal::new();
    let id = portal.id("Notification", "crm", "n1");
    let query = "query($id: ID!) { nodes(ids: [$id]) { ... on Notification { title } } }";
    let parents = [("Account", "a1"), ("Contact", "c1")];
    for (parent, at) in parents {
        let evidence = Evidence::Parent(portal.entity(parent), key(at));
        portal.table(CRM, "Notification", vec![row("n1", evidence, vec![("title", text("FOREIGN"))])]);
        let answer = portal.run(query, json!({ "id": id })).await;
        assert_eq!(&answer.body[..], br#"{"data":{"nodes":[null]}}"#, "{parent}");
    }
    let own = row("n1", Evidence::Viewer(key("c1")), vec![("title", text("Shipped"))]);
    portal.table(CRM, "Notification", vec![own]);
    let answer = portal.run(query, json!({ "id": id })).await;
    assert_eq!(&answer.body[..], br#"{"data":{"nodes":[{"title":"Shipped"}]}}"#);
}

#[tokio::test]
async fn a_list_of_one_account_does_not_show_what_is_anothers_of_the_same_person() {
    let portal = Portal::new();
    *portal.tables.hostile.lock().unwrap() = true;
    let answer = portal.ask("{ viewer { account { orders { nodes { number } } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"]["orders"]["nodes"], json!([{ "number": "10" }, { "number": "11" }]));
}

#[tokio::test]
async fn a_record_under_an_invisible_or_foreign_parent_is_not_shown() {
    let portal = Portal::new();
    let id = portal.id("Shipment", "erp", "s1");
    let query = "query($id: ID!) { shipment(id: $id) { carrier } }";
    let answer = portal.run(query, json!({ "id": id })).await;
    assert_eq!(&answer.body[..], br#"{"data":{"shipment":{"carrier":"PostNL"}}}"#);
    assert_eq!(portal.log(), ["get erp Shipment [s1] (carrier)", "get erp Order [10] ()"]);
    portal.table(ERP, "Order", vec![row("10", of_account("d9"), vec![])]);
    let answer = portal.run(query, json!({ "id": id })).await;
    assert_eq!(&answer.body[..], br#"{"data":{"shipment":null}}"#);
    portal.fault(ERP, "Order");
    let answer = portal.run(query, json!({ "id": id })).await;
    assert!(answer.body.starts_with(br#"{"data":{"shipment":null},"errors":[{"#));
}

#[tokio::test]
async fn forged_and_strange_ids_are_refused_before_anything_is_read() {
    let portal = Portal::new();
    let other =
        crate::seal::Sealer::new(&crate::secret::Secret::new("an installation's own long secret".to_owned()), "other");
    let mut ids =
        vec!["x".to_owned(), String::new(), other.unwrap().id("Order", "erp", "10"), portal.id("Ticket", "desk", "t1")];
    let mut cut = portal.id("Order", "erp", "10");
    cut.pop();
    ids.push(cut);
    for id in ids {
        let answer = portal.run("query($id: ID!) { order(id: $id) { number } }", json!({ "id": id })).await;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{id}");
        assert_eq!(body["errors"][0]["path"], json!(["order"]));
        assert_eq!(portal.log(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_a_role_does_not_allow_is_forbidden_and_not_read() {
    let mut portal = Portal::new();
    let answer = portal.ask("{ viewer { account { name creditLimit { amount } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"], json!({ "name": "Acme", "creditLimit": null }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
    portal.log();
    // The other account allows its credit limit, and not its orders.
    portal.caller.current = Some(1);
    let answer = portal.ask("{ viewer { account { creditLimit { amount } orders { totalCount } } } }").await;
    assert_eq!(answer["data"]["viewer"]["account"], json!({ "creditLimit": { "amount": "5000" }, "orders": null }));
    assert_eq!(answer["errors"][0]["path"], json!(["viewer", "account", "orders"]));
    assert_eq!(portal.log(), ["get erp Account [d5] (creditLimit)"]);
    // An order of that account stays closed by id, too, though the first account's orders are open.
    let id = portal.id("Order", "erp", "50");
    let answer = portal.run("query($id: ID!) { order(id: $id) { number } }", json!({ "id": id })).await;
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&body["data"]["order"], &body["errors"][0]["extensions"]["code"]), (&json!(null), &json!("FORBIDDEN")));
}

#[tokio::test]
async fn nothing_is_read_for_a_field_that_is_forbidden() {
    let portal = Portal::new();
    let answer = portal.ask("{ accounts { nodes { name } } products(first: 1) { nodes { cost { amount } } } }").await;
    assert_eq!(answer["data"], json!({ "accounts": null, "products": { "nodes": [{ "cost": null }] } }));
    assert_eq!(answer["errors"][0]["path"], json!(["accounts"]));
    assert_eq!(answer["errors"][1]["path"], json!(["products", "nodes", 0, "cost"]));
    assert_eq!(answer["errors"][1]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(portal.log(), ["list erp Product [] () 1"]);
}

#[tokio::test]
async fn nothing_is_read_where_no_account_allows_it() {
    let mut portal = Portal::new();
    let mut authority = Authority::clone(&portal.caller.authority);
    for access in &mut authority.accounts {
        access.permissions.clear();
    }
    portal.caller.authority = Arc::new(authority);
    let answer = portal.run(EVERYTHING, foreign_ids(&portal)).await;
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    // One's own contact needs no permission.
    assert_eq!(body["data"]["viewer"]["contact"]["name"], "Kim");
    let log = portal.log();
    let barred = |line: &&String| ["Order [", "Ticket [", "Message ["].iter().any(|part| line.contains(part));
    let evidence_only = |line: &&String| line.ends_with("()");
    assert!(log.iter().filter(barred).all(|line| evidence_only(&line)), "{log:?}");
}

#[tokio::test]
async fn a_caller_without_accounts_sees_the_catalogue_and_nothing_else() {
    let mut portal = Portal::new();
    portal.caller.authority = Arc::new(Authority { contact: None, accounts: Vec::new() });
    portal.caller.current = None;
    *portal.tables.hostile.lock().unwrap() = true;
    let answer = portal.run(EVERYTHING, foreign_ids(&portal)).await;
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["data"]["viewer"]["memberships"], json!([]));
    assert_eq!(body["data"]["viewer"]["contact"], json!(null));
    assert_eq!(body["data"]["products"]["nodes"][0], json!({ "name": "Bolt" }));
    assert!(!String::from_utf8_lossy(&answer.body).contains("FOREIGN"));
}
