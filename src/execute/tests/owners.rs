//! Records of one entity that live in several sources: each in one, read there and nowhere else.

use serde_json::json;

use super::portal::{Portal, of_account, row, text};
use crate::plan::fixture::{BILLING, ERP};

async fn invoice(portal: &Portal, id: &str, selection: &str) -> serde_json::Value {
    let query = format!("query($id: ID!) {{ invoice(id: $id) {{ {selection} }} }}");
    let answer = portal.run(&query, json!({ "id": id })).await;
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test]
async fn a_record_is_read_from_its_own_owner() {
    let portal = Portal::new();
    let answer =
        invoice(&portal, &portal.id("Invoice", "erp", "94"), "number account { id } corrects { number }").await;
    let account = portal.id("Account", "crm", "a1");
    let expected = json!({ "number": "94", "account": { "id": account }, "corrects": { "number": "92" } });
    assert_eq!(answer, json!({ "data": { "invoice": expected } }));
    assert_eq!(
        portal.log(),
        ["get erp Invoice [94] (account,number,corrects)", "get erp Invoice [92] (number)"],
        "the billing is not asked"
    );
    let answer = invoice(&portal, &portal.id("Invoice", "billing", "i1"), "number").await;
    assert_eq!(answer, json!({ "data": { "invoice": { "number": "i1" } } }));
    assert_eq!(portal.log(), ["get billing Invoice [i1] (number)"]);
}

#[tokio::test]
async fn a_field_that_the_owner_does_not_tell_is_null_and_no_error() {
    let portal = Portal::new();
    let of = |source, key| portal.id("Invoice", source, key);
    let answer = invoice(&portal, &of("billing", "i1"), "pdf").await;
    assert_eq!(answer, json!({ "data": { "invoice": { "pdf": "in.pdf" } } }));
    let answer = invoice(&portal, &of("erp", "92"), "pdf").await;
    assert_eq!(answer, json!({ "data": { "invoice": { "pdf": null } } }));
}

#[tokio::test]
async fn node_tells_records_of_both_owners_apart() {
    let portal = Portal::new();
    let ids: Vec<String> = [("billing", "i1"), ("erp", "92"), ("erp", "i1"), ("billing", "92"), ("crm", "92")]
        .iter()
        .map(|(source, key)| portal.id("Invoice", source, key))
        .collect();
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Invoice { number provenance { source } } } }";
    let answer = portal.run(query, json!({ "ids": ids })).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let of = |number: &str, source: &str| json!({ "number": number, "provenance": { "source": source } });
    // A key of the other owner's, and a source that owns no invoices.
    assert_eq!(answer["data"]["nodes"], json!([of("i1", "billing"), of("92", "erp"), null, null, null]));
}

#[tokio::test]
async fn the_same_key_in_both_owners_is_two_records() {
    let portal = Portal::new();
    let of = |number: &str, account: &str| row("7", of_account(account), vec![("number", text(number))]);
    portal.table(BILLING, "Invoice", vec![of("bill", "b1")]);
    portal.table(ERP, "Invoice", vec![of("FOREIGN", "d9")]);
    let ids = [portal.id("Invoice", "billing", "7"), portal.id("Invoice", "erp", "7")];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Invoice { number } } }";
    let answer = portal.run(query, json!({ "ids": ids })).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer["data"]["nodes"], json!([{ "number": "bill" }, null]));
}

#[tokio::test]
async fn a_link_is_followed_to_whichever_owner_has_the_record() {
    let portal = Portal::new();
    let query = "{ viewer { account { tickets { nodes { invoice { number } } } } } }";
    let answer = portal.ask(query).await;
    let nodes = &answer["data"]["viewer"]["account"]["tickets"]["nodes"];
    assert_eq!(nodes, &json!([{ "invoice": { "number": "92" } }, { "invoice": null }]));
    // Where both have it, either would be a guess.
    let twin = row("92", of_account("b1"), vec![("number", text("twin"))]);
    portal.table(BILLING, "Invoice", vec![twin]);
    let answer = portal.ask(query).await;
    assert_eq!(answer["data"]["viewer"]["account"]["tickets"]["nodes"][0], json!({ "invoice": null }));
    assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
    // Somebody else's record of that key is nobody's twin.
    portal.table(BILLING, "Invoice", vec![row("92", of_account("b9"), vec![("number", text("FOREIGN"))])]);
    let answer = portal.ask(query).await;
    assert_eq!(answer["data"]["viewer"]["account"]["tickets"]["nodes"][0], json!({ "invoice": { "number": "92" } }));
}
